//! Grades over HTTP: what an account scores, what that earns, and who reviews it when.

use crate::credit_file::{account, five_c, ordered};
use recoup_api::access::Role;
use serde_json::{Value, json};
use std::fmt::Write as _;
use tests::client::Client;
use tests::inspect::sql;
use tests::ledger::cny;
use tests::on_both;

/// So many invoices of 1,000.00, one a month from August on, each paid so many days late.
fn history(account: &str, late: &[i64]) -> (String, String) {
    let (mut invoices, mut payments) = (String::new(), String::new());
    for (no, days) in late.iter().enumerate() {
        let month = ["2025-08", "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02"][no];
        writeln!(invoices, "{account}-{no},{account},{month}-01,{month}-10,1000.00,CNY").unwrap();
        writeln!(payments, "{account}-P{no},{account},{month}-{:02},1000.00,CNY,{account}-{no}", 10 + days).unwrap();
    }
    (invoices, payments)
}

/// Books the payment histories of these accounts.
async fn book(client: &Client, accounts: &[(&str, &[i64])]) {
    let mut customers = "external_id,name,currency,terms_days\n".to_owned();
    let mut invoices = "external_id,account_external_id,issued_on,due_on,amount,currency\n".to_owned();
    let mut payments = "external_id,account_external_id,received_on,amount,currency,invoice_external_id\n".to_owned();
    for (number, late) in accounts {
        writeln!(customers, "{number},{number},CNY,60").unwrap();
        let (more, cash) = history(number, late);
        invoices.push_str(&more);
        payments.push_str(&cash);
    }
    for (kind, csv) in [("accounts", customers), ("invoices", invoices), ("payments", payments)] {
        let done = client.import(&format!("kind={kind}"), csv).await;
        assert_eq!((&done["state"], &done["rejected"]), (&json!("done"), &json!(0)), "{kind}: {done}");
    }
}

async fn found(client: &Client, number: &str) -> String {
    let found = client.get(&format!("/v1/accounts?external_id={number}")).await.expect(200);
    format!("/v1/accounts/{}", found["data"][0]["id"].as_str().unwrap())
}

async fn graded(client: &Client, body: Value) -> Value {
    let begun = client.post("/v1/grade-runs", body).await.expect(202);
    let done = client.worked(&format!("/v1/grade-runs/{}", begun["id"].as_str().unwrap())).await;
    assert_eq!((&done["state"], &done["failed"]), (&json!("done"), &json!(0)), "{done}");
    done
}

/// What a run found, by account: the grade before, the one earned, the one it has now.
async fn results(client: &Client, run: &Value) -> Vec<(Value, Value, Value)> {
    let path = format!("/v1/grade-runs/{}/results", run["id"].as_str().unwrap());
    let listed = client.get(&path).await.expect(200);
    let one = |row: &Value| (row["from"].clone(), row["earned"].clone(), row["to"].clone());
    listed["data"].as_array().unwrap().iter().map(one).collect()
}

