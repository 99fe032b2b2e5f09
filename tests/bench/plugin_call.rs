//! One plugin call with its limits on and its facts ready, as a multiple of the same script called on a bare Rhai engine.

use recoup_engine::account::resolve;
use recoup_engine::credit::PlaceOrder;
use recoup_engine::explain::decision_facts;
use recoup_engine::import::ImportKind;
use recoup_engine::words::asked::{About, Question};
use recoup_engine::words::checkpoint::Checkpoint;
use recoup_engine::words::facts::{OrderFacts, Verdict};
use recoup_plugins::measure::{Bare, Prepared};
use recoup_plugins::package;
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use tests::bed::{Bed, activate, import};
use tests::book;
use tests::figures::{Figures, Rate, Target};
use tests::world::On;

fn main() {
    let mut figures = Figures::new("one plugin call: order_hold, four late items in sight");
    let calls = figures.amount(200_000);
    let question = question();
    let files = package::shipped().into_iter().find(|(name, _)| name == "order_hold").expect("order_hold is shipped").1;
    let (prepared, engine) = (Prepared::new(&files, "order_check").expect("it compiles"), Bare::new());
    let bare = || prepared.bare(&engine, &question).expect("the bare call ends well");
    let guarded = || prepared.guarded(&question).map(drop).expect("the guarded call ends well");
    rate(calls / 10, bare);
    rate(calls / 10, guarded);
    let (bare, guarded) = (rate(calls, bare), rate(calls, guarded));
    figures.rate("bare Rhai engine, no limits and no wall", bare, None);
    figures.rate("as in real life", guarded, None);
    figures.ratio("one call, time as a multiple of the bare engine", bare, guarded, Target::AtMost(2_000));
    figures.print();
}

/// Calls a second.
fn rate(count: u64, mut call: impl FnMut()) -> Rate {
    let start = Instant::now();
    for _ in 0..count {
        call();
        black_box(());
    }
    Rate::of(count, start.elapsed())
}

/// The facts of a real order check, as its decision kept them.
fn question() -> Question {
    let bed = Bed::make(On::Sqlite);
    bed.prepare();
    bed.at_work(async |engine, who| {
        import(engine, who, ImportKind::Accounts, book::accounts(1)).await;
        import(engine, who, ImportKind::Invoices, book::invoices(1)).await;
        activate(engine, who, "order_hold").await;
        let read = engine.read(who);
        let account = resolve(&read, None, Some("A0000000")).await.expect("the one account");
        let order = json!({ "external_id": "O1", "amount": { "amount": "1.00", "currency": "CNY" } });
        let order = serde_json::from_value(order).expect("an order");
        let placed = engine.execute(who, PlaceOrder { account, order }).await.expect("the order is placed").done;
        let facts = decision_facts(&read, placed.decision_id).await.expect("the facts of the decision");
        let order = OrderFacts {
            id: placed.id,
            external_id: placed.external_id,
            amount: placed.amount,
            contract_external_id: None,
            batch_no: None,
            ship_on: None,
            is_partial_ok: false,
            lines: Vec::new(),
            checkpoint: Checkpoint::default(),
        };
        let core = Verdict { decision: "approve".to_owned(), reasons: Vec::new() };
        Question { facts: Arc::new(facts), about: About::OrderCheck { order, core } }
    })
}
