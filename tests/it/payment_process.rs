//! How customers pay: the day on which money is expected, the papers that are missing, and the calendar made of both (CF-13, CF-14, CF-17).

use recoup_api::access::Role;
use serde_json::{Value, json};
use tests::client::Client;
use tests::ledger::cny;
use tests::on_both;

/// An account; gives its path.
async fn customer(admin: &Client, number: &str) -> String {
    let account = json!({ "external_id": number, "name": "Lotus", "currency": "CNY" });
    format!("/v1/accounts/{}", admin.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap())
}

/// An invoice of the first account; gives its path.
async fn invoice(admin: &Client, number: &str, issued_on: &str, due_on: &str, amount: &str) -> String {
    let invoice =
        json!({ "external_id": number, "account_external_id": "A1", "issued_on": issued_on, "due_on": due_on, "amount": cny(amount) });
    format!("/v1/invoices/{}", admin.post("/v1/invoices", invoice).await.expect(201)["id"].as_str().unwrap())
}

/// The one open item with this invoice number.
async fn expected(admin: &Client, at: &str, number: &str) -> Value {
    let list = admin.get(&format!("{at}/expected-cash")).await.expect(200);
    list["data"].as_array().unwrap().iter().find(|item| item["invoice_external_id"] == number).expect("an open item").clone()
}

