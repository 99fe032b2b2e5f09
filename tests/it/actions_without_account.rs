//! Custom actions about no account: a calculator of a plugin, called with parameters alone, and written down when it is applied.

use recoup_api::access::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::client::Client;
use tests::generated::Generated;
use tests::inspect::tenant_dump;
use tests::ledger::cny;
use tests::on_both;

const QUOTE: &str = "/v1/plugins/early_discount/actions/quote";

fn asked() -> Value {
    json!({ "params": { "amount": cny("100000.00"), "rate": "0.005", "days": 25 } })
}

async fn discounts_on(client: &Client) {
    client.post("/v1/plugins/early_discount/activations", json!({})).await.expect(201);
}

/// A package with one action about no account whose function and helper the test writes, and its manifest with these lines more.
fn calculator(script: &str, action: &str, more: &str) -> BTreeMap<&'static str, String> {
    let manifest = format!(
        r#"[plugin]
name = "calculator"
version = "1.0.0"
api = 1
title = {{ en = "Calculator", zh-CN = "计算器" }}

[quality]
min_coverage = 0

[effects]
allow = ["task"]

[tasks]
call_back = "internal"
{more}
[actions.sum]
summary = {{ en = "A sum", zh-CN = "求和" }}
{action}
"#
    );
    let result = r#"{ "type": "object", "additionalProperties": false, "properties": { "sum": { "type": "integer" } } }"#;
    BTreeMap::from([
        ("plugin.toml", manifest),
        ("main.rhai", script.to_owned()),
        ("actions/sum.result.json", result.to_owned()),
        ("texts/en.toml", "[tasks]\ncall_back = \"Call back.\"\n".to_owned()),
        ("texts/zh-CN.toml", "[tasks]\ncall_back = \"回访。\"\n".to_owned()),
        ("tests/sum.test.rhai", "fn test_it_is_there(t) { t.today(\"2026-03-10\"); }\n".to_owned()),
    ])
}

const ABOUT_NOTHING: &str = "subject = \"none\"\neffects = []";

async fn lint(client: &Client, files: &BTreeMap<&'static str, String>) -> Vec<Value> {
    let found = client.post("/v1/plugins/lint", json!({ "files": files })).await.expect(200);
    found["diagnostics"].as_array().unwrap().iter().filter(|one| one["severity"] == "error").cloned().collect()
}

