//! Many callers, one thing: whatever the order, the outcome is as if they had come one after another.

use futures::future::join_all;
use serde_json::json;
use tests::inspect::sql;
use tests::ledger::cny;
use tests::on_both;

on_both! {
    async fn one_bank_reference_posted_by_twenty_is_one_receipt(world: World) {
        let admin = world.admin();
        admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Customer", "currency": "CNY" })).await.expect(201);
        let payment = json!({ "external_id": "BANK-1", "account_external_id": "A1", "received_on": "2026-03-01", "amount": cny("70.00") });
        let answers = join_all((0..20).map(|_| admin.post("/v1/payments", payment.clone()))).await;
        let ids: Vec<&str> = answers.iter().filter_map(|answer| answer.json["id"].as_str()).collect();
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 201 | 409)), "{answers:?}");
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
        let other = json!({ "external_id": "BANK-1", "account_external_id": "A1", "received_on": "2026-03-01", "amount": cny("71.00") });
        assert_eq!(admin.post("/v1/payments", other).await.refused(409), "external_id_conflict");
        assert_eq!(sql(&world.database_url, "SELECT COUNT(*) FROM payment").await.unwrap(), [[Some("1".into())]]);
    }
}
