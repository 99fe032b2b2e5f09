//! A script decides, is changed and changed back while the server runs, and what it did can be read afterwards.

use recoup_api::access::Role;
use recoup_plugins::package;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::client::Client;
use tests::ledger::cny;
use tests::on_both;

/// The files of `order_hold` as shipped.
fn shipped() -> BTreeMap<String, String> {
    let files = package::shipped().into_iter().find(|(name, _)| name == "order_hold").expect("order_hold is shipped").1;
    files.into_iter().collect()
}

/// An account with room for everything and one invoice so many days late on the first day of the world.
async fn late_customer(client: &Client, due_on: &str) {
    let account = json!({ "external_id": "A1", "name": "Customer", "currency": "CNY" });
    let account = client.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
    let limit = json!({ "amount": cny("1000000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
    client.post(&format!("/v1/accounts/{account}/credit-limits"), limit).await.expect(201);
    let invoice =
        json!({ "external_id": "I1", "account_external_id": "A1", "issued_on": "2026-01-02", "due_on": due_on, "amount": cny("9000.00") });
    client.post("/v1/invoices", invoice).await.expect(201);
}

async fn order(client: &Client, external_id: &str) -> Value {
    let order = json!({ "external_id": external_id, "account_external_id": "A1", "amount": cny("100.00") });
    client.post("/v1/orders", order).await.expect(201)
}

async fn switch_on(client: &Client, body: Value) -> Value {
    client.post("/v1/plugins/order_hold/activations", body).await.expect(201)
}

/// `order_hold` with ten days of grace instead of five, in its settings and in its own test.
fn with_more_grace() -> BTreeMap<String, String> {
    let mut files = shipped();
    let mut edit = |path: &str, from: &str, to: &str| {
        let text = files.get_mut(path).expect("the package has this file");
        assert!(text.contains(from), "{path} says {from}");
        *text = text.replace(from, to);
    };
    edit("settings.schema.json", r#""maximum": 60, "default": 5"#, r#""maximum": 60, "default": 10"#);
    edit("tests/order_check.test.rhai", r#""2026-03-05""#, r#""2026-02-28""#);
    files
}

/// How often facts were gathered for this question in this process, as the metrics tell it.
async fn gathered(client: &Client, hook: &str) -> u64 {
    let metrics = client.get("/metrics").await.text;
    let wanted = format!("recoup_facts_seconds_count{{hook=\"{hook}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&wanted)).map_or(0, |count| count.parse().expect("a count"))
}

on_both! {
    async fn a_version_has_a_tag_that_no_other_has_and_is_found_by_it(world: World) {
        let admin = world.admin();
        let push = async |client: &Client, files: &BTreeMap<String, String>, tag: Value| {
            client.post("/v1/plugins/order_hold/versions", json!({ "files": files, "tag": tag })).await
        };
        let (shipped, patient) = (shipped(), with_more_grace());
        let first = push(&admin, &patient, json!("2026-spring")).await.expect(201);
        assert_eq!((&first["number"], &first["tag"]), (&json!(2), &json!("2026-spring")), "{first}");
        let found = admin.get("/v1/plugins/order_hold/versions?tag=2026-spring").await.expect(200);
        assert_eq!(found["data"], json!([first]), "{found}");
        assert_eq!(admin.get("/v1/plugins/order_hold/versions?tag=2026").await.expect(200)["data"], json!([]));
        assert_eq!(push(&admin, &patient, json!("2026-spring")).await.expect(200), first, "the same again is the same");
        let mut other = patient.clone();
        other.get_mut("README.md").unwrap().push_str("\nMore.\n");
        let refusals = [
            (&other, json!("2026-spring"), 422, "name_taken"),
            (&patient, json!("another"), 409, "illegal_state"),
            (&shipped, json!("v1"), 409, "illegal_state"),
            (&other, json!(""), 422, "validation_failed"),
            (&other, json!("-x"), 422, "validation_failed"),
            (&other, json!("a b"), 422, "validation_failed"),
            (&other, json!("x".repeat(61)), 422, "validation_failed"),
        ];
        for (files, tag, status, code) in refusals {
            let refused = push(&admin, files, tag.clone()).await;
            assert_eq!(refused.json["errors"][0]["pointer"], "#/tag", "{tag}: {}", refused.text);
            assert_eq!(refused.refused(status), code, "{tag}");
        }
        let all = admin.get("/v1/plugins/order_hold/versions").await.expect(200);
        assert_eq!(all["data"].as_array().unwrap().len(), 2, "nothing else was stored: {all}");
        assert_eq!(push(&world.client(Role::PluginApprover), &other, json!("next")).await.refused(403), "insufficient_scope");
        assert_eq!(push(&world.client(Role::PluginAuthor), &other, json!("next")).await.expect(201)["tag"], "next");
    }

    async fn how_long_facts_take_is_told_by_question(world: World) {
        let admin = world.admin();
        late_customer(&admin, "2026-01-24").await;
        gathered(&admin, "order_check").await;
        switch_on(&admin, json!({})).await;
        let before = gathered(&admin, "order_check").await;
        order(&admin, "O1").await;
        assert!(gathered(&admin, "order_check").await > before);
        let preview = json!({ "order_external_id": "O1" });
        let before = gathered(&admin, "action").await;
        admin.post("/v1/plugins/order_hold/actions/preview", preview).await.expect(200);
        assert!(gathered(&admin, "action").await > before);
        let metrics = admin.get("/metrics").await.text;
        assert!(metrics.contains("recoup_facts_seconds_bucket{hook=\"order_check\",le=\"0.001\"}"), "{metrics}");
        let calls = metrics.lines().find(|line| line.starts_with("recoup_plugin_cpu_seconds_bucket") && line.contains("le=\"0.000001\""));
        assert!(calls.is_some(), "a call is told from a microsecond on");
    }

    async fn a_late_customers_order_is_held_with_the_scripts_reason_and_line_and_explained(world: World) {
        let admin = world.admin();
        late_customer(&admin, "2026-01-24").await;
        assert_eq!(order(&admin, "O1").await["decision"], "approve", "nobody is asked yet");
        switch_on(&admin, json!({})).await;
        let held = order(&admin, "O2").await;
        assert_eq!((&held["decision"], &held["state"]), (&json!("hold"), &json!("held")), "{held}");
        let line = 1 + shipped()["main.rhai"].lines().position(|line| line.contains("plan.hold(")).unwrap();
        let reason = &held["reasons"][0];
        assert_eq!((&reason["code"], &reason["detail"]), (&json!("OVERDUE"), &json!("CNY 9,000.00 is overdue, the oldest by 37 days.")));
        assert!(reason["source"].as_str().unwrap().starts_with(&format!("order_hold@1:{line}")), "{reason}");
        assert_eq!(held["pay_to_release"]["amount"], cny("9000.00"), "{held}");
        assert_eq!(held["pay_to_release"]["invoices"][0]["external_id"], "I1", "{held}");
        let decision = held["decision_id"].as_str().unwrap();
        let told = admin.get(&format!("/v1/decisions/{decision}/explain")).await.expect(200);
        assert!(told["summary"].as_str().unwrap().starts_with("Order O2 is held"), "{told}");
        assert!(told["parts"].as_array().unwrap().iter().any(|part| part["line"] == line && part["code"] == "OVERDUE"), "{told}");
        assert!(told["to_release"].as_str().unwrap().contains("CNY 9,000.00"), "{told}");
        let told = admin.get(&format!("/v1/decisions/{decision}/explain?lang=zh-CN")).await.expect(200);
        assert!(told.to_string().contains("逾期 CNY 9,000.00，最长逾期 37 天。"), "{told}");
        let facts = admin.get(&format!("/v1/decisions/{decision}/facts")).await.expect(200);
        assert!(facts.to_string().contains("9000.00"), "{facts}");
    }

    async fn a_changed_setting_and_a_changed_version_decide_the_next_order_and_a_rollback_changes_it_back(world: World) {
        let admin = world.admin();
        late_customer(&admin, "2026-02-22").await;
        switch_on(&admin, json!({ "reason": "start" })).await;
        assert_eq!(order(&admin, "O1").await["decision"], "hold", "eight days late, five are tolerated");
        let settings = "/v1/plugins/order_hold/settings";
        admin.put(settings, "*", json!({ "settings": { "grace_days": 8 }, "reason": "spring festival" })).await.expect(200);
        assert_eq!(order(&admin, "O2").await["decision"], "approve");
        admin.put(settings, "*", json!({ "settings": {} })).await.expect(200);
        assert_eq!(order(&admin, "O3").await["decision"], "hold");
        let pushed = admin.post("/v1/plugins/order_hold/versions", json!({ "files": with_more_grace(), "message": "ten days" })).await;
        assert_eq!(pushed.expect(201)["number"], 2);
        assert_eq!(order(&admin, "O4").await["decision"], "hold", "a pushed version is not live");
        switch_on(&admin, json!({ "version": 2, "reason": "ten days" })).await;
        assert_eq!(order(&admin, "O5").await["decision"], "approve");
        admin.post("/v1/plugins/order_hold/rollbacks", json!({ "reason": "too many losses" })).await.expect(201);
        let held = order(&admin, "O6").await;
        assert_eq!(held["decision"], "hold");
        assert!(held["reasons"][0]["source"].as_str().unwrap().starts_with("order_hold@1:"), "{held}");
        assert_eq!(admin.post("/v1/plugins/order_hold/stops", json!({ "reason": "enough" })).await.expect(201)["mode"], "off");
        assert_eq!(order(&admin, "O7").await["decision"], "approve");
        let audit = admin.get("/v1/audit?type=plugin.*").await.expect(200);
        let mut acts: Vec<&str> = audit["data"].as_array().unwrap().iter().filter_map(|line| line["type"].as_str()).collect();
        acts.reverse();
        let expected = ["activated", "configured", "configured", "version_pushed", "activated", "rolled_back", "stopped"];
        let expected: Vec<String> = expected.iter().map(|act| format!("plugin.{act}")).collect();
        assert_eq!(acts[acts.len() - expected.len()..], expected[..], "{audit}");
        let back = audit["data"].as_array().unwrap().iter().find(|line| line["type"] == "plugin.rolled_back").unwrap();
        assert_eq!((&back["data"]["number"], &back["data"]["before"]["number"], &back["actor"]), (&json!(1), &json!(2), &json!("local:admin")));
    }

    async fn a_script_that_does_not_compile_is_refused_with_its_line_and_column_and_nothing_of_it_stays(world: World) {
        let admin = world.admin();
        let mut files = shipped();
        files.insert("main.rhai".into(), "fn order_check(ctx, plan) {\n    let late = ;\n}\n".into());
        let refused = admin.post("/v1/plugins/order_hold/versions", json!({ "files": files })).await;
        let first = &refused.json["diagnostics"][0];
        assert_eq!((&first["file"], &first["line"], &first["column"]), (&json!("main.rhai"), &json!(2), &json!(15)), "{}", refused.text);
        assert_eq!(refused.refused(422), "script_refused");
        assert_eq!(admin.get("/v1/plugins/order_hold").await.expect(200)["newest_version"], 1);
    }
}
