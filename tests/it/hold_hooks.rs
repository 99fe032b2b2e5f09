//! Plugins hear of holds after the fact, and what they propose happens once: with two servers, with one killed, with a script that fails.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::client::Client;
use tests::inspect::sql;
use tests::ledger::cny;
use tests::on_both;
use tests::world::World;

/// A package that has sales told of every order that is held, and writes down what is let go.
fn bell(placed: &str) -> BTreeMap<&'static str, String> {
    let manifest = r#"
[plugin]
name = "bell"
version = "1.0.0"
api = 1
title = { en = "Bell", zh-CN = "提醒" }

[effects]
allow = ["task"]

[tasks]
tell_customer = "internal"
"#;
    let script = format!(
        "fn hold_placed(ctx, plan) {{\n{placed}\n}}\n\nfn hold_released(ctx, plan) {{\n    plan.note(`${{ctx.hold.code}} has ended`);\n}}\n"
    );
    let test = r#"
fn test_sales_hears_of_a_held_order(t) {
    t.hold(#{ code: "over_limit" });
    t.order(#{ external_id: "SO-7" });
    t.run("hold_placed");
    expect(t.effects("task"), 1);
    expect(t.effect("task").role, "sales");
}

fn test_an_account_that_is_held_rings_no_bell(t) {
    t.hold(#{ code: "forced_hold" });
    t.run("hold_placed");
    expect(t.effects("task"), 0);
    t.run("hold_released");
    expect(t.effects("note"), 1);
}
"#;
    BTreeMap::from([
        ("plugin.toml", manifest.to_owned()),
        ("main.rhai", script),
        ("settings.schema.json", r#"{ "type": "object", "additionalProperties": false, "properties": {} }"#.to_owned()),
        ("texts/en.toml", "[tasks]\ntell_customer = \"Tell the customer that order {{ order }} waits: {{ why }}.\"\n".to_owned()),
        ("texts/zh-CN.toml", "[tasks]\ntell_customer = \"请告知客户订单 {{ order }} 暂缓发货：{{ why }}。\"\n".to_owned()),
        ("tests/bell.test.rhai", test.to_owned()),
    ])
}

const TELL: &str = r#"    if ctx.order == () { return; }
    plan.task("sales", "tell_customer", ctx.today, #{ order: ctx.order.external_id, why: ctx.hold.code });"#;

async fn ring(client: &Client, placed: &str) {
    let pushed = client.post("/v1/plugins/bell/versions", json!({ "files": bell(placed) })).await;
    let number = pushed.expect(201)["number"].clone();
    // Scripts of this page fail on purpose.
    let body = json!({ "version": number, "reason": "a test", "excuse": ["coverage", "rehearsal"] });
    client.post("/v1/plugins/bell/activations", body).await.expect(201);
}

/// An account without any credit, and an order of it.
async fn held(client: &Client, account: &str, order: &str) -> String {
    let body = json!({ "external_id": account, "name": "Customer", "currency": "CNY" });
    let id = client.post("/v1/accounts", body).await.expect(201)["id"].as_str().unwrap().to_owned();
    let limit = json!({ "amount": cny("0.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
    client.post(&format!("/v1/accounts/{id}/credit-limits"), limit).await.expect(201);
    let order = json!({ "external_id": order, "account_external_id": account, "amount": cny("10.00") });
    assert_eq!(client.post("/v1/orders", order).await.expect(201)["state"], "held");
    id
}

async fn settle(world: &World) {
    world.engine.work_off_queue(&world.caller()).await.expect("the queue is worked off");
}

async fn tasks(client: &Client, kind: &str) -> Vec<Value> {
    client.get(&format!("/v1/tasks?kind={kind}&limit=200")).await.expect(200)["data"].as_array().unwrap().clone()
}

async fn count(world: &World, query: &str) -> String {
    sql(&world.database_url, query).await.unwrap()[0][0].clone().unwrap()
}

on_both! {
    async fn who_listens_hears_of_a_hold_that_begins_and_of_one_that_ends(world: World) {
        let admin = world.admin();
        ring(&admin, TELL).await;
        let account = held(&admin, "A1", "O1").await;
        settle(world).await;
        settle(world).await;
        let [task] = tasks(&admin, "tell_customer").await.try_into().expect("one task");
        let values = &task["details"]["values"];
        assert_eq!((&task["role"], &values["order"], &values["why"]), (&json!("sales"), &json!("O1"), &json!("no_credit")), "{task}");
        assert!(task["source"].as_str().unwrap().starts_with("bell@1:"), "{task}");
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("10.00") });
        admin.post("/v1/payments", payment).await.expect(201);
        settle(world).await;
        let heard = admin.get(&format!("/v1/decisions?account_id={account}&hook=hold_released")).await.expect(200);
        let [decision] = heard["data"].as_array().unwrap().as_slice() else { panic!("one decision: {heard}") };
        assert_eq!((&decision["cause"], &decision["record"]["calls"][0]["about"]["hold"]["code"]), (&json!("hold"), &json!("no_credit")));
        assert!(decision["record"]["applied"].to_string().contains("note"), "{decision}");
        let told = admin.get(&format!("/v1/decisions/{}/explain", decision["id"].as_str().unwrap())).await.expect(200);
        assert!(told["summary"].as_str().unwrap().contains("A1"), "{told}");
        admin.post("/v1/holds", json!({ "account_id": account, "reason": "fraud alert" })).await.expect(201);
        settle(world).await;
        assert_eq!(tasks(&admin, "tell_customer").await.len(), 1, "a hold on the account is heard of, and rings no bell");
        assert_eq!(count(world, "SELECT COUNT(*) FROM hold_event WHERE NOT is_done").await, "0");
        assert_eq!(count(world, "SELECT COUNT(*) FROM hold_event").await, "3");
    }

    async fn where_nobody_listens_nothing_is_written_down(world: World) {
        held(&world.admin(), "A1", "O1").await;
        settle(world).await;
        assert_eq!(count(world, "SELECT COUNT(*) FROM hold_event").await, "0");
    }

    async fn what_follows_happens_once_with_two_servers_and_one_of_them_killed(world: World) {
        let admin = world.admin();
        ring(&admin, TELL).await;
        let (mut server, _) = world.process().await;
        for no in 0..12 {
            held(&admin, &format!("A{no}"), &format!("O{no}")).await;
        }
        server.kill();
        futures::join!(settle(world), settle(world));
        let mut told: Vec<String> = Vec::new();
        for task in tasks(&admin, "tell_customer").await {
            told.push(task["details"]["values"]["order"].as_str().unwrap().to_owned());
        }
        told.sort();
        let mut all: Vec<String> = (0..12).map(|no| format!("O{no}")).collect();
        all.sort();
        assert_eq!(told, all);
    }

    async fn a_script_that_fails_is_asked_again_and_after_three_days_a_person_is(world: World) {
        let admin = world.admin();
        let late = format!("    if ctx.today < date(\"2026-03-03\") {{ throw \"not yet\"; }}\n{TELL}");
        ring(&admin, &late).await;
        held(&admin, "A1", "O1").await;
        settle(world).await;
        settle(world).await;
        assert_eq!(tasks(&admin, "tell_customer").await.len(), 0);
        world.set_day("2026-03-03");
        settle(world).await;
        assert_eq!(tasks(&admin, "tell_customer").await.len(), 1, "asked again on the next day");

        let never = format!("    if ctx.hold.code == \"no_credit\" {{ throw \"never\"; }}\n{TELL}");
        ring(&admin, &never).await;
        held(&admin, "A2", "O2").await;
        for day in ["2026-03-03", "2026-03-04"] {
            world.set_day(day);
            settle(world).await;
            assert_eq!(tasks(&admin, "plugin_failed").await.len(), 0, "{day}");
        }
        world.set_day("2026-03-05");
        settle(world).await;
        let [failed] = tasks(&admin, "plugin_failed").await.try_into().expect("one task");
        assert_eq!(failed["role"], "plugin_owner", "{failed}");
        assert_eq!(count(world, "SELECT COUNT(*) FROM hold_event WHERE NOT is_done").await, "0");
    }
}
