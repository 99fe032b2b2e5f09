//! Many orders at once on one limit, from several processes.

use crate::credit::PlaceOrder;
use crate::order::OrderState;
use crate::testing::Bed;
use crate::words::code::Code;

const TASKS: i64 = 64;
const NEIGHBOURS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_orders_at_once_never_pass_the_limit_together() {
    let bed = Bed::open().await;
    // Room for ten and a half of them.
    let account = bed.limited("C-1", "CNY 1050.00").await;
    let mut engines = vec![bed.engine.clone()];
    while engines.len() < NEIGHBOURS {
        engines.push(bed.neighbour().await);
    }
    let tasks: Vec<_> = (0..TASKS)
        .map(|no| {
            let engine = engines[usize::try_from(no).unwrap() % engines.len()].clone();
            let who = bed.who.clone();
            tokio::spawn(async move {
                loop {
                    let order = Bed::order(&format!("SO-{no}"), "CNY 100.00");
                    match engine.execute(&who, PlaceOrder { account, order }).await {
                        Ok(outcome) => return outcome.done.state,
                        Err(error) => assert_eq!(error.code(), Code::TryAgain, "{error:?}"),
                    }
                }
            })
        })
        .collect();
    let mut approved = 0;
    for task in tasks {
        approved += i64::from(task.await.unwrap() == OrderState::Approved);
    }
    assert_eq!(approved, 10);
    assert_eq!(bed.numbers("SELECT orders_minor FROM balance WHERE tenant_id = $1").await, [100_000]);
    assert_eq!(bed.numbers("SELECT CAST(SUM(reserved_minor) AS BIGINT) FROM sales_order WHERE tenant_id = $1").await, [100_000]);
    assert_eq!(bed.numbers("SELECT CAST(SUM(amount_minor) AS BIGINT) FROM reservation WHERE tenant_id = $1").await, [100_000]);
    assert_eq!(bed.numbers("SELECT COUNT(*) FROM hold WHERE tenant_id = $1").await, [TASKS - 10]);
    assert_eq!(bed.numbers("SELECT version FROM account WHERE tenant_id = $1").await, [TASKS + 2], "each order claimed the account once");
}