fn codes(item: &Value) -> Vec<&str> {
    item["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

on_both! {
    async fn cf_13_money_is_expected_on_the_pay_day_after_the_customers_approval(world: World) {
        let admin = world.admin();
        let at = customer(&admin, "A1").await;
        let path = format!("{at}/payment-process");
        invoice(&admin, "I1", "2026-03-02", "2026-03-12", "300.00").await;
        let unknown = admin.get(&path).await;
        assert_eq!((unknown.header("etag"), &unknown.json["pay_days"]), (Some("\"v1\""), &json!([])), "nothing is known yet");
        let item = expected(&admin, &at, "I1").await;
        assert_eq!((&item["expected_on"], codes(&item)), (&json!("2026-03-12"), vec![]), "then it is the due date");
        let buyer = json!({ "name": "Ling", "role": "approver" });
        let buyer = admin.post(&format!("{at}/contacts"), buyer).await.expect(201)["id"].clone();
        let process = json!({ "steps": [{ "name": "Buyer", "contact_id": buyer, "usual_days": 4 }, { "name": "Finance", "usual_days": 5 }], "pay_days": [10, 25] });
        admin.put(&path, "\"v1\"", process.clone()).await.expect(200);
        let item = expected(&admin, &at, "I1").await;
        assert_eq!(item["received_on"], "2026-03-02");
        assert_eq!((&item["approved_on"], &item["pay_day_on"], &item["expected_on"]), (&json!("2026-03-13"), &json!("2026-03-25"), &json!("2026-03-25")));
        assert_eq!(codes(&item), ["approval", "pay_day"]);
        assert!(item["reasons"][0]["text"]["zh-CN"].as_str().unwrap().contains("9 个工作日"), "{item}");
        world.set_day("2026-03-26");
        assert_eq!(expected(&admin, &at, "I1").await["expected_on"], "2026-04-10", "a pay day without money gives way to the next");
        assert_eq!(admin.put(&path, "\"v1\"", json!({})).await.refused(412), "stale_version");
        assert_eq!(admin.put(&path, "*", process).await.header("etag"), Some("\"v2\""), "said before");
    }

    async fn cf_13_a_process_names_what_is_there_and_one_fault_changes_nothing(world: World) {
        let admin = world.admin();
        let at = customer(&admin, "A1").await;
        let other = customer(&admin, "A2").await;
        let stranger = admin.post(&format!("{other}/contacts"), json!({ "name": "Wu", "role": "payer" })).await.expect(201)["id"].clone();
        let path = format!("{at}/payment-process");
        admin.put(&path, "*", json!({ "pay_days": [31] })).await.expect(200);
        for (body, pointer, code) in [
            (json!({ "pay_days": [0] }), "#/pay_days/0", "validation_failed"),
            (json!({ "pay_days": [10, 32] }), "#/pay_days/1", "validation_failed"),
            (json!({ "pay_days": [10, 10] }), "#/pay_days", "validation_failed"),
            (json!({ "steps": [{ "name": "", "usual_days": 1 }] }), "#/steps/0/name", "validation_failed"),
            (json!({ "steps": [{ "name": "Buyer", "usual_days": 91 }] }), "#/steps/0/usual_days", "validation_failed"),
            (json!({ "steps": [{ "name": "Buyer", "usual_days": 1, "contact_id": stranger }] }), "#/steps/0/contact_id", "unknown_reference"),
            (json!({ "months": [{ "month": 13, "pace": "well" }] }), "#/months/0/month", "validation_failed"),
            (json!({ "months": [{ "month": 2, "pace": "slow" }] }), "#/months/0/late_days", "validation_failed"),
            (json!({ "months": [{ "month": 2, "pace": "well", "late_days": 3 }] }), "#/months/0/late_days", "validation_failed"),
            (json!({ "required_documents": ["acceptance", "acceptance"] }), "#/required_documents", "validation_failed"),
            (json!({ "note": "" }), "#/note", "validation_failed"),
        ] {
            let answer = admin.put(&path, "*", body.clone()).await;
            assert_eq!((answer.json["errors"][0]["pointer"].as_str(), answer.json["errors"][0]["code"].as_str()), (Some(pointer), Some(code)), "{body}: {}", answer.text);
            assert_eq!(answer.status, 422, "{body}");
        }
        assert_eq!(admin.get(&path).await.expect(200)["pay_days"], json!([31]), "nothing changed");
        assert_eq!(world.client(Role::Collector).put(&path, "*", json!({ "pay_days": [5] })).await.expect(200)["pay_days"], json!([5]));
        assert_eq!(world.client(Role::Viewer).put(&path, "*", json!({})).await.refused(403), "insufficient_scope");
        let elsewhere = world.another_tenant("other").await;
        assert_eq!(world.api.client(Role::Admin, &elsewhere.slug).get(&path).await.refused(404), "not_found");
    }

    async fn cf_14_a_paper_that_was_not_sent_is_a_delay_of_ours(world: World) {
        let admin = world.admin();
        let at = customer(&admin, "A1").await;
        let path = invoice(&admin, "I1", "2026-02-16", "2026-03-03", "300.00").await;
        let process = json!({ "steps": [{ "name": "Finance", "usual_days": 3 }], "required_documents": ["invoice_copy", "acceptance"] });
        admin.put(&format!("{at}/payment-process"), "*", process).await.expect(200);
        let sent = |kind: &str, on: &str| json!({ "kind": kind, "sent_on": on, "reference": "SF 1" });
        let documents = format!("{path}/documents");
        admin.post(&documents, sent("invoice_original", "2026-02-17")).await.expect(201);
        let item = expected(&admin, &at, "I1").await;
        assert_eq!((&item["missing_documents"], &item["received_on"], &item["our_delay_days"]), (&json!(["acceptance"]), &json!(null), &json!(14)));
        assert_eq!((&item["expected_on"], codes(&item)), (&json!("2026-03-05"), vec!["documents_missing", "approval"]), "as if it went today");
        assert_eq!(admin.post(&documents, sent("acceptance", "2026-03-03")).await.refused(422), "validation_failed");
        assert_eq!(admin.post(&documents, sent("receipt", "2026-03-02")).await.status, 422);
        admin.post(&documents, sent("acceptance", "2026-02-20")).await.expect(201);
        admin.post(&documents, sent("acceptance", "2026-02-27")).await.expect(201);
        let item = expected(&admin, &at, "I1").await;
        assert_eq!((&item["missing_documents"], &item["received_on"], &item["our_delay_days"]), (&json!([]), &json!("2026-02-20"), &json!(4)));
        let listed = admin.get(&documents).await.expect(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 3, "{listed}");
        assert_eq!((&listed["data"][1]["kind"], &listed["data"][1]["sent_on"]), (&json!("acceptance"), &json!("2026-02-20")));
        assert_eq!(world.client(Role::Viewer).post(&documents, sent("acceptance", "2026-02-20")).await.refused(403), "insufficient_scope");
    }

    async fn cf_14_money_by_a_way_that_was_not_agreed_is_booked_with_a_warning(world: World) {
        let admin = world.admin();
        let at = customer(&admin, "A1").await;
        let pay = |number: &str, method: &str| json!({ "external_id": number, "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("10.00"), "method": method });
        assert_eq!(admin.post("/v1/payments", pay("P1", "cash")).await.expect(201)["warnings"], json!([]), "anything goes where nothing was agreed");
        admin.put(&format!("{at}/payment-process"), "*", json!({ "allowed_methods": ["transfer", "bill"] })).await.expect(200);
        let cash = admin.post("/v1/payments", pay("P2", "cash")).await.expect(201);
        assert_eq!((&cash["warnings"][0]["code"], &cash["unallocated"]), (&json!("method_not_allowed"), &cny("10.00")), "{cash}");
        assert_eq!(admin.post("/v1/payments", pay("P3", "bill")).await.expect(201)["warnings"], json!([]));
        let file = "external_id,account_external_id,received_on,amount,currency,method\nP4,A1,2026-03-02,5.00,CNY,cash\nP5,A1,2026-03-02,5.00,CNY,transfer\n";
        let import = admin.import("kind=payments", file).await;
        assert_eq!((&import["accepted"], &import["warnings"].as_array().unwrap().len()), (&json!(2), &1), "{import}");
        assert_eq!((&import["warnings"][0]["line"], &import["warnings"][0]["code"]), (&json!(2), &json!("method_not_allowed")));
    }

    async fn cf_17_the_payment_calendar_adds_up_what_is_expected_by_day_and_month(world: World) {
        let admin = world.admin();
        let at = customer(&admin, "A1").await;
        for (number, due_on, amount) in [("I1", "2026-03-04", "300.00"), ("I2", "2026-03-09", "20.00"), ("I3", "2026-04-12", "7.00"), ("I4", "2027-05-02", "5.00")] {
            invoice(&admin, number, "2026-03-02", due_on, amount).await;
        }
        let process = json!({ "pay_days": [10, 31], "months": [{ "month": 4, "pace": "slow", "late_days": 10 }, { "month": 6, "pace": "well" }] });
        admin.put(&format!("{at}/payment-process"), "*", process).await.expect(200);
        let calendar = admin.get(&format!("{at}/payment-calendar")).await.expect(200);
        let days: Vec<(&str, &str)> = calendar["days"].as_array().unwrap().iter()
            .map(|day| (day["on"].as_str().unwrap(), day["amounts"][0]["amount"].as_str().unwrap())).collect();
        assert_eq!(days, [("2026-03-10", "320.00"), ("2026-05-11", "7.00"), ("2027-05-10", "5.00")], "{calendar}");
        let months = calendar["months"].as_array().unwrap();
        assert_eq!((months.len(), &calendar["next_good_month"], &calendar["is_complete"]), (13, &json!("2026-06-01"), &json!(true)));
        assert_eq!((&months[1]["pace"], &months[1]["pay_days"]), (&json!("slow"), &json!(["2026-04-10", "2026-04-30"])), "{calendar}");
        assert_eq!((&months[2]["month"], &months[2]["amounts"][0]), (&json!("2026-05-01"), &cny("7.00")), "{calendar}");
        let first = admin.get(&format!("{at}/expected-cash?limit=3")).await.expect(200);
        let rest = admin.get(&format!("{at}/expected-cash?limit=3&cursor={}", first["next_cursor"].as_str().unwrap())).await.expect(200);
        assert_eq!((first["data"].as_array().unwrap().len(), &rest["data"][0]["invoice_external_id"]), (3, &json!("I4")));
    }
}
