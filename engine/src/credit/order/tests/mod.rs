//! Orders on a real database.

mod asked;
mod race;
mod recheck;

use super::*;
use crate::credit::rules::OrderDecision;
use crate::credit::{HoldFilter, HoldIn, PlaceAccountHold, ReleaseHold, exposure, list_holds};
use crate::order::OrderState;
use crate::testing::{Bed, day, money};
use crate::words::code::Code;
use crate::words::id::AccountId;
use crate::words::page::PageOf;

fn codes(order: &OrderView) -> Vec<&str> {
    order.reasons.iter().map(|reason| reason.code.as_str()).collect()
}

async fn kept_orders(bed: &Bed) -> Vec<i64> {
    bed.numbers("SELECT orders_minor FROM balance WHERE tenant_id = $1").await
}

async fn active_holds(bed: &Bed) -> Vec<String> {
    let filter = HoldFilter { state: Some("active".into()), ..HoldFilter::default() };
    let page = list_holds(&bed.engine.read(&bed.who), &filter, &PageOf::first(50)).await.unwrap();
    let name = |hold: crate::credit::HoldView| {
        format!("{} {}", hold.order.map_or("account".into(), |order| order.external_id), hold.reasons[0].code)
    };
    let mut names: Vec<String> = page.data.into_iter().map(name).collect();
    // The clock stands still, so what was placed first is a matter of chance.
    names.sort();
    names
}

#[tokio::test]
async fn c_03_orders_up_to_the_limit_are_approved_and_reserve_what_they_are_worth() {
    let bed = Bed::open().await;
    let account = bed.limited("C-1", "CNY 200.00").await;
    bed.invoice(account, "I-1", "2025-03-01", "2025-03-31", "CNY 100.00").await;
    let first = bed.place(account, "SO-1", "CNY 1.00").await;
    assert_eq!((first.state, first.decision, first.reserved), (OrderState::Approved, OrderDecision::Approve, money("CNY 1.00")));
    assert_eq!((first.exposure, first.available), (money("CNY 100.00"), Some(money("CNY 100.00"))));
    let second = bed.place(account, "SO-2", "CNY 99.00").await;
    assert_eq!((second.decision, second.exposure), (OrderDecision::Approve, money("CNY 101.00")));
    let third = bed.place(account, "SO-3", "CNY 0.01").await;
    assert_eq!((third.state, codes(&third)), (OrderState::Held, vec!["over_limit"]));
    let pay = third.pay_to_release.clone().unwrap();
    assert_eq!((pay.amount, pay.invoices[0].external_id.as_str()), (money("CNY 0.01"), "I-1"));
    assert_eq!((third.reserved, third.releasable_amount), (money("CNY 0.00"), money("CNY 0.00")));
    assert_eq!(kept_orders(&bed).await, [10_000]);
    assert_eq!(active_holds(&bed).await, ["SO-3 over_limit"]);
    let stands = exposure(&bed.engine, &bed.who, account, None).await.unwrap();
    assert_eq!(
        (stands.exposure, stands.available, stands.parts.orders),
        (money("CNY 200.00"), Some(money("CNY 0.00")), money("CNY 100.00"))
    );
}

#[tokio::test]
async fn the_same_order_again_is_answered_as_before_and_other_content_is_a_conflict() {
    let bed = Bed::open().await;
    let account = bed.limited("C-1", "CNY 100.00").await;
    let first = bed.place(account, "SO-1", "CNY 60.00").await;
    let again = bed.engine.execute(&bed.who, PlaceOrder { account, order: Bed::order("SO-1", "CNY 60.00") }).await.unwrap();
    assert_eq!((again.is_replay, again.done.id, kept_orders(&bed).await), (true, first.id, vec![6_000]));
    let named = OrderIn { account_id: Some(account), entity: Some("main".into()), ..Bed::order("SO-1", "CNY 60.00") };
    assert_eq!(bed.run(PlaceOrder { account, order: named }).await.unwrap().id, first.id);
    assert_eq!(bed.refused(PlaceOrder { account, order: Bed::order("SO-1", "CNY 61.00") }).await, Code::ExternalIdConflict);
    assert_eq!(bed.refused(PlaceOrder { account, order: Bed::order("SO-2", "CNY 0.00") }).await, Code::AmountOutOfRange);
    let nobody = AccountId(first.id.0);
    assert_eq!(bed.refused(PlaceOrder { account: nobody, order: Bed::order("SO-2", "CNY 1.00") }).await, Code::UnknownReference);
}

