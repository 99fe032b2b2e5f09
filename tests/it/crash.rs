//! `kill -9` at random moments under load, again and again: nothing acknowledged is lost, nothing is there twice, nothing is half
//! there, and every command without an answer takes effect once when it is sent again.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tests::client::Client;
use tests::history::{Came, History};
use tests::inspect::sql;
use tests::invariants;
use tests::ledger::cny;
use tests::numbers::{CRASH_CLIENTS, CRASH_KILLS, Dice};
use tests::on_both;

/// What one client does next: path, external id, body. Accounts are few, so that commands meet on them.
fn command(dice: &mut Dice, id: &str) -> (&'static str, Value) {
    let account = format!("A{}", dice.below(4));
    match dice.below(3) {
        0 => {
            let invoice = json!({ "external_id": id, "account_external_id": account, "issued_on": "2026-02-01", "due_on": "2026-03-01", "amount": cny("120.00") });
            ("/v1/invoices", invoice)
        }
        1 => (
            "/v1/payments",
            json!({ "external_id": id, "account_external_id": account, "received_on": "2026-03-01", "amount": cny("70.00") }),
        ),
        _ => ("/v1/orders", json!({ "external_id": id, "account_external_id": account, "amount": cny("10.00") })),
    }
}

/// Sends one command and writes down what came of it.
async fn send(client: &Client, history: &History, id: &str, path: &str, body: &Value) {
    history.begin(id);
    let headers = [("content-type", "application/json"), ("idempotency-key", id)];
    let answer = client.send(Method::POST, path, &headers, Some(body.to_string().into_bytes())).await;
    history.end(id, answer.as_ref().ok());
}

/// How often the database has each external id.
async fn booked(url: &str) -> BTreeMap<String, u64> {
    let query = "SELECT external_id, COUNT(*) FROM (SELECT external_id FROM invoice UNION ALL SELECT external_id FROM payment
                 UNION ALL SELECT external_id FROM sales_order) AS every GROUP BY external_id";
    let rows = sql(url, query).await.unwrap();
    rows.into_iter().map(|row| (row[0].clone().unwrap(), row[1].as_ref().unwrap().parse().unwrap())).collect()
}

on_both! {
    async fn nothing_acknowledged_is_lost_when_the_server_is_killed(world: World) {
        let admin = world.admin();
        for no in 0..4 {
            admin.post("/v1/accounts", json!({ "external_id": format!("A{no}"), "name": "Customer", "currency": "CNY" })).await.expect(201);
        }
        let history = Arc::new(History::default());
        let mut dice = Dice::from_seed();
        let mut unanswered: Vec<(String, &'static str, Value)> = Vec::new();
        for round in 0..CRASH_KILLS {
            let (mut server, client) = world.process().await;
            for (id, path, body) in unanswered.drain(..) {
                send(&client, &history, &id, path, &body).await;
                assert_eq!(history.of(&id), Some(Came::Done), "{id} is sent again after a crash");
            }
            let moment = Duration::from_millis(50 + dice.below(400));
            let clients = (0..CRASH_CLIENTS).map(|no| {
                let (client, history, mut dice) = (client.clone(), Arc::clone(&history), dice.split(no));
                async move {
                    let mut sent = Vec::new();
                    for turn in 0.. {
                        let id = format!("R{round}-{no}-{turn}");
                        let (path, body) = command(&mut dice, &id);
                        send(&client, &history, &id, path, &body).await;
                        let came = history.of(&id);
                        sent.push((id, path, body));
                        if came == Some(Came::Unknown) {
                            break;
                        }
                    }
                    sent.pop()
                }
            });
            let killed = async {
                tokio::time::sleep(moment).await;
                server.kill();
            };
            let (last, ()) = futures::join!(join_all(clients), killed);
            unanswered.extend(last.into_iter().flatten());
            assert_eq!(history.disagreements(&booked(&world.database_url).await), Vec::<String>::new(), "{dice} round {round}");
            invariants::clean(&invariants::broken(&world.database_url).await);
        }
        assert!(history.count(|came| *came == Came::Done) > CRASH_KILLS, "the clients got something done");
    }
}
