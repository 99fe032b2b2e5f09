//! Many callers, one thing: whatever the order, the outcome is as if they had come one after another.

use futures::future::join_all;
use serde_json::json;
use std::collections::BTreeMap;
use tests::inspect::sql;
use tests::ledger::cny;
use tests::numbers::{RACE_CLIENTS, RACE_ORDERS};
use tests::on_both;

/// The limit, and what one order asks of it: so many fit, and no more.
const FITTING: usize = 50;

on_both! {
    async fn not_one_unit_passes_the_limit(world: World) {
        let admin = world.admin();
        let account = admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Customer", "currency": "CNY" })).await.expect(201);
        let limits = format!("/v1/accounts/{}/credit-limits", account["id"].as_str().unwrap());
        let limit = json!({ "amount": cny("5000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
        admin.post(&limits, limit).await.expect(201);
        let callers = (0..RACE_CLIENTS).map(|no| {
            let admin = admin.clone();
            async move {
                let mut seen = Vec::new();
                for turn in 0..RACE_ORDERS {
                    let order = json!({ "external_id": format!("O{no}-{turn}"), "account_external_id": "A1", "amount": cny("100.00") });
                    let answer = admin.post("/v1/orders", order).await;
                    let code = if answer.status == 201 { &answer.json["decision"] } else { &answer.json["code"] };
                    seen.push((answer.status, code.as_str().unwrap_or_default().to_owned()));
                }
                seen
            }
        });
        let mut counts: BTreeMap<(u16, String), usize> = BTreeMap::new();
        for answer in join_all(callers).await.into_iter().flatten() {
            *counts.entry(answer).or_default() += 1;
        }
        let of = |status: u16, code: &str| counts.get(&(status, code.to_owned())).copied().unwrap_or(0);
        let (approved, held, again) = (of(201, "approve"), of(201, "hold"), of(409, "try_again"));
        assert_eq!(approved + held + again, RACE_CLIENTS * RACE_ORDERS, "{counts:?}");
        assert!(approved == FITTING || (approved < FITTING && again > 0), "{counts:?}");
        let reserved = sql(&world.database_url, "SELECT SUM(reserved_minor), COUNT(*) FROM sales_order WHERE state = 'approved'").await.unwrap();
        assert_eq!(reserved[0], [Some((approved * 10_000).to_string()), Some(approved.to_string())]);
    }

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
