//! Groups of accounts: who joins together, and the warning lines of the limits they share (GR-05).

use serde_json::{Value, json};
use tests::client::Client;
use tests::inspect::sql;
use tests::ledger::cny;
use tests::on_both;
use tests::world::World;

fn id(made: &Value) -> String {
    made["id"].as_str().expect("an id").to_owned()
}

/// A group with a limit for this year.
async fn group(admin: &Client, external_id: &str, parent: Option<&str>, amount: &str) -> String {
    let body = json!({ "external_id": external_id, "name": external_id, "currency": "CNY", "parent_id": parent });
    let group = id(&admin.post("/v1/credit-groups", body).await.expect(201));
    let limit = json!({ "amount": cny(amount), "valid_from": "2026-01-01", "valid_to": "2026-12-31", "reason": "one family" });
    admin.post(&format!("/v1/credit-groups/{group}/limits"), limit).await.expect(201);
    group
}

/// An account in a group.
async fn member(admin: &Client, external_id: &str, group: &str) -> String {
    let account =
        id(&admin.post("/v1/accounts", json!({ "external_id": external_id, "name": external_id, "currency": "CNY" })).await.expect(201));
    admin.post(&format!("/v1/credit-groups/{group}/members"), json!({ "account_id": account })).await.expect(201);
    account
}

async fn order(admin: &Client, account: &str, external_id: &str, amount: &str) -> String {
    let order = json!({ "external_id": external_id, "account_id": account, "amount": cny(amount) });
    let order = admin.post("/v1/orders", order).await.expect(201);
    assert_eq!(order["decision"], "approve", "{order}");
    id(&order)
}

async fn run(admin: &Client, day: &str) {
    let begun = admin.post("/v1/runs", json!({ "day": day })).await.expect(202);
    let done = admin.worked(&format!("/v1/runs/{}", id(&begun))).await;
    assert_eq!((&done["state"], &done["failed"]), (&json!("done"), &json!(0)), "{done}");
}

/// The warning lines of groups that were told so far, in their order.
async fn told(world: &World) -> Vec<i64> {
    let query = "SELECT body FROM journal WHERE kind = 'credit_group.line_crossed' ORDER BY id";
    let rows = sql(&world.database_url, query).await.unwrap();
    let body = |row: &Vec<Option<String>>| serde_json::from_str::<Value>(row[0].as_deref().unwrap_or_default()).unwrap();
    rows.iter().map(|row| body(row)["percent"].as_i64().unwrap()).collect()
}

on_both! {
    async fn gr_05_a_group_limit_warns_once_for_each_line_on_the_way_up(world: World) {
        let admin = world.admin();
        let top = group(&admin, "TOP", None, "2000.00").await;
        let low = group(&admin, "LOW", Some(&top), "1000.00").await;
        let (one, two) = (member(&admin, "A1", &low).await, member(&admin, "A2", &low).await);
        let first = order(&admin, &one, "O1", "800.00").await;
        assert_eq!(told(world).await, Vec::<i64>::new(), "80 % is not above 80 %");
        order(&admin, &two, "O2", "20.00").await;
        order(&admin, &two, "O3", "30.00").await;
        assert_eq!(told(world).await, [80], "two members cross it together, once");
        order(&admin, &one, "O4", "100.00").await;
        assert_eq!(told(world).await, [80, 90]);
        let invoice = json!({ "external_id": "I1", "account_id": two, "issued_on": "2026-01-02", "due_on": "2026-06-01", "amount": cny("100.00") });
        admin.post("/v1/invoices", invoice).await.expect(201);
        assert_eq!(told(world).await, [80, 90], "no order, so nobody claimed the group");
        run(&admin, "2026-03-02").await;
        assert_eq!(told(world).await, [80, 90, 100], "1,050 of 1,000; and of 2,000 there is nothing to tell");
        run(&admin, "2026-03-03").await;
        assert_eq!(told(world).await, [80, 90, 100], "once");
        admin.post(&format!("/v1/orders/{first}/cancellations"), json!({ "reason": "not wanted" })).await.expect(201);
        run(&admin, "2026-03-04").await;
        order(&admin, &two, "O5", "600.00").await;
        assert_eq!(told(world).await, [80, 90, 100, 80], "from 250 up again");
    }

    async fn a_family_of_accounts_joins_as_a_whole_or_not_at_all(world: World) {
        let admin = world.admin();
        admin.post("/v1/accounts", json!({ "external_id": "P", "name": "P", "currency": "CNY" })).await.expect(201);
        for (child, parent, currency) in [("C1", "P", "CNY"), ("C2", "P", "CNY"), ("D1", "C1", "CNY"), ("USD", "C2", "USD")] {
            let body = json!({ "external_id": child, "name": child, "currency": currency, "parent_external_id": parent });
            admin.post("/v1/accounts", body).await.expect(201);
        }
        let family = group(&admin, "FAMILY", None, "2000.00").await;
        let members = format!("/v1/credit-groups/{family}/members");
        let whole = |head: &str| json!({ "account_external_id": head, "with_children": true });
        assert_eq!(admin.post(&members, whole("P")).await.refused(422), "currency_mismatch");
        assert_eq!(admin.get(&members).await.expect(200)["data"], json!([]), "nobody joined");
        let stale = [("content-type", "application/json"), ("if-match", "\"v9\"")];
        let body = whole("C1").to_string().into_bytes();
        let refused = admin.send(reqwest::Method::POST, &members, &stale, Some(body)).await.unwrap();
        assert_eq!(refused.refused(412), "stale_version", "of another version than there is");
        assert_eq!(admin.get(&members).await.expect(200)["data"], json!([]), "not even the children joined");
        let joined = admin.post(&members, whole("C1")).await.expect(201);
        assert_eq!(joined["data"].as_array().unwrap().len(), 2);
        assert_eq!(admin.get(&members).await.expect(200)["data"].as_array().unwrap().len(), 2);
        let other = group(&admin, "OTHER", None, "2000.00").await;
        let elsewhere = admin.post(&format!("/v1/credit-groups/{other}/members"), json!({ "account_external_id": "D1" })).await;
        assert_eq!(elsewhere.refused(409), "illegal_state");
        let leaving = json!({ "account_external_id": "P" });
        assert_eq!(admin.post(&format!("/v1/credit-groups/{family}/departures"), leaving).await.refused(409), "illegal_state");
    }
}
