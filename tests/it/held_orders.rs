//! The queue of held orders: it is worked by itself when something moves, it tells who may release what, and nobody is forgotten in it.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::client::Client;
use tests::inspect::sql;
use tests::ledger::cny;
use tests::on_both;
use tests::world::World;

/// An account with this limit; `null` is no credit check.
async fn customer(client: &Client, number: &str, limit: Value) -> String {
    let account = json!({ "external_id": number, "name": "Customer", "currency": "CNY" });
    let id = client.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
    limited(client, &id, "2026-01-01", limit).await;
    id
}

async fn limited(client: &Client, account: &str, from: &str, limit: Value) {
    let limit = json!({ "amount": limit, "valid_from": from, "kind": "standing", "reason": "as agreed" });
    client.post(&format!("/v1/accounts/{account}/credit-limits"), limit).await.expect(201);
}

async fn invoice(client: &Client, account: &str, number: &str, due_on: &str, amount: &str) -> String {
    let invoice = json!({ "external_id": number, "account_external_id": account, "issued_on": "2026-01-02", "due_on": due_on, "amount": cny(amount) });
    client.post("/v1/invoices", invoice).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn pay(client: &Client, account: &str, number: &str, amount: &str) -> String {
    let payment = json!({ "external_id": number, "account_external_id": account, "received_on": "2026-03-02", "amount": cny(amount) });
    client.post("/v1/payments", payment).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn ask(client: &Client, account: &str, number: &str, amount: &str) -> Value {
    let order = json!({ "external_id": number, "account_external_id": account, "amount": cny(amount) });
    client.post("/v1/orders", order).await.expect(201)
}

async fn order(client: &Client, number: &str) -> Value {
    client.get(&format!("/v1/orders?external_id={number}")).await.expect(200)["data"][0].clone()
}

async fn states(client: &Client, numbers: &[&str]) -> Vec<String> {
    let mut states = Vec::new();
    for number in numbers {
        states.push(order(client, number).await["state"].as_str().unwrap().to_owned());
    }
    states
}

/// Works off every mark, as the server does by itself within a second.
async fn settle(world: &World) {
    world.engine.work_off_queue(&world.caller()).await.expect("the marks are worked off");
}

async fn count(world: &World, query: &str) -> i64 {
    sql(&world.database_url, query).await.unwrap()[0][0].as_ref().unwrap().parse().unwrap()
}

/// The run of a day, worked to its end; what it marked is worked off too.
async fn run(world: &World, day: &str) -> Value {
    let client = world.admin();
    let begun = client.post("/v1/runs", json!({ "day": day })).await.expect(202);
    let done = client.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await;
    settle(world).await;
    done
}

on_both! {
    async fn the_payment_that_was_asked_for_frees_the_order_and_the_record_says_so(world: World) {
        let admin = world.admin();
        customer(&admin, "A1", cny("1000.00")).await;
        invoice(&admin, "A1", "I1", "2026-02-01", "800.00").await;
        let held = ask(&admin, "A1", "O1", "500.00").await;
        assert_eq!((&held["state"], &held["pay_to_release"]["amount"]), (&json!("held"), &cny("300.00")), "{held}");
        assert_eq!((&held["waiting_since"], &held["release_role"], &held["releasable_amount"]), (&json!("2026-03-02"), &json!("credit_officer"), &cny("200.00")));
        pay(&admin, "A1", "P1", "299.99").await;
        settle(world).await;
        let less = order(&admin, "O1").await;
        assert_eq!((&less["state"], &less["pay_to_release"]["amount"], &less["waiting_since"]), (&json!("held"), &cny("0.01"), &json!("2026-03-02")));
        pay(&admin, "A1", "P2", "0.01").await;
        settle(world).await;
        let free = order(&admin, "O1").await;
        assert_eq!((&free["state"], &free["reserved"], &free["waiting_since"]), (&json!("approved"), &cny("500.00"), &Value::Null), "{free}");
        let told = format!("/v1/decisions/{}/explain", free["decision_id"].as_str().unwrap());
        let english = admin.get(&told).await.expect(200).to_string();
        assert!(english.contains("Checked again by itself: a payment came in (dated 2026-03-02)."), "{english}");
        let chinese = admin.get(&format!("{told}?lang=zh-CN")).await.expect(200).to_string();
        assert!(chinese.contains("因收到回款（业务日 2026-03-02），系统自动重新核查。"), "{chinese}");
        let line = &admin.get("/v1/audit?type=order.approved").await.expect(200)["data"][0];
        assert_eq!((&line["actor"], &line["data"]["moved_by"]["kind"]), (&json!("engine"), &json!("payment.received")), "{line}");
    }

    async fn the_server_does_it_without_being_asked(world: World) {
        let admin = world.admin();
        customer(&admin, "A1", cny("1000.00")).await;
        invoice(&admin, "A1", "I1", "2026-02-01", "800.00").await;
        ask(&admin, "A1", "O1", "500.00").await;
        pay(&admin, "A1", "P1", "300.00").await;
        for _ in 0..3_000 {
            if order(&admin, "O1").await["state"] == "approved" {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(order(&admin, "O1").await["state"], "approved");
    }

    async fn the_oldest_is_checked_first_and_what_it_takes_is_gone_for_the_next(world: World) {
        let admin = world.admin();
        customer(&admin, "A1", cny("1000.00")).await;
        let first = ask(&admin, "A1", "O0", "1000.00").await["id"].as_str().unwrap().to_owned();
        for (number, amount) in [("O1", "600.00"), ("O2", "500.00"), ("O3", "300.00"), ("O4", "200.00")] {
            assert_eq!(ask(&admin, "A1", number, amount).await["state"], "held");
        }
        admin.post(&format!("/v1/orders/{first}/cancellations"), json!({ "reason": "taken back" })).await.expect(201);
        settle(world).await;
        assert_eq!(states(&admin, &["O1", "O2", "O3", "O4"]).await, ["approved", "held", "approved", "held"]);
        assert_eq!(order(&admin, "O2").await["pay_to_release"]["amount"], cny("400.00"), "it knows what the others took");
        let exposure = admin.get("/v1/accounts?external_id=A1").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        let exposure = admin.get(&format!("/v1/accounts/{exposure}/exposure")).await.expect(200);
        assert_eq!(exposure["available"], cny("100.00"), "{exposure}");
    }

    async fn whatever_an_answer_stands_on_has_it_asked_again(world: World) {
        let admin = world.admin();
        let account = customer(&admin, "A1", cny("100.00")).await;
        let moved = async |number: &str, state: &str, what: &str| {
            settle(world).await;
            let order = order(&admin, number).await;
            assert_eq!(order["state"], state, "{what}: {order}");
        };
        ask(&admin, "A1", "O1", "150.00").await;
        limited(&admin, &account, "2026-02-01", cny("200.00")).await;
        moved("O1", "approved", "a higher limit").await;

        let due = invoice(&admin, "A1", "I1", "2026-05-01", "50.00").await;
        ask(&admin, "A1", "O2", "1.00").await;
        moved("O2", "held", "nothing moved").await;
        admin.post(&format!("/v1/invoices/{due}/cancellations"), json!({ "cancelled_on": "2026-03-02", "reason": "billed twice" })).await.expect(201);
        moved("O2", "approved", "a cancelled invoice").await;

        let hold = admin.post("/v1/holds", json!({ "account_id": account, "reason": "fraud alert" })).await.expect(201);
        ask(&admin, "A1", "O3", "1.00").await;
        moved("O3", "held", "a hold on the account").await;
        admin.post(&format!("/v1/holds/{}/releases", hold["id"].as_str().unwrap()), json!({ "reason": "cleared" })).await.expect(201);
        moved("O3", "approved", "the hold is lifted").await;

        admin.patch(&format!("/v1/accounts/{account}"), "*", json!({ "blocked": true })).await.expect(200);
        ask(&admin, "A1", "O4", "1.00").await;
        moved("O4", "held", "a block").await;
        admin.patch(&format!("/v1/accounts/{account}"), "*", json!({ "blocked": false })).await.expect(200);
        moved("O4", "approved", "the block is off").await;

        limited(&admin, &account, "2026-02-02", cny("5000.00")).await;
        invoice(&admin, "A1", "I2", "2026-01-10", "900.00").await;
        admin.post("/v1/plugins/order_hold/activations", json!({})).await.expect(201);
        ask(&admin, "A1", "O5", "1.00").await;
        moved("O5", "held", "a plugin").await;
        admin.post("/v1/plugins/order_hold/stops", json!({ "reason": "enough" })).await.expect(201);
        moved("O5", "approved", "the plugin is off").await;
    }

    async fn a_bounce_takes_back_what_the_money_had_done_for_those_that_still_wait(world: World) {
        let admin = world.admin();
        customer(&admin, "A1", cny("1000.00")).await;
        invoice(&admin, "A1", "I1", "2026-02-01", "900.00").await;
        let payment = pay(&admin, "A1", "P1", "100.00").await;
        assert_eq!(ask(&admin, "A1", "O1", "400.00").await["pay_to_release"]["amount"], cny("200.00"));
        admin.post(&format!("/v1/payments/{payment}/bounces"), json!({ "bounced_on": "2026-03-02" })).await.expect(201);
        settle(world).await;
        let order = order(&admin, "O1").await;
        assert_eq!((&order["state"], &order["pay_to_release"]["amount"]), (&json!("held"), &cny("300.00")), "{order}");
    }

    async fn a_check_that_comes_to_the_same_answer_leaves_no_trace_and_where_nothing_waits_nothing_is_marked(world: World) {
        // Nobody but this test: a server at work would begin the run whose hour is set below.
        world.api.rest().await;
        let admin = world.admin();
        customer(&admin, "A1", cny("1000.00")).await;
        customer(&admin, "A2", cny("1000.00")).await;
        invoice(&admin, "A2", "I2", "2026-02-01", "900.00").await;
        pay(&admin, "A2", "P2", "900.00").await;
        ask(&admin, "A2", "O2", "10.00").await;
        assert_eq!(count(world, "SELECT COUNT(*) FROM recheck").await, 0, "nothing of A2 waits");
        ask(&admin, "A1", "O1", "1200.00").await;
        let before = order(&admin, "O1").await;
        let told = count(world, "SELECT COUNT(*) FROM journal").await;
        let settings = admin.get("/v1/settings").await;
        let mut changed = settings.json.clone();
        changed["run_at"] = json!("02:30");
        admin.put("/v1/settings", settings.header("etag").unwrap(), changed).await.expect(200);
        settle(world).await;
        assert_eq!(order(&admin, "O1").await, before);
        assert_eq!(count(world, "SELECT COUNT(*) FROM journal").await, told + 1, "the settings alone");
        assert_eq!(count(world, "SELECT COUNT(*) FROM recheck").await, 0);
    }

    async fn two_servers_free_each_order_once(world: World) {
        let admin = world.admin();
        for no in 0..8 {
            let number = format!("A{no}");
            customer(&admin, &number, cny("1000.00")).await;
            invoice(&admin, &number, &format!("I{no}"), "2026-02-01", "800.00").await;
            ask(&admin, &number, &format!("O{no}"), "500.00").await;
        }
        let ((mut one, _), (mut other, _)) = (world.process().await, world.process().await);
        for no in 0..8 {
            pay(&admin, &format!("A{no}"), &format!("P{no}"), "300.00").await;
        }
        futures::join!(settle(world), settle(world));
        for no in 0..8 {
            assert_eq!(order(&admin, &format!("O{no}")).await["state"], "approved", "O{no}");
        }
        let approved = "SELECT COUNT(*) FROM journal WHERE kind = 'order.approved'";
        assert_eq!(count(world, approved).await, 8);
        assert_eq!((one.stop(), other.stop()), (Some(0), Some(0)));
    }

    async fn the_queue_is_read_by_reason_and_size_the_oldest_first(world: World) {
        let admin = world.admin();
        let settings = admin.get("/v1/settings").await;
        let mut changed = settings.json.clone();
        changed["four_eyes"] = json!(true);
        admin.put("/v1/settings", settings.header("etag").unwrap(), changed).await.expect(200);
        customer(&admin, "A1", cny("1000.00")).await;
        customer(&admin, "A2", cny("0.00")).await;
        for (account, number, amount) in
            [("A1", "O1", "2000.00"), ("A2", "O2", "150000.00"), ("A1", "O3", "900.00"), ("A2", "O4", "70.00"), ("A1", "O5", "5000.00")]
        {
            ask(&admin, account, number, amount).await;
        }
        let listed = async |query: &str| -> Vec<String> {
            let list = admin.get(&format!("/v1/orders?state=held,partially_released{query}")).await.expect(200);
            list["data"].as_array().unwrap().iter().map(|order| order["external_id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(listed("").await, ["O1", "O2", "O4", "O5"]);
        assert_eq!(listed("&code=no_credit").await, ["O2", "O4"]);
        assert_eq!(listed("&code=over_limit&account_external_id=A1").await, ["O1", "O5"]);
        assert_eq!(listed("&amount_min=2000.00&currency=CNY").await, ["O1", "O2", "O5"]);
        assert_eq!(listed("&amount_min=1.00&currency=USD").await, Vec::<String>::new());
        let page = admin.get("/v1/orders?state=held&limit=2").await.expect(200);
        let next = format!("/v1/orders?state=held&limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
        assert_eq!(admin.get(&next).await.expect(200)["data"][0]["external_id"], "O4");
        assert_eq!(admin.get("/v1/orders?amount_min=5.00").await.refused(400), "invalid_parameter");
        let roles = [order(&admin, "O1").await["release_role"].clone(), order(&admin, "O2").await["release_role"].clone()];
        assert_eq!(roles, ["credit_officer", "credit_manager"]);
        assert_eq!(order(&admin, "O3").await["release_role"], Value::Null, "it does not wait");
    }

    async fn an_order_that_waits_too_long_is_brought_before_the_next_role_once_a_level(world: World) {
        let admin = world.admin();
        let settings = admin.get("/v1/settings").await;
        let mut changed = settings.json.clone();
        changed["hold_escalation"] = json!([{ "after_days": 3, "role": "credit_manager" }, { "after_days": 1, "role": "director" }]);
        let etag = settings.header("etag").unwrap().to_owned();
        assert_eq!(admin.put("/v1/settings", &etag, changed.clone()).await.refused(422), "validation_failed");
        changed["hold_escalation"] = json!([{ "after_days": 1, "role": "credit_manager" }, { "after_days": 3, "role": "director" }]);
        admin.put("/v1/settings", &etag, changed).await.expect(200);
        customer(&admin, "A1", cny("1000.00")).await;
        customer(&admin, "A2", cny("1000.00")).await;
        invoice(&admin, "A1", "I1", "2026-05-01", "800.00").await;
        ask(&admin, "A1", "O1", "500.00").await;
        ask(&admin, "A2", "O2", "1000.00").await;
        let tasks = async || -> Vec<(String, String)> {
            let tasks = admin.get("/v1/tasks?kind=held_order").await.expect(200);
            let word = |task: &Value, name: &str| task[name].as_str().unwrap().to_owned();
            tasks["data"].as_array().unwrap().iter().map(|task| (word(task, "role"), word(task, "state"))).collect()
        };
        let is = |list: &[(&str, &str)]| -> Vec<(String, String)> { list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect() };
        // It waits since Monday the 2nd.
        run(world, "2026-03-03").await;
        assert_eq!(tasks().await, is(&[]));
        run(world, "2026-03-04").await;
        assert_eq!(tasks().await, is(&[("credit_manager", "open")]));
        let raised = order(&admin, "O1").await;
        assert_eq!((&raised["escalated_on"], &raised["waiting_since"]), (&json!("2026-03-04"), &json!("2026-03-02")), "{raised}");
        run(world, "2026-03-04").await;
        run(world, "2026-03-05").await;
        assert_eq!(tasks().await.len(), 1, "once a level");
        run(world, "2026-03-09").await;
        assert_eq!(tasks().await, is(&[("credit_manager", "open"), ("director", "open")]));
        pay(&admin, "A1", "P1", "300.00").await;
        settle(world).await;
        assert_eq!(tasks().await, is(&[("credit_manager", "cancelled"), ("director", "cancelled")]), "nobody is called to an order that ships");
        assert_eq!(order(&admin, "O1").await["escalated_on"], Value::Null);
    }

    async fn an_order_of_a_customer_who_owes_calls_for_the_money_that_releases_it(world: World) {
        let admin = world.admin();
        customer(&admin, "A1", cny("1000.00")).await;
        customer(&admin, "A2", cny("1000.00")).await;
        invoice(&admin, "A1", "I1", "2026-02-01", "800.00").await;
        invoice(&admin, "A2", "I2", "2026-05-01", "800.00").await;
        ask(&admin, "A2", "O0", "10.00").await;
        ask(&admin, "A1", "O1", "500.00").await;
        ask(&admin, "A1", "O2", "600.00").await;
        let calls = admin.get("/v1/tasks?kind=collect_now").await.expect(200);
        let [call] = calls["data"].as_array().unwrap().as_slice() else { panic!("one call: {calls}") };
        assert_eq!((&call["due_on"], &call["role"], &call["activity"]), (&json!("2026-03-02"), &json!("collector"), &json!("call")));
        let details = &call["details"];
        assert_eq!((&details["order_external_id"], &details["pay_to_release"]["amount"]), (&json!("O1"), &cny("300.00")), "{details}");
        assert_eq!(details["pay_to_release"]["invoices"][0]["external_id"], "I1");
        pay(&admin, "A1", "P1", "799.00").await;
        settle(world).await;
        assert_eq!(admin.get("/v1/tasks?kind=collect_now&state=open").await.expect(200)["data"].as_array().unwrap().len(), 1);
        pay(&admin, "A1", "P2", "1.00").await;
        settle(world).await;
        let calls = admin.get("/v1/tasks?kind=collect_now").await.expect(200);
        assert_eq!((&calls["data"][0]["state"], &calls["data"][0]["outcome"]), (&json!("cancelled"), &json!("nothing_open")), "{calls}");
        // With nothing held, the call alone has the payment looked at.
        invoice(&admin, "A1", "I3", "2026-02-01", "5.00").await;
        ask(&admin, "A1", "O3", "1.00").await;
        let open = "/v1/tasks?kind=collect_now&state=open";
        assert_eq!(admin.get(open).await.expect(200)["data"].as_array().unwrap().len(), 1);
        pay(&admin, "A1", "P3", "5.00").await;
        settle(world).await;
        assert_eq!(admin.get(open).await.expect(200)["data"].as_array().unwrap().len(), 0);
    }

    async fn a_hold_on_an_account_ends_with_its_last_day_and_its_orders_go_on(world: World) {
        let admin = world.admin();
        let account = customer(&admin, "A1", cny("1000.00")).await;
        let hold = json!({ "account_id": account, "reason": "stocktaking", "expires_on": "2026-03-04" });
        admin.post("/v1/holds", hold).await.expect(201);
        ask(&admin, "A1", "O1", "10.00").await;
        run(world, "2026-03-04").await;
        assert_eq!(order(&admin, "O1").await["state"], "held", "the last day still holds");
        run(world, "2026-03-05").await;
        assert_eq!(order(&admin, "O1").await["state"], "approved");
        let holds = admin.get(&format!("/v1/accounts/{account}/holds?state=expired")).await.expect(200);
        assert_eq!(holds["data"].as_array().unwrap().len(), 2, "the account's, and the order's that stood on it: {holds}");
        let told = admin.get("/v1/audit?type=hold.expired").await.expect(200);
        let told: BTreeSet<&str> = told["data"].as_array().unwrap().iter().map(|entry| entry["subject"]["id"].as_str().unwrap()).collect();
        assert_eq!(told.len(), 2, "each is told of: {told:?}");
    }

    async fn a_limit_that_begins_on_a_later_day_frees_the_order_on_that_day(world: World) {
        let admin = world.admin();
        let account = customer(&admin, "A1", cny("100.00")).await;
        ask(&admin, "A1", "O1", "150.00").await;
        limited(&admin, &account, "2026-03-05", cny("200.00")).await;
        run(world, "2026-03-04").await;
        assert_eq!(order(&admin, "O1").await["state"], "held");
        run(world, "2026-03-05").await;
        assert_eq!(order(&admin, "O1").await["state"], "approved");
    }
}