#[tokio::test]
async fn a_held_order_is_approved_on_the_next_check_once_what_was_asked_is_paid() {
    let bed = Bed::open().await;
    let account = bed.limited("C-1", "CNY 1000.00").await;
    bed.invoice(account, "I-1", "2025-02-01", "2025-03-01", "CNY 800.00").await;
    let held = bed.place(account, "SO-1", "CNY 500.00").await;
    assert_eq!(held.pay_to_release.as_ref().unwrap().amount, money("CNY 300.00"));
    assert_eq!(held.releasable_amount, money("CNY 200.00"), "what would fit when the limit is the only reason");
    let again = bed.run(CheckOrder { account, order: held.id }).await.unwrap();
    assert_eq!((again.state, again.version), (OrderState::Held, 2));
    assert_eq!(bed.numbers("SELECT COUNT(*) FROM hold WHERE tenant_id = $1").await, [1], "the same reason is the same hold");
    bed.pay(account, "P-1", "2025-03-14", "CNY 300.00").await;
    let free = bed.run(CheckOrder { account, order: held.id }).await.unwrap();
    assert_eq!((free.state, free.reasons.len(), free.reserved), (OrderState::Approved, 0, money("CNY 500.00")));
    assert_eq!((active_holds(&bed).await.len(), kept_orders(&bed).await), (0, vec![50_000]));
    let once_more = bed.run(CheckOrder { account, order: held.id }).await.unwrap();
    assert_eq!(
        (once_more.state, once_more.exposure),
        (OrderState::Approved, money("CNY 500.00")),
        "its own reservation is not counted twice"
    );
}

#[tokio::test]
async fn a_person_releases_part_of_an_order_then_the_rest_and_a_cancellation_gives_everything_back() {
    let bed = Bed::open().await;
    let account = bed.limited("C-1", "CNY 0.00").await;
    let held = bed.place(account, "SO-1", "CNY 100.00").await;
    assert_eq!(codes(&held), ["no_credit"]);
    let reason = "the owner called";
    let act = |amount: Option<&str>| ReleaseOrder {
        account,
        order: held.id,
        amount: amount.map(money),
        reason: reason.into(),
        valid_until: None,
    };
    assert_eq!(bed.refused(act(Some("CNY 100.01"))).await, Code::AmountOutOfRange);
    assert_eq!(bed.refused(ReleaseOrder { reason: String::new(), ..act(None) }).await, Code::ValidationFailed);
    let part = bed.act(act(Some("CNY 40.00"))).await.unwrap();
    assert_eq!((part.state, part.reserved), (OrderState::PartiallyReleased, money("CNY 40.00")));
    let checked = bed.run(CheckOrder { account, order: held.id }).await.unwrap();
    assert_eq!(
        (checked.state, checked.reserved),
        (OrderState::PartiallyReleased, money("CNY 40.00")),
        "what a person let ship stays released"
    );
    let whole = bed.act(act(None)).await.unwrap();
    assert_eq!((whole.state, whole.released, active_holds(&bed).await.len()), (OrderState::Released, money("CNY 100.00"), 0));
    assert_eq!(bed.refused(CheckOrder { account, order: held.id }).await, Code::IllegalState);
    let gone = bed.run(CancelOrder { account, order: held.id, reason: None }).await.unwrap();
    assert_eq!((gone.state, kept_orders(&bed).await), (OrderState::Cancelled, vec![0]));
    assert_eq!(bed.refused(CancelOrder { account, order: held.id, reason: None }).await, Code::IllegalState);
}

#[tokio::test]
async fn c_30_an_order_that_may_ship_in_part_ships_what_fits() {
    let bed = Bed::open().await;
    let account = bed.limited("C-1", "CNY 1000.00").await;
    bed.place(account, "SO-0", "CNY 800.00").await;
    let order = OrderIn { partial_ok: true, ..Bed::order("SO-1", "CNY 500.00") };
    let part = bed.run(PlaceOrder { account, order }).await.unwrap();
    assert_eq!(
        (part.state, part.decision, part.reserved),
        (OrderState::PartiallyReleased, OrderDecision::ReleasePartial, money("CNY 200.00"))
    );
    assert_eq!(kept_orders(&bed).await, [100_000]);
}