fn codes(of: &Value) -> Vec<&str> {
    of.as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

on_both! {
    async fn a_newcomer_buys_on_credit_once_a_review_approved_it(world: World) {
        let (admin, officer) = (world.admin(), world.client(Role::CreditOfficer));
        let at = account(&admin, "A1", json!({ "state": "prospect", "terms_days": 60 })).await;
        let reviews = format!("{at}/credit-reviews");
        let approve = json!({ "outcome": "approve", "comment": "Two good references.", "expected_monthly_sales": cny("50000.00") });
        assert_eq!(officer.post(&reviews, approve.clone()).await.refused(409), "illegal_state", "nobody looked at it yet");
        admin.patch(&at, "*", json!({ "state": "under_review" })).await.expect(200);
        assert_eq!(officer.post(&reviews, approve.clone()).await.refused(409), "illegal_state", "there is no score sheet");
        officer.post(&format!("{at}/score-sheets"), five_c(72)).await.expect(201);
        assert_eq!(ordered(&admin, "O1", &at, "100.00").await, ("hold".to_owned(), vec!["not_approved".to_owned()]));
        let review = officer.post(&reviews, approve).await.expect(201);
        assert_eq!((&review["grade"], &review["score"], &review["next_review_on"]), (&json!("A"), &json!("72.00"), &json!("2026-09-02")));
        assert_eq!(review["proposed_limit"], cny("80000.00"), "50,000 a month for two months at 80 %");
        let now = admin.get(&at).await.expect(200);
        assert_eq!((&now["state"], &now["grade"], &now["credit_review_on"]), (&json!("approved"), &json!("A"), &json!("2026-09-02")));
        assert!(admin.get(&format!("{at}/credit-limits")).await.expect(200)["data"].as_array().unwrap().is_empty(), "nothing is set by itself");
        assert_eq!(ordered(&admin, "O2", &at, "100.00").await.0, "approve");
        let why = admin.get(&format!("/v1/decisions/{}", review["decision_id"].as_str().unwrap())).await.expect(200);
        assert_eq!((&why["cause"], &why["outcome"]), (&json!("credit_review"), &json!("approve")), "{why}");

        let declined = officer.post(&reviews, json!({ "outcome": "decline", "comment": "It is being wound up.", "grade": "C" })).await.expect(201);
        assert_eq!((&declined["earned_grade"], &declined["next_review_on"]), (&json!("A"), &json!("2026-04-02")), "C is reviewed monthly");
        assert_eq!(admin.get(&at).await.expect(200)["state"], "declined");
        assert_eq!(ordered(&admin, "O3", &at, "100.00").await, ("hold".to_owned(), vec!["not_approved".to_owned()]));
        let changes = admin.get(&format!("{at}/grade-changes")).await.expect(200);
        let told = |at: usize| (changes["data"][at]["to"].clone(), changes["data"][at]["source"].clone());
        assert_eq!((told(0), told(1)), ((json!("C"), json!("credit_review")), (json!("A"), json!("credit_review"))));
        assert_eq!(admin.get(&reviews).await.expect(200)["data"].as_array().unwrap().len(), 2);
    }

    async fn a_review_that_cannot_be_meant_changes_nothing(world: World) {
        let admin = world.admin();
        let at = account(&admin, "A1", json!({})).await;
        let reviews = format!("{at}/credit-reviews");
        let before = admin.get(&at).await.expect(200);
        for (more, code) in [
            (json!({ "grade": "GOLD" }), "validation_failed"),
            (json!({ "reviewed_on": "2026-03-03" }), "validation_failed"),
            (json!({ "next_review_on": "2026-09-03" }), "validation_failed"),
            (json!({ "next_review_on": "2026-03-02" }), "validation_failed"),
            (json!({ "expected_monthly_sales": { "amount": "1.00", "currency": "USD" } }), "currency_mismatch"),
            (json!({ "monthly_capacity": cny("-1.00") }), "amount_out_of_range"),
            (json!({ "margin_bps": 10_001 }), "validation_failed"),
            (json!({ "comment": "" }), "validation_failed"),
        ] {
            let mut body = json!({ "outcome": "approve", "comment": "Fine." });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(admin.post(&reviews, body).await.refused(422), code, "{more}");
        }
        assert_eq!(admin.get(&at).await.expect(200), before);
        let stranger = world.another_tenant("other").await;
        let other = world.api.client(Role::Admin, &stranger.slug);
        assert_eq!(other.post(&reviews, json!({ "outcome": "approve", "comment": "Mine." })).await.refused(404), "not_found");
    }

    async fn an_account_shows_what_it_scores_and_the_limit_that_follows(world: World) {
        let admin = world.admin();
        book(&admin, &[("A1", &[0, 0, 0, 0, 3, 3, 6])]).await;
        let at = found(&admin, "A1").await;
        let bare = admin.get(&format!("{at}/grade")).await.expect(200);
        // 12 days over seven equal invoices: 1.71 days late, 100 − 3.43 points.
        assert_eq!((&bare["score"], &bare["earned"], &bare["behaviour"]["rating"]), (&json!("96.57"), &json!("AAA"), &json!("good")));
        assert_eq!((&bare["behaviour"]["average_days_late"], &bare["behaviour"]["paid_invoices"]), (&json!("1.71"), &json!(7)));
        admin.post(&format!("{at}/score-sheets"), five_c(60)).await.expect(201);
        let review = json!({ "outcome": "approve", "comment": "Fine.", "margin_bps": 1_000, "monthly_capacity": cny("900.00") });
        admin.post(&format!("{at}/credit-reviews"), review).await.expect(201);
        let shown = admin.get(&format!("{at}/grade")).await.expect(200);
        // 0.6 × 60 + 0.4 × 96.571…
        assert_eq!((&shown["score"], &shown["sheet_score"], &shown["earned"]), (&json!("74.63"), &json!("60.00"), &json!("A")));
        assert_eq!(codes(&shown["reasons"]), ["score_sheet", "behaviour"]);
        let limit = &shown["proposed_limit"];
        // 7,000 in the eight months that have begun, two months, 80 %.
        assert_eq!((&limit["months"], &limit["monthly_sales"], &limit["formula"]), (&json!(8), &cny("875.00"), &cny("1400.00")), "{limit}");
        assert_eq!((&limit["affordable"], &limit["amount"], &limit["affordability_bps"]), (&cny("1800.00"), &cny("1400.00"), &json!(10_285)));
        assert_eq!((&shown["profit"]["margin"], &shown["profit"]["profit"]), (&cny("700.00"), &cny("700.00")), "nothing is owed");
        admin.post(&format!("{at}/checklist"), json!({ "item": "written_contract", "met": false })).await.expect(201);
        let unprotected = admin.get(&format!("{at}/grade")).await.expect(200);
        assert_eq!((&unprotected["earned"], codes(&unprotected["reasons"])[2]), (&json!("B"), "protection_missing"));
        let payments = admin.get("/v1/payments?account_external_id=A1").await.expect(200);
        let last = payments["data"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
        admin.post(&format!("/v1/payments/{last}/bounces"), json!({ "bounced_on": "2026-03-01", "reason": "no cover" })).await.expect(201);
        let bounced = admin.get(&format!("{at}/grade")).await.expect(200);
        assert_eq!((&bounced["behaviour"]["bounces"], &bounced["behaviour"]["paid_invoices"]), (&json!(1), &json!(6)), "{bounced}");
    }

    async fn a_grade_run_moves_every_grade_one_step_a_month_and_a_dry_one_none(world: World) {
        let admin = world.admin();
        book(&admin, &[("A1", &[0, 0, 0, 0, 0, 0]), ("A2", &[18, 18, 18, 18, 18, 18]), ("A3", &[0]), ("A4", &[0, 0, 0, 0, 0, 0])]).await;
        for (number, grade) in [("A1", "A"), ("A2", "A")] {
            admin.patch(&found(&admin, number).await, "*", json!({ "grade": grade })).await.expect(200);
        }
        let (a, aa, aaa, b) = (json!("A"), json!("AA"), json!("AAA"), json!("B"));
        let none = || Value::Null;
        let dry = graded(&admin, json!({ "reason": "Quarter end." })).await;
        assert_eq!((&dry["dry_run"], &dry["done"], &dry["changed"], &dry["ungraded"]), (&json!(true), &json!(4), &json!(1), &json!(1)), "{dry}");
        // The two grades that a person set today wait; the newcomer gets what it earned at once.
        let expected = vec![
            (a.clone(), aaa.clone(), a.clone()), (a.clone(), b.clone(), a.clone()), (none(), none(), none()), (none(), aaa.clone(), aaa.clone()),
        ];
        assert_eq!(results(&admin, &dry).await, expected);
        let at = found(&admin, "A1").await;
        assert_eq!(admin.get(&at).await.expect(200)["grade"], "A", "a dry run changes nothing");
        assert_eq!(admin.get(&at).await.expect(200)["credit_review_on"], Value::Null);

        world.set_day("2026-04-02");
        let run = graded(&admin, json!({ "dry_run": false, "reason": "Quarter end." })).await;
        assert_eq!((&run["done"], &run["changed"], &run["day"]), (&json!(4), &json!(3), &json!("2026-04-02")));
        let expected = vec![(a.clone(), aaa.clone(), aa.clone()), (a, b.clone(), b), (none(), none(), none()), (none(), aaa.clone(), aaa)];
        assert_eq!(results(&admin, &run).await, expected);
        let now = admin.get(&at).await.expect(200);
        assert_eq!((&now["grade"], &now["credit_review_on"]), (&aa, &json!("2026-10-02")));
        let change = admin.get(&format!("{at}/grade-changes")).await.expect(200)["data"][0].clone();
        assert_eq!((&change["source"], codes(&change["reasons"])), (&json!("grade_run"), vec!["behaviour", "one_step"]));
        let again = graded(&admin, json!({ "dry_run": false, "reason": "Once more." })).await;
        assert_eq!(again["changed"], 0, "not twice in a month");
        let changed = admin.get(&format!("/v1/grade-runs/{}/results?changed=true", run["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(changed["data"].as_array().unwrap().len(), 3);
        assert_eq!(admin.post("/v1/grade-runs", json!({ "dry_run": false, "day": "2026-03-31", "reason": "late" })).await.refused(422), "validation_failed");
        assert_eq!(admin.post("/v1/grade-runs", json!({ "day": "2026-04-03", "reason": "early" })).await.refused(422), "post_dated");
        assert_eq!(world.client(Role::CreditOfficer).post("/v1/grade-runs", json!({ "reason": "no" })).await.refused(403), "insufficient_scope");
    }

    async fn a_grade_run_of_more_than_a_page_grades_everybody_once(world: World) {
        let admin = world.admin();
        let lines: String = (0..1_201).map(|no| format!("A{no:04},Customer {no},CNY\n")).collect();
        admin.import("kind=accounts", format!("external_id,name,currency\n{lines}")).await;
        let run = graded(&admin, json!({ "dry_run": false, "reason": "First grading." })).await;
        assert_eq!((&run["total"], &run["done"], &run["ungraded"]), (&json!(1_201), &json!(1_201), &json!(1_201)));
        let rows = sql(&world.database_url, "SELECT COUNT(*), COUNT(DISTINCT account_id) FROM grade_result").await.unwrap();
        assert_eq!(rows, [[Some("1201".to_owned()), Some("1201".to_owned())]]);
        let due = sql(&world.database_url, "SELECT COUNT(*) FROM account WHERE credit_review_on IS NOT NULL").await.unwrap();
        assert_eq!(due, [[Some("1201".to_owned())]], "everybody has a first review on the calendar");
    }

    async fn a_credit_review_falls_due_by_itself_and_is_asked_for_once(world: World) {
        let admin = world.admin();
        let at = account(&admin, "A1", json!({})).await;
        let id = at.trim_start_matches("/v1/accounts/").to_owned();
        admin.post(&format!("{at}/credit-reviews"), json!({ "outcome": "approve", "grade": "C", "comment": "Watch it." })).await.expect(201);
        let run = async |day: &str| {
            let begun = admin.post("/v1/runs", json!({ "day": day })).await.expect(202);
            admin.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await
        };
        let tasks = async || admin.get(&format!("/v1/tasks?account_id={id}&kind=credit_review")).await.expect(200)["data"].clone();
        run("2026-03-02").await;
        run("2026-04-01").await;
        assert_eq!(tasks().await, json!([]), "it is due on 2 April");
        let due = run("2026-04-05").await;
        assert_eq!(due["tasks"], 1, "{due}");
        run("2026-04-06").await;
        run("2026-05-20").await;
        let asked = tasks().await;
        assert_eq!(asked.as_array().unwrap().len(), 1, "a missed night heals, and nobody is asked twice: {asked}");
        let task = &asked[0];
        assert_eq!((&task["role"], &task["effective_on"], &task["state"]), (&json!("credit_officer"), &json!("2026-04-02"), &json!("open")));
        admin.post(&format!("{at}/credit-reviews"), json!({ "outcome": "approve", "grade": "B", "comment": "Better." })).await.expect(201);
        assert_eq!(tasks().await[0]["state"], "done");
        assert_eq!(admin.get(&at).await.expect(200)["credit_review_on"], "2026-08-20", "B is reviewed quarterly");
        run("2026-08-19").await;
        assert_eq!(tasks().await.as_array().unwrap().len(), 1);
        run("2026-08-20").await;
        assert_eq!(tasks().await.as_array().unwrap().len(), 2);
    }
}

on_both! {
    async fn a_review_that_nobody_did_holds_orders_where_the_policy_says_so(world: World) {
        let admin = world.admin();
        let at = account(&admin, "A1", json!({})).await;
        admin.post(&format!("{at}/credit-reviews"), json!({ "outcome": "approve", "grade": "B", "comment": "Watch it." })).await.expect(201);
        let step = json!({ "key": "reminder", "kind": "item", "offset_days": 7, "channel": "email" });
        let rules = json!([{ "kind": "review_overdue", "enabled": true, "days": 30 }]);
        let policy = json!({ "name": "reviews", "document": { "steps": [step], "hold_rules": rules } });
        let policy = admin.post("/v1/policies", policy).await.expect(201)["id"].as_str().unwrap().to_owned();
        let activated = admin.post(&format!("/v1/policies/{policy}/activations"), json!({})).await;
        assert!(activated.status < 300, "{}", activated.text);
        world.set_day("2026-07-02");
        assert_eq!(ordered(&admin, "O1", &at, "100.00").await.0, "approve", "due on 2 June, 30 days ago");
        world.set_day("2026-07-03");
        assert_eq!(ordered(&admin, "O2", &at, "100.00").await, ("hold".to_owned(), vec!["review_overdue".to_owned()]));
        admin.post(&format!("{at}/credit-reviews"), json!({ "outcome": "approve", "grade": "B", "comment": "Done." })).await.expect(201);
        assert_eq!(ordered(&admin, "O3", &at, "100.00").await.0, "approve");
    }
}

/// A package that answers `credit_grade` and `credit_review_due`.
fn own_formula() -> Value {
    let manifest = "[plugin]\nname = \"house_grade\"\nversion = \"1.0.0\"\napi = 1\ntitle = { en = \"House grade\", zh-CN = \"自定评级\" }\norder = 10\n\n\
        [hooks.credit_grade]\n[hooks.credit_review_due]\n\n[effects]\nallow = [\"credit\"]\n\n[codes]\nHOUSE = { days = \"number\" }\nMORE = {}\n";
    let script = "// 自定评级  Grades by days late alone, and proposes two months of sales.\n\
        fn credit_grade(ctx, plan) {\n    let late = ctx.history.average_days_late;\n    \
        plan.grade(if late > 5 { \"B\" } else { ctx.grades[0] }, 100 - late, \"HOUSE\", #{ days: late });\n}\n\n\
        fn credit_review_due(ctx, plan) {\n    let sales = ctx.history.monthly_sales;\n    \
        if sales != () { plan.propose_limit(sales * 2, ctx.today, \"MORE\"); }\n    plan.propose_grade(ctx.grades[1], \"MORE\");\n}\n";
    let test = "fn test_a_good_payer_gets_the_best_grade(t) {\n    t.history(#{ average_days_late: 1 });\n    t.run(\"credit_grade\");\n    \
        expect(t.decision, \"AAA\");\n    expect(t.effect(\"grade\").grade, \"AAA\");\n    t.history(#{ average_days_late: 9 });\n    \
        t.run(\"credit_grade\");\n    expect(t.decision, \"B\");\n}\n\n\
        fn test_a_review_proposes_two_months_of_sales(t) {\n    t.history(#{ monthly_sales: money(\"500\", \"CNY\") });\n    \
        t.run(\"credit_review_due\");\n    expect(t.effect(\"propose_grade\").grade, \"AA\");\n    expect(t.effects(\"propose_limit\"), 1);\n}\n";
    let texts = |house: &str, more: &str| format!("[codes]\nHOUSE = \"{house}\"\nMORE = \"{more}\"\n");
    json!({
        "plugin.toml": manifest,
        "main.rhai": script,
        "tests/house_grade.test.rhai": test,
        "texts/en.toml": texts("{{ days }} days late on average.", "More room."),
        "texts/zh-CN.toml": texts("平均逾期 {{ days }} 天。", "额度可提高。"),
    })
}

async fn activate(world: &tests::world::World, files: Value) {
    let admin = world.admin();
    admin.post("/v1/plugins/house_grade/versions", json!({ "files": files })).await.expect(201);
    admin.post("/v1/plugins/house_grade/activations", json!({})).await.expect(201);
}

on_both! {
    async fn a_script_grades_in_the_place_of_the_formula_and_proposes_to_who_reviews(world: World) {
        let admin = world.admin();
        book(&admin, &[("A1", &[0, 0, 0, 0, 0, 0]), ("A2", &[18, 18, 18, 18, 18, 18])]).await;
        activate(world, own_formula()).await;
        let late = found(&admin, "A2").await;
        let shown = admin.get(&format!("{late}/grade")).await.expect(200);
        assert_eq!((&shown["earned"], &shown["score"]), (&json!("B"), &json!("82.00")), "{shown}");
        assert!(shown["source"].as_str().unwrap().starts_with("house_grade@1:"), "{shown}");
        assert_eq!(shown["reasons"][0]["detail"], "18 days late on average.");
        let run = graded(&admin, json!({ "dry_run": false, "reason": "By our own formula." })).await;
        assert_eq!(results(&admin, &run).await, vec![(Value::Null, json!("AAA"), json!("AAA")), (Value::Null, json!("B"), json!("B"))]);
        let decided = admin.get("/v1/decisions?plugin=house_grade").await.expect(200);
        assert_eq!(decided["data"].as_array().unwrap().len(), 2, "what a script said is on record");
        let review = admin.post(&format!("{late}/credit-reviews"), json!({ "outcome": "approve", "comment": "As the script says." })).await.expect(201);
        assert_eq!((&review["grade"], &review["score"], &review["next_review_on"]), (&json!("B"), &json!("82.00"), &json!("2026-06-02")));

        let begun = admin.post("/v1/runs", json!({ "day": "2026-06-02" })).await.expect(202);
        admin.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await;
        let id = late.trim_start_matches("/v1/accounts/");
        let task = admin.get(&format!("/v1/tasks?account_id={id}&kind=credit_review")).await.expect(200)["data"][0].clone();
        let values = &task["details"]["values"];
        assert_eq!((&values["proposed_grade"], &values["proposed_limit_from"]), (&json!("AA"), &json!("2026-06-02")), "{task}");
        assert_eq!(values["proposed_limit"]["currency"], "CNY", "{task}");
        assert!(admin.get(&format!("{late}/credit-limits")).await.expect(200)["data"].as_array().unwrap().is_empty(), "nothing is set by a script");
        assert_eq!(admin.get(&late).await.expect(200)["grade"], "B");
    }
}