on_both! {
    async fn a_calculator_is_called_by_a_client_made_from_the_document_alone_and_takes_nothing_but_parameters(world: World) {
        let admin = world.admin();
        discounts_on(&admin).await;
        let live = admin.get("/openapi.json").await.json;
        let quote = Generated::of(&live, "pluginEarlyDiscountQuote").expect("the action is there the moment its plugin is on");
        let integrator = world.client(Role::Integrator);
        let answer = quote.call(&integrator, "", &[], &asked()["params"]).await;
        assert_eq!((answer.status, quote.misfits(&answer)), (200, Vec::new()), "{}", answer.text);
        let expected = json!({ "discount": cny("500.00"), "cost_of_waiting": cny("821.92"), "gain": cny("321.92"), "is_worth_it": true,
            "yearly_rate": "0.0734", "cost_of_funds": "0.12", "break_even_rate": "0.008219" });
        assert_eq!(answer.json["result"], expected, "{}", answer.text);
        assert_eq!((&answer.json["subject"], &answer.json["account_id"]), (&Value::Null, &Value::Null), "{}", answer.text);
        let call = &live["components"]["schemas"]["plg_early_discount_quote_call"];
        assert_eq!(call["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), ["params"], "{call}");
        assert_eq!(call["required"], json!(["params"]));
        let operation = &live["paths"][QUOTE]["post"];
        assert!(operation["description"].as_str().unwrap().contains("About no account."), "{operation}");
        let example = operation["requestBody"]["content"]["application/json"]["example"].clone();
        assert_eq!(example, json!({ "params": { "amount": cny("100.00"), "rate": "0.005", "days": 25 } }));
        admin.post(QUOTE, example).await.expect(200);

        admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Customer", "currency": "CNY" })).await.expect(201);
        for (member, value) in [("account_external_id", "A1"), ("order_external_id", "SO-1"), ("case_id", "cas_01h455vb4pex5vsknk084sn02q")] {
            let mut body = asked();
            body[member] = json!(value);
            let refused = admin.post(QUOTE, body).await;
            assert_eq!(refused.json["errors"][0]["pointer"], format!("#/{member}"), "{}", refused.text);
            assert!(refused.json["detail"].as_str().unwrap().contains("about no account"), "{}", refused.text);
            assert_eq!(refused.refused(422), "unknown_field");
        }
        for (params, pointer) in [
            (json!({ "rate": "0.005", "days": 25 }), "#/params"),
            (json!({ "amount": cny("1.00"), "rate": "1.5", "days": 25 }), "#/params/rate"),
            (json!({ "amount": cny("1.00"), "rate": "0.000", "days": 25 }), "#/params/rate"),
            (json!({ "amount": cny("1.00"), "rate": "0.005", "days": 0 }), "#/params/days"),
        ] {
            let refused = admin.post(QUOTE, json!({ "params": params })).await;
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{params}: {}", refused.text);
            assert_eq!(refused.refused(422), "validation_failed", "{params}");
        }
        assert_eq!(world.client(Role::Collector).post(QUOTE, asked()).await.refused(403), "insufficient_scope");
    }

    async fn a_preview_leaves_nothing_and_what_is_applied_is_a_decision_about_no_account(world: World) {
        let admin = world.admin();
        discounts_on(&admin).await;
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let preview = admin.post(QUOTE, asked()).await.expect(200);
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a preview leaves nothing");
        let at = format!("{QUOTE}?mode=apply");
        assert_eq!(admin.post(&at, asked()).await.refused(400), "idempotency_key_invalid");
        let applied = admin.post_once(&at, "once", asked()).await.expect(200);
        assert_eq!(applied["result"], preview["result"], "{applied}");
        let again = admin.post_once(&at, "once", asked()).await;
        assert_eq!((again.header("idempotent-replayed"), &again.json), (Some("true"), &applied));
        let id = applied["decision_id"].as_str().unwrap();
        let decision = admin.get(&format!("/v1/decisions/{id}")).await.expect(200);
        assert_eq!((&decision["cause"], &decision["cause_id"], &decision["account_id"]), (&json!("action"), &json!(id), &Value::Null));
        assert_eq!(decision["record"]["calls"][0]["about"]["call"]["subject"], json!({ "kind": "none" }), "{decision}");
        let facts = admin.get(&format!("/v1/decisions/{id}/facts")).await.expect(200);
        assert_eq!((&facts["today"], &facts["currency"], &facts["account"]), (&json!("2026-03-02"), &json!("CNY"), &Value::Null), "{facts}");
        let told = admin.get(&format!("/v1/decisions/{id}/explain")).await.expect(200);
        assert_eq!(told["summary"], "The action early_discount.quote was called.");
        let told = admin.get(&format!("/v1/decisions/{id}/explain?lang=zh-CN")).await.expect(200);
        assert_eq!(told["summary"], "插件操作 early_discount.quote 已执行。");
        let audit = admin.get("/v1/audit?type=action.*").await.expect(200);
        let line = &audit["data"][0];
        assert_eq!((&line["subject"], &line["account_id"]), (&json!({ "type": "decision", "id": id }), &Value::Null), "{audit}");
        assert_eq!((&line["data"]["action"], &line["data"]["params"]["rate"]), (&json!("early_discount.quote"), &json!("0.005")), "{audit}");
        let listed = admin.get("/v1/decisions?hook=action&plugin=early_discount").await.expect(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed}");
        let stats = admin.get("/v1/plugins/early_discount/stats").await.expect(200);
        assert_eq!((&stats["decisions"], &stats["calls"][0]["outcomes"]["ok"]), (&json!(1), &json!(1)), "{stats}");
    }

    async fn what_was_answered_about_no_account_is_answered_again_byte_for_byte_and_serves_as_a_case(world: World) {
        let admin = world.admin();
        discounts_on(&admin).await;
        let applied = admin.post_once(&format!("{QUOTE}?mode=apply"), "once", asked()).await.expect(200);
        let id = applied["decision_id"].as_str().unwrap();
        // What is set afterwards changes nothing of what was said.
        let settings = "/v1/plugins/early_discount/settings";
        admin.put(settings, "*", json!({ "settings": { "cost_of_funds": "0.01" } })).await.expect(200);
        let replayed = admin.post(&format!("/v1/decisions/{id}/replays"), json!({})).await.expect(200);
        assert_eq!((&replayed["same"], &replayed["calls"][0]["reproducible"]), (&json!(true), &json!(true)), "{replayed}");
        let path = format!("/v1/decisions/{id}/fixture?plugin=early_discount");
        let fixture = admin.get(&path).await.expect(200);
        assert_eq!((&fixture["facts"]["currency"], &fixture["facts"]["account"]), (&json!("CNY"), &Value::Null), "{fixture}");
        let tried = json!({ "hook": "action", "subject": id });
        let tried = admin.post("/v1/plugins/early_discount/dry-runs", tried).await.expect(200);
        let answered = &tried["calls"][0]["advice"]["effects"][0]["answer"];
        assert_eq!((&answered["is_worth_it"], &answered["cost_of_funds"]), (&json!(false), &json!("0.01")), "by the settings of now: {tried}");
        assert!(!tried["calls"][0]["trace"].as_array().unwrap().is_empty(), "{tried}");

        // The case stands in the package, where it is a test by itself.
        let mut files = admin.get("/v1/plugins/early_discount/versions/1/files").await.expect(200)["files"].clone();
        files["tests/recorded/a_quote.json"] = json!(fixture.to_string());
        admin.put("/v1/plugins/early_discount/draft", "*", json!({ "files": files })).await.expect(200);
        let tested = admin.post("/v1/plugins/early_discount/draft/tests", json!({ "rehearse": 10 })).await.expect(200);
        assert_eq!((&tested["ok"], &tested["rehearsal"]["asked"]), (&json!(true), &json!(1)), "{tested}");
        let recorded = tested["tests"].as_array().unwrap().iter().any(|test| test["name"] == "a_quote" && test["ok"] != json!(false));
        assert!(recorded, "{tested}");
        let mut broken = fixture.clone();
        broken["facts"].as_object_mut().unwrap().remove("currency");
        files["tests/recorded/a_quote.json"] = json!(broken.to_string());
        admin.put("/v1/plugins/early_discount/draft", "*", json!({ "files": files })).await.expect(200);
        let tested = admin.post("/v1/plugins/early_discount/draft/tests", json!({ "filter": "a_quote" })).await.expect(200);
        assert!(tested.to_string().contains("missing field `currency`"), "{tested}");
    }

    async fn the_day_and_the_settings_are_there_and_an_account_is_an_error_with_its_place(world: World) {
        let admin = world.admin();
        let push = async |script: &str| {
            let files = calculator(script, ABOUT_NOTHING, "");
            let number = admin.post("/v1/plugins/calculator/versions", json!({ "files": files })).await.expect(201)["number"].clone();
            admin.post("/v1/plugins/calculator/activations", json!({ "version": number })).await.expect(201);
        };
        push("fn action_sum(ctx, plan) {\n    plan.note(`${ctx.requester.name} on ${ctx.today.add_business_days(1)}`);\n    plan.answer(#{ sum: ctx.today.day + ctx.now.hour * 0 });\n}\n").await;
        let call = async || admin.post("/v1/plugins/calculator/actions/sum", json!({})).await;
        let answer = call().await.expect(200);
        assert_eq!(answer["result"]["sum"], 2, "{answer}");
        assert_eq!((&answer["effects"][0]["kind"], &answer["effects"][0]["applied"]), (&json!("note"), &json!(true)), "{answer}");
        assert_eq!(answer["effects"][0]["details"]["text"], "local:admin on 2026-03-03", "{answer}");

        // The linter does not follow a context that goes by another name; the call says where it went wrong.
        for word in ["account", "totals", "collection_case", "open_items", "holds", "contacts", "offers", "promises", "signals", "state", "subject", "order"] {
            push(&format!("fn action_sum(ctx, plan) {{ look(ctx); }}\n\nfn look(c) {{\n    let it = c.{word};\n    it\n}}\n")).await;
            let failed = call().await;
            let found = &failed.json["diagnostics"][0];
            assert_eq!(found["message"], format!("there is no ctx.{word}: this action is about no account"), "{}", failed.text);
            assert_eq!((&found["file"], &found["line"], &found["column"]), (&json!("main.rhai"), &json!(4), &json!(16)), "{word}: {}", failed.text);
            assert_eq!(failed.refused(422), "action_failed");
        }
        push("fn action_sum(ctx, plan) { work(plan, ctx.today); }\n\nfn work(p, day) { p.task(\"sales\", \"call_back\", day); }\n").await;
        let failed = call().await;
        assert!(failed.json["detail"].as_str().unwrap().contains("main.rhai:3"), "{}", failed.text);
        assert_eq!(failed.refused(422), "action_failed");
        assert_eq!(admin.get("/v1/tasks").await.expect(200)["data"], json!([]));
    }

    async fn what_needs_an_account_is_found_before_anything_is_stored(world: World) {
        let admin = world.admin();
        let fine = "fn action_sum(ctx, plan) { plan.answer(#{ sum: 1 }); }\n";
        assert_eq!(lint(&admin, &calculator(fine, ABOUT_NOTHING, "")).await, Vec::<Value>::new());
        let first = async |files: BTreeMap<&'static str, String>| lint(&admin, &files).await.into_iter().next().expect("an error");
        let found = first(calculator(fine, "subject = \"none\"\neffects = [\"task\"]", "")).await;
        assert_eq!((&found["file"], &found["line"]), (&json!("plugin.toml"), &json!(19)), "{found}");
        assert!(found["message"].as_str().unwrap().contains("actions.sum is about no account"), "{found}");
        assert!(found["hint"].as_str().unwrap().contains("effects = []"), "{found}");
        let found = first(calculator(fine, ABOUT_NOTHING, "\n[hooks.action_sum]\nwhen = { segments = [\"key\"] }\n")).await;
        assert_eq!((&found["file"], &found["line"]), (&json!("plugin.toml"), &json!(17)), "{found}");
        for (line, word) in [("let it = ctx.account.name;", "account"), ("plan.tag(\"x\");", "tag"), ("let it = ctx.bucket(\"x\", 2);", "bucket")] {
            let script = format!("fn action_sum(ctx, plan) {{\n    {line}\n    plan.answer(#{{ sum: 1 }});\n}}\n");
            let found = first(calculator(&script, ABOUT_NOTHING, "")).await;
            assert_eq!((&found["code"], &found["line"]), (&json!("no_account"), &json!(2)), "{line}: {found}");
            assert!(found["message"].as_str().unwrap().starts_with(&format!("{word} needs an account")), "{line}: {found}");
        }
        let told = fine.replace("plan.answer", "plan.pass(\"X\"); plan.metric(\"sums\", 1); plan.note(\"x\"); plan.answer");
        let found = lint(&admin, &calculator(&told, ABOUT_NOTHING, "")).await;
        assert!(found.iter().all(|one| one["code"] != "no_account"), "{found:?}");
    }

    async fn a_calculator_that_keeps_failing_rests_by_itself_and_its_plugin_stays_on(world: World) {
        let admin = world.admin();
        discounts_on(&admin).await;
        let bad = json!({ "params": { "amount": cny("-1.00"), "rate": "0.005", "days": 25 } });
        for no in 0..5 {
            assert_eq!(admin.post(QUOTE, bad.clone()).await.refused(422), "action_failed", "{no}");
        }
        assert_eq!(admin.post(QUOTE, asked()).await.refused(503), "plugin_unavailable", "it rests for a minute");
        let plugin = admin.get("/v1/plugins/early_discount").await.expect(200);
        assert_eq!(plugin["active_version"], 1, "{plugin}");
        assert!(Generated::of(&admin.get("/openapi.json").await.json, "pluginEarlyDiscountQuote").is_some());
    }
}
