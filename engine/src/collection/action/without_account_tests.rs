use super::*;
use crate::engine::Engine;
use crate::explain::decision;
use crate::tenant::{ChangeSettings, settings};
use crate::testing::{Bed, advice};
use crate::words::caller::Caller;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::runtime::Handle;

fn quote(mode: ActionMode) -> RunActionWithoutAccount {
    RunActionWithoutAccount { plugin: "order_hold".into(), action: "quote".into(), mode, params: serde_json::json!({ "days": 25 }) }
}

/// Moves the tenant's rules by one revision.
async fn move_rules(engine: &Engine, who: &Caller) {
    let now = settings(&engine.read(who)).await.unwrap();
    let changed = crate::tenant::TenantSettings { decision_days: now.settings.decision_days + 1, ..now.settings };
    engine.execute(who, ChangeSettings { revision: None, settings: changed }).await.unwrap();
}

#[tokio::test]
async fn what_was_answered_by_rules_that_moved_on_meanwhile_is_answered_again() {
    let (asked, neighbour) = (Arc::new(AtomicU32::new(0)), Arc::new(OnceLock::<(Engine, Caller)>::new()));
    let (counted, other) = (asked.clone(), neighbour.clone());
    let bed = Bed::asking(move |question| {
        assert!(question.facts.account().is_none(), "there is no account, not a made-up one");
        // While the first call is under way, another process moves the rules.
        if counted.fetch_add(1, Ordering::Relaxed) == 0 {
            let (engine, who) = other.get().unwrap();
            Handle::current().block_on(move_rules(engine, who));
        }
        Asked { advice: vec![advice(vec![])] }
    })
    .await;
    drop(neighbour.set((bed.neighbour().await, bed.who.clone())));
    let before = bed.engine.ground(bed.who.tenant).await.unwrap().revision;
    let applied = bed.run(quote(ActionMode::Apply)).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let kept = decision(&bed.engine.read(&bed.who), applied.decision_id.unwrap()).await.unwrap();
    assert_eq!((kept.attempts, kept.revision, kept.account_id), (2, before + 1, None));
    assert_eq!(bed.numbers("SELECT COUNT(*) FROM decision WHERE tenant_id = $1").await, [1], "nothing of the first attempt stays");
    assert_eq!(bed.numbers("SELECT revision FROM tenant_state WHERE tenant_id = $1").await, [before + 1], "it moves no rules itself");
}

#[tokio::test]
async fn a_preview_keeps_nothing() {
    let bed = Bed::asking(|_| Asked { advice: vec![advice(vec![])] }).await;
    let answer = bed.run(quote(ActionMode::Preview)).await.unwrap();
    assert_eq!((answer.decision_id, answer.subject, answer.account_id), (None, None, None));
    assert_eq!(bed.numbers("SELECT COUNT(*) FROM decision WHERE tenant_id = $1").await, [0]);
}
