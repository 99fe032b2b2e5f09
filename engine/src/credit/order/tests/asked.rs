//! Orders that plugins are asked about.

use super::codes;
use crate::credit::rules::OrderDecision;
use crate::credit::{CheckOrder, PlaceOrder, order_view};
use crate::doors::decision::decision;
use crate::order::OrderState;
use crate::testing::{Bed, advice, day, money, overdue, vote};
use crate::words::asked::{Asked, Vote, VoteKind};
use crate::words::effect::{Effect, EffectKind};
use sea_orm::{ColumnTrait, QueryFilter};

fn effect(kind: EffectKind, code: Option<&str>) -> Effect {
    Effect { kind, code: code.map(str::to_owned), values: Default::default(), line: 9 }
}

#[tokio::test]
async fn paying_what_a_plugin_asked_frees_the_order_even_if_the_plugin_would_ask_again() {
    let bed = Bed::asking(overdue).await;
    let account = bed.account("C-1", "CNY").await;
    bed.invoice(account, "I-1", "2025-01-01", "2025-02-01", "CNY 200.00").await;
    let held = bed.place(account, "SO-1", "CNY 10.00").await;
    assert_eq!((held.state, held.reasons[0].source.as_str()), (OrderState::Held, "order_hold@7:14"));
    assert_eq!(held.pay_to_release.as_ref().unwrap().amount, money("CNY 100.00"));
    bed.pay(account, "P-1", "2025-03-14", "CNY 99.99").await;
    let again = bed.run(CheckOrder { account, order: held.id }).await.unwrap();
    assert_eq!((again.state, again.pay_to_release.map(|pay| pay.amount)), (OrderState::Held, Some(money("CNY 0.01"))));
    let other = bed.place(account, "SO-2", "CNY 10.00").await;
    bed.pay(account, "P-2", "2025-03-14", "CNY 0.01").await;
    let free = bed.run(CheckOrder { account, order: held.id }).await.unwrap();
    assert_eq!((free.state, free.reasons.len()), (OrderState::Approved, 0));
    assert_eq!(bed.run(CheckOrder { account, order: other.id }).await.unwrap().state, OrderState::Held, "earlier payments do not count");
    bed.pay(account, "P-3", "2025-03-14", "CNY 99.99").await;
    assert_eq!(bed.run(CheckOrder { account, order: other.id }).await.unwrap().state, OrderState::Approved);
    assert_eq!(bed.place(account, "SO-3", "CNY 10.00").await.state, OrderState::Held, "a new order is a new question");
}

#[tokio::test]
async fn the_last_day_of_a_plugins_hold_frees_the_order_and_asking_again_does_not_move_it() {
    let bed = Bed::asking(|question| {
        let last = crate::words::day::add_days(question.facts.today(), 5);
        Asked { advice: vec![advice(vec![Vote { expires_on: Some(last), ..vote(VoteKind::Hold, "WAIT") }])] }
    })
    .await;
    let account = bed.account("C-1", "CNY").await;
    let held = bed.place(account, "SO-1", "CNY 10.00").await;
    for (on, state) in [("2025-03-16", OrderState::Held), ("2025-03-19", OrderState::Held), ("2025-03-20", OrderState::Approved)] {
        bed.clock.set_day(day(on));
        assert_eq!(bed.run(CheckOrder { account, order: held.id }).await.unwrap().state, state, "{on}");
    }
}

#[tokio::test]
async fn what_plugins_vote_is_merged_and_a_yes_is_asked_for_once() {
    let bed = Bed::asking(|question| {
        let crate::words::asked::About::OrderCheck { order, core } = &question.about else { panic!() };
        assert_eq!(core.decision, "approve");
        let role = Some("credit_manager".into());
        Asked {
            advice: vec![advice(match order.external_id.as_str() {
                "SO-deny" => vec![vote(VoteKind::Deny, "NEVER")],
                _ => vec![Vote { role, ..vote(VoteKind::RequestApproval, "BIG_ORDER") }],
            })],
        }
    })
    .await;
    let account = bed.account("C-1", "CNY").await;
    let denied = bed.place(account, "SO-deny", "CNY 10.00").await;
    assert_eq!((denied.state, denied.decision), (OrderState::Rejected, OrderDecision::Deny));
    let held = bed.place(account, "SO-1", "CNY 10.00").await;
    assert_eq!((held.state, codes(&held)), (OrderState::Held, vec!["BIG_ORDER"]));
    bed.run(CheckOrder { account, order: held.id }).await.unwrap();
    assert_eq!(bed.numbers("SELECT COUNT(*) FROM approval WHERE tenant_id = $1 AND state = 'pending'").await, [1]);
    let act = crate::credit::ReleaseOrder { account, order: held.id, amount: None, reason: "signed".into(), valid_until: None };
    assert_eq!(bed.act(act).await.unwrap().state, OrderState::Released);
    assert_eq!(bed.numbers("SELECT COUNT(*) FROM approval WHERE tenant_id = $1 AND state = 'pending'").await, [0]);
}

