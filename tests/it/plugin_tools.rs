//! The tools of whoever writes scripts: replays, dry-runs, rehearsals, recorded cases, and the checks before a version is live.

use recoup_api::access::Role;
use recoup_engine::words::asked::Hook;
use recoup_plugins::check;
use recoup_plugins::package::{self, Files};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::client::Client;
use tests::inspect::{sql, tenant_dump};
use tests::ledger::cny;
use tests::on_both;
use tests::world::World;

/// What is asked in the little year of this page: every question there is. A new hook belongs into it, into `ears` and into `lived`.
const HEARD: [Hook; 26] = [
    Hook::OrderCheck,
    Hook::StepDue,
    Hook::Step,
    Hook::BeforeDue,
    Hook::DailyAccount,
    Hook::CreditGrade,
    Hook::CreditReviewDue,
    Hook::UsableLimit,
    Hook::HoldPlaced,
    Hook::HoldReleased,
    Hook::Action,
    Hook::LimitCheck,
    Hook::HoldRelease,
    Hook::LegalPacket,
    Hook::LegalCheck,
    Hook::OfferCheck,
    Hook::MessageCompose,
    Hook::InvoiceRegistered,
    Hook::BecameOverdue,
    Hook::PaymentReceived,
    Hook::PaymentBounced,
    Hook::CaseOpened,
    Hook::StageEntered,
    Hook::OfferTaken,
    Hook::OfferExpired,
    Hook::SignalRaised,
];

/// What `ears` only listens to, and where it says yes. Evidence is what the shipped handoff answers, for one package alone may.
const LISTENS: [&str; 9] = [
    "became_overdue",
    "payment_received",
    "payment_bounced",
    "case_opened",
    "stage_entered",
    "offer_taken",
    "offer_expired",
    "signal_raised",
    "message_compose",
];
const AGREES: [&str; 4] = ["limit_check", "hold_release", "legal_check", "offer_check"];

fn shipped(name: &str) -> Files {
    package::shipped().into_iter().find(|(known, _)| known == name).expect("a shipped package").1
}

/// A package that answers nearly everything, and looks at the account, the working days and what it is asked about.
fn ears() -> Files {
    let manifest = "[plugin]\nname = \"ears\"\nversion = \"1.0.0\"\napi = 1\norder = 900\ntitle = { en = \"Ears\", zh-CN = \"旁听\" }\n\n\
        [hooks.before_due]\nlead_days = [40]\n\n[effects]\nallow = [\"decide:step_due\", \"credit\", \"money\", ALLOW]\nbounds = { max_rate = \"0.03\" }\n\n[codes]\nSEEN = {}\n";
    let allow: Vec<String> = AGREES.iter().map(|hook| format!("\"decide:{hook}\"")).collect();
    let script = r#"// 旁听  Answers every question and writes down what it saw.
fn seen(ctx, plan) {
    let next = ctx.today.add_business_days(3);
    plan.note(`${ctx.account.name} owes ${ctx.totals.open} of ${ctx.account.credit_limit}, until ${next}`);
}
// Listens.
fn daily_account(ctx, plan) { seen(ctx, plan); }
// Listens.
fn before_due(ctx, plan) { seen(ctx, plan); plan.note(`${ctx.days_left} days`); }
// Agrees.
fn step_due(ctx, plan) { seen(ctx, plan); plan.approve("SEEN"); }
// Listens.
fn hold_placed(ctx, plan) { seen(ctx, plan); plan.note(ctx.hold.code); }
// Listens.
fn hold_released(ctx, plan) { seen(ctx, plan); plan.note(ctx.hold.code); }
// Grades.
fn credit_grade(ctx, plan) { seen(ctx, plan); plan.grade(ctx.grades[1], 80, "SEEN"); }
// Proposes.
fn credit_review_due(ctx, plan) { seen(ctx, plan); plan.propose_grade(ctx.grades[0], "SEEN"); }
// Offers.
fn invoice_registered(ctx, plan) {
    seen(ctx, plan);
    if ctx.item != () && ctx.item.due_on > ctx.today.add_days(20) { plan.offer(0.02, ctx.today.add_days(10), "SEEN"); }
}
"#;
    let listens = LISTENS.iter().map(|hook| format!("// Listens.\nfn {hook}(ctx, plan) {{ seen(ctx, plan); }}\n"));
    let agrees = AGREES.iter().map(|hook| format!("// Agrees.\nfn {hook}(ctx, plan) {{ seen(ctx, plan); plan.approve(\"SEEN\"); }}\n"));
    let script: String = std::iter::once(script.to_owned()).chain(listens).chain(agrees).collect();
    let asks = [
        "daily_account",
        "before_due",
        "step_due",
        "hold_placed",
        "hold_released",
        "credit_grade",
        "credit_review_due",
        "invoice_registered",
    ];
    let asks: String = asks
        .iter()
        .chain(&LISTENS)
        .chain(&AGREES)
        .map(|hook| format!("    t.run(\"{hook}\");\n    expect(t.effects(\"note\") > 0, true);\n"))
        .collect();
    let test = format!(
        "fn test_it_answers(t) {{\n    t.open_item(#{{ due_on: date(\"2026-01-20\") }});\n    t.open_item(#{{ due_on: date(\"2026-05-20\") }});\n{asks}}}\n"
    );
    let files = [
        ("plugin.toml", manifest.replace("ALLOW", &allow.join(", "))),
        ("main.rhai", script),
        ("texts/en.toml", "[codes]\nSEEN = \"Seen.\"\n".to_owned()),
        ("texts/zh-CN.toml", "[codes]\nSEEN = \"已阅。\"\n".to_owned()),
        ("tests/ears.test.rhai", test),
    ];
    files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect()
}

