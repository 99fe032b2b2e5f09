//! Marks on accounts whose held orders are to be checked again.

use crate::credit::order_view;
use crate::doors::recheck::recheck;
use crate::doors::store::failed;
use crate::order::OrderState;
use crate::testing::{Bed, money};

async fn marks(bed: &Bed) -> Vec<String> {
    let rows = recheck::find(bed.who.tenant).all(bed.engine.read(&bed.who).db()).await.map_err(failed).unwrap();
    rows.into_iter().map(|row| format!("{} {}", row.kind, row.tries)).collect()
}

#[tokio::test]
async fn a_mark_is_left_where_something_waits_and_goes_when_it_was_looked_at() {
    let bed = Bed::open().await;
    let account = bed.limited("C-1", "CNY 1000.00").await;
    bed.invoice(account, "I-1", "2025-02-01", "2025-03-01", "CNY 800.00").await;
    bed.pay(account, "P-0", "2025-03-14", "CNY 1.00").await;
    assert_eq!(marks(&bed).await, Vec::<String>::new(), "nothing waits");
    let held = bed.place(account, "SO-1", "CNY 500.00").await;
    assert_eq!(marks(&bed).await, Vec::<String>::new(), "a new order was checked a moment ago");
    bed.pay(account, "P-1", "2025-03-14", "CNY 299.00").await;
    assert_eq!(marks(&bed).await, ["payment.received 0"]);
    let done = bed.engine.recheck_held(&bed.who, 10).await.unwrap();
    assert_eq!((done.accounts, done.orders, done.changed, done.freed, done.failed), (1, 1, 1, 1, 0));
    assert_eq!(marks(&bed).await, Vec::<String>::new());
    let free = order_view(&bed.engine.read(&bed.who), held.id).await.unwrap();
    assert_eq!((free.state, free.reserved), (OrderState::Approved, money("CNY 500.00")));
    assert_eq!(bed.engine.recheck_held(&bed.who, 10).await.unwrap().accounts, 0);
}

#[tokio::test]
async fn what_moves_while_an_account_is_worked_is_not_lost() {
    let bed = Bed::open().await;
    let account = bed.limited("C-1", "CNY 100.00").await;
    bed.place(account, "SO-1", "CNY 500.00").await;
    bed.pay(account, "P-1", "2025-03-14", "CNY 1.00").await;
    let read = bed.engine.read(&bed.who);
    let old = recheck::find(bed.who.tenant).one(read.db()).await.unwrap().unwrap();
    bed.pay(account, "P-2", "2025-03-14", "CNY 1.00").await;
    bed.engine.store().unmark(bed.who.tenant, account, old.event_id).await.unwrap();
    assert_eq!(marks(&bed).await, ["payment.received 0"], "the second payment's mark stands");
    let new = recheck::find(bed.who.tenant).one(read.db()).await.unwrap().unwrap();
    assert_eq!(new.marked_at, old.marked_at, "and keeps its place in the queue");
    bed.engine.store().put_off_mark(bed.who.tenant, account, new.event_id).await.unwrap();
    assert_eq!(marks(&bed).await, ["payment.received 1"]);
    bed.pay(account, "P-3", "2025-03-14", "CNY 1.00").await;
    assert_eq!(marks(&bed).await, ["payment.received 0"], "something new is a new chance");
}