#[tokio::test]
async fn a_person_holds_a_whole_account_and_lets_it_go() {
    let bed = Bed::open().await;
    let account = bed.account("C-1", "CNY").await;
    let hold = HoldIn { reason: "fraud alert".into(), expires_on: Some(day("2025-03-20")) };
    let placed = bed.run(PlaceAccountHold { account, hold: hold.clone() }).await.unwrap();
    let held = bed.place(account, "SO-1", "CNY 1.00").await;
    assert_eq!((codes(&held), &held.pay_to_release), (vec!["account_hold"], &None));
    assert_eq!(active_holds(&bed).await, ["SO-1 account_hold", "account forced_hold"]);
    let lift = |hold| ReleaseHold { account, hold, reason: "cleared".into() };
    assert_eq!(bed.act(lift(placed.id)).await.unwrap().state, "lifted");
    assert_eq!(bed.refused(lift(placed.id)).await, Code::IllegalState);
    assert_eq!(bed.run(CheckOrder { account, order: held.id }).await.unwrap().state, OrderState::Approved);
    bed.run(PlaceAccountHold { account, hold }).await.unwrap();
    bed.clock.set_day(day("2025-03-20"));
    assert_eq!(bed.place(account, "SO-2", "CNY 1.00").await.state, OrderState::Held, "the last day still holds");
    bed.clock.set_day(day("2025-03-21"));
    assert_eq!(bed.place(account, "SO-3", "CNY 1.00").await.state, OrderState::Approved);
    assert_eq!(bed.numbers("SELECT COUNT(*) FROM hold WHERE tenant_id = $1 AND state = 'expired'").await, [1]);
}

#[tokio::test]
async fn a_limit_leaves_a_date_and_may_not_begin_twice_on_a_day() {
    let bed = Bed::open().await;
    let account = bed.limited("C-1", "CNY 100.00").await;
    assert_eq!(bed.limit(account, None, "2025-01-01", None).await.unwrap_err().code(), Code::OverlappingLimit);
    assert_eq!(bed.limit(account, Some(money("USD 1.00")), "2025-02-01", None).await.unwrap_err().code(), Code::CurrencyMismatch);
    bed.limit(account, None, "2025-04-01", None).await.unwrap();
    let read = bed.engine.read(&bed.who);
    assert_eq!(crate::account::account(&read, account).await.unwrap().next_review_on, Some(day("2025-01-01")));
    let history = crate::credit::list_limits(&read, account, None).await.unwrap();
    assert_eq!(history.iter().map(|limit| limit.amount).collect::<Vec<_>>(), [None, Some(money("CNY 100.00"))]);
    assert_eq!(bed.place(account, "SO-1", "CNY 101.00").await.state, OrderState::Held);
    bed.clock.set_day(day("2025-04-01"));
    assert_eq!(bed.place(account, "SO-2", "CNY 101.00").await.state, OrderState::Approved);
}

#[tokio::test]
async fn c_08_an_order_becomes_an_invoice_and_every_past_day_still_adds_up() {
    let bed = Bed::open().await;
    let account = bed.limited("C-1", "CNY 1000.00").await;
    bed.clock.set_day(day("2025-03-01"));
    let order = bed.place(account, "SO-1", "CNY 300.00").await;
    bed.clock.set_day(day("2025-03-10"));
    bed.bill(account, "SO-1", "I-1", "2025-03-10", "2025-04-09", "CNY 200.00").await;
    let paid = bed.pay(account, "P-1", "2025-03-12", "CNY 250.00").await;
    bed.bounce(account, paid.id, "2025-03-20").await;
    let on = async |text: Option<&str>| {
        let view = exposure(&bed.engine, &bed.who, account, text.map(day)).await.unwrap();
        [view.exposure, view.parts.open_items, view.parts.orders, view.parts.unallocated].map(|money| money.minor() / 100)
    };
    assert_eq!(on(Some("2025-02-28")).await, [0, 0, 0, 0]);
    assert_eq!(on(Some("2025-03-01")).await, [300, 0, 300, 0]);
    assert_eq!(on(Some("2025-03-10")).await, [300, 200, 100, 0]);
    assert_eq!(on(Some("2025-03-12")).await, [50, 0, 100, 50]);
    assert_eq!(on(Some("2025-03-20")).await, [300, 200, 100, 0]);
    assert_eq!(on(None).await, [300, 200, 100, 0]);
    let rest = order_view(&bed.engine.read(&bed.who), order.id).await.unwrap();
    assert_eq!((rest.state, rest.reserved, rest.invoiced), (OrderState::Approved, money("CNY 100.00"), money("CNY 200.00")));
    assert_eq!(bed.run(CheckOrder { account, order: order.id }).await.unwrap().reserved, money("CNY 100.00"), "only the rest is checked");
}
