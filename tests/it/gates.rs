//! Plugins are asked before a person sets a limit or releases a hold: they may let it be, ask for a second person, or say no; and one that
//! cannot answer lets nothing happen.

use recoup_api::access::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::client::Client;
use tests::ledger::cny;
use tests::on_both;
use tests::world::World;

/// The gate of most tests: small limits and releases pass, middling ones take a second person, large ones are refused.
const GATE: &str = r#"
fn limit_check(ctx, plan) {
    let change = ctx.limit_change;
    if change.amount == () { throw "no figure to judge"; }
    if change.amount > money("5000", "CNY") { return plan.deny("TOO_MUCH", #{ amount: change.amount }); }
    if change.amount > money("2000", "CNY") && !ctx.requester.has_role("credit_manager") {
        return plan.request_approval("credit_manager", "ASK_FIRST", #{ amount: change.amount });
    }
    plan.tag("checked");
    plan.task("sales", "tell_customer", ctx.today);
    plan.approve("FINE");
}

fn hold_release(ctx, plan) {
    if ctx.order == () { return plan.deny("WHOLE_ACCOUNT", #{ code: ctx.hold.code }); }
    if ctx.order.external_id == "BROKEN" { throw "cannot tell"; }
    if ctx.amount > money("1000", "CNY") { return plan.request_approval("credit_manager", "ASK_FIRST", #{ amount: ctx.amount }); }
    plan.approve("FINE");
}
"#;

fn package(script: &str) -> BTreeMap<&'static str, String> {
    let manifest = r#"
[plugin]
name = "doorman"
version = "1.0.0"
api = 1
title = { en = "Doorman", zh-CN = "门卫" }

[quality]
min_coverage = 0

[effects]
allow = ["decide:limit_check", "decide:hold_release", "task", "tag"]

[codes]
FINE = {}
TOO_MUCH = { amount = "money" }
ASK_FIRST = { amount = "money" }
WHOLE_ACCOUNT = { code = "text" }

[tasks]
tell_customer = "internal"
"#;
    let test = r#"
fn test_a_large_limit_is_refused(t) {
    t.limit_change(#{ amount: money("5000.01", "CNY") });
    t.run("limit_check");
    expect(t.decision, "deny");
}

fn test_a_middling_one_is_asked_for(t) {
    t.limit_change(#{ amount: money("3000", "CNY") });
    t.run("limit_check");
    expect(t.decision, "request_approval");
    t.requester(#{ roles: ["credit_manager"] });
    t.run("limit_check");
    expect(t.decision, "approve");
    expect(t.effects("tag"), 1);
}

fn test_what_cannot_be_judged_does_not_happen(t) {
    t.limit_change(#{ no_check: true });
    t.run("limit_check");
    expect(t.decision, "block");
    expect_error("no figure");
}

fn test_a_held_order_may_go_in_small_amounts(t) {
    t.hold(#{ code: "over_limit" });
    t.order(#{ external_id: "SO-1", amount: money("1000.01", "CNY") });
    t.run("hold_release");
    expect(t.decision, "request_approval");
    t.order(#{ amount: money("1000", "CNY") });
    t.run("hold_release");
    expect(t.decision, "approve");
}
"#;
    let texts = |fine: &str, much: &str, ask: &str, whole: &str, task: &str| {
        format!(
            "[codes]\nFINE = \"{fine}\"\nTOO_MUCH = \"{much}\"\nASK_FIRST = \"{ask}\"\nWHOLE_ACCOUNT = \"{whole}\"\n[tasks]\ntell_customer = \"{task}\"\n"
        )
    };
    BTreeMap::from([
        ("plugin.toml", manifest.to_owned()),
        ("main.rhai", script.to_owned()),
        ("settings.schema.json", r#"{ "type": "object", "additionalProperties": false, "properties": {} }"#.to_owned()),
        (
            "texts/en.toml",
            texts("Fine.", "{{ amount }} is too much.", "{{ amount }} takes two.", "{{ code }} stays.", "Tell the customer."),
        ),
        ("texts/zh-CN.toml", texts("同意。", "{{ amount }} 过高。", "{{ amount }} 须两人同意。", "{{ code }} 不予解除。", "告知客户。")),
        ("tests/gate.test.rhai", test.to_owned()),
    ])
}

/// Whoever comes to the credit desk, with the gate in force.
struct Desk {
    officer: Client,
    manager: Client,
    admin: Client,
    account: String,
}

async fn desk(world: &World) -> Desk {
    let admin = world.admin();
    let account = admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" })).await.expect(201);
    let account = account["id"].as_str().unwrap().to_owned();
    let desk = Desk { officer: world.client(Role::CreditOfficer), manager: world.client(Role::CreditManager), admin, account };
    desk.live(GATE).await;
    desk
}

impl Desk {
    async fn live(&self, script: &str) {
        let pushed = self.admin.post("/v1/plugins/doorman/versions", json!({ "files": package(script) })).await;
        let number = pushed.expect(201)["number"].clone();
        self.admin.post("/v1/plugins/doorman/activations", json!({ "version": number })).await.expect(201);
    }

    async fn raise(&self, who: &Client, amount: Value, from: &str) -> tests::client::Answer {
        let limit = json!({ "amount": amount, "valid_from": from, "kind": "standing", "reason": "they grow" });
        who.post(&format!("/v1/accounts/{}/credit-limits", self.account), limit).await
    }

    async fn limits(&self) -> usize {
        let limits = self.admin.get(&format!("/v1/accounts/{}/credit-limits", self.account)).await.expect(200);
        limits["data"].as_array().unwrap().len()
    }

    async fn held(&self, external_id: &str, amount: &str) -> String {
        let order = json!({ "external_id": external_id, "account_external_id": "A1", "amount": cny(amount) });
        let placed = self.admin.post("/v1/orders", order).await.expect(201);
        assert_eq!(placed["state"], "held", "{placed}");
        format!("/v1/orders/{}", placed["id"].as_str().unwrap())
    }

    async fn answer(&self, waits: &Value) -> tests::client::Answer {
        let path = format!("/v1/approvals/{}/decisions", waits["id"].as_str().unwrap());
        self.manager.post(&path, json!({ "decision": "approve" })).await
    }

    /// The newest decision in which this was asked.
    async fn decision(&self, hook: &str) -> Value {
        self.admin.get(&format!("/v1/decisions?hook={hook}&limit=1")).await.expect(200)["data"][0].clone()
    }

    async fn told(&self, decision: &Value, language: &str) -> String {
        let path = format!("/v1/decisions/{}/explain?lang={language}", decision["id"].as_str().unwrap());
        let told = self.admin.get(&path).await.expect(200);
        format!("{} {}", told["summary"].as_str().unwrap(), told["parts"])
    }

    async fn tasks(&self, kind: &str) -> Vec<Value> {
        self.admin.get(&format!("/v1/tasks?kind={kind}")).await.expect(200)["data"].as_array().unwrap().clone()
    }
}

on_both! {
    async fn a_limit_that_a_script_refuses_is_one_clear_problem_and_nothing_changes(world: World) {
        let desk = desk(world).await;
        let refused = desk.raise(&desk.officer, cny("6000.00"), "2026-03-02").await;
        assert_eq!(refused.json["detail"], "CNY 6,000.00 is too much.", "{}", refused.text);
        assert_eq!(refused.json["reasons"][0]["text"]["zh-CN"], "CNY 6,000.00 过高。", "{}", refused.text);
        let id = refused.json["decision_id"].clone();
        assert_eq!(refused.refused(422), "plugin_denied");
        assert_eq!((desk.limits().await, desk.tasks("tell_customer").await.len()), (0, 0));
        let decision = desk.decision("limit_check").await;
        assert_eq!((&decision["id"], &decision["cause"], &decision["outcome"]), (&id, &json!("credit_limit"), &json!("deny")), "{decision}");
        let about = &decision["record"]["calls"][0]["about"];
        assert_eq!((&about["limit_change"]["amount"], &about["requester"]["actor"]), (&cny("6000.00"), &json!("local:credit_officer")), "{about}");
        let told = desk.told(&decision, "en").await;
        assert!(told.contains("credit limit of account A1 was refused.") && told.contains("is too much"), "{told}");
        assert!(desk.told(&decision, "zh").await.contains("信用额度变更 被拒绝"));
    }

    async fn a_limit_that_passes_is_set_with_what_the_script_proposed_beside_it(world: World) {
        let desk = desk(world).await;
        desk.raise(&desk.officer, cny("1500.00"), "2026-03-02").await.expect(201);
        let account = desk.admin.get(&format!("/v1/accounts/{}", desk.account)).await.expect(200);
        assert_eq!(account["tags"], json!(["doorman:checked"]), "{account}");
        assert_eq!(desk.tasks("tell_customer").await.len(), 1);
        let decision = desk.decision("limit_check").await;
        assert_eq!((&decision["outcome"], &decision["record"]["merge"]), (&json!("approve"), &json!("core approve; doorman@1 approve -> approve")));
        let lines = desk.admin.get("/v1/audit?type=credit_limit.set").await.expect(200);
        assert_eq!(lines["data"][0]["decision_id"], decision["id"], "{lines}");
        desk.raise(&desk.officer, cny("1600.00"), "2026-03-03").await.expect(201);
        assert_eq!(desk.tasks("tell_customer").await.len(), 1, "work is asked for once");
    }

    async fn a_limit_that_a_script_wants_asked_for_waits_and_is_judged_again_by_the_rules_of_then(world: World) {
        let desk = desk(world).await;
        let waits = desk.raise(&desk.officer, cny("3000.00"), "2026-03-02").await.expect(202);
        assert_eq!((&waits["state"], &waits["approval"]["needs"]), (&json!("pending_approval"), &json!("credit_manager")), "{waits}");
        assert!(waits["approval"]["text"]["en"].as_str().unwrap().ends_with("CNY 3,000.00 takes two."), "{waits}");
        let listed = desk.manager.get("/v1/approvals?state=pending&kind=set_limit").await.expect(200);
        assert_eq!(listed["data"][0]["code"], "ASK_FIRST", "{listed}");
        assert_eq!((desk.limits().await, &desk.decision("limit_check").await["outcome"]), (0, &json!("request_approval")));
        let said = desk.answer(&waits).await.expect(201);
        assert_eq!(said["result"]["amount"], cny("3000.00"), "{said}");
        assert_eq!(desk.decision("limit_check").await["record"]["calls"][0]["about"]["requester"]["approved_by"], "local:credit_manager");
        assert_eq!(desk.limits().await, 1);

        let waits = desk.raise(&desk.officer, cny("4000.00"), "2026-03-03").await.expect(202);
        desk.live(&GATE.replace("\"5000\"", "\"3500\"")).await;
        let stale = desk.answer(&waits).await;
        assert_eq!(stale.json["cause"], "plugin_denied", "{}", stale.text);
        assert_eq!(stale.refused(409), "approval_stale");
        assert_eq!((desk.limits().await, &desk.decision("limit_check").await["outcome"]), (1, &json!("deny")));
    }

    async fn a_script_that_fails_lets_no_limit_change_and_its_owner_learns_of_it_once(world: World) {
        let desk = desk(world).await;
        for _ in 0..2 {
            let failed = desk.raise(&desk.officer, Value::Null, "2026-03-02").await;
            assert!(failed.json["detail"].as_str().unwrap().contains("doorman could not answer"), "{}", failed.text);
            assert_eq!(failed.refused(503), "plugin_failed");
        }
        assert_eq!(desk.limits().await, 0);
        let [task] = desk.tasks("plugin_failed").await.try_into().expect("one task");
        assert_eq!((&task["role"], &task["details"]["act"]), (&json!("plugin_owner"), &json!("credit_limit")), "{task}");
        assert!(task["details"]["error"]["message"].as_str().unwrap().contains("no figure to judge"), "{task}");
        let decision = desk.decision("limit_check").await;
        assert_eq!(decision["outcome"], "block");
        assert!(desk.told(&decision, "en").await.contains("because a plugin failed"));
    }

    async fn a_security_is_asked_about_like_the_raise_it_is(world: World) {
        let desk = desk(world).await;
        let path = format!("/v1/accounts/{}/securities", desk.account);
        let insured = |amount: &str| json!({ "kind": "insurance", "amount": cny(amount), "reference": "POL-7" });
        assert_eq!(desk.officer.post(&path, insured("6000.00")).await.refused(422), "plugin_denied");
        desk.officer.post(&path, insured("3000.00")).await.expect(202);
        desk.officer.post(&path, insured("1000.00")).await.expect(201);
        assert_eq!(desk.decision("limit_check").await["record"]["calls"][0]["about"]["limit_change"]["kind"], "security");
    }

    async fn a_limit_of_a_group_is_asked_about_for_each_member_and_the_strictest_answer_decides(world: World) {
        let desk = desk(world).await;
        let against = "if change.kind == \"group\" && ctx.account.external_id == \"A2\" && change.amount > money(\"1500\", \"CNY\") {\n\
            return plan.deny(\"TOO_MUCH\", #{ amount: change.amount });\n}\nif change.amount == ()";
        desk.live(&GATE.replace("if change.amount == ()", against)).await;
        let group = json!({ "external_id": "FAMILY", "name": "Family", "currency": "CNY" });
        let group = desk.admin.post("/v1/credit-groups", group).await.expect(201);
        let path = format!("/v1/credit-groups/{}", group["id"].as_str().unwrap());
        let limit = |amount: &str, from: &str| json!({ "amount": cny(amount), "valid_from": from, "valid_to": "2026-12-31", "reason": "one family" });
        desk.admin.post(&format!("{path}/members"), json!({ "account_id": desk.account })).await.expect(201);
        let waits = desk.officer.post(&format!("{path}/limits"), limit("3000.00", "2026-03-02")).await.expect(202);
        assert!(waits["approval"]["text"]["en"].as_str().unwrap().ends_with("CNY 3,000.00 takes two."), "{waits}");
        assert_eq!(desk.decision("limit_check").await["outcome"], "request_approval");
        let said = desk.answer(&waits).await.expect(201);
        assert_eq!(said["result"]["amount"], cny("3000.00"), "{said}");

        desk.admin.post("/v1/accounts", json!({ "external_id": "A2", "name": "Lily", "currency": "CNY" })).await.expect(201);
        desk.admin.post(&format!("{path}/members"), json!({ "account_external_id": "A2" })).await.expect(201);
        let refused = desk.officer.post(&format!("{path}/limits"), limit("1600.00", "2026-03-03")).await;
        assert_eq!(refused.json["detail"], "CNY 1,600.00 is too much.", "one of two says no: {}", refused.text);
        assert_eq!(refused.refused(422), "plugin_denied");
        let decision = desk.decision("limit_check").await;
        assert_eq!((&decision["cause"], &decision["outcome"]), (&json!("group_limit"), &json!("deny")), "{decision}");
        assert!(desk.told(&decision, "en").await.contains("credit limit of account A2 was refused."), "{decision}");
        let limits = async || desk.admin.get(&format!("{path}/limits")).await.expect(200)["data"].as_array().unwrap().len();
        assert_eq!((limits().await, desk.tasks("tell_customer").await.len()), (1, 0));
        desk.officer.post(&format!("{path}/limits"), limit("1400.00", "2026-03-03")).await.expect(201);
        assert_eq!((limits().await, desk.tasks("tell_customer").await.len()), (2, 2), "work is asked for at each member");
        let lines = desk.admin.get("/v1/audit?type=group_limit.set").await.expect(200);
        assert!(lines["data"][0]["decision_id"].is_string(), "{lines}");
    }

    async fn limits_of_imported_accounts_are_asked_about_line_by_line(world: World) {
        let desk = desk(world).await;
        let file = "external_id,name,currency,parent_external_id,credit_limit\nB1,One,CNY,,1500.00\nB2,Two,CNY,,6000.00\n\
            B3,Three,CNY,,none\nB4,Four,CNY,B2,\nB5,Five,CNY,B1,0.00\n";
        let done = desk.admin.import("kind=accounts", file).await;
        assert_eq!((&done["accepted"], &done["rejected"]), (&json!(2), &json!(3)), "{done}");
        let faults: Vec<&str> = done["errors"].as_array().unwrap().iter().map(|fault| fault["code"].as_str().unwrap()).collect();
        assert_eq!(faults, ["plugin_denied", "plugin_failed", "unknown_reference"], "who is refused is nobody's parent: {done}");
        assert_eq!(done["errors"][0]["field"], "credit_limit");
        let decision = desk.decision("limit_check").await;
        assert_eq!((&decision["cause"], &decision["outcome"]), (&json!("credit_limit"), &json!("approve")), "{decision}");
        assert_eq!(desk.tasks("tell_customer").await.len(), 2);
        let lines = desk.admin.get("/v1/audit?type=credit_limit.set").await.expect(200);
        assert!(lines["data"].as_array().unwrap().iter().all(|line| line["decision_id"].is_string()), "{lines}");
        let again = desk.admin.import("kind=accounts", file).await;
        assert_eq!((&again["repeated"], &again["rejected"]), (&json!(2), &json!(3)), "{again}");
    }

    async fn a_release_is_asked_about_for_each_reason_that_holds_the_order(world: World) {
        let desk = desk(world).await;
        desk.raise(&desk.officer, cny("0.00"), "2026-03-01").await.expect(201);
        let order = desk.held("SO-1", "3000.00").await;
        let release = |amount: &str| json!({ "reason": "signed", "amount": cny(amount) });
        desk.officer.post(&format!("{order}/releases"), release("400.00")).await.expect(201);
        let decision = desk.decision("hold_release").await;
        assert_eq!((&decision["cause"], &decision["outcome"]), (&json!("order_release"), &json!("approve")), "{decision}");
        assert_eq!(decision["record"]["calls"][0]["about"]["hold"]["code"], "no_credit", "{decision}");
        let waits = desk.officer.post(&format!("{order}/releases"), release("1500.00")).await.expect(202);
        assert!(waits["approval"]["text"]["zh-CN"].as_str().unwrap().ends_with("CNY 1,500.00 须两人同意。"), "{waits}");
        assert!(desk.told(&desk.decision("hold_release").await, "en").await.contains("release of order SO-1 waits for a second person."));
        let said = desk.answer(&waits).await.expect(201);
        assert_eq!(said["result"]["state"], "partially_released", "{said}");

        let broken = desk.held("BROKEN", "10.00").await;
        assert_eq!(desk.officer.post(&format!("{broken}/releases"), release("10.00")).await.refused(503), "plugin_failed");
        assert_eq!(desk.admin.get(&broken).await.expect(200)["state"], "held");

        let hold = desk.admin.post("/v1/holds", json!({ "account_id": desk.account, "reason": "fraud alert" })).await.expect(201);
        let path = format!("/v1/holds/{}", hold["id"].as_str().unwrap());
        let refused = desk.officer.post(&format!("{path}/releases"), json!({ "reason": "cleared" })).await;
        assert_eq!(refused.json["detail"], "forced_hold stays.", "{}", refused.text);
        assert_eq!(refused.refused(422), "plugin_denied");
        assert_eq!(desk.admin.get(&path).await.expect(200)["state"], "active");
        assert_eq!(desk.decision("hold_release").await["cause"], "hold_release");
    }

    async fn the_shipped_credit_review_lets_limits_rise_one_step_at_a_time(world: World) {
        let desk = desk(world).await;
        desk.admin.post("/v1/plugins/doorman/stops", json!({ "reason": "another one is tried" })).await.expect(201);
        desk.admin.post("/v1/plugins/credit_review/activations", json!({})).await.expect(201);
        desk.raise(&desk.officer, cny("10000.00"), "2025-09-01").await.expect(201);
        desk.raise(&desk.officer, cny("13000.00"), "2026-03-02").await.expect(201);
        let waits = desk.raise(&desk.officer, cny("13000.01"), "2026-03-03").await.expect(202);
        let text = waits["approval"]["text"]["zh-CN"].as_str().unwrap();
        assert!(text.contains("2026-09-02 之前再次提高须两人同意"), "{text}");
        let late = json!({ "external_id": "I1", "account_external_id": "A1", "issued_on": "2025-12-01", "due_on": "2026-01-01", "amount": cny("10.00") });
        desk.admin.post("/v1/invoices", late).await.expect(201);
        let refused = desk.raise(&desk.officer, cny("13000.01"), "2026-03-04").await;
        // An open case is reason enough for the core rule; a reason given for it leaves the plugin's.
        let code = refused.json["code"].as_str().unwrap().to_owned();
        assert!(["plugin_denied", "case_open"].contains(&code.as_str()), "{}", refused.text);
        let limit = json!({ "amount": cny("13000.01"), "valid_from": "2026-03-04", "kind": "standing", "reason": "they grow", "override_reason": "known" });
        let refused = desk.officer.post(&format!("/v1/accounts/{}/credit-limits", desk.account), limit).await;
        assert_eq!(refused.json["detail"], "No limit rises while something is 60 days late.", "{}", refused.text);
        assert_eq!(refused.refused(422), "plugin_denied");
        desk.raise(&desk.officer, cny("500.00"), "2026-03-05").await.expect(201);
    }

    async fn the_shipped_staged_release_has_a_batch_wait_for_the_one_before(world: World) {
        let admin = world.admin();
        admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" })).await.expect(201);
        admin.post("/v1/plugins/staged_release/activations", json!({})).await.expect(201);
        let invoice = json!({ "external_id": "I1", "account_external_id": "A1", "issued_on": "2026-02-01", "due_on": "2026-05-01", "amount": cny("800.00"),
            "contract_external_id": "C-7", "batch_no": 1 });
        admin.post("/v1/invoices", invoice).await.expect(201);
        let order = |no: i64| json!({ "external_id": format!("SO-{no}"), "account_external_id": "A1", "amount": cny("500.00"), "contract_id": "C-7", "batch_no": no });
        assert_eq!(admin.post("/v1/orders", order(1)).await.expect(201)["decision"], "approve");
        let held = admin.post("/v1/orders", order(2)).await.expect(201);
        assert_eq!((&held["decision"], &held["pay_to_release"]["amount"]), (&json!("hold"), &cny("800.00")), "{held}");
        assert!(held["reasons"].to_string().contains("第 1 批及以前的货款须先支付 CNY 800.00"), "{held}");
        let told = admin.get("/v1/tasks?kind=alert").await.expect(200);
        assert_eq!(told["data"][0]["role"], "sales", "{told}");
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("800.00"), "invoice_external_id": "I1" });
        admin.post("/v1/payments", payment).await.expect(201);
        let checked = admin.post(&format!("/v1/orders/{}/checks", held["id"].as_str().unwrap()), json!({})).await.expect(201);
        assert_eq!(checked["decision"], "approve", "{checked}");
    }
}
