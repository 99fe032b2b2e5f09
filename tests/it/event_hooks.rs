//! Plugins hear of what happens on accounts, whoever made it happen, and what they propose follows once. And what they say in letters.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::client::Client;
use tests::inspect::sql;
use tests::ledger::cny;
use tests::on_both;
use tests::world::World;

/// Hears of everything there is to hear of, and does something about most of it.
const EARS: &str = r#"
fn invoice_registered(ctx, plan) {
    plan.task("collector", "heard", ctx.today, #{ what: ctx.invoice.external_id });
    if ctx.item != () && ctx.item.due_on > ctx.today.add_days(20) {
        plan.offer(0.02, ctx.today.add_days(10), "EARLY");
    }
}

fn became_overdue(ctx, plan) {
    let item = ctx.item;
    if item == () { return plan.pass("WARNED"); }
    plan.open_case("WARNED");
    plan.note(`late by ${item.days_past_due}, ${item.open} open`);
    if item.open > money("500", "CNY") { plan.place_hold("BOUNCED", #{ amount: item.open }).expires_on(ctx.today.add_days(5)); }
}

fn payment_received(ctx, plan) {
    for hold in ctx.holds.mine() { plan.release_hold(hold); }
    plan.note(`${ctx.payment.external_id} came, ${ctx.payment.unallocated} of it waits`);
}

fn payment_bounced(ctx, plan) {
    plan.place_hold("BOUNCED", #{ amount: ctx.payment.amount }).expires_on(ctx.today.add_days(5));
}

fn case_opened(ctx, plan) {
    plan.assign("manager");
    plan.note(`a case begins in ${ctx.to_stage}`);
}

fn stage_entered(ctx, plan) {
    plan.set_priority(99);
    plan.note(`from ${ctx.from_stage} to ${ctx.to_stage}`);
}

fn offer_taken(ctx, plan) { plan.note(`${ctx.offer.rate} was taken`); }

fn offer_expired(ctx, plan) { plan.note(`${ctx.offer.rate} ran out on ${ctx.offer.pay_by}`); }

fn signal_raised(ctx, plan) {
    plan.escalate("credit_manager", "WARNED");
    plan.propose_limit(money("100", "CNY"), ctx.today, "WARNED");
}
"#;

fn package(script: &str) -> BTreeMap<&'static str, String> {
    let manifest = r#"
[plugin]
name = "ears"
version = "1.0.0"
api = 1
title = { en = "Ears", zh-CN = "耳目" }

[effects]
allow = ["task", "hold", "case", "money", "credit", "contact"]
bounds = { hold_days = 10, max_rate = "0.03" }

[codes]
EARLY = {}
BOUNCED = { amount = "money" }
WARNED = {}

[tasks]
heard = "internal"
"#;
    let test = r#"
fn test_an_invoice_is_heard_of(t) {
    t.open_item(#{ due_on: date("2026-05-01"), open: money("900", "CNY") });
    t.invoice(#{ external_id: "INV-7" });
    t.run("invoice_registered");
    expect(t.effect("task").values.what, "INV-7");
    expect(t.effects("offer"), 1);
}

fn test_what_is_late_opens_a_case(t) {
    t.open_item(#{ due_on: date("2026-01-01"), open: money("900", "CNY") });
    t.run("became_overdue");
    expect(t.effects("open_case"), 1);
    expect(t.effects("place_hold"), 1);
}

fn test_a_bounce_holds(t) {
    t.payment(#{ amount: money("70", "CNY") });
    t.run("payment_bounced");
    expect(t.effect("place_hold").values.amount, money("70", "CNY"));
}

fn test_a_payment_frees(t) {
    t.hold(#{ source: "ears@1:1" });
    t.run("payment_received");
    expect(t.effects("release_hold"), 1);
}

fn test_a_case_is_assigned(t) {
    t.collection_case(#{ stage: "M1" });
    t.run("case_opened");
    expect(t.effect("assign").role, "manager");
    t.stage(#{ from: "M1", to: "M2" });
    t.run("stage_entered");
    expect(t.effect("note").text, "from M1 to M2");
}

fn test_offers_are_heard_of(t) {
    t.open_item(#{ due_on: date("2026-05-01"), open: money("900", "CNY") });
    t.offer(#{ rate: 0.01 });
    t.run("offer_taken");
    expect(t.effect("note").text, "0.01 was taken");
    t.run("offer_expired");
    expect(t.effects("note"), 1);
}

fn test_a_warning_is_passed_on(t) {
    t.signal(#{ kind: "relocation", severity: "high" });
    t.run("signal_raised");
    expect(t.effects("escalate"), 1);
    expect(t.effect("propose_limit").amount, money("100", "CNY"));
}
"#;
    let texts = |early: &str, bounced: &str, warned: &str, heard: &str| {
        format!("[codes]\nEARLY = \"{early}\"\nBOUNCED = \"{bounced}\"\nWARNED = \"{warned}\"\n[tasks]\nheard = \"{heard}\"\n")
    };
    BTreeMap::from([
        ("plugin.toml", manifest.to_owned()),
        ("main.rhai", script.to_owned()),
        ("settings.schema.json", r#"{ "type": "object", "additionalProperties": false, "properties": {} }"#.to_owned()),
        ("texts/en.toml", texts("Pay early.", "{{ amount }} bounced.", "There is a warning.", "{{ what }} is new.")),
        ("texts/zh-CN.toml", texts("提前付款。", "{{ amount }} 被退回。", "有预警。", "新增 {{ what }}。")),
        (
            "templates/late.en.txt",
            "Subject: {{ entity }}: a payment is late\n\nDear {{ account }},\n\n{{ items }}\n\n{{ entity }}\n".to_owned(),
        ),
        ("templates/late.zh-CN.txt", "主题：{{ entity }}：款项逾期\n\n{{ account }}：\n\n{{ items }}\n\n{{ entity }}\n".to_owned()),
        ("tests/ears.test.rhai", test.to_owned()),
    ])
}

async fn live(admin: &Client, script: &str) {
    let pushed = admin.post("/v1/plugins/ears/versions", json!({ "files": package(script) })).await.expect(201);
    admin.post("/v1/plugins/ears/activations", json!({ "version": pushed["number"] })).await.expect(201);
}

async fn account(admin: &Client, external_id: &str, more: Value) -> String {
    let mut body = json!({ "external_id": external_id, "name": "Lotus", "currency": "CNY" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin.post("/v1/accounts", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn invoice(admin: &Client, external_id: &str, due_on: &str, amount: &str) {
    let body = json!({ "external_id": external_id, "account_external_id": "A1", "issued_on": "2026-01-02", "due_on": due_on, "amount": cny(amount) });
    admin.post("/v1/invoices", body).await.expect(201);
}

async fn pay(admin: &Client, external_id: &str, on: &str, amount: &str) -> String {
    let body = json!({ "external_id": external_id, "account_external_id": "A1", "received_on": on, "amount": cny(amount) });
    admin.post("/v1/payments", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn run(admin: &Client, world: &World, day: &str) {
    world.set_day(day);
    let begun = admin.post("/v1/runs", json!({ "day": day })).await.expect(202);
    admin.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await;
    settle(world).await;
}

async fn settle(world: &World) {
    world.engine.work_off_queue(&world.caller()).await.expect("the queue is worked off");
}

async fn list(admin: &Client, path: &str) -> Vec<Value> {
    admin.get(path).await.expect(200)["data"].as_array().unwrap().clone()
}

/// What the record of the newest decision about this question says was done.
async fn done(admin: &Client, hook: &str) -> String {
    let found = list(admin, &format!("/v1/decisions?hook={hook}")).await;
    let newest = found.first().unwrap_or_else(|| panic!("nobody heard of {hook}"));
    format!("{} {}", newest["record"]["applied"], newest["record"]["calls"])
}

async fn count(world: &World, query: &str) -> String {
    sql(&world.database_url, query).await.unwrap()[0][0].clone().unwrap()
}

on_both! {
    async fn who_listens_hears_of_invoices_and_payments_and_what_follows_happens_once(world: World) {
        let admin = world.admin();
        account(&admin, "A1", json!({})).await;
        invoice(&admin, "I0", "2026-03-20", "50.00").await;
        live(&admin, EARS).await;
        invoice(&admin, "I1", "2026-04-30", "1000.00").await;
        admin.import("kind=invoices", "external_id,account_external_id,issued_on,due_on,amount,currency\nI2,A1,2026-01-02,2026-03-21,70.00,CNY\n").await;
        settle(world).await;
        settle(world).await;
        let heard = list(&admin, "/v1/decisions?hook=invoice_registered").await;
        let number = |decision: &Value| decision["record"]["calls"][0]["about"]["invoice"]["external_id"].as_str().unwrap().to_owned();
        let mut numbers: Vec<String> = heard.iter().map(number).collect();
        numbers.sort();
        assert_eq!(numbers, ["I1", "I2"], "an imported invoice is heard of too, and one from before is not");
        assert_eq!(list(&admin, "/v1/tasks?kind=heard").await.len(), 1, "the same work is asked for once");
        let [offer] = list(&admin, "/v1/offers").await.try_into().expect("one offer");
        assert_eq!((&offer["rate"], &offer["pay_by"]), (&json!("0.02"), &json!("2026-03-12")), "{offer}");

        let payment = pay(&admin, "P1", "2026-03-02", "30.00").await;
        settle(world).await;
        assert!(done(&admin, "payment_received").await.contains("P1 came"));
        admin.post(&format!("/v1/payments/{payment}/bounces"), json!({ "bounced_on": "2026-03-02", "reason": "no cover" })).await.expect(201);
        settle(world).await;
        let holds = list(&admin, "/v1/holds?state=active").await;
        assert_eq!(holds[0]["reasons"][0]["code"], "BOUNCED", "{holds:?}");
        let decision = list(&admin, "/v1/decisions?hook=payment_bounced").await.remove(0);
        assert_eq!((&decision["cause"], &decision["cause_id"]), (&json!("payment"), &json!(payment)), "{decision}");
        let told = admin.get(&format!("/v1/decisions/{}/explain", decision["id"].as_str().unwrap())).await.expect(200);
        assert!(told["summary"].as_str().unwrap().contains("happened on account A1"), "{told}");
        pay(&admin, "P2", "2026-03-02", "980.00").await;
        settle(world).await;
        assert_eq!(list(&admin, "/v1/holds?state=active").await.len(), 0, "the next payment frees the account");
        assert_eq!(count(world, "SELECT COUNT(*) FROM plugin_event WHERE NOT is_done").await, "0");
    }

    async fn who_listens_hears_of_cases_stages_offers_and_warnings(world: World) {
        let admin = world.admin();
        let id = account(&admin, "A1", json!({})).await;
        live(&admin, EARS).await;
        invoice(&admin, "I1", "2026-03-01", "100.00").await;
        invoice(&admin, "I2", "2026-04-30", "1000.00").await;
        settle(world).await;
        run(&admin, world, "2026-03-03").await;
        let [case] = list(&admin, "/v1/cases").await.try_into().expect("one case");
        assert_eq!(case["owner"], "manager", "{case}");
        assert!(done(&admin, "case_opened").await.contains("a case begins in M1"));
        run(&admin, world, "2026-04-02").await;
        let [case] = list(&admin, "/v1/cases").await.try_into().expect("one case");
        assert_eq!((&case["stage"], &case["priority"]), (&json!("M2"), &json!(99)), "{case}");
        assert!(done(&admin, "stage_entered").await.contains("from M1 to M2"));
        assert!(done(&admin, "offer_expired").await.contains("0.02 ran out on 2026-03-12"));

        let signal = json!({ "type": "relocation", "source_basis": "own_record", "evidence": "seen on a visit" });
        admin.post(&format!("/v1/accounts/{id}/signals"), signal).await.expect(201);
        settle(world).await;
        assert_eq!(list(&admin, "/v1/tasks?kind=escalation").await[0]["role"], "credit_manager");
        let review = list(&admin, "/v1/tasks?kind=credit_review").await.remove(0);
        assert_eq!(review["details"]["values"]["proposed_limit"], cny("100.00"), "{review}");
        assert_eq!(count(world, "SELECT COUNT(*) FROM plugin_event WHERE NOT is_done").await, "0");
    }

    async fn what_became_overdue_is_heard_of_once_on_the_first_day_after_its_due_date(world: World) {
        let admin = world.admin();
        account(&admin, "A1", json!({})).await;
        // Not overdue yet, long overdue, paid in time.
        for (number, due_on, amount) in [("I1", "2026-03-03", "600.00"), ("I2", "2026-01-20", "70.00"), ("I3", "2026-03-03", "80.00")] {
            invoice(&admin, number, due_on, amount).await;
        }
        let paid = json!({ "external_id": "P3", "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("80.00"), "invoice_external_id": "I3" });
        admin.post("/v1/payments", paid).await.expect(201);
        run(&admin, world, "2026-03-02").await;
        live(&admin, EARS).await;
        run(&admin, world, "2026-03-03").await;
        assert_eq!(list(&admin, "/v1/decisions?hook=became_overdue").await.len(), 0, "due today is not overdue");
        run(&admin, world, "2026-03-04").await;
        let told = list(&admin, "/v1/decisions?hook=became_overdue").await;
        assert_eq!((told.len(), &told[0]["cause"]), (1, &json!("instalment")), "{told:#?}");
        assert!(done(&admin, "became_overdue").await.contains("late by 1, CNY 600.00 open"));
        let explained = admin.get(&format!("/v1/decisions/{}/explain", told[0]["id"].as_str().unwrap())).await.expect(200);
        assert!(explained["summary"].as_str().unwrap().contains("happened on account A1"), "{explained}");
        assert_eq!(list(&admin, "/v1/holds?state=active").await[0]["reasons"][0]["code"], "BOUNCED");
        // The day again, a later day, and a night that was missed: each instalment is told of once.
        invoice(&admin, "I4", "2026-03-05", "10.00").await;
        for day in ["2026-03-04", "2026-03-05", "2026-03-09", "2026-03-10"] {
            run(&admin, world, day).await;
        }
        assert_eq!(list(&admin, "/v1/decisions?hook=became_overdue").await.len(), 2);
        assert!(done(&admin, "became_overdue").await.contains("late by 4, CNY 10.00 open"));
        assert_eq!(count(world, "SELECT COUNT(*) FROM plugin_event WHERE NOT is_done").await, "0");
        let again = "UPDATE plugin_event SET hook = 'became_overdue', subject_id = (SELECT subject_id FROM plugin_event WHERE hook = 'became_overdue' \
             LIMIT 1) WHERE hook = 'invoice_registered'";
        assert!(sql(&world.database_url, again).await.is_err(), "no worker can note it a second time");
    }

    async fn what_became_overdue_can_open_a_case_the_policy_would_not_and_is_written_about(world: World) {
        let admin = world.admin();
        let id = account(&admin, "A1", json!({})).await;
        let contact = json!({ "name": "Ms Zhou", "role": "payer", "email": "zhou@example.com" });
        admin.post(&format!("/v1/accounts/{id}/contacts"), contact).await.expect(201);
        let steps = json!([{ "key": "reminder", "kind": "item", "offset_days": 30, "channel": "email" }]);
        let policy = json!({ "name": "patient", "document": { "steps": steps, "tolerance": "1000.00" } });
        let policy = admin.post("/v1/policies", policy).await.expect(201);
        let active = admin.post(&format!("/v1/policies/{}/activations", policy["id"].as_str().unwrap()), json!({})).await;
        assert!(active.status < 300, "{}", active.text);
        let opens = "    plan.open_case(\"WARNED\");\n";
        let writes = "    if item.open > money(\"1500\", \"CNY\") { plan.notice(\"payer\", \"late\").about(ctx.open_items.overdue_by(0)); }\n";
        let script = EARS.replace(opens, &format!("{opens}{writes}"));
        assert_ne!(script, EARS);
        live(&admin, &script).await;
        invoice(&admin, "I1", "2026-03-03", "600.00").await;
        run(&admin, world, "2026-03-04").await;
        assert!(done(&admin, "became_overdue").await.contains("open_case"));
        let [case] = list(&admin, "/v1/cases").await.try_into().expect("one case");
        assert_eq!((&case["state"], &case["stage"]), (&json!("active"), &json!("M0")), "{case}");
        assert!(count(world, "SELECT opened_by FROM collection_case").await.starts_with("ears@1:"));
        assert_eq!(list(&admin, "/v1/notices").await.len(), 0, "less than the tolerance is not written about");
        invoice(&admin, "I2", "2026-03-05", "2000.00").await;
        run(&admin, world, "2026-03-06").await;
        let [letter] = list(&admin, "/v1/notices").await.try_into().expect("one letter");
        let about: Vec<&str> = letter["lines"].as_array().unwrap().iter().filter_map(|line| line["invoice_external_id"].as_str()).collect();
        assert_eq!((about, &letter["step"]), (vec!["I1", "I2"], &json!("became_overdue")), "{letter}");
        assert!(letter["body"].as_str().unwrap().contains("I2"), "{letter}");
        run(&admin, world, "2026-03-06").await;
        assert_eq!((list(&admin, "/v1/notices").await.len(), list(&admin, "/v1/cases").await.len()), (1, 1), "once");
    }

    async fn an_event_whose_thing_is_gone_ends_with_its_reason_and_the_next_one_comes_to_its_turn(world: World) {
        let admin = world.admin();
        account(&admin, "A1", json!({})).await;
        live(&admin, EARS).await;
        invoice(&admin, "I1", "2026-04-30", "10.00").await;
        settle(world).await;
        world.api.rest().await;
        // As if the invoice had gone before anybody was asked: the account is none.
        let gone = "UPDATE plugin_event SET is_done = FALSE, tries = 0, subject_id = account_id WHERE hook = 'invoice_registered'";
        sql(&world.database_url, gone).await.unwrap();
        pay(&admin, "P1", "2026-03-02", "30.00").await;
        settle(world).await;
        assert!(done(&admin, "payment_received").await.contains("P1 came"));
        assert_eq!(count(world, "SELECT COUNT(*) FROM plugin_event WHERE NOT is_done").await, "0");
        let [told] = list(&admin, "/v1/audit?type=plugin.event_skipped").await.try_into().expect("one line");
        assert_eq!(told["data"]["hook"], "invoice_registered", "{told}");
        assert!(told["data"]["reason"].as_str().unwrap().contains("not there any more"), "{told}");
    }

    async fn where_nobody_listens_nothing_is_written_down_and_a_failure_is_told_after_three_days(world: World) {
        let admin = world.admin();
        account(&admin, "A1", json!({})).await;
        invoice(&admin, "I0", "2026-04-30", "10.00").await;
        settle(world).await;
        assert_eq!(count(world, "SELECT COUNT(*) FROM plugin_event").await, "0");
        live(&admin, &EARS.replace("plan.task(\"collector\", \"heard\", ctx.today, #{ what: ctx.invoice.external_id });",
            "if ctx.invoice.external_id == \"I1\" { throw \"never\"; } plan.task(\"collector\", \"heard\", ctx.today, #{ what: ctx.invoice.external_id });")).await;
        invoice(&admin, "I1", "2026-04-30", "10.00").await;
        for day in ["2026-03-02", "2026-03-03"] {
            world.set_day(day);
            settle(world).await;
            assert_eq!(list(&admin, "/v1/tasks?kind=plugin_failed").await.len(), 0, "{day}");
        }
        world.set_day("2026-03-04");
        settle(world).await;
        assert_eq!(list(&admin, "/v1/tasks?kind=plugin_failed").await.len(), 1);
        assert_eq!(count(world, "SELECT COUNT(*) FROM plugin_event WHERE NOT is_done").await, "0");
    }

    async fn a_key_account_is_called_first_and_its_letter_names_whom_to_turn_to(world: World) {
        let admin = world.admin();
        account(&admin, "A1", json!({ "segment": "key" })).await;
        account(&admin, "A2", json!({})).await;
        for (no, who) in [("I1", "A1"), ("I2", "A2")] {
            let contact = json!({ "name": "Ms Zhou", "role": "payer", "email": "zhou@example.com" });
            let id = admin.get(&format!("/v1/accounts?external_id={who}")).await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
            admin.post(&format!("/v1/accounts/{id}/contacts"), contact).await.expect(201);
            let body = json!({ "external_id": no, "account_external_id": who, "issued_on": "2026-01-02", "due_on": "2026-03-02", "amount": cny("100.00") });
            admin.post("/v1/invoices", body).await.expect(201);
        }
        admin.post("/v1/plugins/key_account_care/activations", json!({})).await.expect(201);
        let mut first: BTreeMap<String, (u32, String)> = BTreeMap::new();
        let mut called = None;
        for day in 3..=31 {
            run(&admin, world, &format!("2026-03-{day:02}")).await;
            for letter in list(&admin, "/v1/notices").await {
                let said = (day, letter["body"].as_str().unwrap().to_owned());
                first.entry(letter["account_external_id"].as_str().unwrap().to_owned()).or_insert(said);
            }
            called = called.or(list(&admin, "/v1/tasks?kind=call_first").await.first().map(|call| (day, call.clone())));
            if first.len() == 2 {
                break;
            }
        }
        let (key, ordinary) = (&first["A1"], &first["A2"]);
        let (on, call) = called.expect("somebody is asked to call");
        assert_eq!((on, &call["role"], &call["activity"]), (ordinary.0, &json!("sales"), &json!("call")), "{call}");
        assert!(key.0 >= ordinary.0 + 3, "the letter waits three working days: {} and {}", key.0, ordinary.0);
        assert!(key.1.ends_with("如有任何困难，请直接联系您的客户经理。"), "{}", key.1);
        assert!(!ordinary.1.contains("客户经理"), "an ordinary letter stays as it is");
        assert_eq!(list(&admin, "/v1/tasks?kind=call_first").await.len(), 1);
        assert!(done(&admin, "message_compose").await.contains("helper"));
    }
}
