//! Decision records of real orders, read back.

use super::*;
use crate::testing::{Bed, day, money, overdue};

#[tokio::test]
async fn a_decision_keeps_its_facts_and_is_explained_in_both_languages() {
    let bed = Bed::asking(overdue).await;
    let account = bed.limited("C-1", "CNY 1000.00").await;
    bed.invoice(account, "I-1", "2025-01-01", "2025-02-01", "CNY 200.00").await;
    let held = bed.place(account, "SO-551", "CNY 10.00").await;
    let read = bed.engine.read(&bed.who);
    let record = decision(&read, held.decision_id).await.unwrap();
    assert_eq!((record.outcome.as_str(), record.cause.as_str(), record.cause_id), ("hold", "order", held.id.to_string()));
    assert_eq!(record.record.merge.as_deref(), Some("core approve; order_hold@7 hold -> hold"));
    let facts = decision_facts(&read, held.decision_id).await.unwrap();
    let facts = facts.account().unwrap();
    assert_eq!((facts.account.overdue_total, facts.open_items.rows.len()), (money("CNY 200.00"), 1));
    let told = explain_decision(&read, held.decision_id, "en").await.unwrap().plain();
    let gesagt = explain_decision(&read, held.decision_id, "zh-CN").await.unwrap().plain();
    expect_test::expect![[r#"
        Order SO-551 is held. Core rules: nothing against it. order_hold v7, line 14: OVERDUE says the script. It is released when CNY 100.00 is paid, by a credit officer or once 2025-03-31 has passed.
        订单 SO-551 已控货，暂不发货。核心规则：无异议。order_hold v7 第 14 行：脚本：OVERDUE。付清 CNY 100.00、信用专员放行或 2025-03-31 期满即可解除。"#]]
    .assert_eq(&format!("{told}\n{gesagt}"));
    let found = async |filter: DecisionFilter| {
        let page = list_decisions(&bed.engine.read(&bed.who), &filter, &PageOf::first(10)).await.unwrap();
        page.data.len()
    };
    let filter = DecisionFilter { account: Some(account), hook: Some(Hook::OrderCheck), ..DecisionFilter::default() };
    assert_eq!(found(DecisionFilter { code: Some("OVERDUE".into()), ..filter.clone() }).await, 1);
    assert_eq!(found(DecisionFilter { code: Some("OVER%".into()), ..filter.clone() }).await, 0, "a wildcard is text");
    assert_eq!(found(DecisionFilter { hook: Some(Hook::StepDue), ..filter.clone() }).await, 0);
    assert_eq!(found(DecisionFilter { plugin: Some("order_hold".into()), from: Some(day("2025-03-14")), ..filter.clone() }).await, 1);
    assert_eq!(found(DecisionFilter { to: Some(day("2025-03-13")), ..filter }).await, 0);
}
