//! Sets of three proposals through HTTP, on both databases: made, put to the customer, chosen by it and carried out by two persons (CT-10).

use recoup_api::access::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::inspect::tenant_dump;
use tests::ledger::cny;
use tests::on_both;
use tests::world::World;

/// Account A1 with the contract K1 in force, and two open invoices of 600 and 400, and the tenant's second persons on; gives its path.
async fn customer(world: &World) -> String {
    let admin = world.admin();
    let mut settings = admin.get("/v1/settings").await.expect(200);
    settings["four_eyes"] = json!(true);
    admin.put("/v1/settings", "*", settings).await.expect(200);
    let made = admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" })).await.expect(201);
    let terms = json!({ "cycle": "per_order", "method": "transfer", "due_basis": "invoice", "due_days": 90, "grace_days": 0 });
    let contract =
        json!({ "external_id": "K1", "account_external_id": "A1", "amount": cny("1000.00"), "mode": "open_account", "terms": terms });
    admin.post("/v1/contracts", contract).await.expect(201);
    for (number, amount) in [("I1", "600.00"), ("I2", "400.00")] {
        invoice(&admin, number, amount).await;
    }
    format!("/v1/accounts/{}", made["id"].as_str().unwrap())
}

async fn invoice(admin: &Client, number: &str, amount: &str) {
    let invoice = json!({ "external_id": number, "account_external_id": "A1", "issued_on": "2026-01-05", "due_on": "2026-02-05",
        "amount": cny(amount) });
    admin.post("/v1/invoices", invoice).await.expect(201);
}

