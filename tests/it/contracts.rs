//! Contracts through HTTP, on both databases: what is written down, and how goods go against money.

use recoup_api::access::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::inspect::tenant_dump;
use tests::ledger::cny;
use tests::on_both;

/// A whole contract with account A1 for 1,000, in this mode and with these further members.
fn contract(external_id: &str, mode: &str, more: Value) -> Value {
    let mut body = json!({
        "external_id": external_id, "account_external_id": "A1", "amount": cny("1000.00"), "mode": mode,
        "terms": { "cycle": "per_order", "method": "transfer", "due_basis": "invoice", "due_days": 30, "grace_days": 0 },
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

async fn account(client: &Client) {
    client.post("/v1/accounts", json!({ "external_id": "A1", "name": "Customer", "currency": "CNY", "grade": "AA" })).await.expect(201);
}

async fn patch(client: &Client, path: &str, tag: &str, change: Value) -> Answer {
    let headers = [("content-type", "application/merge-patch+json"), ("if-match", tag)];
    client.send(Method::PATCH, path, &headers, Some(change.to_string().into_bytes())).await.unwrap()
}

/// Places an order under a contract and gives what may ship, why not all of it, and what payment frees it.
async fn placed(client: &Client, external_id: &str, contract: &str, amount: &str, batch_no: Option<i64>) -> Value {
    let order = json!({ "external_id": external_id, "account_external_id": "A1", "amount": cny(amount),
        "contract_external_id": contract, "batch_no": batch_no });
    client.post("/v1/orders", order).await.expect(201)
}

fn told(order: &Value) -> String {
    let codes: Vec<&str> = order["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
    let pay = order["pay_to_release"]["amount"]["amount"].as_str().unwrap_or("-");
    format!(
        "{} {} [{}] pay {pay}",
        order["decision"].as_str().unwrap(),
        order["releasable_amount"]["amount"].as_str().unwrap(),
        codes.join(" ")
    )
}

async fn checked(client: &Client, order: &Value) -> String {
    told(&client.post(&format!("/v1/orders/{}/checks", order["id"].as_str().unwrap()), json!({})).await.expect(201))
}

async fn pay(client: &Client, external_id: &str, amount: &str, more: Value) {
    let mut body = json!({ "external_id": external_id, "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny(amount) });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    client.post("/v1/payments", body).await.expect(201);
}

async fn bill(client: &Client, external_id: &str, amount: &str, due_on: &str, more: Value) {
    let mut body = json!({ "external_id": external_id, "account_external_id": "A1", "issued_on": "2026-03-02", "due_on": due_on,
        "amount": cny(amount) });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    client.post("/v1/invoices", body).await.expect(201);
}

on_both! {
    async fn ct_01_a_contract_with_blanks_stays_a_draft_and_nothing_ships_under_it(world: World) {
        let admin = world.admin();
        account(&admin).await;
        let draft = admin.post("/v1/contracts", contract("K1", "batch_lag", json!({ "terms": { "cycle": "per_batch" } }))).await;
        assert_eq!(draft.header("etag"), Some("\"v1\""));
        let draft = draft.expect(201);
        assert_eq!(draft["state"], "draft");
        assert_eq!(draft["blanks"], json!(["#/lag", "#/terms/method", "#/terms/due_basis", "#/terms/due_days", "#/terms/grace_days"]));
        assert_eq!(told(&placed(&admin, "O1", "K1", "1.00", Some(1)).await), "hold 0.00 [contract_not_active] pay -");
        let path = format!("/v1/contracts/{}", draft["id"].as_str().unwrap());
        let refused = patch(&admin, &path, "*", json!({ "state": "active" })).await;
        assert_eq!(refused.json["errors"][0]["pointer"], "#/lag", "{}", refused.text);
        assert_eq!(refused.refused(422), "contract_incomplete");
        let filled = json!({ "lag": 1, "state": "active", "terms": { "cycle": "per_batch", "method": "transfer", "due_basis": "delivery",
            "due_days": 0, "grace_days": 0 } });
        assert_eq!(patch(&admin, &path, "\"v7\"", filled.clone()).await.refused(412), "stale_version");
        let active = patch(&admin, &path, "\"v1\"", filled).await;
        assert_eq!(active.header("etag"), Some("\"v2\""));
        let active = active.expect(200);
        assert_eq!((&active["state"], &active["blanks"]), (&json!("active"), &json!([])));
        assert_eq!(admin.get("/v1/contracts?state=active&mode=batch_lag&account_external_id=A1").await.expect(200)["data"], json!([active]));
        assert_eq!(admin.get(&path).await.expect(200), active);
    }

    async fn ct_02_a_contract_in_force_is_changed_by_two_persons(world: World) {
        let mut settings = world.admin().get("/v1/settings").await.expect(200);
        settings["four_eyes"] = json!(true);
        let put = [("content-type", "application/json"), ("if-match", "*")];
        world.admin().send(Method::PUT, "/v1/settings", &put, Some(settings.to_string().into_bytes())).await.unwrap().expect(200);
        let (admin, officer) = (world.admin(), world.client(Role::CreditOfficer));
        account(&admin).await;
        let schedule = json!([{ "part": "first", "amount": cny("800.00"), "due_on": "2026-04-01" },
            { "part": "tail", "amount": cny("200.00"), "milestone": "acceptance" }]);
        let made = contract("K1", "tail_hold", json!({ "template": "T-9", "schedule": schedule, "tail": { "share_bps": 2000 } }));
        let made = officer.post("/v1/contracts", made).await.expect(201);
        assert_eq!((&made["state"], &made["tail"]["amount"]), (&json!("active"), &cny("200.00")), "{made}");
        assert_eq!((&made["template"], &made["schedule"][1]["milestone"]), (&json!("T-9"), &json!("acceptance")));
        let path = format!("/v1/contracts/{}", made["id"].as_str().unwrap());
        let looser = json!({ "mode": "open_account" });
        let waits = patch(&officer, &path, "*", looser).await.expect(202);
        assert_eq!(admin.get(&path).await.expect(200)["mode"], "tail_hold", "nothing is changed by asking");
        let answer = format!("/v1/approvals/{}/decisions", waits["id"].as_str().unwrap());
        let said = world.client(Role::CreditManager).post(&answer, json!({ "decision": "approve" })).await.expect(201);
        assert_eq!(said["result"]["mode"], "open_account", "{said}");
        assert_eq!(patch(&admin, &path, "*", json!({ "state": "draft" })).await.refused(409), "illegal_state");
        let history = admin.get("/v1/audit?type=contract.*").await.expect(200);
        assert_eq!(history["data"].as_array().unwrap().len(), 2, "{history}");
    }

    async fn what_cannot_be_agreed_is_refused_and_leaves_nothing(world: World) {
        let admin = world.admin();
        account(&admin).await;
        let first = contract("K1", "prepay", json!({}));
        admin.post("/v1/contracts", first.clone()).await.expect(201);
        let again = admin.post("/v1/contracts", first).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
        // The work behind the requests ends here, so that what is compared stands still.
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        for (more, status, code, pointer) in [
            (json!({ "external_id": "K1", "mode": "pro_rata" }), 409, "external_id_conflict", "#/external_id"),
            (json!({ "state": "active", "amount": null }), 422, "contract_incomplete", "#/amount"),
            (json!({ "account_external_id": "nobody" }), 422, "unknown_reference", "#/account_external_id"),
            (json!({ "amount": cny("0.00") }), 422, "amount_out_of_range", "#/amount"),
            (json!({ "mode": "barter" }), 422, "validation_failed", "#/mode"),
            (json!({ "tail": { "share_bps": 2000, "amount": cny("1.00") } }), 422, "validation_failed", "#/tail"),
            (json!({ "tail": { "amount": { "amount": "1.00", "currency": "USD" } } }), 422, "currency_mismatch", "#/tail/amount"),
            (json!({ "settlement_day": 32 }), 422, "validation_failed", "#/settlement_day"),
            (json!({ "colour": "red" }), 422, "unknown_field", "#/colour"),
        ] {
            let answer = admin.post("/v1/contracts", contract("K2", "prepay", more.clone())).await;
            assert_eq!(answer.json["errors"][0]["pointer"], pointer, "{more} {}", answer.text);
            assert_eq!(answer.refused(status), code, "{more}");
        }
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before);
    }

    async fn money_first_and_goods_against_money_are_answered_by_the_cash_that_came(world: World) {
        let admin = world.admin();
        account(&admin).await;
        admin.post("/v1/contracts", contract("PRE", "prepay", json!({}))).await.expect(201);
        admin.post("/v1/contracts", contract("RATA", "pro_rata", json!({}))).await.expect(201);
        // C-27: a fen short ships nothing, to the fen ships all; another order's money does not help.
        pay(&admin, "P1", "99.99", json!({ "order_external_id": "O1" })).await;
        pay(&admin, "P2", "50.00", json!({ "order_external_id": "O2" })).await;
        let first = placed(&admin, "O1", "PRE", "100.00", None).await;
        assert_eq!(told(&first), "hold 0.00 [prepayment_missing] pay 0.01");
        assert_eq!(first["pay_to_release"]["deposit"], cny("0.01"));
        let text = &first["reasons"][0]["text"];
        assert!(text["en"].as_str().unwrap().contains("CNY 99.99 of CNY 100.00"), "{text}");
        assert!(text["zh-CN"].as_str().unwrap().contains("先款后货"), "{text}");
        pay(&admin, "P3", "0.01", json!({ "order_external_id": "O1" })).await;
        assert_eq!(checked(&admin, &first).await, "approve 100.00 [] pay -");
        assert_eq!(told(&placed(&admin, "O2", "PRE", "50.01", None).await), "hold 0.00 [prepayment_missing] pay 0.01");
        // C-25 in small: 400 came, 250 let go, 150 may ship.
        pay(&admin, "P4", "400.00", json!({ "contract_external_id": "RATA" })).await;
        assert_eq!(told(&placed(&admin, "O3", "RATA", "250.00", None).await), "approve 250.00 [] pay -");
        let ahead = placed(&admin, "O4", "RATA", "200.00", None).await;
        assert_eq!(told(&ahead), "hold 150.00 [beyond_cash_received] pay 50.00");
        // Invoicing the first moves its value from the order to the invoice, and its cash with it: nothing counts twice.
        bill(&admin, "I3", "250.00", "2026-04-01", json!({ "order_external_id": "O3", "contract_external_id": "RATA" })).await;
        assert_eq!(checked(&admin, &ahead).await, "hold 150.00 [beyond_cash_received] pay 50.00");
        pay(&admin, "P5", "50.00", json!({ "contract_external_id": "RATA" })).await;
        assert_eq!(told(&placed(&admin, "O5", "NOT-WRITTEN-DOWN", "1.00", None).await), "approve 1.00 [] pay -");
    }

    async fn the_last_goods_wait_for_the_last_money(world: World) {
        let admin = world.admin();
        account(&admin).await;
        admin.post("/v1/contracts", contract("K1", "tail_hold", json!({ "tail": { "share_bps": 2000 } }))).await.expect(201);
        // C-26 in small: 600 of 1,000 let go, a tail of 200.
        assert_eq!(told(&placed(&admin, "O1", "K1", "600.00", None).await), "approve 600.00 [] pay -");
        let instalments = json!([{ "part": "first", "due_on": "2026-04-01", "amount": cny("400.00") },
            { "part": "tail", "due_on": "2026-05-01", "amount": cny("200.00") }]);
        bill(&admin, "I1", "600.00", "2026-04-01", json!({ "order_external_id": "O1", "contract_external_id": "K1",
            "due_on": null, "instalments": instalments })).await;
        let held = placed(&admin, "O2", "K1", "400.00", None).await;
        assert_eq!(told(&held), "hold 200.00 [tail_unpaid] pay 200.00");
        let invoices = held["pay_to_release"]["invoices"].as_array().unwrap();
        assert_eq!((invoices.len(), &invoices[0]["due_on"], &invoices[0]["amount"]), (1, &json!("2026-05-01"), &cny("200.00")), "{held}");
        let part = json!({ "external_id": "O3", "account_external_id": "A1", "amount": cny("400.00"), "contract_external_id": "K1", "partial_ok": true });
        assert_eq!(told(&admin.post("/v1/orders", part).await.expect(201)), "release_partial 200.00 [tail_unpaid] pay 200.00");
        let last = admin.get("/v1/orders?external_id=O3").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        admin.post(&format!("/v1/orders/{last}/cancellations"), json!({})).await.expect(201);
        pay(&admin, "P1", "600.00", json!({})).await;
        assert_eq!(checked(&admin, &held).await, "approve 400.00 [] pay -");
    }

    async fn or_04_a_batch_waits_for_the_batch_before_and_or_16_a_delivery_for_the_delivery_before(world: World) {
        let admin = world.admin();
        account(&admin).await;
        admin.post("/v1/contracts", contract("LAG", "batch_lag", json!({ "lag": 1 }))).await.expect(201);
        admin.post("/v1/contracts", contract("EACH", "per_delivery", json!({}))).await.expect(201);
        assert_eq!(told(&placed(&admin, "O0", "LAG", "10.00", None).await), "hold 0.00 [batch_missing] pay -");
        assert_eq!(told(&placed(&admin, "O1", "LAG", "100.00", Some(1)).await), "approve 100.00 [] pay -");
        let second = placed(&admin, "O2", "LAG", "100.00", Some(2)).await;
        assert_eq!(told(&second), "hold 0.00 [batch_unpaid] pay -", "the first is let go and not invoiced");
        bill(&admin, "I1", "100.00", "2026-05-01", json!({ "order_external_id": "O1", "contract_external_id": "LAG", "batch_no": 1 })).await;
        assert_eq!(checked(&admin, &second).await, "hold 0.00 [batch_unpaid] pay 100.00");
        pay(&admin, "P1", "100.00", json!({ "invoice_external_id": "I1" })).await;
        assert_eq!(checked(&admin, &second).await, "approve 100.00 [] pay -");
        assert_eq!(told(&placed(&admin, "O3", "EACH", "70.00", None).await), "approve 70.00 [] pay -");
        let next = placed(&admin, "O4", "EACH", "70.00", None).await;
        assert_eq!(told(&next), "hold 0.00 [previous_delivery_unpaid] pay 70.00");
        bill(&admin, "I3", "70.00", "2026-09-01", json!({ "order_external_id": "O3", "contract_external_id": "EACH" })).await;
        pay(&admin, "P2", "70.00", json!({ "invoice_external_id": "I3" })).await;
        assert_eq!(checked(&admin, &next).await, "approve 70.00 [] pay -");
    }

    async fn or_05_a_settlement_day_is_extended_once_by_five_days_and_or_06_extensions_are_counted(world: World) {
        let (admin, manager) = (world.admin(), world.client(Role::CreditManager));
        account(&admin).await;
        let made = admin.post("/v1/contracts", contract("K1", "monthly_settlement", json!({ "settlement_day": 25 }))).await.expect(201);
        bill(&admin, "I1", "100.00", "2026-06-25", json!({ "contract_external_id": "K1" })).await;
        let path = format!("/v1/contracts/{}/extensions", made["id"].as_str().unwrap());
        // C-29: held on the 26th, let go until the 30th by an extension, held again on 1 July.
        world.set_day("2026-06-25");
        assert_eq!(told(&placed(&admin, "O1", "K1", "1.00", None).await), "approve 1.00 [] pay -");
        world.set_day("2026-06-26");
        let held = placed(&admin, "O2", "K1", "1.00", None).await;
        assert_eq!(told(&held), "hold 0.00 [settlement_overdue] pay 100.00");
        assert_eq!(held["pay_to_release"]["invoices"][0]["external_id"], "I1");
        let asked = json!({ "days": 5, "reason": "the bank was closed" });
        assert_eq!(world.client(Role::CreditOfficer).post(&path, asked.clone()).await.refused(403), "insufficient_scope");
        assert_eq!(manager.post(&path, json!({ "days": 6, "reason": "more" })).await.refused(422), "validation_failed");
        let granted = manager.post(&path, asked.clone()).await.expect(201);
        assert_eq!((&granted["settlement_on"], &granted["until_on"]), (&json!("2026-06-25"), &json!("2026-06-30")));
        assert_eq!(manager.post(&path, asked.clone()).await.refused(409), "illegal_state");
        world.set_day("2026-06-30");
        assert_eq!(checked(&admin, &held).await, "approve 1.00 [] pay -");
        world.set_day("2026-07-01");
        assert_eq!(told(&placed(&admin, "O3", "K1", "1.00", None).await), "hold 0.00 [settlement_overdue] pay 100.00");
        let grade = async || admin.get("/v1/accounts?external_id=A1").await.expect(200)["data"][0]["grade"].clone();
        assert_eq!(grade().await, "AA");
        world.set_day("2026-07-26");
        manager.post(&path, asked).await.expect(201);
        assert_eq!(grade().await, "A", "the second within six months costs a step");
        let report = admin.get("/v1/reports/erosion").await.expect(200);
        assert_eq!((&report["rows"][0]["extensions"], &report["rows"][0]["days"], &report["rows"][0]["grade"]), (&json!(2), &json!(10), &json!("A")));
        assert_eq!(admin.get(&path).await.expect(200)["data"].as_array().unwrap().len(), 2);
        assert_eq!(admin.get("/v1/reports/erosion?as_of=2027-02-01").await.expect(200)["rows"], json!([]));
    }

    async fn money_that_names_a_contract_settles_what_that_contract_is_owed_first(world: World) {
        let admin = world.admin();
        account(&admin).await;
        for (number, contract, due_on) in [("I1", None, "2026-01-31"), ("I2", Some("K-1"), "2026-02-10"), ("I3", Some("K-2"), "2026-02-01")] {
            let invoice = json!({ "external_id": number, "account_external_id": "A1", "issued_on": "2026-01-02", "due_on": due_on,
                "amount": cny("100.00"), "contract_external_id": contract });
            admin.post("/v1/invoices", invoice).await.expect(201);
        }
        let open = async |number: &str| admin.get(&format!("/v1/invoices?external_id={number}")).await.expect(200)["data"][0]["open"].clone();
        pay(&admin, "P1", "60.00", json!({ "contract_external_id": "K-1" })).await;
        assert_eq!((open("I1").await, open("I2").await, open("I3").await), (cny("100.00"), cny("40.00"), cny("100.00")));
        pay(&admin, "P2", "90.00", json!({ "contract_external_id": "K-1" })).await;
        assert_eq!((open("I1").await, open("I2").await, open("I3").await), (cny("50.00"), cny("0.00"), cny("100.00")), "then the oldest");
    }

    async fn ct_09_a_demand_cites_invoice_contract_and_delivery_by_itself(world: World) {
        let admin = world.admin();
        let step = json!({ "key": "demand", "kind": "item", "offset_days": 1, "channel": "email", "template": "demand", "formal": true });
        let made = admin.post("/v1/policies", json!({ "name": "short", "document": { "steps": [step] } })).await.expect(201);
        admin.post(&format!("/v1/policies/{}/activations", made["id"].as_str().unwrap()), json!({})).await.expect(201);
        for (number, language) in [("A1", "en"), ("A2", "zh-CN")] {
            let account = json!({ "external_id": number, "name": "Lotus", "currency": "CNY", "language": language });
            let account = admin.post("/v1/accounts", account).await.expect(201);
            let contact = json!({ "name": "Payer", "role": "payer", "email": "one@lotus.example" });
            admin.post(&format!("/v1/accounts/{}/contacts", account["id"].as_str().unwrap()), contact).await.expect(201);
        }
        let bill = async |body: Value| admin.post("/v1/invoices", body).await.expect(201)["id"].as_str().unwrap().to_owned();
        // One was shipped, with a clause of its own for payment; the other waited for its acceptance.
        let clauses = json!({ "clauses": { "payment": "section 4, within 30 days of delivery" } });
        admin.post("/v1/contracts", contract("K1", "open_account", clauses)).await.expect(201);
        let order = placed(&admin, "O1", "K1", "100.00", None).await;
        let shipment = json!({ "external_id": "DN-7", "amount": cny("100.00"), "shipped_on": "2026-01-29" });
        admin.post(&format!("/v1/orders/{}/shipments", order["id"].as_str().unwrap()), shipment).await.expect(201);
        let shipped = bill(json!({ "external_id": "I1", "account_external_id": "A1", "amount": cny("100.00"), "issued_on": "2026-01-30",
            "due_on": "2026-03-01", "order_external_id": "O1", "contract_external_id": "K1" })).await;
        let proof = json!({ "kind": "transport_proof", "sent_on": "2026-02-20", "reference": "WB-3" });
        admin.post(&format!("/v1/invoices/{shipped}/documents"), proof).await.expect(201);
        let terms = json!({ "cycle": "milestone", "method": "transfer", "due_basis": "acceptance", "due_days": 9, "grace_days": 0 });
        let second = contract("K2", "open_account", json!({ "account_external_id": "A2", "terms": terms }));
        let second = admin.post("/v1/contracts", second).await.expect(201);
        let milestones = format!("/v1/contracts/{}/milestones", second["id"].as_str().unwrap());
        let milestone = admin.post(&milestones, json!({ "name": "acceptance" })).await.expect(201);
        let signed = json!({ "reference": "DMS-9", "signed_by": "Chen Wei", "signed_on": "2026-02-21" });
        let completions = format!("/v1/milestones/{}/completions", milestone["id"].as_str().unwrap());
        admin.post(&completions, json!({ "completed_on": "2026-02-20", "evidence": signed })).await.expect(201);
        bill(json!({ "external_id": "I2", "account_external_id": "A2", "amount": cny("100.00"), "issued_on": "2026-02-01",
            "contract_external_id": "K2", "instalments": [{ "amount": cny("100.00"), "milestone": "acceptance" }] })).await;
        let run = admin.post("/v1/runs", json!({ "day": "2026-03-02" })).await.expect(202);
        assert_eq!(admin.worked(&format!("/v1/runs/{}", run["id"].as_str().unwrap())).await["failed"], 0);
        for (account, cited) in [
            ("A1", "- Invoice I1 of 2026-01-30: contract K1, payment clause: section 4, within 30 days of delivery; shipped on 2026-01-29 with \
                delivery note DN-7; proof of carriage WB-3, sent to you on 2026-02-20\n"),
            ("A2", "- 发票 I2（2026-02-01 开具）：合同 K2，验收后 9 天内付款；acceptance 由 Chen Wei 于 2026-02-21 签署（DMS-9）\n"),
        ] {
            let notices = admin.get(&format!("/v1/notices?account_external_id={account}")).await.expect(200);
            let body = notices["data"][0]["body"].as_str().unwrap();
            assert!(body.contains(cited), "{body}");
        }
    }
}
