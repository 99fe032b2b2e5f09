//! What is heard of a customer, and what follows: signals fade, plan levels and the watch-list move with the day, a person stops credit.

use recoup_api::access::Role;
use serde_json::{Value, json};
use tests::client::Client;
use tests::inspect::tenant_dump;
use tests::ledger::cny;
use tests::on_both;

/// An account with a limit of 1,000.00, and an invoice of 300.00 due on this day if there is one.
async fn customer(client: &Client, due_on: Option<&str>) -> String {
    let account = json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" });
    let id = client.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
    let limit = json!({ "amount": cny("1000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
    client.post(&format!("/v1/accounts/{id}/credit-limits"), limit).await.expect(201);
    if let Some(due_on) = due_on {
        let invoice = json!({ "external_id": "I1", "account_external_id": "A1", "issued_on": "2025-12-01", "due_on": due_on,
            "amount": cny("300.00") });
        client.post("/v1/invoices", invoice).await.expect(201);
    }
    id
}

fn heard(kind: &str) -> Value {
    json!({ "type": kind, "source_basis": "own_record", "evidence": "seen on a visit" })
}

fn with(mut body: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

async fn run(client: &Client, day: &str) {
    let begun = client.post("/v1/runs", json!({ "day": day })).await.expect(202);
    let done = client.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await;
    assert_eq!((&done["state"], &done["failed"]), (&json!("done"), &json!(0)), "{done}");
}

async fn standing(client: &Client, account: &str) -> Value {
    client.get(&format!("/v1/accounts/{account}/credit-standing")).await.expect(200)
}

async fn order(client: &Client, external_id: &str, amount: &str) -> Value {
    let order = json!({ "external_id": external_id, "account_external_id": "A1", "amount": cny(amount) });
    client.post("/v1/orders", order).await.expect(201)
}

/// What each event of this kind says, in order.
async fn told(client: &Client, kind: &str) -> Vec<Value> {
    let lines = client.get("/v1/audit?limit=200").await.expect(200);
    let mut said: Vec<(String, Value)> = Vec::new();
    for line in lines["data"].as_array().unwrap().iter().filter(|line| line["type"] == kind) {
        said.push((line["id"].as_str().unwrap().to_owned(), line["data"].clone()));
    }
    said.sort_by(|one, other| one.0.cmp(&other.0));
    said.into_iter().map(|(_, body)| body).collect()
}

fn codes(reasons: &Value) -> Vec<&str> {
    reasons.as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

async fn policy(client: &Client, risk: Value) {
    let mut document = client.get("/v1/policies").await.expect(200)["data"][0]["document"].clone();
    document["risk"] = risk;
    let made = client.post("/v1/policies", json!({ "name": "strict", "document": document })).await.expect(201);
    client.post(&format!("/v1/policies/{}/activations", made["id"].as_str().unwrap()), json!({})).await.expect(201);
}

on_both! {
    async fn a_signal_is_told_listed_and_taken_back(world: World) {
        let (admin, collector) = (world.admin(), world.client(Role::Collector));
        let id = customer(&admin, None).await;
        let signals = format!("/v1/accounts/{id}/signals");
        let told = with(heard("relocation"), json!({ "external_id": "F-1", "source": "feed", "observed_on": "2026-02-20" }));
        let first = collector.post(&signals, told.clone()).await.expect(201);
        assert_eq!((&first["severity"], &first["live_severity"], &first["title"]["zh-CN"]), (&json!("medium"), &json!("medium"), &json!("迁往较差或更小的场所")));
        assert_eq!((&first["decays_on"], &first["ends_on"], &first["author"]), (&json!("2026-03-22"), &json!("2026-04-21"), &json!("local:collector")));
        let again = collector.post(&signals, told.clone()).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.expect(200)["id"], first["id"]);
        assert_eq!(collector.post(&signals, with(told, json!({ "severity": "high" }))).await.refused(409), "external_id_conflict");
        let second = collector.post(&signals, with(heard("management_change"), json!({ "severity": "low", "decays_on": "2026-03-07" }))).await.expect(201);
        assert_eq!(second["ends_on"], "2026-03-07");
        let count = async |query: &str| admin.get(&format!("/v1/signals?{query}")).await.expect(200)["data"].as_array().unwrap().len();
        assert_eq!((count("live=true").await, count("live=true&as_of=2026-03-07").await, count("live=false&as_of=2026-02-01").await), (2, 1, 2));
        assert_eq!((count("type=relocation,bounce").await, count("severity=low").await, count("source=feed").await), (1, 1, 1));
        assert_eq!((count("account_external_id=A1").await, count("account_external_id=nobody").await), (2, 0));
        let later = admin.get(&format!("{signals}?as_of=2026-03-25&type=relocation")).await.expect(200);
        assert_eq!(later["data"][0]["live_severity"], "low", "a step milder after thirty days");
        let taken = format!("/v1/signals/{}/withdrawals", first["id"].as_str().unwrap());
        let gone = collector.post(&taken, json!({ "reason": "it was another company" })).await.expect(201);
        assert_eq!((&gone["withdrawn_on"], &gone["live_severity"], &gone["version"]), (&json!("2026-03-02"), &Value::Null, &json!(2)));
        assert_eq!(collector.post(&taken, json!({ "reason": "again" })).await.refused(409), "illegal_state");
        assert_eq!((count("live=true").await, count("live=true&as_of=2026-03-01").await), (1, 1), "the day before, it still counted");
        let kinds = admin.get("/v1/signal-types").await.expect(200);
        assert_eq!(kinds["data"].as_array().unwrap().len(), 15);
    }

    async fn what_may_not_be_known_is_refused_and_leaves_nothing(world: World) {
        let admin = world.admin();
        let id = customer(&admin, Some("2026-02-20")).await;
        let signals = format!("/v1/accounts/{id}/signals");
        // The work behind the requests ends here, so that what is compared stands still.
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let insider = json!({ "type": "cash_in", "source_basis": "insider", "evidence": "a friend at the bank saw it" });
        let account = with(heard("cash_in"), json!({ "evidence": "6222 0202 0001 2345 678 received 50,000" }));
        for (body, code, pointer) in [
            (insider, "source_refused", "#/source_basis"),
            (account, "source_refused", "#/evidence"),
            (json!({ "type": "relocation", "evidence": "seen" }), "missing_field", "#/source_basis"),
            (with(heard("relocation"), json!({ "source": "behaviour" })), "validation_failed", "#/source"),
            (with(heard("relocation"), json!({ "observed_on": "2026-03-03" })), "validation_failed", "#/observed_on"),
            (with(heard("relocation"), json!({ "decays_on": "2026-03-02" })), "validation_failed", "#/decays_on"),
            (with(heard("relocation"), json!({ "evidence": "" })), "validation_failed", "#/evidence"),
            (heard("rumour"), "validation_failed", "#/type"),
            (with(heard("relocation"), json!({ "address": "12 Garden Lane" })), "unknown_field", "#/address"),
        ] {
            let answer = admin.post(&signals, body.clone()).await;
            assert_eq!(answer.json["errors"][0]["pointer"], pointer, "{body}: {}", answer.text);
            assert_eq!(answer.refused(422), code, "{body}");
        }
        let nobody = "/v1/accounts/acc_01h455vb4pex5vsknk084sn02q/signals";
        assert_eq!(admin.post(nobody, heard("relocation")).await.refused(404), "not_found");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before);
        assert_eq!(world.client(Role::Cashier).post(&signals, heard("relocation")).await.refused(403), "insufficient_scope");
    }

    async fn money_that_came_in_is_collected_the_same_day_and_a_new_name_papers_the_debt_again(world: World) {
        let admin = world.admin();
        let id = customer(&admin, Some("2026-02-20")).await;
        let signals = format!("/v1/accounts/{id}/signals");
        let won = json!({ "type": "cash_in", "source_basis": "public_register", "evidence": "won the city's tender" });
        admin.post(&signals, won.clone()).await.expect(201);
        admin.post(&signals, won).await.expect(201);
        admin.post(&signals, heard("identity_change")).await.expect(201);
        let tasks = admin.get(&format!("/v1/tasks?account_id={id}&state=open")).await.expect(200);
        let mut seen: Vec<(&str, &str, &str)> = Vec::new();
        for task in tasks["data"].as_array().unwrap() {
            seen.push((task["kind"].as_str().unwrap(), task["role"].as_str().unwrap(), task["due_on"].as_str().unwrap()));
        }
        assert_eq!(seen, [("collect_now", "collector", "2026-03-02"), ("confirm_debt", "legal", "2026-03-02")], "asked for once while open");
        let plan = standing(&admin, &id).await["plan"]["level"].clone();
        assert_eq!(plan, "attention", "good news moves no level, the new name does");
    }

    async fn a_grave_signal_moves_the_plan_at_once_and_the_days_move_it_back(world: World) {
        let admin = world.admin();
        let id = customer(&admin, None).await;
        run(&admin, "2026-03-02").await;
        assert_eq!(standing(&admin, &id).await["plan"]["level"], "normal");
        let signals = format!("/v1/accounts/{id}/signals");
        let signal = admin.post(&signals, heard("creditors_gathering")).await.expect(201);
        let now = standing(&admin, &id).await;
        assert_eq!((&now["standing"], &now["plan"]["level"], &now["plan"]["since"]), (&json!("watch"), &json!("emergency"), &json!("2026-03-02")));
        assert_eq!(codes(&now["plan"]["reasons"]), ["signal"]);
        let task = admin.get(&format!("/v1/tasks?account_id={id}")).await.expect(200)["data"][0].clone();
        assert_eq!((&task["kind"], &task["role"], &task["due_on"]), (&json!("emergency_plan"), &json!("credit_manager"), &json!("2026-03-03")));
        let proposal = &task["details"]["values"];
        assert_eq!((&proposal["proposes"], &proposal["bases"]), (&json!("supply_stop"), &json!(["cn_527", "contract_clause"])), "{task}");
        let watched = admin.get("/v1/watch-list").await.expect(200);
        assert_eq!((&watched["data"][0]["account_external_id"], &watched["data"][0]["since"]), (&json!("A1"), &json!("2026-03-02")));
        assert_eq!(codes(&watched["data"][0]["reasons"]), ["signal"]);
        let plans = admin.get("/v1/account-plans?level=emergency").await.expect(200);
        assert_eq!(plans["data"][0]["account_external_id"], "A1");
        // High for thirty days, medium for thirty more, then low.
        for (day, level, watched) in [("2026-03-31", "emergency", 1), ("2026-04-01", "attention", 0), ("2026-05-01", "normal", 0)] {
            run(&admin, day).await;
            let now = standing(&admin, &id).await;
            assert_eq!((&now["plan"]["level"], now["plan"]["since"] != Value::Null), (&json!(level), level != "normal"), "{day}: {now}");
            assert_eq!(admin.get("/v1/watch-list").await.expect(200)["data"].as_array().unwrap().len(), watched, "{day}");
        }
        let moves: Vec<Value> = told(&admin, "plan_level.changed").await.into_iter().map(|body| body["to"].clone()).collect();
        assert_eq!(moves, ["emergency", "attention", "normal"]);
        assert_eq!((told(&admin, "watch_list.entered").await.len(), told(&admin, "watch_list.left").await.len()), (1, 1));
        assert_eq!(told(&admin, "signal.recorded").await[0]["type"], "creditors_gathering");
        let tasks = admin.get(&format!("/v1/tasks?account_id={id}")).await.expect(200);
        assert_eq!(tasks["data"].as_array().unwrap().len(), 1, "nothing begins on the way down");
        assert_eq!(admin.get(&format!("/v1/signals/{}", signal["id"].as_str().unwrap())).await.expect(200)["live_severity"], "low");
    }

    async fn a_person_stops_credit_and_only_a_person_lets_go(world: World) {
        let (admin, officer) = (world.admin(), world.client(Role::CreditOfficer));
        let id = customer(&admin, None).await;
        let easy = order(&admin, "O1", "100.00").await;
        assert_eq!((&easy["decision"], &easy["standing"]["now"], &easy["standing"]["if_shipped"]), (&json!("approve"), &json!("ok"), &json!("ok")));
        let near = order(&admin, "O2", "850.00").await;
        assert_eq!((&near["decision"], &near["standing"]["if_shipped"]), (&json!("approve"), &json!("watch")));
        assert_eq!(codes(&near["standing"]["reasons"]), ["near_limit"]);
        assert_eq!(order(&admin, "O3", "100.00").await["standing"]["if_shipped"], "hold");
        let stops = format!("/v1/accounts/{id}/credit-stops");
        assert_eq!(world.client(Role::Collector).post(&stops, json!({ "reason": "x" })).await.refused(403), "insufficient_scope");
        assert_eq!(officer.post(&stops, json!({ "reason": "" })).await.refused(422), "validation_failed");
        let stopped = officer.post(&stops, json!({ "reason": "sued by its bank" })).await.expect(201);
        assert_eq!((&stopped["standing"], codes(&stopped["reasons"])), (&json!("stop"), vec!["credit_stopped", "near_limit"]));
        assert_eq!(officer.post(&stops, json!({ "reason": "again" })).await.refused(409), "illegal_state");
        let held = order(&admin, "O4", "1.00").await;
        assert_eq!((&held["decision"], codes(&held["reasons"])), (&json!("hold"), vec!["credit_stopped"]), "{held}");
        assert!(held["reasons"][0]["detail"].as_str().unwrap().ends_with("local:credit_officer: sued by its bank"), "{held}");
        assert_eq!(held["pay_to_release"], Value::Null);
        run(&admin, "2026-03-31").await;
        assert_eq!(standing(&admin, &id).await["standing"], "stop", "it never ends by itself");
        let release = format!("/v1/accounts/{id}/credit-stop-releases");
        assert_eq!(officer.post(&release, json!({ "reason": "the bank withdrew" })).await.expect(201)["standing"], "watch");
        assert_eq!(officer.post(&release, json!({ "reason": "again" })).await.refused(409), "illegal_state");
        assert_eq!(order(&admin, "O5", "1.00").await["decision"], "approve");
        assert_eq!((told(&admin, "credit.stopped").await.len(), told(&admin, "credit.resumed").await.len()), (1, 1));
    }

    async fn a_plan_level_holds_orders_until_what_is_overdue_is_paid(world: World) {
        let admin = world.admin();
        policy(&admin, json!({ "plan_levels": [
            { "key": "normal" },
            { "key": "strict", "triggers": [{ "days_past_due": 31 }], "measures": { "hold": "while_overdue", "approver": "credit_officer", "gap_percent": 50 } },
            { "key": "cash_only", "triggers": [{ "signal": "high" }], "measures": { "release": "prepay" } },
        ] })).await;
        let id = customer(&admin, Some("2026-02-20")).await;
        run(&admin, "2026-03-02").await;
        assert_eq!(order(&admin, "O1", "100.00").await["decision"], "approve");
        run(&admin, "2026-03-23").await;
        let held = order(&admin, "O2", "100.00").await;
        assert_eq!((&held["decision"], codes(&held["reasons"])), (&json!("hold"), vec!["plan_level"]), "{held}");
        assert_eq!(held["pay_to_release"]["amount"], cny("300.00"));
        let decision = admin.get(&format!("/v1/decisions/{}", held["decision_id"].as_str().unwrap())).await.expect(200);
        assert!(decision.to_string().contains("credit_officer"), "{decision}");
        let kept = admin.get("/v1/account-plans").await.expect(200)["data"][0].clone();
        assert_eq!((&kept["level"], &kept["since"], codes(&kept["reasons"])), (&json!("strict"), &json!("2026-03-23"), vec!["days_past_due"]));
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-23", "amount": cny("300.00") });
        admin.post("/v1/payments", payment).await.expect(201);
        assert_eq!(order(&admin, "O3", "100.00").await["decision"], "approve", "the check asks the facts, not the last review");
        admin.post(&format!("/v1/accounts/{id}/signals"), heard("creditors_gathering")).await.expect(201);
        let prepaid = order(&admin, "O4", "100.00").await;
        assert_eq!((&prepaid["decision"], codes(&prepaid["reasons"])), (&json!("hold"), vec!["no_credit"]), "{prepaid}");
        assert!(prepaid["reasons"][0]["detail"].as_str().unwrap().contains("plan level cash_only"), "{prepaid}");
    }

    async fn the_daily_run_puts_accounts_on_the_watch_list_and_takes_them_off(world: World) {
        let admin = world.admin();
        let id = customer(&admin, Some("2026-01-01")).await;
        let listed = async || {
            let list = admin.get("/v1/watch-list").await.expect(200);
            let rows = list["data"].as_array().unwrap().clone();
            rows.into_iter().map(|row| format!("{} {}", row["since"].as_str().unwrap(), codes(&row["reasons"]).join(","))).collect::<Vec<_>>()
        };
        run(&admin, "2026-03-02").await;
        assert!(listed().await.is_empty(), "sixty days are not more than sixty");
        run(&admin, "2026-03-03").await;
        assert_eq!(listed().await, ["2026-03-03 oldest_item"]);
        let lower = json!({ "amount": cny("200.00"), "valid_from": "2026-03-04", "kind": "standing", "reason": "worse" });
        admin.post(&format!("/v1/accounts/{id}/credit-limits"), lower).await.expect(201);
        run(&admin, "2026-03-04").await;
        assert_eq!(listed().await, ["2026-03-03 oldest_item,over_limit"], "one more reason, the same entry");
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-04", "amount": cny("300.00") });
        admin.post("/v1/payments", payment).await.expect(201);
        run(&admin, "2026-03-05").await;
        assert!(listed().await.is_empty());
        assert_eq!(told(&admin, "watch_list.left").await, [json!({ "since": "2026-03-03" })]);
        assert_eq!(told(&admin, "watch_list.entered").await, [json!({ "codes": ["oldest_item"] })]);
    }

    async fn a_payment_that_bounces_is_a_signal_of_its_own(world: World) {
        let admin = world.admin();
        let id = customer(&admin, Some("2026-04-30")).await;
        run(&admin, "2026-03-02").await;
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("300.00") });
        let payment = admin.post("/v1/payments", payment).await.expect(201)["id"].as_str().unwrap().to_owned();
        admin.post(&format!("/v1/payments/{payment}/bounces"), json!({ "bounced_on": "2026-03-03" })).await.expect(201);
        let signals = admin.get(&format!("/v1/accounts/{id}/signals?as_of=2026-03-03")).await.expect(200);
        let bounce = &signals["data"][0];
        assert_eq!((&bounce["type"], &bounce["source"], &bounce["live_severity"]), (&json!("bounce"), &json!("behaviour"), &json!("medium")), "{bounce}");
        assert!(bounce["evidence"].as_str().unwrap().contains("P1"), "{bounce}");
        run(&admin, "2026-03-03").await;
        assert_eq!(codes(&admin.get("/v1/watch-list").await.expect(200)["data"][0]["reasons"]), ["bounce"]);
        assert_eq!(standing(&admin, &id).await["plan"]["level"], "attention");
        let other = json!({ "external_id": "P2", "account_external_id": "A1", "received_on": "2026-03-03", "amount": cny("5.00") });
        let other = admin.post("/v1/payments", other).await.expect(201)["id"].as_str().unwrap().to_owned();
        admin.post(&format!("/v1/payments/{other}/reversals"), json!({ "reason": "posted twice" })).await.expect(201);
        let all = admin.get("/v1/signals?type=bounce").await.expect(200);
        assert_eq!(all["data"].as_array().unwrap().len(), 1, "our own mistake is no mark on the customer");
        // Ninety days after the bounce it is forgotten, and the days alone bring the review that says so.
        run(&admin, "2026-05-31").await;
        assert_eq!(admin.get("/v1/watch-list").await.expect(200)["data"].as_array().unwrap().len(), 1);
        run(&admin, "2026-06-01").await;
        let reasons = admin.get("/v1/watch-list").await.expect(200);
        assert!(reasons["data"].as_array().unwrap().iter().all(|row| !codes(&row["reasons"]).contains(&"bounce")), "{reasons}");
    }

    async fn a_change_of_habit_is_noticed_by_the_daily_run_once(world: World) {
        let admin = world.admin();
        let id = customer(&admin, None).await;
        let mut invoices = String::from("external_id,account_external_id,issued_on,due_on,amount,currency\n");
        let mut payments = String::from("external_id,account_external_id,received_on,amount,currency,invoice_external_id,method\n");
        // Five invoices paid on the day, then two a month late, the last of them by cheque.
        let paid = [("2025-08-20", "2025-08-20", "transfer"), ("2025-09-20", "2025-09-20", "transfer"), ("2025-10-20", "2025-10-20", "transfer"),
            ("2025-11-20", "2025-11-20", "transfer"), ("2025-12-20", "2025-12-20", "transfer"), ("2026-01-10", "2026-02-09", "transfer"),
            ("2026-01-28", "2026-02-27", "cheque")];
        for (no, (due, received, method)) in paid.iter().enumerate() {
            invoices.push_str(&format!("I{no},A1,2025-07-01,{due},100.00,CNY\n"));
            payments.push_str(&format!("P{no},A1,{received},100.00,CNY,I{no},{method}\n"));
        }
        admin.import("kind=invoices", invoices).await;
        admin.import("kind=payments", payments).await;
        for no in 0..5 {
            order(&admin, &format!("O{no}"), "20.00").await;
        }
        order(&admin, "O5", "61.00").await;
        let found = async || {
            let list = admin.get(&format!("/v1/accounts/{id}/signals")).await.expect(200);
            let rows = list["data"].as_array().unwrap().clone();
            let mut seen: Vec<String> = rows.iter().map(|row| format!("{} {}", row["type"].as_str().unwrap(), row["severity"].as_str().unwrap())).collect();
            seen.sort();
            seen
        };
        let expected = ["method_change low", "odd_order low", "slower_payments medium"];
        assert!(found().await.is_empty());
        run(&admin, "2026-03-02").await;
        assert_eq!(found().await, expected);
        assert_eq!(standing(&admin, &id).await["plan"]["level"], "attention", "the same run has judged them");
        run(&admin, "2026-03-02").await;
        run(&admin, "2026-03-03").await;
        assert_eq!(found().await, expected, "a cause is noticed once");
        policy(&admin, json!({ "behaviour": { "enabled": false } })).await;
        order(&admin, "O6", "500.00").await;
        run(&admin, "2026-03-04").await;
        assert_eq!(found().await, expected, "switched off");
    }
}