#[tokio::test]
async fn effects_become_tasks_holds_and_labels_once_and_strange_ones_are_dropped() {
    let bed = Bed::asking(|question| {
        let due_on = question.facts.today();
        let effects = vec![
            effect(EffectKind::Task { role: "collector".into(), task: "watch_promise".into(), activity: "internal".into(), due_on }, None),
            effect(EffectKind::Alert { role: "credit_manager".into() }, Some("RISK")),
            effect(EffectKind::PlaceHold { pay_to_release: None, items: vec![], expires_on: day("2025-03-20") }, Some("STOP")),
            effect(EffectKind::Tag { name: "order_hold:risky".into() }, None),
            effect(EffectKind::OpenCase, None),
        ];
        Asked { advice: vec![crate::words::asked::Advice { effects, ..advice(vec![]) }] }
    })
    .await;
    let account = bed.account("C-1", "CNY").await;
    let first = bed.place(account, "SO-1", "CNY 10.00").await;
    assert_eq!(first.state, OrderState::Approved, "a hold on the account counts from the next check on");
    let second = bed.place(account, "SO-2", "CNY 10.00").await;
    assert_eq!((second.state, codes(&second)), (OrderState::Held, vec!["account_hold"]));
    assert_eq!(bed.numbers("SELECT COUNT(*) FROM task WHERE tenant_id = $1").await, [2]);
    assert_eq!(bed.numbers("SELECT COUNT(*) FROM hold WHERE tenant_id = $1 AND order_id IS NULL").await, [1]);
    let read = bed.engine.read(&bed.who);
    let row = crate::account::account(&read, account).await.unwrap();
    assert_eq!((row.tags, row.version), (vec!["order_hold:risky".to_owned()], 3));
    let of_order = decision::find(bed.who.tenant).filter(decision::Column::Id.eq(second.decision_id));
    let record = of_order.one(read.db()).await.unwrap().unwrap().record.0;
    assert_eq!(record.dropped, ["task watch_promise: already open", "task alert: already open", "open_case: not for an order check"]);
    assert_eq!(record.applied, ["place_hold STOP", "tag order_hold:risky"]);
}

#[tokio::test]
async fn a_plugins_hold_on_the_account_ends_once_that_much_came_in_since() {
    let bed = Bed::asking(|question| {
        let pay_to_release = Some(money("CNY 50.00"));
        let hold = effect(EffectKind::PlaceHold { pay_to_release, items: vec![], expires_on: day("2025-03-31") }, Some("STOP"));
        let effects =
            if question.facts.account().unwrap().holds.is_empty() && question.facts.account().unwrap().account.exposure.minor() == -6_000 {
                vec![hold]
            } else {
                vec![]
            };
        Asked { advice: vec![crate::words::asked::Advice { effects, ..advice(vec![]) }] }
    })
    .await;
    let account = bed.account("C-1", "CNY").await;
    bed.pay(account, "P-1", "2025-03-14", "CNY 60.00").await;
    assert_eq!(bed.place(account, "SO-1", "CNY 1.00").await.state, OrderState::Approved);
    bed.pay(account, "P-2", "2025-03-14", "CNY 49.99").await;
    let held = bed.place(account, "SO-2", "CNY 1.00").await;
    assert_eq!((held.state, held.pay_to_release.as_ref().map(|pay| pay.amount)), (OrderState::Held, Some(money("CNY 50.00"))));
    bed.pay(account, "P-3", "2025-03-14", "CNY 0.01").await;
    assert_eq!(bed.run(CheckOrder { account, order: held.id }).await.unwrap().state, OrderState::Approved);
    assert_eq!(bed.numbers("SELECT COUNT(*) FROM hold WHERE tenant_id = $1 AND lift_reason = 'paid' AND order_id IS NULL").await, [1]);
}

#[tokio::test]
async fn an_answer_given_again_asks_nobody() {
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = calls.clone();
    let bed = Bed::asking(move |question| {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        overdue(question)
    })
    .await;
    let account = bed.account("C-1", "CNY").await;
    let first = bed.place(account, "SO-1", "CNY 10.00").await;
    let again = bed.run(PlaceOrder { account, order: Bed::order("SO-1", "CNY 10.00") }).await.unwrap();
    assert_eq!((again, calls.load(std::sync::atomic::Ordering::Relaxed)), (first.clone(), 1));
    assert_eq!(order_view(&bed.engine.read(&bed.who), first.id).await.unwrap(), first);
}