/// Members over those of a body; `null` takes one out.
fn with(mut body: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// Three proposals about the terms of K1: 60, 45 and 30 days.
fn terms(number: &str) -> Value {
    let option = |kind: &str, days: i64| json!({ "kind": kind, "terms": { "due_days": days } });
    json!({ "external_id": number, "purpose": "terms", "contract_external_id": "K1", "valid_to": "2026-03-20",
        "options": [option("base", 60), with(option("best", 45), &json!({ "text": { "en": "With free delivery.", "zh-CN": "免运费。" } })),
            with(option("reference", 30), &json!({ "mode": "per_delivery" }))] })
}

/// Three proposals about I1 and I2: 700, 900 in two payments, and all of the 1,000.
fn settlement(number: &str) -> Value {
    let pay = |lines: &[(&str, &str)]| -> Value { lines.iter().map(|(on, amount)| json!({ "on": on, "amount": cny(amount) })).collect() };
    json!({ "external_id": number, "purpose": "settlement", "invoice_external_ids": ["I1", "I2"], "valid_to": "2026-03-20",
        "options": [{ "kind": "base", "pay": pay(&[("2026-03-25", "700.00")]) },
            { "kind": "best", "pay": pay(&[("2026-03-16", "500.00"), ("2026-04-16", "400.00")]) },
            { "kind": "reference", "pay": pay(&[("2026-03-31", "1000.00")]) }] })
}

fn choice(option: &str) -> Value {
    json!({ "option": option, "by": "Chen Wei" })
}

fn path(set: &Value) -> String {
    format!("/v1/offer-sets/{}", set["id"].as_str().unwrap())
}

async fn answer(client: &Client, waiting: &Value, decision: &str) -> Answer {
    client.post(&format!("/v1/approvals/{}/decisions", waiting["id"].as_str().unwrap()), json!({ "decision": decision })).await
}

async fn contract(client: &Client) -> Value {
    client.get("/v1/contracts?external_id=K1").await.expect(200)["data"][0].clone()
}

/// The kinds of what the journal says about offer sets, in order.
async fn journal(world: &World) -> Vec<String> {
    let lines = world.admin().get("/v1/audit?type=offer_set.*").await.expect(200);
    lines["data"].as_array().unwrap().iter().rev().map(|line| line["type"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn ct_10_chosen_terms_change_the_contract_once_a_second_person_agrees(world: World) {
        let at = customer(world).await;
        let (admin, officer, manager) = (world.admin(), world.client(Role::CreditOfficer), world.client(Role::CreditManager));
        let made = officer.post(&format!("{at}/offer-sets"), terms("N1")).await;
        assert_eq!((made.status, made.header("etag")), (201, Some("\"v1\"")), "{}", made.text);
        let made = made.expect(201);
        assert_eq!((&made["state"], &made["contract_external_id"], &made["invoices"]), (&json!("open"), &json!("K1"), &json!([])));
        let shown: Vec<(&str, &str)> =
            made["options"].as_array().unwrap().iter().map(|one| (one["label"].as_str().unwrap(), one["kind"].as_str().unwrap())).collect();
        assert_eq!(shown, [("A", "reference"), ("B", "best"), ("C", "base")], "the anchor is read first");
        let set = path(&made);
        assert_eq!(admin.get(&set).await.expect(200), made);
        assert_eq!(contract(&admin).await["version"], 1, "nothing is agreed by proposing");
        let choices = format!("{set}/choices");
        let waits = officer.post(&choices, choice("best")).await.expect(202);
        assert_eq!((&waits["state"], &waits["approval"]["needs"]), (&json!("pending_approval"), &json!("credit_manager")));
        assert!(waits["approval"]["text"]["zh-CN"].as_str().unwrap().contains("最优型"), "{waits}");
        assert_eq!(officer.post(&choices, choice("best")).await.expect(202)["id"], waits["id"], "said before");
        assert_eq!(officer.post(&choices, choice("base")).await.refused(409), "illegal_state");
        assert_eq!(officer.post(&format!("{set}/withdrawals"), json!({ "reason": "no" })).await.refused(409), "illegal_state");
        let chosen = admin.get(&set).await.expect(200);
        assert_eq!((&chosen["state"], &chosen["letter"], &chosen["version"]), (&json!("chosen"), &Value::Null, &json!(2)));
        assert_eq!(chosen["choice"], json!({ "option": "best", "chosen_on": "2026-03-02", "by": "Chen Wei", "evidence": null,
            "approval_id": waits["id"], "answer_by": "2026-03-09" }));
        assert_eq!(contract(&admin).await["terms"]["due_days"], 90, "nothing is changed by asking");
        assert_eq!(answer(&officer, &waits, "approve").await.refused(403), "insufficient_scope");
        world.set_day("2026-03-04");
        let said = answer(&manager, &waits, "approve").await.expect(201);
        assert_eq!((&said["kind"], &said["result"]["state"], &said["result"]["choice"]["chosen_on"]),
            (&json!("choose_offer"), &json!("agreed"), &json!("2026-03-02")), "{said}");
        let changed = contract(&admin).await;
        assert_eq!((&changed["terms"]["due_days"], &changed["terms"]["method"], &changed["version"]), (&json!(45), &json!("transfer"), &json!(2)));
        let agreed = admin.get(&set).await.expect(200);
        assert_eq!((&agreed["state"], &agreed["ended_on"], &agreed["version"]), (&json!("agreed"), &json!("2026-03-04"), &json!(3)));
        assert_eq!(officer.post(&choices, choice("best")).await.refused(409), "illegal_state");
        assert_eq!(journal(world).await, ["offer_set.created", "offer_set.chosen", "offer_set.agreed"]);
        let told = admin.get("/v1/audit?type=contract.changed").await.expect(200);
        assert_eq!(told["data"].as_array().unwrap().len(), 1, "one change, by the contract's own hand: {told}");
    }

    async fn ct_10_a_settlement_that_waives_something_takes_two_persons_and_books_nothing(world: World) {
        let at = customer(world).await;
        let (admin, collector, manager) = (world.admin(), world.client(Role::Collector), world.client(Role::CreditManager));
        let made = collector.post(&format!("{at}/offer-sets"), settlement("N1")).await.expect(201);
        assert_eq!((&made["open"], &made["invoices"][0]["open"]), (&cny("1000.00"), &cny("600.00")), "{made}");
        let waived = |at: usize| (made["options"][at]["total"]["amount"].clone(), made["options"][at]["concession"]["amount"].clone());
        assert_eq!((waived(0), waived(1), waived(2)), ((json!("1000.00"), json!("0.00")), (json!("900.00"), json!("100.00")), (json!("700.00"), json!("300.00"))));
        let set = path(&made);
        let with_paper = with(choice("base"), &json!({ "evidence": "DMS-7", "chosen_on": "2026-03-02" }));
        let waits = collector.post(&format!("{set}/choices"), with_paper).await.expect(202);
        let asked = manager.get("/v1/approvals?kind=choose_offer&state=pending").await.expect(200);
        assert_eq!((&asked["data"][0]["id"], &asked["data"][0]["amount"]), (&waits["id"], &cny("300.00")), "{asked}");
        let agreed = answer(&manager, &waits, "approve").await.expect(201)["result"].clone();
        assert_eq!((&agreed["state"], &agreed["choice"]["evidence"]), (&json!("agreed"), &json!("DMS-7")));
        let open = admin.get("/v1/invoices?external_id=I1").await.expect(200)["data"][0]["open"].clone();
        assert_eq!(open, cny("600.00"), "the credit note is the ERP's");
        assert_eq!(admin.get(&format!("{at}/offer-sets?state=agreed")).await.expect(200)["data"], json!([agreed]));
        assert_eq!(journal(world).await, ["offer_set.created", "offer_set.chosen", "offer_set.agreed"]);
    }

    async fn ct_10_what_waives_nothing_is_agreed_by_one_person(world: World) {
        let at = customer(world).await;
        let collector = world.client(Role::Collector);
        let made = collector.post(&format!("{at}/offer-sets"), settlement("N1")).await.expect(201);
        let agreed = collector.post(&format!("{}/choices", path(&made)), choice("reference")).await;
        assert_eq!((agreed.status, agreed.header("etag")), (201, Some("\"v2\"")), "{}", agreed.text);
        assert_eq!((&agreed.json["state"], &agreed.json["choice"]["approval_id"]), (&json!("agreed"), &Value::Null));
        assert_eq!(world.admin().get("/v1/approvals").await.expect(200)["data"], json!([]));
    }

    async fn ct_10_a_no_ends_the_set_and_changes_nothing_else(world: World) {
        let at = customer(world).await;
        let (admin, officer, manager) = (world.admin(), world.client(Role::CreditOfficer), world.client(Role::CreditManager));
        let made = officer.post(&format!("{at}/offer-sets"), terms("N1")).await.expect(201);
        let waits = officer.post(&format!("{}/choices", path(&made)), choice("base")).await.expect(202);
        let before = contract(&admin).await;
        assert_eq!(answer(&manager, &waits, "reject").await.expect(201)["result"], Value::Null);
        let refused = admin.get(&path(&made)).await.expect(200);
        assert_eq!((&refused["state"], &refused["ended_on"], &refused["letter"]), (&json!("refused"), &json!("2026-03-02"), &Value::Null));
        assert_eq!(contract(&admin).await, before);
        assert_eq!(officer.post(&format!("{}/choices", path(&made)), choice("best")).await.refused(409), "illegal_state");
        officer.post(&format!("{at}/offer-sets"), terms("N2")).await.expect(201);
        assert_eq!(journal(world).await, ["offer_set.created", "offer_set.chosen", "offer_set.refused", "offer_set.created"]);
    }

    async fn ct_10_a_choice_on_a_contract_that_moved_on_is_stale(world: World) {
        let at = customer(world).await;
        let (admin, officer, manager) = (world.admin(), world.client(Role::CreditOfficer), world.client(Role::CreditManager));
        let made = officer.post(&format!("{at}/offer-sets"), terms("N1")).await.expect(201);
        let waits = officer.post(&format!("{}/choices", path(&made)), choice("best")).await.expect(202);
        let contract_path = format!("/v1/contracts/{}", contract(&admin).await["id"].as_str().unwrap());
        admin.patch(&contract_path, "*", json!({ "template": "T-9" })).await.expect(200);
        assert_eq!(answer(&manager, &waits, "approve").await.refused(409), "approval_stale");
        let left = admin.get(&path(&made)).await.expect(200);
        assert_eq!((&left["state"], &contract(&admin).await["terms"]["due_days"]), (&json!("chosen"), &json!(90)));
    }
}

on_both! {
    async fn ct_10_the_letter_puts_three_proposals_and_never_tells_which_is_which(world: World) {
        let at = customer(world).await;
        let admin = world.admin();
        let about_terms = admin.post(&format!("{at}/offer-sets"), terms("N1")).await.expect(201)["letter"].clone();
        let about_debt = admin.post(&format!("{at}/offer-sets"), settlement("N2")).await.expect(201)["letter"].clone();
        for (letter, language, parts) in [
            (&about_terms, "en", ["contract K1", "A. 30 days to pay; each delivery once the one before is paid.",
                "B. 45 days to pay.\n   With free delivery.", "C. 60 days to pay.", "Please tell us by 2026-03-20"]),
            (&about_terms, "zh-CN", ["合同 K1", "A. 账期 30 天；货到付款。", "B. 账期 45 天。\n   免运费。", "C. 账期 60 天。", "请于 2026-03-20 前（含当日）"]),
            (&about_debt, "en", ["invoices I1, I2, on which CNY 1,000.00 was open on 2026-03-02", "A. You pay CNY 1,000.00 in all:\n   - by 2026-03-31: CNY 1,000.00\n\n",
                "B. You pay CNY 900.00 in all:\n   - by 2026-03-16: CNY 500.00\n   - by 2026-04-16: CNY 400.00\n", "the remaining CNY 100.00 is waived", "C. You pay CNY 700.00"]),
            (&about_debt, "zh-CN", ["发票 I1、I2（截至 2026-03-02 未付 CNY 1,000.00）", "A. 贵方共支付 CNY 1,000.00", "余款 CNY 100.00 予以免除", "余款 CNY 300.00 予以免除", "经我方确认后即为达成一致"]),
        ] {
            let text = letter[language].as_str().unwrap();
            for part in parts {
                assert!(text.contains(part), "{part} in {text}");
            }
            assert!(text.contains("Lotus") && !text.contains("{{"), "{text}");
            let places: Vec<usize> = ["A. ", "B. ", "C. "].iter().map(|label| text.find(label).unwrap()).collect();
            assert!(places.is_sorted(), "{text}");
            for ours in ["base", "best", "reference", "基础", "最优", "参照"] {
                assert!(!text.to_lowercase().contains(ours), "{ours} in {text}");
            }
        }
    }

    async fn ct_10_what_is_no_set_is_refused_and_leaves_nothing(world: World) {
        let at = customer(world).await;
        let admin = world.admin();
        let draft = json!({ "external_id": "K2", "account_external_id": "A1", "state": "draft" });
        let ended = admin.post("/v1/contracts", draft).await.expect(201);
        admin.patch(&format!("/v1/contracts/{}", ended["id"].as_str().unwrap()), "*", json!({ "state": "ended" })).await.expect(200);
        let paid = json!({ "external_id": "I3", "account_external_id": "A1", "issued_on": "2026-01-05", "due_on": "2026-02-05", "amount": cny("5.00") });
        admin.post("/v1/invoices", paid).await.expect(201);
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("5.00"), "invoice_external_id": "I3" });
        admin.post("/v1/payments", payment).await.expect(201);
        for (number, member, value) in [("I4", "amount", json!({ "amount": "9.00", "currency": "USD" })), ("I5", "entity", json!("north"))] {
            let other = json!({ "external_id": number, "account_external_id": "A1", "issued_on": "2026-01-05", "due_on": "2026-02-05", "amount": cny("9.00") });
            admin.post("/v1/invoices", with(other, &json!({ member: value }))).await.expect(201);
        }
        let sets = format!("{at}/offer-sets");
        admin.post(&sets, terms("N1")).await.expect(201);
        let again = admin.post(&sets, terms("N1")).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
        let changed = |at: usize, more: Value| {
            let mut body = terms("N2");
            body["options"][at] = with(body["options"][at].clone(), &more);
            json!({ "options": body["options"] })
        };
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        for (body, more, status, code, pointer) in [
            (terms("N1"), json!({ "valid_to": "2026-03-21" }), 409, "external_id_conflict", "#/external_id"),
            (terms(""), json!({}), 422, "validation_failed", "#/external_id"),
            (terms("N2"), json!({ "purpose": "barter" }), 422, "validation_failed", "#/purpose"),
            (terms("N2"), json!({ "valid_to": "2026-03-01" }), 422, "validation_failed", "#/valid_to"),
            (terms("N2"), json!({ "valid_to": "2026-06-01" }), 422, "validation_failed", "#/valid_to"),
            (terms("N2"), json!({ "contract_external_id": null }), 422, "missing_field", "#/contract_external_id"),
            (terms("N2"), json!({ "contract_external_id": "K9" }), 422, "unknown_reference", "#/contract_external_id"),
            (terms("N2"), json!({ "contract_external_id": "K2" }), 409, "illegal_state", "#/contract_external_id"),
            (terms("N2"), json!({ "invoice_external_ids": ["I1"] }), 422, "validation_failed", "#/invoice_external_ids"),
            (terms("N2"), json!({ "options": [] }), 422, "validation_failed", "#/options"),
            (terms("N2"), changed(1, json!({ "terms": { "due_days": 61 } })), 422, "validation_failed", "#/options/1/terms/due_days"),
            (terms("N2"), changed(0, json!({ "terms": { "due_days": 731 } })), 422, "validation_failed", "#/options/0/terms/due_days"),
            (terms("N2"), changed(0, json!({ "mode": "batch_lag" })), 422, "contract_incomplete", "#/options/0/lag"),
            (terms("N2"), changed(0, json!({ "tail": { "share_bps": 10_000 } })), 422, "validation_failed", "#/options/0/tail/share_bps"),
            (settlement("N2"), json!({ "invoice_external_ids": [] }), 422, "missing_field", "#/invoice_external_ids"),
            (settlement("N2"), json!({ "invoice_external_ids": ["I1", "I1"] }), 422, "validation_failed", "#/invoice_external_ids"),
            (settlement("N2"), json!({ "invoice_external_ids": ["I1", "I9"] }), 422, "unknown_reference", "#/invoice_external_ids/1"),
            (settlement("N2"), json!({ "invoice_external_ids": ["I3"] }), 422, "validation_failed", "#/invoice_external_ids/0"),
            (settlement("N2"), json!({ "invoice_external_ids": ["I1", "I4"] }), 422, "currency_mismatch", "#/invoice_external_ids/1"),
            (settlement("N2"), json!({ "invoice_external_ids": ["I1", "I5"] }), 422, "entity_mismatch", "#/invoice_external_ids/1"),
            (settlement("N2"), json!({ "invoice_external_ids": ["I1"] }), 422, "validation_failed", "#/options/0/pay"),
            (settlement("N2"), json!({ "contract_external_id": "K1" }), 422, "validation_failed", "#/contract_external_id"),
            (settlement("N2"), json!({ "colour": "red" }), 422, "unknown_field", "#/colour"),
        ] {
            let answer = admin.post(&sets, with(body, &more)).await;
            assert_eq!(answer.json["errors"][0]["pointer"], pointer, "{more} {}", answer.text);
            assert_eq!(answer.refused(status), code, "{more}");
        }
        assert_eq!(admin.post(&sets, terms("N2")).await.refused(409), "illegal_state", "one about a contract at a time");
        assert_eq!(admin.post("/v1/accounts/acc_01h455vb4pex5vsknk084sn02q/offer-sets", terms("N2")).await.refused(404), "not_found");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before);
    }

    async fn ct_10_what_is_no_choice_is_refused_and_leaves_nothing(world: World) {
        let at = customer(world).await;
        let collector = world.client(Role::Collector);
        let set = path(&collector.post(&format!("{at}/offer-sets"), settlement("N1")).await.expect(201));
        let choices = format!("{set}/choices");
        world.set_day("2026-03-17");
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        for (body, status, code, pointer) in [
            (choice("worst"), 422, "validation_failed", "#/option"),
            (json!({ "option": "base" }), 422, "missing_field", "#/by"),
            (with(choice("base"), &json!({ "by": " " })), 422, "validation_failed", "#/by"),
            (with(choice("base"), &json!({ "evidence": "" })), 422, "validation_failed", "#/evidence"),
            (with(choice("base"), &json!({ "chosen_on": "2026-03-01" })), 422, "validation_failed", "#/chosen_on"),
            (with(choice("base"), &json!({ "chosen_on": "2026-03-18" })), 422, "validation_failed", "#/chosen_on"),
            (choice("best"), 409, "illegal_state", "#/option"),
        ] {
            let answer = collector.post(&choices, body.clone()).await;
            assert_eq!(answer.json["errors"][0]["pointer"], pointer, "{body} {}", answer.text);
            assert_eq!(answer.refused(status), code, "{body}");
        }
        assert_eq!(collector.post(&format!("{set}/withdrawals"), json!({ "reason": "" })).await.refused(422), "validation_failed");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before);
        // What came in time and is only written down today is a choice all the same.
        collector.post(&choices, with(choice("best"), &json!({ "chosen_on": "2026-03-16" }))).await.expect(202);
    }
}

