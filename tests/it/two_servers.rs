//! Two servers over one database: whoever has read the answer to an activation gets no decision by the older set, from either of them.

use futures::future::join_all;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use tests::client::Client;
use tests::inspect::sql;
use tests::ledger::cny;
use tests::on_both;
use tests::world::On;

/// An account with room for everything, and an invoice that is late on every day of this century that is left.
async fn late_customer(client: &Client, external_id: &str) {
    let account = json!({ "external_id": external_id, "name": "Customer", "currency": "CNY" });
    let account = client.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
    let limit = json!({ "amount": cny("1000000.00"), "valid_from": "2020-01-01", "kind": "standing", "reason": "as agreed" });
    client.post(&format!("/v1/accounts/{account}/credit-limits"), limit).await.expect(201);
    let invoice = json!({
        "external_id": format!("I-{external_id}"), "account_external_id": external_id, "issued_on": "2020-01-02", "due_on": "2020-01-24",
        "amount": cny("9000.00"),
    });
    client.post("/v1/invoices", invoice).await.expect(201);
}

/// Places an order as a good client does: told to try again, it does, with the very same order.
async fn order(client: &Client, external_id: &str, account: &str) -> Value {
    let order = json!({ "external_id": external_id, "account_external_id": account, "amount": cny("1.00") });
    for _ in 0..20 {
        let answer = client.post("/v1/orders", order.clone()).await;
        if answer.status != 409 || answer.json["code"] != "try_again" {
            return answer.expect(201);
        }
    }
    panic!("{external_id} was told twenty times to try again");
}

async fn switch(client: &Client, is_on: bool) -> i64 {
    let (act, body) = if is_on { ("activations", json!({})) } else { ("stops", json!({ "reason": "enough" })) };
    client.post(&format!("/v1/plugins/order_hold/{act}"), body).await.expect(201)["revision"].as_i64().unwrap()
}

fn word(is_on: bool) -> &'static str {
    if is_on { "hold" } else { "approve" }
}

/// Looks until both servers have told that they decide by this revision, at most half a minute.
async fn both_at(client: &Client, revision: i64) -> Value {
    for _ in 0..1_200 {
        let nodes = client.get("/v1/plugins/nodes").await.expect(200);
        let at = |node: &&Value| node["revision"].as_i64() == Some(revision) && node["is_current"] == true;
        if nodes["data"].as_array().unwrap().iter().filter(at).count() >= 2 {
            return nodes;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    unreachable!("both servers tell of revision {revision}")
}

on_both! {
    async fn what_is_switched_on_one_server_is_obeyed_by_the_other_on_its_next_decision(world: World) {
        let ((_first, one), (_second, other)) = futures::join!(world.process(), world.process());
        late_customer(&one, "A1").await;
        for (no, is_on) in [true, false, true, false, true].into_iter().enumerate() {
            let (acting, watching) = if no % 2 == 0 { (&one, &other) } else { (&other, &one) };
            // The watching server has just decided by the set of before.
            assert_eq!(order(watching, &format!("B{no}"), "A1").await["decision"], word(!is_on));
            let revision = switch(acting, is_on).await;
            let next = order(watching, &format!("N{no}"), "A1").await;
            assert_eq!(next["decision"], word(is_on), "{next}");
            let id = next["decision_id"].as_str().unwrap();
            let decision = watching.get(&format!("/v1/decisions/{id}")).await.expect(200);
            assert_eq!(decision["revision"].as_i64(), Some(revision), "{decision}");
        }
        let settings = json!({ "settings": { "tolerance": [cny("10000.00")] } });
        one.put("/v1/plugins/order_hold/settings", "*", settings).await.expect(200);
        let next = order(&other, "S1", "A1").await;
        assert_eq!(next["decision"], "approve", "so is a setting: {next}");
        let called = other.post("/v1/plugins/order_hold/actions/preview", json!({ "order_external_id": "S1" })).await.expect(200);
        assert_eq!(called["result"]["decision"], "approve", "{called}");
        switch(&one, false).await;
        let gone = other.post("/v1/plugins/order_hold/actions/preview", json!({ "order_external_id": "S1" })).await;
        assert_eq!(gone.refused(404), "not_found", "and an action is gone everywhere at once");
        let revision = switch(&one, true).await;
        order(&one, "Z1", "A1").await;
        order(&other, "Z2", "A1").await;
        let nodes = both_at(&one, revision).await;
        assert!(nodes["data"].as_array().unwrap().iter().all(|node| node["troubles"] == json!([])), "{nodes}");
    }

    async fn under_load_no_decision_claimed_after_an_activation_carries_an_older_revision(world: World) {
        // One file takes one writer: the load of two servers is a matter of PostgreSQL.
        if world.on == On::Sqlite {
            return;
        }
        let ((_first, one), (_second, other)) = futures::join!(world.process(), world.process());
        for no in 0..6 {
            late_customer(&one, &format!("A{no}")).await;
        }
        // What has been answered: an order sent from now on is decided by this revision or a later one.
        let (answered, is_over) = (AtomicI64::new(0), AtomicBool::new(false));
        let placing = async |no: usize| {
            let client = if no.is_multiple_of(2) { &one } else { &other };
            let mut placed: Vec<(i64, String, String)> = Vec::new();
            while !is_over.load(Ordering::SeqCst) {
                let least = answered.load(Ordering::SeqCst);
                let next = order(client, &format!("O{no}-{}", placed.len()), &format!("A{no}")).await;
                placed.push((least, next["decision_id"].as_str().unwrap().to_owned(), next["decision"].as_str().unwrap().to_owned()));
            }
            placed
        };
        let switching = async {
            let mut on_at: Vec<(i64, bool)> = Vec::new();
            for no in 0..16 {
                let (acting, watching) = if no % 2 == 0 { (&one, &other) } else { (&other, &one) };
                let is_on = no % 2 == 0;
                let revision = switch(acting, is_on).await;
                answered.fetch_max(revision, Ordering::SeqCst);
                on_at.push((revision, is_on));
                assert_eq!(order(watching, &format!("W{no}"), "A0").await["decision"], word(is_on));
            }
            is_over.store(true, Ordering::SeqCst);
            on_at
        };
        let (placed, on_at) = futures::join!(join_all((0..6).map(placing)), switching);
        let placed: Vec<(i64, String, String)> = placed.into_iter().flatten().collect();
        assert!(placed.len() > 32, "{} orders were placed meanwhile", placed.len());
        for (least, id, said) in &placed {
            let decision = one.get(&format!("/v1/decisions/{id}")).await.expect(200);
            let revision = decision["revision"].as_i64().unwrap();
            assert!(revision >= *least, "decided by revision {revision} after {least} had been answered: {decision}");
            let is_on = on_at.iter().rev().find(|(since, _)| *since <= revision).is_some_and(|(_, is_on)| *is_on);
            assert_eq!(said, word(is_on), "revision {revision}: {decision}");
        }
        let seen = sql(&world.database_url, "SELECT COUNT(DISTINCT revision) FROM decision WHERE cause = 'order'").await.unwrap();
        assert!(seen[0][0].as_deref().is_some_and(|count| count.parse::<i64>().unwrap() >= 16), "{seen:?}");
    }
}