async fn push(client: &Client, name: &str, files: &Files) -> i64 {
    let pushed = client.post(&format!("/v1/plugins/{name}/versions"), json!({ "files": files })).await;
    assert!(pushed.status < 300, "{}", pushed.text);
    pushed.json["number"].as_i64().unwrap()
}

async fn switch_on(client: &Client, name: &str, version: i64) -> Value {
    client.post(&format!("/v1/plugins/{name}/activations"), json!({ "version": version })).await.expect(201)
}

/// An account with a limit, and one invoice due on this day.
async fn customer(client: &Client, name: &str, due_on: &str) -> String {
    let account = json!({ "external_id": name, "name": format!("Lotus {name}"), "currency": "CNY", "segment": "dealer" });
    let id = client.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
    let limit = json!({ "amount": cny("50000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
    client.post(&format!("/v1/accounts/{id}/credit-limits"), limit).await.expect(201);
    let invoice = json!({ "external_id": format!("I-{name}"), "account_external_id": name, "issued_on": "2026-01-02", "due_on": due_on,
        "amount": cny("9000.00") });
    client.post("/v1/invoices", invoice).await.expect(201);
    id
}

async fn order(client: &Client, account: &str, external_id: &str) -> Value {
    let order = json!({ "external_id": external_id, "account_external_id": account, "amount": cny("100.00") });
    client.post("/v1/orders", order).await.expect(201)
}

async fn ran(client: &Client, day: &str) {
    let begun = client.post("/v1/runs", json!({ "day": day })).await.expect(202);
    let done = client.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await;
    assert_eq!(done["failed"], 0, "{done}");
}

/// Every decision, the newest first.
async fn decisions(client: &Client) -> Vec<Value> {
    client.get("/v1/decisions?limit=200").await.expect(200)["data"].as_array().unwrap().clone()
}

/// Replays every decision, fails where one is another one, and gives the hooks that were asked in them.
async fn replayed(client: &Client) -> BTreeSet<String> {
    let mut hooks = BTreeSet::new();
    for decision in decisions(client).await {
        let path = format!("/v1/decisions/{}/replays", decision["id"].as_str().unwrap());
        let told = client.post(&path, json!({})).await.expect(200);
        assert_eq!(told["same"], true, "{told:#}");
        let calls = told["calls"].as_array().unwrap();
        assert_eq!(calls.len(), decision["record"]["calls"].as_array().unwrap().len(), "{told}");
        for call in calls {
            assert_eq!(call["recorded"].to_string(), call["replayed"].to_string());
            hooks.insert(call["hook"].as_str().unwrap().to_owned());
        }
    }
    hooks
}

/// A policy with a notice and a step of the shipped handoff.
async fn policy(client: &Client) {
    let steps = json!([
        { "key": "reminder", "kind": "item", "offset_days": 3, "channel": "email" },
        { "key": "counsel", "kind": "item", "offset_days": 5, "gap_days": 7, "type": "legal_handoff.handoff" },
    ]);
    let policy = json!({ "name": "with counsel", "document": { "steps": steps } });
    let id = client.post("/v1/policies", policy).await.expect(201)["id"].as_str().unwrap().to_owned();
    let active = client.post(&format!("/v1/policies/{id}/activations"), json!({})).await;
    assert!(active.status < 300, "{}", active.text);
}

async fn calendar(client: &Client, holidays: Value) {
    client.put("/v1/calendars/CN", "*", json!({ "holidays": holidays })).await.expect(200);
}

/// What follows from what has happened until now.
async fn settle(world: &World) {
    world.engine.work_off_queue(&world.caller()).await.expect("the queue is worked off");
}

async fn pay(client: &Client, account: &str, external_id: &str, on: &str, amount: &str) -> Value {
    let payment = json!({ "external_id": external_id, "account_external_id": account, "received_on": on, "amount": cny(amount) });
    client.post("/v1/payments", payment).await.expect(201)
}

/// What people do with the account of a customer in one day: a hold, an action, a warning, a payment that comes back.
async fn worked_on(client: &Client, account: &str) {
    let hold = client.post("/v1/holds", json!({ "account_id": account, "reason": "fraud alert" })).await.expect(201);
    client.post(&format!("/v1/holds/{}/releases", hold["id"].as_str().unwrap()), json!({ "reason": "cleared" })).await.expect(201);
    let preview = "/v1/plugins/order_hold/actions/preview?mode=apply";
    client.post_once(preview, "once", json!({ "order_external_id": "O1" })).await.expect(200);
    let signal = json!({ "type": "relocation", "source_basis": "own_record", "evidence": "seen on a visit" });
    client.post(&format!("/v1/accounts/{account}/signals"), signal).await.expect(201);
    let paid = pay(client, "A1", "P0", "2026-03-02", "10.00").await;
    let bounce = json!({ "bounced_on": "2026-03-02", "reason": "no cover" });
    client.post(&format!("/v1/payments/{}/bounces", paid["id"].as_str().unwrap()), bounce).await.expect(201);
}

/// The second person says yes to whatever waits.
async fn allowed(client: &Client) {
    let waits = client.get("/v1/approvals?state=pending").await.expect(200);
    for one in waits["data"].as_array().unwrap() {
        let path = format!("/v1/approvals/{}/decisions", one["id"].as_str().unwrap());
        client.post(&path, json!({ "decision": "approve" })).await.expect(201);
    }
}

/// A year in small: orders that are held and let go, offers that are taken or run out, a run with a step of its own that ends at the
/// court, a review, a grading.
async fn lived(world: &World) {
    let admin = world.admin();
    calendar(&admin, json!(["2026-03-03"])).await;
    let mut settings = admin.get("/v1/settings").await.expect(200);
    settings["calendar"] = json!("CN");
    admin.put("/v1/settings", "*", settings).await.expect(200);
    push(&admin, "ears", &ears()).await;
    for name in ["order_hold", "throttled_limit", "legal_handoff", "ears"] {
        switch_on(&admin, name, 1).await;
    }
    policy(&admin).await;
    let soon = json!({ "settings": { "smallest_claim": cny("1000.00"), "demand_days": 3 } });
    admin.put("/v1/plugins/legal_handoff/settings", "*", soon).await.expect(200);
    let late = customer(&admin, "A1", "2026-02-01").await;
    customer(&admin, "A2", "2026-04-05").await;
    customer(&admin, "A3", "2026-04-05").await;
    settle(world).await;
    pay(&admin, "A3", "P3", "2026-03-02", "8820.00").await;
    let review = json!({ "outcome": "approve", "grade": "B", "comment": "As agreed." });
    admin.post(&format!("/v1/accounts/{late}/credit-reviews"), review).await.expect(201);
    assert_eq!(order(&admin, "A1", "O1").await["decision"], "hold");
    assert_eq!(order(&admin, "A2", "O2").await["decision"], "approve");
    worked_on(&admin, &late).await;
    for day in ["2026-03-02", "2026-03-20", "2026-03-23"] {
        settle(world).await;
        world.set_day(day);
        ran(&admin, day).await;
    }
    allowed(&admin).await;
    world.set_day("2026-03-24");
    ran(&admin, "2026-03-24").await;
    pay(&admin, "A1", "P1", "2026-03-24", "9000.00").await;
    for day in ["2026-04-06", "2027-04-01"] {
        settle(world).await;
        world.set_day(day);
        ran(&admin, day).await;
    }
    settle(world).await;
}

on_both! {
    async fn the_record_of_every_hook_gives_the_same_bytes_again_whatever_has_changed_since(world: World) {
        lived(world).await;
        world.api.rest().await;
        let admin = world.admin();
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let hooks = replayed(&admin).await;
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a replay writes nothing");
        let missing: Vec<&Hook> = HEARD.iter().filter(|hook| !hooks.contains(hook.as_str())).collect();
        assert!(missing.is_empty(), "nobody was asked in this test: {missing:?}");
        // Another version, other settings, other working days: what was decided stays what it was.
        admin.put("/v1/plugins/order_hold/settings", "*", json!({ "settings": { "grace_days": 60 } })).await.expect(200);
        calendar(&admin, json!(["2026-03-04", "2026-03-05", "2026-03-06"])).await;
        let mut files = ears();
        let text = files["main.rhai"].replace(" owes ", " has to pay ");
        files.insert("main.rhai".into(), text);
        let version = push(&admin, "ears", &files).await;
        switch_on(&admin, "ears", version).await;
        assert_eq!(replayed(&admin).await, hooks);
    }

    async fn a_record_whose_answer_was_changed_behind_the_programs_back_is_found(world: World) {
        let admin = world.admin();
        switch_on(&admin, "order_hold", 1).await;
        customer(&admin, "A1", "2026-02-01").await;
        let held = order(&admin, "A1", "O1").await;
        let forged = "UPDATE decision SET record = replace(record, '\"days\":29', '\"days\":28')";
        sql(&world.database_url, forged).await.unwrap();
        let told = admin.post(&format!("/v1/decisions/{}/replays", held["decision_id"].as_str().unwrap()), json!({})).await.expect(200);
        assert_eq!((&told["same"], &told["calls"][0]["same"]), (&json!(false), &json!(false)), "{told}");
        assert_eq!(admin.post("/v1/decisions/dec_00000000000000000000000000/replays", json!({})).await.status, 404);
    }

    async fn a_version_is_rehearsed_on_what_was_decided_before_it_goes_live(world: World) {
        let admin = world.admin();
        switch_on(&admin, "order_hold", 1).await;
        customer(&admin, "A1", "2026-02-01").await;
        customer(&admin, "A2", "2026-04-05").await;
        let held = order(&admin, "A1", "O1").await;
        order(&admin, "A2", "O2").await;
        // More patience: the one that was held would have gone.
        let mut files = shipped("order_hold");
        let text = files["main.rhai"].replace("overdue_by(s.grace_days)", "overdue_by(s.grace_days + 100)");
        files.insert("main.rhai".into(), text);
        let patient = push(&admin, "order_hold", &files).await;
        let body = json!({ "version": patient, "reason": "patience", "excuse": ["tests", "coverage"] });
        let on = admin.post("/v1/plugins/order_hold/activations", body).await.expect(201);
        assert_eq!((&on["rehearsal"]["asked"], &on["rehearsal"]["changed"]), (&json!(2), &json!(1)), "{on}");
        let transition = &on["rehearsal"]["transitions"][0];
        assert_eq!((&transition["from"], &transition["to"]), (&json!("hold OVERDUE"), &json!("approve NOTHING_LATE")), "{on}");
        assert_eq!(on["rehearsal"]["examples"][0]["decision_id"], held["decision_id"], "{on}");
        // One that fails on a decision stays off, and says where.
        let text = shipped("order_hold")["main.rhai"].replace("    let owed", "    if ctx.account.external_id == \"A1\" { throw \"no\"; }\n    let owed");
        files.insert("main.rhai".into(), text);
        let failing = push(&admin, "order_hold", &files).await;
        let refused = admin.post("/v1/plugins/order_hold/activations", json!({ "version": failing })).await;
        let finding = refused.json["diagnostics"][0].clone();
        assert_eq!((&finding["code"], &finding["file"], &finding["line"]), (&json!("rehearsal"), &json!("main.rhai"), &json!(5)), "{}", refused.text);
        assert_eq!(refused.refused(422), "script_refused");
        assert_eq!(admin.get("/v1/plugins/order_hold").await.expect(200)["active_version"], patient, "the active one is left alone");
        let excused = json!({ "version": failing, "reason": "A1 is gone", "excuse": ["rehearsal"] });
        admin.post("/v1/plugins/order_hold/activations", excused).await.expect(201);
    }

    async fn each_check_before_a_version_is_live_refuses_it_with_one_problem_and_its_place(world: World) {
        let admin = world.admin();
        let approver = world.client(Role::PluginApprover);
        let fault = async |files: &Files| {
            let version = push(&admin, "my_hold", files).await;
            let refused = admin.post("/v1/plugins/my_hold/activations", json!({ "version": version })).await;
            let first = refused.json["diagnostics"][0].clone();
            let detail = refused.json["detail"].as_str().unwrap_or_default().to_owned();
            assert_eq!(refused.refused(422), "script_refused");
            assert!(detail.starts_with("main.rhai:") || detail.starts_with("tests"), "{detail}");
            (first["code"].as_str().unwrap().to_owned(), first["file"].as_str().unwrap().to_owned(), first["line"].as_i64().unwrap())
        };
        let good = package::skeleton("my_hold");
        let with = |path: &str, from: &str, to: &str| {
            let mut files = good.clone();
            assert!(files[path].contains(from), "{path} has no {from}");
            let text = files[path].replace(from, to);
            files.insert(path.to_owned(), text);
            files
        };
        let test = "tests/order_check.test.rhai";
        let failing = with(test, "expect(t.decision, \"approve\");", "expect(t.decision, \"deny\");");
        assert_eq!(fault(&failing).await, ("test_failed".into(), test.into(), 6));
        let mut without = good.clone();
        without.remove(test);
        assert_eq!(fault(&without).await, ("no_test".into(), "tests".into(), 0));
        let low = with("main.rhai", "    if late.is_empty", "    if s.grace_days > 59 { return plan.approve(\"NOTHING_LATE\"); }\n    if late.is_empty");
        assert_eq!(fault(&low).await, ("coverage".into(), "main.rhai".into(), 5));
        assert_eq!(admin.get("/v1/plugins/my_hold").await.expect(200)["mode"], "off", "nothing went live");
        // What can be excused is excused for a reason, and by two.
        let version = push(&admin, "my_hold", &low).await;
        let body = json!({ "version": version, "excuse": ["coverage"] });
        assert_eq!(admin.post("/v1/plugins/my_hold/activations", body).await.refused(422), "validation_failed");
        let body = json!({ "version": version, "excuse": ["coverage"], "reason": "the branch is for a customer of next year" });
        let waits = approver.post("/v1/plugins/my_hold/activations", body.clone()).await.expect(202);
        assert!(waits["approval"]["text"]["en"].as_str().unwrap().contains("coverage"), "{waits}");
        admin.post("/v1/plugins/my_hold/activations", body).await.expect(201);
        // What does not even read is refused before it is stored; no one can excuse that.
        let broken = with("main.rhai", "ctx.settings", "ctx.setings");
        let refused = admin.post("/v1/plugins/my_hold/versions", json!({ "files": broken })).await;
        assert_eq!((&refused.json["diagnostics"][0]["line"], refused.status), (&json!(3), 422), "{}", refused.text);
    }

    async fn a_dry_run_shows_every_statement_and_what_an_order_would_come_to_and_writes_nothing(world: World) {
        let admin = world.admin();
        let account = customer(&admin, "A1", "2026-02-01").await;
        let placed = order(&admin, "A1", "O1").await;
        assert_eq!(placed["decision"], "approve");
        push(&admin, "ears", &ears()).await;
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let tried = admin.post("/v1/plugins/order_hold/dry-runs", json!({ "hook": "order_check", "subject": placed["id"] })).await.expect(200);
        let call = &tried["calls"][0];
        assert_eq!((&tried["merged"]["decision"], &call["advice"]["votes"][0]["code"]), (&json!("hold"), &json!("OVERDUE")), "{tried}");
        let trace = call["trace"].as_array().unwrap();
        let owed = trace.iter().find(|step| step["line"] == 5).unwrap();
        assert_eq!(owed["values"]["owed"], "CNY 9,000.00", "{tried:#}");
        let used: Vec<i64> = trace.iter().map(|step| step["operations"].as_i64().unwrap()).collect();
        assert!(used.is_sorted() && *used.last().unwrap() < call["advice"]["operations"].as_i64().unwrap(), "{used:?}");
        assert!(call["advice"]["operations"].as_i64().unwrap() < call["advice"]["budget"].as_i64().unwrap());
        let patient = json!({ "hook": "order_check", "subject": placed["id"], "settings": { "grace_days": 60 } });
        let patient = admin.post("/v1/plugins/order_hold/dry-runs", patient).await.expect(200);
        assert_eq!(patient["merged"]["decision"], "approve", "{patient}");
        for hook in ["daily_account", "credit_grade"] {
            let tried = admin.post("/v1/plugins/ears/dry-runs", json!({ "hook": hook, "subject": account })).await.expect(200);
            assert!(tried["calls"][0]["advice"].to_string().contains("Lotus A1 owes CNY 9,000.00"), "{tried}");
        }
        let as_of = json!({ "hook": "daily_account", "subject": account, "as_of": "2026-01-01" });
        let tried = admin.post("/v1/plugins/ears/dry-runs", as_of).await.expect(200);
        assert_eq!(tried["day"], "2026-01-01", "{tried}");
        let again = json!({ "hook": "order_check", "subject": placed["decision_id"] });
        assert_eq!(admin.post("/v1/plugins/order_hold/dry-runs", again).await.refused(409), "illegal_state", "nobody was asked in that decision");
        for (body, status) in [
            (json!({ "hook": "order_chek", "subject": placed["id"] }), 422),
            (json!({ "hook": "order_check" }), 422),
            (json!({ "hook": "order_check", "subject": "O1" }), 422),
            (json!({ "hook": "order_check", "subject": "ord_00000000000000000000000000" }), 404),
            (json!({ "hook": "order_check", "subject": placed["id"], "settings": { "grace_days": -1 } }), 422),
            (json!({ "hook": "order_check", "subject": placed["id"], "version": 9 }), 404),
            (json!({ "hook": "order_check", "subject": placed["id"], "draft": true }), 404),
            (json!({ "hook": "order_check", "fixture": "tests/recorded/none.json" }), 422),
        ] {
            assert_eq!(admin.post("/v1/plugins/order_hold/dry-runs", body.clone()).await.status, status, "{body}");
        }
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "nothing was written");
        assert_eq!(world.client(Role::Viewer).post("/v1/plugins/order_hold/dry-runs", json!({ "hook": "order_check" })).await.status, 403);
    }

    async fn the_question_of_a_decision_becomes_a_test_with_its_names_masked(world: World) {
        let admin = world.admin();
        switch_on(&admin, "order_hold", 1).await;
        customer(&admin, "A1", "2026-02-01").await;
        let held = order(&admin, "A1", "SO-SECRET").await;
        let path = format!("/v1/decisions/{}/fixture?plugin=order_hold", held["decision_id"].as_str().unwrap());
        let fixture = admin.get(&path).await.expect(200);
        let text = serde_json::to_string_pretty(&fixture).unwrap();
        for name in ["Lotus", "A1", "SO-SECRET", "I-A1"] {
            assert!(!text.contains(&format!("{name}\"")) && !text.contains(&format!("\"{name}")), "{name} is named in {text}");
        }
        assert_eq!(fixture["expected"]["votes"][0]["code"], "OVERDUE", "{text}");
        let mut files = shipped("order_hold");
        files.insert("tests/recorded/held.json".into(), text.clone());
        let by_name = "fn test_by_name(t) {\n    t.fixture(\"recorded/held.json\");\n    t.run(\"order_check\");\n    expect(t.decision, \"hold\");\n    \
             t.setting(\"grace_days\", 60);\n    t.run(\"order_check\");\n    expect(t.decision, \"approve\");\n}\n\
             fn test_beside(t) {\n    t.today(\"2026-03-03\");\n    t.fixture(\"recorded/held.json\");\n    t.run(\"order_check\");\n}\n\
             fn test_misspelt(t) { t.fixture(\"recorded/hold.json\"); }\n";
        files.insert("tests/named.test.rhai".into(), by_name.into());
        let report = check::run_tests(&files, None).unwrap();
        let told = |name: &str| report.tests.iter().find(|test| test.name == name).unwrap();
        assert!(told("held").passed && told("test_by_name").passed, "{report:#?}");
        assert!(told("test_beside").message.as_ref().unwrap().contains("whole world"), "{report:#?}");
        assert!(told("test_misspelt").message.as_ref().unwrap().contains("did you mean 'recorded/held.json'?"), "{report:#?}");
        // Whoever changes the script sees what it would have answered.
        let main = files["main.rhai"].replace("plan.hold(\"OVERDUE\"", "plan.deny(\"OVERDUE\"");
        files.insert("main.rhai".into(), main.split("\n        .pay_to_release").next().unwrap().to_owned() + ";\n}\n");
        let report = check::run_tests(&files, Some("held")).unwrap();
        let changed = report.tests.iter().find(|test| test.file.ends_with("held.json")).unwrap();
        assert!(!changed.passed && changed.message.as_ref().unwrap().contains("deny"), "{report:#?}");
        assert_eq!(admin.get(&path.replace("order_hold", "early_discount")).await.status, 404);
    }

    async fn records_older_than_the_tenant_keeps_them_are_let_go_and_no_others(world: World) {
        let admin = world.admin();
        customer(&admin, "A1", "2026-02-01").await;
        let old = order(&admin, "A1", "O1").await;
        world.set_day("2027-04-06");
        let young = order(&admin, "A1", "O2").await;
        world.api.rest().await;
        let gone = world.engine.forget_decisions(world.tenant.id, 1_000).await.unwrap();
        assert_eq!(gone, 0, "2 March 2026 is 400 days ago");
        world.set_day("2027-04-07");
        assert!(world.engine.forget_decisions(world.tenant.id, 1_000).await.unwrap() > 0);
        let path = |order: &Value| format!("/v1/decisions/{}", order["decision_id"].as_str().unwrap());
        assert_eq!(admin.get(&path(&old)).await.status, 404);
        admin.get(&format!("{}/facts", path(&young))).await.expect(200);
        assert_eq!(admin.get(&format!("/v1/orders/{}", old["id"].as_str().unwrap())).await.status, 200, "the order stays");
        let left = sql(&world.database_url, "SELECT COUNT(*) FROM decision_facts").await.unwrap();
        assert_eq!(left[0][0].as_deref(), Some("1"), "its facts have gone with it");
        // The server of this world may have been heard of before the days moved.
        world.engine.forget_nodes(world.tenant.id).await.unwrap();
        let node = world.engine.new_node("a process that ends".to_owned());
        world.engine.report_node(world.tenant.id, &world.engine.node_of(world.tenant.id, &node).await.unwrap()).await.unwrap();
        assert_eq!(world.engine.forget_nodes(world.tenant.id).await.unwrap(), 0, "it was heard of a moment ago");
        let silent = |nodes: &Value| nodes["data"].as_array().unwrap().iter().any(|node| node["name"] == "a process that ends");
        assert!(silent(&admin.get("/v1/plugins/nodes").await.expect(200)));
        world.set_day("2027-04-09");
        assert!(world.engine.forget_nodes(world.tenant.id).await.unwrap() >= 1);
        assert!(!silent(&admin.get("/v1/plugins/nodes").await.expect(200)), "two days later it has ended");
        let mut settings = admin.get("/v1/settings").await.expect(200);
        assert_eq!(settings["decision_days"], 400);
        settings["decision_days"] = json!(30);
        assert_eq!(admin.put("/v1/settings", "*", settings.clone()).await.status, 422);
        settings["decision_days"] = json!(90);
        admin.put("/v1/settings", "*", settings).await.expect(200);
        world.set_day("2027-07-06");
        assert!(world.engine.forget_decisions(world.tenant.id, 1_000).await.unwrap() > 0);
        assert_eq!(admin.get(&path(&young)).await.status, 404);
    }
}
