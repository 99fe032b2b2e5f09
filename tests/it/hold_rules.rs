//! Hold rules of the policy through HTTP, on both databases: checkpoints, grace, scope and exclusions.

use recoup_api::access::Role;
use serde_json::{Value, json};
use tests::client::Client;
use tests::ledger::cny;
use tests::on_both;

/// Puts these hold rules in force.
async fn rules(client: &Client, rules: Value) {
    let step = json!({ "key": "letter", "kind": "item", "offset_days": 5, "channel": "email" });
    let made =
        client.post("/v1/policies", json!({ "name": "rules", "document": { "steps": [step], "hold_rules": rules } })).await.expect(201);
    client.post(&format!("/v1/policies/{}/activations", made["id"].as_str().unwrap()), json!({})).await.expect(201);
}

/// An account that owes 100 since yesterday.
async fn owing(client: &Client, external_id: &str, segment: &str) -> String {
    let account = json!({ "external_id": external_id, "name": "Customer", "currency": "CNY", "segment": segment, "grade": "B" });
    let account = client.post("/v1/accounts", account).await.expect(201);
    let invoice = json!({ "external_id": format!("I-{external_id}"), "account_external_id": external_id, "issued_on": "2026-02-01",
        "due_on": "2026-03-01", "amount": cny("100.00") });
    client.post("/v1/invoices", invoice).await.expect(201);
    account["id"].as_str().unwrap().to_owned()
}

async fn placed(client: &Client, external_id: &str, account: &str, amount: &str) -> Value {
    let order = json!({ "external_id": external_id, "account_external_id": account, "amount": cny(amount) });
    client.post("/v1/orders", order).await.expect(201)
}

async fn checked(client: &Client, order: &Value, body: Value) -> Value {
    client.post(&format!("/v1/orders/{}/checks", order["id"].as_str().unwrap()), body).await.expect(201)
}