on_both! {
    async fn ct_10_a_set_expires_by_the_day_and_an_unanswered_request_leaves_it_open(world: World) {
        let at = customer(world).await;
        let (admin, collector, manager) = (world.admin(), world.client(Role::Collector), world.client(Role::CreditManager));
        let made = collector.post(&format!("{at}/offer-sets"), settlement("N1")).await.expect(201);
        let waits = collector.post(&format!("{}/choices", path(&made)), choice("base")).await.expect(202);
        world.set_day("2026-03-10");
        assert_eq!(answer(&manager, &waits, "approve").await.refused(409), "illegal_state", "its last day was the 9th");
        let open = admin.get(&format!("{at}/offer-sets?state=open")).await.expect(200);
        assert_eq!((&open["data"][0]["id"], &open["data"][0]["state"]), (&made["id"], &json!("open")), "{open}");
        assert_eq!(admin.get(&format!("{at}/offer-sets?state=chosen")).await.expect(200)["data"], json!([]));
        let anew = collector.post(&format!("{}/choices", path(&made)), choice("base")).await.expect(202);
        assert_ne!(anew["id"], waits["id"]);
        answer(&manager, &anew, "approve").await.expect(201);
        let second = collector.post(&format!("{at}/offer-sets"), settlement("N2")).await.expect(201);
        world.set_day("2026-03-20");
        assert_eq!(admin.get(&path(&second)).await.expect(200)["state"], "open", "the last day is in");
        world.set_day("2026-03-21");
        let expired = admin.get(&path(&second)).await.expect(200);
        assert_eq!((&expired["state"], &expired["letter"], &expired["version"]), (&json!("expired"), &Value::Null, &json!(1)));
        assert_eq!(admin.get(&format!("{at}/offer-sets?state=expired")).await.expect(200)["data"], json!([expired]));
        for (act, body) in [("choices", choice("base")), ("withdrawals", json!({ "reason": "late" }))] {
            assert_eq!(collector.post(&format!("{}/{act}", path(&second)), body).await.refused(409), "illegal_state", "{act}");
        }
        let third = with(settlement("N3"), &json!({ "valid_to": "2026-03-22", "options": settlement_later() }));
        collector.post(&format!("{at}/offer-sets"), third).await.expect(201);
    }

    async fn ct_10_a_settlement_is_chosen_on_the_figures_it_was_made_on(world: World) {
        let at = customer(world).await;
        let (admin, collector, manager) = (world.admin(), world.client(Role::Collector), world.client(Role::CreditManager));
        let made = collector.post(&format!("{at}/offer-sets"), settlement("N1")).await.expect(201);
        let waits = collector.post(&format!("{}/choices", path(&made)), choice("base")).await.expect(202);
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("100.00"), "invoice_external_id": "I2" });
        admin.post("/v1/payments", payment).await.expect(201);
        assert_eq!(answer(&manager, &waits, "approve").await.refused(409), "approval_stale");
        answer(&manager, &waits, "reject").await.expect(201);
        let again = with(settlement("N2"), &json!({ "options": settlement_later() }));
        let again = collector.post(&format!("{at}/offer-sets"), again).await.expect(201);
        assert_eq!((&again["open"], &again["options"][2]["concession"]), (&cny("900.00"), &cny("300.00")), "{again}");
        let more = json!({ "external_id": "P2", "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("1.00"), "invoice_external_id": "I1" });
        admin.post("/v1/payments", more).await.expect(201);
        assert_eq!(collector.post(&format!("{}/choices", path(&again)), choice("base")).await.refused(409), "illegal_state");
    }

    async fn ct_10_acts_insist_on_the_version_the_role_and_the_tenant(world: World) {
        let at = customer(world).await;
        let (admin, collector, officer) = (world.admin(), world.client(Role::Collector), world.client(Role::CreditOfficer));
        let sets = format!("{at}/offer-sets");
        for (client, body) in [(&collector, terms("N1")), (&officer, settlement("N1")), (&world.client(Role::Cashier), settlement("N1"))] {
            assert_eq!(client.post(&sets, body).await.refused(403), "insufficient_scope");
        }
        let about_terms = path(&officer.post(&sets, terms("N1")).await.expect(201));
        let about_debt = path(&collector.post(&sets, settlement("N2")).await.expect(201));
        let withdrawn = json!({ "reason": "asked for another term" });
        assert_eq!(collector.post(&format!("{about_terms}/choices"), choice("best")).await.refused(403), "insufficient_scope");
        assert_eq!(officer.post(&format!("{about_debt}/withdrawals"), withdrawn.clone()).await.refused(403), "insufficient_scope");
        for (act, body) in [("choices", choice("best")), ("withdrawals", withdrawn.clone())] {
            let headers = [("content-type", "application/json"), ("if-match", "\"v7\"")];
            let sent = Some(body.to_string().into_bytes());
            let answer = admin.send(Method::POST, &format!("{about_debt}/{act}"), &headers, sent).await.unwrap();
            assert_eq!(answer.refused(412), "stale_version", "{act}");
        }
        let headers = [("content-type", "application/json"), ("if-match", "\"v1\"")];
        let sent = Some(withdrawn.to_string().into_bytes());
        let done = admin.send(Method::POST, &format!("{about_debt}/withdrawals"), &headers, sent).await.unwrap().expect(201);
        assert_eq!((&done["state"], &done["reason"], &done["letter"]), (&json!("withdrawn"), &withdrawn["reason"], &Value::Null));
        let listed = admin.get(&format!("{sets}?include=total&limit=1")).await.expect(200);
        assert_eq!((&listed["data"][0]["external_id"], &listed["total"]), (&json!("N1"), &json!(2)), "{listed}");
        let stranger = world.another_tenant("other").await;
        let stranger = world.api.client(Role::Admin, &stranger.slug);
        for answer in [stranger.get(&about_terms).await, stranger.get(&sets).await, stranger.post(&sets, terms("N3")).await,
            stranger.post(&format!("{about_terms}/choices"), choice("best")).await, stranger.post(&format!("{about_terms}/withdrawals"), withdrawn).await] {
            assert_eq!(answer.refused(404), "not_found");
        }
    }

    async fn ct_10_of_many_who_choose_at_once_one_is_written(world: World) {
        let at = customer(world).await;
        let admin = world.admin();
        let set = path(&admin.post(&format!("{at}/offer-sets"), settlement("N1")).await.expect(201));
        let choices = format!("{set}/choices");
        let answers = ["base", "best", "reference", "base", "best", "reference"].map(|option| admin.post(&choices, choice(option)));
        let answers = futures::future::join_all(answers).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)));
        assert_eq!(journal(world).await, ["offer_set.created", "offer_set.agreed"]);
    }

    async fn ct_10_the_brief_of_a_case_shows_what_was_proposed_and_agreed(world: World) {
        let at = customer(world).await;
        let admin = world.admin();
        let begun = admin.post("/v1/runs", json!({ "day": "2026-03-02" })).await.expect(202);
        admin.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await;
        let case = admin.get("/v1/cases?account_external_id=A1").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        let agreed = path(&admin.post(&format!("{at}/offer-sets"), settlement("N1")).await.expect(201));
        admin.post(&format!("{agreed}/choices"), choice("reference")).await.expect(201);
        let withdrawn = path(&admin.post(&format!("{at}/offer-sets"), settlement("N2")).await.expect(201));
        admin.post(&format!("{withdrawn}/withdrawals"), json!({ "reason": "wrong" })).await.expect(201);
        let open = admin.post(&format!("{at}/offer-sets"), terms("N3")).await.expect(201);
        let brief = admin.get(&format!("/v1/cases/{case}/brief")).await.expect(200);
        let shown: Vec<&str> = brief["offer_sets"].as_array().unwrap().iter().map(|set| set["external_id"].as_str().unwrap()).collect();
        assert_eq!(shown, ["N3", "N1"], "the latest first: {brief}");
        assert_eq!(brief["offer_sets"][0], open);
    }
}

/// Three proposals that bring 600, 800 and 900.
fn settlement_later() -> Value {
    let option = |kind: &str, amount: &str| json!({ "kind": kind, "pay": [{ "on": "2026-03-31", "amount": cny(amount) }] });
    json!([option("base", "600.00"), option("best", "800.00"), option("reference", "900.00")])
}
