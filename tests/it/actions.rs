//! Custom actions: there the moment their plugin is on, called by a client that knows nothing but the document, and written down when they
//! are applied.

use recoup_api::access::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::client::{Answer, Client};
use tests::generated::Generated;
use tests::inspect::{sql, tenant_dump};
use tests::ledger::cny;
use tests::on_both;
use tests::world::World;

const PREVIEW: &str = "/v1/plugins/order_hold/actions/preview";
const OPERATION: &str = "pluginOrderHoldPreview";

/// An account with room for everything, an invoice that is late on the first day of the world, and an order that was approved.
async fn late_customer(client: &Client) -> String {
    let account = json!({ "external_id": "A1", "name": "Customer", "currency": "CNY" });
    let account = client.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
    let limit = json!({ "amount": cny("1000000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
    client.post(&format!("/v1/accounts/{account}/credit-limits"), limit).await.expect(201);
    let invoice = json!({ "external_id": "I1", "account_external_id": "A1", "issued_on": "2026-01-02", "due_on": "2026-01-24", "amount": cny("9000.00") });
    client.post("/v1/invoices", invoice).await.expect(201);
    let order = json!({ "external_id": "SO-551", "account_external_id": "A1", "amount": cny("100.00") });
    assert_eq!(client.post("/v1/orders", order).await.expect(201)["decision"], "approve");
    account
}

async fn switch_on(client: &Client, plugin: &str, body: Value) -> Value {
    client.post(&format!("/v1/plugins/{plugin}/activations"), body).await.expect(201)
}

async fn apply(client: &Client, action: &str, key: &str, body: Value) -> Answer {
    client.post_once(&format!("/v1/plugins/helper/actions/{action}?mode=apply"), key, body).await
}

/// A package with actions of which one only reads, one does things, and one is told by the test what to do.
fn helper(doing: &str) -> BTreeMap<&'static str, String> {
    let manifest = r#"
[plugin]
name = "helper"
version = "1.0.0"
api = 1
title = { en = "Helper", zh-CN = "助手" }

[quality]
min_coverage = 0

[effects]
allow = ["task", "hold", "tag", "state"]
bounds = { hold_days = 10 }

[codes]
WARNED = { times = "int" }

[tasks]
call_back = "internal"

[actions.warn]
summary = { en = "Warns a customer", zh-CN = "预警客户" }
subject = "account"
effects = ["task", "hold", "tag", "state"]

[actions.free]
summary = { en = "Lifts the warning", zh-CN = "解除预警" }
subject = "account"
effects = ["hold", "state"]

[actions.odd]
summary = { en = "Does what the test says", zh-CN = "测试" }
subject = "account"
effects = ["task"]
"#;
    let script = format!(
        r#"fn action_warn(ctx, plan) {{
    let times = ctx.state.get("times");
    if times == () {{ times = 0; }}
    times = times + 1;
    plan.remember("times", times);
    plan.remember("last", ctx.today);
    plan.tag("warned");
    plan.task(ctx.params.role, "call_back", ctx.today.add_days(ctx.params.days));
    plan.place_hold("WARNED", #{{ times: times }});
    plan.answer(#{{ times: times, by: ctx.requester.name, of: ctx.subject.external_id }});
}}

fn action_free(ctx, plan) {{
    for hold in ctx.holds.mine() {{ plan.release_hold(hold); }}
    plan.forget("times");
    plan.answer(#{{ holds: ctx.holds.mine().len }});
}}

fn action_odd(ctx, plan) {{
{doing}
}}
"#
    );
    let test = r#"
fn test_it_warns(t) {
    t.remembered("times", 2);
    t.params(#{ role: "sales" });
    t.requester(#{ name: "local:me", roles: ["integrator"] });
    t.run("action_warn");
    expect(t.answer.times, 3);
    expect(t.answer.by, "local:me");
    expect(t.effects("task"), 1);
    expect(t.effect("remember").value, 3);
}
"#;
    let object = |properties: &str, required: &str| {
        format!(r#"{{ "type": "object", "additionalProperties": false, "properties": {{ {properties} }}, "required": [{required}] }}"#)
    };
    let warn =
        r#""role": { "type": "string", "format": "role" }, "days": { "type": "integer", "minimum": 1, "maximum": 30, "default": 3 }"#;
    let warned = r#""times": { "type": "integer" }, "by": { "type": "string" }, "of": { "type": "string" }"#;
    BTreeMap::from([
        ("plugin.toml", manifest.to_owned()),
        ("main.rhai", script),
        ("actions/warn.params.json", object(warn, r#""role""#)),
        ("actions/warn.result.json", object(warned, r#""times", "by", "of""#)),
        ("actions/free.result.json", object(r#""holds": { "type": "integer" }"#, r#""holds""#)),
        ("actions/odd.result.json", object(r#""done": { "type": "boolean" }"#, r#""done""#)),
        ("texts/en.toml", "[codes]\nWARNED = \"Warned {{ times }} times.\"\n[tasks]\ncall_back = \"Call back.\"\n".to_owned()),
        ("texts/zh-CN.toml", "[codes]\nWARNED = \"已预警 {{ times }} 次。\"\n[tasks]\ncall_back = \"回访。\"\n".to_owned()),
        ("tests/helper.test.rhai", test.to_owned()),
    ])
}

/// Pushes a version of the helper and switches it on.
async fn help(client: &Client, doing: &str) {
    let pushed = client.post("/v1/plugins/helper/versions", json!({ "files": helper(doing) })).await;
    let number = pushed.expect(201)["number"].clone();
    switch_on(client, "helper", json!({ "version": number })).await;
}

async fn count(world: &World, query: &str) -> String {
    sql(&world.database_url, query).await.unwrap()[0][0].clone().unwrap()
}

const FINE: &str = "    plan.answer(#{ done: true });";

on_both! {
    async fn an_action_is_called_by_a_client_made_from_the_document_alone_and_is_gone_with_its_plugin(world: World) {
        let admin = world.admin();
        late_customer(&admin).await;
        let core = world.api.stranger().get("/openapi.json").await;
        let before = admin.get("/openapi.json").await;
        assert!(Generated::of(&before.json, OPERATION).is_none(), "nothing is on yet");
        assert_eq!(admin.get("/openapi.json?profile=core").await.text, core.text);
        assert_eq!(admin.post(PREVIEW, json!({ "order_external_id": "SO-551" })).await.refused(404), "not_found");

        switch_on(&admin, "order_hold", json!({})).await;
        let live = admin.get("/openapi.json").await;
        assert_ne!(live.header("etag"), before.header("etag"));
        let preview = Generated::of(&live.json, OPERATION).expect("the action is there the moment its plugin is on");
        let integrator = world.client(Role::Integrator);
        let given = json!({ "order_external_id": "SO-551", "paid_first": cny("1000.00") });
        let answer = preview.call(&integrator, "", &[], &given).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(preview.misfits(&answer), Vec::<String>::new(), "{}", answer.text);
        let result = &answer.json["result"];
        assert_eq!((&result["decision"], &result["code"], &result["owed"]), (&json!("hold"), &json!("OVERDUE"), &cny("8000.00")), "{result}");
        assert_eq!((&result["order"], &result["days"], &result["expires_on"]), (&json!("SO-551"), &json!(37), &json!("2026-03-16")), "{result}");
        let enough = preview.call(&integrator, "?mode=preview", &[], &json!({ "order_external_id": "SO-551", "paid_first": cny("8600.00") })).await;
        assert_eq!((&enough.json["result"]["decision"], &enough.json["decision_id"]), (&json!("approve"), &Value::Null), "{}", enough.text);
        let refused = preview.call(&integrator, "", &[], &json!({ "order_external_id": "SO-551", "paid_first": "much" })).await;
        assert_eq!(preview.misfits(&refused), Vec::<String>::new(), "{}", refused.text);
        assert_eq!(refused.json["errors"][0]["pointer"], "#/params/paid_first", "{}", refused.text);
        assert_eq!(preview.call(&world.client(Role::Collector), "", &[], &given).await.refused(403), "insufficient_scope");

        let etag = live.header("etag").unwrap();
        let again = admin.send(reqwest::Method::GET, "/openapi.json", &[("if-none-match", etag)], None).await.unwrap();
        assert_eq!(again.status, 304);
        assert_eq!(world.api.stranger().get("/openapi.json").await.text, core.text, "without a token the document is the core");
        let other = world.another_tenant("other").await;
        let theirs = world.api.client(Role::Admin, &other.slug).get("/openapi.json").await;
        assert!(Generated::of(&theirs.json, OPERATION).is_none(), "an action belongs to the tenant that has it on");
        admin.post("/v1/plugins/order_hold/stops", json!({ "reason": "enough" })).await.expect(201);
        assert!(Generated::of(&admin.get("/openapi.json").await.json, OPERATION).is_none(), "and it is gone with its plugin");
        assert_eq!(preview.call(&admin, "", &[], &given).await.refused(404), "not_found");
    }

    async fn the_live_document_has_the_settings_and_words_of_active_plugins_and_examples_that_are_taken_as_they_stand(world: World) {
        let admin = world.admin();
        late_customer(&admin).await;
        let order = json!({ "external_id": "SO-1001", "account_external_id": "A1", "amount": cny("100.00") });
        admin.post("/v1/orders", order).await.expect(201);
        for plugin in ["order_hold", "staged_release", "legal_handoff"] {
            switch_on(&admin, plugin, json!({})).await;
        }
        let live = admin.get("/openapi.json").await.json;
        let schemas = &live["components"]["schemas"];
        let settings = &schemas["plg_order_hold_settings"];
        let grace = &settings["properties"]["grace_days"];
        assert_eq!((&grace["default"], &grace["maximum"], &settings["additionalProperties"]), (&json!(5), &json!(60), &json!(false)), "{settings}");
        assert_eq!((&settings["x-plugin"]["version"], &settings["$schema"]), (&json!(1), &Value::Null), "{settings}");
        assert!(!grace["title"].as_str().unwrap().is_empty(), "{grace}");
        assert!(grace["description"].as_str().unwrap().chars().any(|c| c > '\u{4e00}'), "in both languages: {grace}");
        let says = |member: &Value, word: &str| member["examples"].as_array().is_some_and(|words| words.contains(&json!(word)));
        assert!(says(&schemas["Step"]["properties"]["type"], "legal_handoff.handoff"), "{}", schemas["Step"]);
        let code = &schemas["Reason"]["properties"]["code"];
        assert!(says(code, "OVERDUE") && says(code, "UNPAID"), "{code}");
        assert!(schemas["PluginSettingsIn"]["properties"]["settings"]["description"].as_str().unwrap().contains("plg_staged_release_settings"));
        for plugin in ["order_hold", "staged_release"] {
            let path = format!("/v1/plugins/{plugin}/actions/preview");
            let example = &live["paths"][&path]["post"]["requestBody"]["content"]["application/json"]["example"];
            assert_eq!(example, &json!({ "order_external_id": "SO-1001", "params": { "paid_first": cny("100.00") } }), "{plugin}");
            admin.post(&path, example.clone()).await.expect(200);
            let example = schemas[format!("plg_{plugin}_settings")]["examples"][0].clone();
            admin.put(&format!("/v1/plugins/{plugin}/settings"), "*", json!({ "settings": example })).await.expect(200);
        }
        let staged = Generated::of(&live, "pluginStagedReleasePreview").expect("the second preview is there too");
        let answer = staged.call(&admin, "", &[], &json!({ "order_external_id": "SO-1001", "paid_first": cny("1.00") })).await;
        assert_eq!(staged.misfits(&answer), Vec::<String>::new(), "{}", answer.text);
        assert_eq!(answer.json["result"], json!({ "order": "SO-1001", "decision": "approve", "code": "NO_BATCH" }));

        admin.post("/v1/plugins/order_hold/stops", json!({ "reason": "enough" })).await.expect(201);
        let after = admin.get("/openapi.json").await.json;
        let schemas = &after["components"]["schemas"];
        assert!(schemas["plg_order_hold_settings"].is_null() && schemas["plg_staged_release_settings"].is_object());
        assert!(!says(&schemas["Reason"]["properties"]["code"], "OVERDUE"), "what is off says nothing");
    }

    async fn a_preview_leaves_nothing_and_what_is_applied_is_a_decision_that_explains_itself(world: World) {
        let admin = world.admin();
        late_customer(&admin).await;
        switch_on(&admin, "order_hold", json!({})).await;
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let body = json!({ "order_external_id": "SO-551" });
        let preview = admin.post(PREVIEW, body.clone()).await.expect(200);
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a preview leaves nothing");
        let at = format!("{PREVIEW}?mode=apply");
        let keyless = admin.post(&at, body.clone()).await;
        assert_eq!(keyless.json["errors"][0]["pointer"], "@Idempotency-Key", "{}", keyless.text);
        assert_eq!(keyless.refused(400), "idempotency_key_invalid");
        let applied = admin.post_once(&at, "once", body.clone()).await.expect(200);
        assert_eq!(applied["result"], preview["result"], "{applied}");
        let again = admin.post_once(&at, "once", body.clone()).await;
        assert_eq!((again.header("idempotent-replayed"), &again.json), (Some("true"), &applied));
        let other = admin.post_once(&at, "once", json!({ "order_external_id": "SO-551", "params": { "paid_first": cny("1.00") } })).await;
        assert_eq!(other.refused(422), "idempotency_key_reused");
        let id = applied["decision_id"].as_str().unwrap();
        let decision = admin.get(&format!("/v1/decisions/{id}")).await.expect(200);
        assert_eq!((&decision["cause"], &decision["cause_id"]), (&json!("action"), &applied["subject"]["id"]), "{decision}");
        let call = &decision["record"]["calls"][0];
        assert_eq!((&call["about"]["call"]["name"], &call["advice"]["status"]), (&json!("order_hold.preview"), &json!("ok")), "{decision}");
        let told = admin.get(&format!("/v1/decisions/{id}/explain")).await.expect(200);
        assert_eq!(told["summary"], "The action order_hold.preview was called for account A1.");
        let line = applied_line("plan.answer(said);\n}");
        assert!(told["parts"].as_array().unwrap().iter().any(|part| part["code"] == "answer" && part["line"] == line), "{told}");
        let told = admin.get(&format!("/v1/decisions/{id}/explain?lang=zh-CN")).await.expect(200);
        assert!(told["summary"].as_str().unwrap().contains("插件操作 order_hold.preview"), "{told}");
        let listed = admin.get("/v1/decisions?hook=action&plugin=order_hold").await.expect(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed}");
        let audit = admin.get("/v1/audit?type=action.*").await.expect(200);
        assert_eq!(audit["data"][0]["data"]["action"], "order_hold.preview", "{audit}");
    }

    async fn what_an_action_proposes_happens_once_and_the_plugin_remembers_it(world: World) {
        let admin = world.admin();
        let account = late_customer(&admin).await;
        help(&admin, FINE).await;
        let warn = json!({ "account_external_id": "A1", "params": { "role": "sales" } });
        let preview = admin.post("/v1/plugins/helper/actions/warn", warn.clone()).await.expect(200);
        let kinds: Vec<&str> = preview["effects"].as_array().unwrap().iter().filter_map(|effect| effect["kind"].as_str()).collect();
        assert_eq!(kinds, ["remember", "remember", "tag", "task", "place_hold"], "{preview}");
        assert!(preview["effects"].as_array().unwrap().iter().all(|effect| effect["applied"] == true), "{preview}");
        assert_eq!(count(world, "SELECT COUNT(*) FROM plugin_state").await, "0");
        let first = apply(&admin, "warn", "1", warn.clone()).await.expect(200);
        assert_eq!(first["result"], json!({ "times": 1, "by": "local:admin", "of": "A1" }), "{first}");
        apply(&admin, "warn", "1", warn.clone()).await.expect(200);
        let second = apply(&admin, "warn", "2", warn.clone()).await.expect(200);
        assert_eq!(second["result"]["times"], 2, "it read what it had remembered: {second}");
        let dropped: Vec<(&str, &str)> = second["effects"].as_array().unwrap().iter().filter(|effect| effect["applied"] == false)
            .map(|effect| (effect["kind"].as_str().unwrap(), effect["why"].as_str().unwrap())).collect();
        assert_eq!(dropped, [("place_hold", "already_held")], "{second}");
        let tasks = admin.get("/v1/tasks?kind=call_back&limit=200").await.expect(200);
        let [task] = tasks["data"].as_array().unwrap().as_slice() else { panic!("one task: {tasks}") };
        assert_eq!((&task["role"], &task["due_on"]), (&json!("sales"), &json!("2026-03-05")), "{task}");
        assert_eq!(admin.get(&format!("/v1/accounts/{account}")).await.expect(200)["tags"], json!(["helper:warned"]));
        let order = json!({ "external_id": "SO-552", "account_external_id": "A1", "amount": cny("1.00") });
        assert_eq!(admin.post("/v1/orders", order).await.expect(201)["decision"], "hold", "the account is held");
        let freed = apply(&admin, "free", "3", json!({ "account_id": account })).await.expect(200);
        assert_eq!(freed["result"]["holds"], 1, "{freed}");
        let order = json!({ "external_id": "SO-553", "account_external_id": "A1", "amount": cny("1.00") });
        assert_eq!(admin.post("/v1/orders", order).await.expect(201)["decision"], "approve", "and free again");
        assert_eq!(apply(&admin, "warn", "4", warn).await.expect(200)["result"]["times"], 1, "it has forgotten");
        assert_eq!(count(world, "SELECT COUNT(*) FROM plugin_state").await, "1");
    }

    async fn a_call_that_names_nothing_that_is_there_is_refused_with_the_nearest_name_and_its_place(world: World) {
        let admin = world.admin();
        late_customer(&admin).await;
        switch_on(&admin, "order_hold", json!({})).await;
        help(&admin, FINE).await;
        let post = async |path: &str, body: Value| admin.post(&format!("/v1/plugins/{path}"), body).await;
        let order = json!({ "order_external_id": "SO-551" });
        for (path, near) in [("order_hold/actions/previw", "\"preview\""), ("order_hald/actions/preview", "\"order_hold.preview\""), ("helper/actions/warm", "\"warn\"")] {
            let answer = post(path, order.clone()).await;
            assert!(answer.json["detail"].as_str().unwrap().contains(&format!("did you mean {near}")), "{path}: {}", answer.text);
            assert_eq!(answer.refused(404), "not_found", "{path}");
        }
        let warn = |params: Value| json!({ "account_external_id": "A1", "params": params });
        for (path, body, code, pointer) in [
            ("order_hold/actions/preview", json!({}), "missing_field", "#/order_external_id"),
            ("order_hold/actions/preview", json!({ "order_external_id": "SO-9" }), "unknown_reference", "#/order_external_id"),
            ("order_hold/actions/preview", json!({ "order_id": "ord_01h455vb4pex5vsknk084sn02q" }), "unknown_reference", "#/order_id"),
            ("order_hold/actions/preview", json!({ "account_external_id": "A1", "order_external_id": "SO-551" }), "unknown_field", "#/account_external_id"),
            ("order_hold/actions/preview", json!({ "order_external_id": "SO-551", "params": { "paid": 1 } }), "validation_failed", "#/params"),
            ("order_hold/actions/preview", json!({ "order_external_id": "SO-551", "params": 7 }), "validation_failed", "#/params"),
            ("order_hold/actions/preview", json!({ "order": "SO-551" }), "unknown_field", "#/order"),
            ("helper/actions/warn", warn(json!({})), "validation_failed", "#/params"),
            ("helper/actions/warn", warn(json!({ "role": "king" })), "validation_failed", "#/params/role"),
            ("helper/actions/warn", warn(json!({ "role": "sales", "days": 31 })), "validation_failed", "#/params/days"),
            ("helper/actions/warn", json!({ "account_external_id": "A9", "params": { "role": "sales" } }), "unknown_reference", "#/account_external_id"),
        ] {
            let answer = post(path, body.clone()).await;
            assert_eq!(answer.json["errors"][0]["pointer"], pointer, "{path} {body}: {}", answer.text);
            assert_eq!(answer.refused(422), code, "{path} {body}");
        }
        assert_eq!(post("order_hold/actions/preview?mode=maybe", order).await.refused(400), "invalid_parameter");
    }

    async fn a_script_that_fails_is_told_with_its_line_and_nothing_of_it_stays(world: World) {
        let admin = world.admin();
        late_customer(&admin).await;
        let table = [
            ("    throw \"no\";", "no", true),
            ("    loop {}", "the operations are used up", false),
            ("    plan.answer(#{ done: 7 });", "does not fit actions/odd.result.json", true),
            ("    plan.note(\"nothing said\");", "does not fit actions/odd.result.json", false),
            ("    plan.place_hold(\"WARNED\", #{ times: 1 });", "[actions.odd] does not list hold", true),
            ("    plan.answer(#{ done: true });\n    plan.answer(#{ done: true });", "an action answers once", true),
            ("    for i in 0..3 { plan.remember(`k${i}`, i); }", "does not list state", true),
            ("    let t = \"x\"; loop { t += t; }", "Length of string", true),
        ];
        for (doing, part, has_line) in table {
            help(&admin, doing).await;
            let body = json!({ "account_external_id": "A1" });
            let answer = apply(&admin, "odd", "k", body).await;
            let found = &answer.json["diagnostics"][0];
            assert!(found["message"].as_str().is_some_and(|message| message.contains(part)), "{doing}: {}", answer.text);
            assert_eq!(found["file"], "main.rhai", "{doing}");
            assert!(!has_line || found["line"].as_i64() > Some(15), "{doing}: {}", answer.text);
            assert_eq!(answer.refused(422), "action_failed", "{doing}");
        }
        assert_eq!(count(world, "SELECT COUNT(*) FROM decision WHERE cause = 'action'").await, "0");
        assert_eq!(count(world, "SELECT COUNT(*) FROM hold WHERE order_id IS NULL").await, "0");
        let order = json!({ "external_id": "SO-552", "account_external_id": "A1", "amount": cny("1.00") });
        assert_eq!(admin.post("/v1/orders", order).await.expect(201)["decision"], "approve", "other questions are unharmed");
    }

    async fn a_version_that_would_break_callers_of_an_action_does_not_go_live(world: World) {
        let admin = world.admin();
        late_customer(&admin).await;
        help(&admin, FINE).await;
        let mut files = helper(FINE);
        let schema = files.get_mut("actions/warn.params.json").unwrap();
        *schema = schema.replace("\"maximum\": 30", "\"maximum\": 20");
        let pushed = admin.post("/v1/plugins/helper/versions", json!({ "files": files })).await.expect(201);
        let refused = admin.post("/v1/plugins/helper/activations", json!({ "version": pushed["number"] })).await;
        assert!(refused.json["detail"].as_str().unwrap().contains("days takes less than before"), "{}", refused.text);
        assert_eq!(refused.refused(422), "script_refused");
        assert_eq!(admin.get("/v1/plugins/helper").await.expect(200)["active_version"], 1);
        let schema = files.get_mut("actions/warn.params.json").unwrap();
        *schema = schema.replace("\"maximum\": 20", "\"maximum\": 60");
        let pushed = admin.post("/v1/plugins/helper/versions", json!({ "files": files })).await.expect(201);
        switch_on(&admin, "helper", json!({ "version": pushed["number"] })).await;
    }

    async fn what_a_plugin_did_is_counted_and_every_process_tells_its_set(world: World) {
        let admin = world.admin();
        late_customer(&admin).await;
        let on = switch_on(&admin, "order_hold", json!({})).await;
        for no in 0..3 {
            let order = json!({ "external_id": format!("H{no}"), "account_external_id": "A1", "amount": cny("100.00") });
            assert_eq!(admin.post("/v1/orders", order).await.expect(201)["decision"], "hold");
        }
        let held = admin.get("/v1/orders?external_id=H0").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        admin.post(&format!("/v1/orders/{held}/checks"), json!({})).await;
        let stats = admin.get("/v1/plugins/order_hold/stats").await.expect(200);
        let call = &stats["calls"][0];
        assert_eq!((&call["hook"], &call["version"], &call["outcomes"]["ok"]), (&json!("order_check"), &json!(1), &call["calls"]), "{stats}");
        assert!(stats["votes"]["hold"].as_i64().unwrap() >= 3 && call["operations_max"].as_i64().unwrap() > 50, "{stats}");
        assert_eq!(stats["money"]["held"], json!([cny("300.00")]), "an order checked twice is held once: {stats}");
        assert_eq!((&stats["from"], &stats["to"]), (&json!("2026-02-01"), &json!("2026-03-02")), "{stats}");
        assert_eq!(admin.get("/v1/plugins/order_hold/stats?from=2026-03-03&to=2026-03-02").await.refused(400), "invalid_parameter");
        assert_eq!(admin.get("/v1/plugins/order_hald/stats").await.refused(404), "not_found");
        let nodes = admin.get("/v1/plugins/nodes").await.expect(200);
        let own = &nodes["data"][0];
        assert_eq!((&own["revision"], &own["is_current"], &own["troubles"]), (&on["revision"], &json!(true), &json!([])), "{nodes}");
        assert!(own["last_call_at"].is_string(), "{nodes}");
    }
}

/// The line of the shipped script on which this text begins.
fn applied_line(text: &str) -> i64 {
    let files = recoup_plugins::package::shipped().into_iter().find(|(name, _)| name == "order_hold").unwrap().1;
    let script = &files["main.rhai"];
    let at = script.rfind(text).unwrap();
    i64::try_from(script[..at].lines().count()).unwrap() + i64::from(script[..at].ends_with('\n'))
}