fn told(order: &Value) -> String {
    let codes: Vec<&str> = order["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
    format!("{} {} [{}]", order["checkpoint"].as_str().unwrap(), order["decision"].as_str().unwrap(), codes.join(" "))
}

on_both! {
    async fn or_01_a_rule_runs_at_its_checkpoint_and_rests_for_its_grace_days(world: World) {
        let admin = world.admin();
        owing(&admin, "A1", "retail").await;
        rules(&admin, json!([
            { "kind": "prior_balance_open", "enabled": true, "checkpoints": ["ship"] },
            { "kind": "order_amount", "enabled": true, "amount": "500.00", "checkpoints": ["order_accept", "credit_approve"], "grace_days": 2 },
        ])).await;
        let order = placed(&admin, "O1", "A1", "400.00").await;
        assert_eq!(told(&order), "order_accept approve []");
        assert_eq!(order["reserved"], cny("400.00"));
        let ship = checked(&admin, &order, json!({ "checkpoint": "ship" })).await;
        assert_eq!(told(&ship), "ship hold [prior_balance_open]");
        assert_eq!((&ship["pay_to_release"]["amount"], &ship["reserved"]), (&cny("100.00"), &cny("0.00")));
        assert_eq!(told(&checked(&admin, &order, json!({})).await), "ship hold [prior_balance_open]", "where it was checked last");
        assert_eq!(told(&checked(&admin, &order, json!({ "checkpoint": "credit_approve" })).await), "credit_approve approve []");
        let unknown = admin.post(&format!("/v1/orders/{}/checks", order["id"].as_str().unwrap()), json!({ "checkpoint": "lunch" })).await;
        assert_eq!(unknown.refused(422), "validation_failed");
        // C-19 through the door: a rule passed on the 2nd with two days of grace is not looked at before the 5th.
        rules(&admin, json!([{ "kind": "days_overdue", "enabled": true, "days": 2, "grace_days": 2 }])).await;
        let graced = placed(&admin, "O2", "A1", "10.00").await;
        assert_eq!(told(&graced), "order_accept approve []");
        for (day, expected) in [("2026-03-04", "approve []"), ("2026-03-05", "hold [days_overdue]")] {
            world.set_day(day);
            assert_eq!(told(&checked(&admin, &graced, json!({})).await), format!("order_accept {expected}"), "{day}");
        }
        assert_eq!(told(&placed(&admin, "O3", "A1", "10.00").await), "order_accept hold [days_overdue]", "the grace is the other order's");
    }

    async fn the_rule_closest_to_the_account_holds_it(world: World) {
        let admin = world.admin();
        owing(&admin, "A1", "retail").await;
        owing(&admin, "A2", "retail").await;
        owing(&admin, "A3", "works").await;
        rules(&admin, json!([
            { "kind": "order_amount", "enabled": true, "amount": "100" },
            { "kind": "order_amount", "key": "retail", "enabled": true, "amount": "200", "segment": "retail", "grades": ["B"] },
            { "kind": "order_amount", "key": "best", "enabled": true, "amount": "300", "account": "A2" },
        ])).await;
        for (account, passes, held) in [("A1", "199.99", "200.00"), ("A2", "299.99", "300.00"), ("A3", "99.99", "100.00")] {
            assert_eq!(told(&placed(&admin, &format!("P-{account}"), account, passes).await), "order_accept approve []");
            assert_eq!(told(&placed(&admin, &format!("H-{account}"), account, held).await), "order_accept hold [order_amount]");
        }
    }

    async fn an_exclusion_lets_an_account_off_the_rule_it_names(world: World) {
        let (admin, manager, officer) = (world.admin(), world.client(Role::CreditManager), world.client(Role::CreditOfficer));
        let account = owing(&admin, "A1", "retail").await;
        rules(&admin, json!([
            { "kind": "prior_balance_open", "enabled": true },
            { "kind": "order_amount", "enabled": true, "amount": "50" },
        ])).await;
        let order = placed(&admin, "O1", "A1", "60.00").await;
        assert_eq!(told(&order), "order_accept hold [prior_balance_open order_amount]");
        let path = format!("/v1/accounts/{account}/exclusions");
        let off = |rule: &str, stop: bool| json!({ "rule": rule, "release_and_stop": stop, "valid_to": "2026-03-10", "reason": "pays on Friday" });
        assert_eq!(officer.post(&path, off("order_amount", false)).await.refused(403), "insufficient_scope");
        assert_eq!(manager.post(&path, off("nothing", false)).await.refused(422), "unknown_policy_key");
        let first = manager.post(&path, off("order_amount", false)).await.expect(201);
        let now = checked(&admin, &order, json!({})).await;
        assert_eq!(told(&now), "order_accept hold [prior_balance_open]");
        let record = admin.get(&format!("/v1/decisions/{}", now["decision_id"].as_str().unwrap())).await.expect(200);
        assert!(record.to_string().contains("rule order_amount: excluded"), "{record}");
        let second = manager.post(&path, off("prior_balance_open", true)).await.expect(201);
        assert_eq!(told(&checked(&admin, &order, json!({})).await), "order_accept approve []");
        let cancel = |one: &Value| format!("/v1/exclusions/{}/cancellations", one["id"].as_str().unwrap());
        officer.post(&cancel(&second), json!({ "reason": "did not pay" })).await.expect(201);
        assert_eq!(officer.post(&cancel(&second), json!({ "reason": "again" })).await.refused(409), "illegal_state");
        assert_eq!(told(&checked(&admin, &order, json!({})).await), "order_accept hold [prior_balance_open]");
        world.set_day("2026-03-11");
        assert_eq!(told(&checked(&admin, &order, json!({})).await), "order_accept hold [prior_balance_open order_amount]", "its last day has passed");
        officer.post(&cancel(&first), json!({ "reason": "over" })).await.expect(201);
        assert_eq!(admin.get(&path).await.expect(200)["data"].as_array().unwrap().len(), 2);
    }
}
