//! The brief of a case, and why a customer does not pay: what it says, and what there is proof of (CF-15, GR-14).

use recoup_api::access::Role;
use serde_json::{Value, json};
use tests::client::Client;
use tests::ledger::cny;
use tests::on_both;

/// An account with something two weeks overdue on the first day, after the run of that day; gives its path and that of its case.
async fn customer(admin: &Client) -> (String, String) {
    let account = json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" });
    let at = format!("/v1/accounts/{}", admin.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap());
    let invoice = json!({ "external_id": "I1", "account_external_id": "A1", "issued_on": "2025-12-01", "due_on": "2026-02-16", "amount": cny("300.00") });
    admin.post("/v1/invoices", invoice).await.expect(201);
    let contact = json!({ "name": "Ling", "role": "payer", "email": "ling@lotus.example", "phone": "+86 21 5555", "persona": "deciding_leader",
        "absent_from": "2026-03-01", "hours": { "time_zone": "Asia/Shanghai", "weekdays": [5], "window": { "from": "09:00", "to": "22:00" } } });
    admin.post(&format!("{at}/contacts"), contact).await.expect(201);
    let begun = admin.post("/v1/runs", json!({ "day": "2026-03-02" })).await.expect(202);
    admin.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await;
    let case = admin.get("/v1/cases?account_external_id=A1").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
    (at, format!("/v1/cases/{case}"))
}

fn length(list: &Value) -> usize {
    list.as_array().unwrap().len()
}

on_both! {
    async fn cf_15_one_answer_tells_the_caller_who_owes_what_and_how_the_customer_pays(world: World) {
        let admin = world.admin();
        let (at, case) = customer(&admin).await;
        let process = json!({ "steps": [{ "name": "Finance", "usual_days": 3 }], "pay_days": [10], "required_documents": ["acceptance"], "note": "Ask for Wu" });
        admin.put(&format!("{at}/payment-process"), "*", process).await.expect(200);
        let signal = json!({ "type": "relocation", "source_basis": "own_record", "evidence": "seen on a visit" });
        let told = admin.post(&format!("{at}/signals"), signal).await;
        admin.post(&format!("{at}/notes"), json!({ "text": "New owner since May." })).await.expect(201);
        let said = json!({ "activity": "call", "outcome": "pays half on Friday" });
        let called = admin.post(&format!("{case}/activities"), said).await;
        assert_eq!((told.status, called.status), (201, 201), "{} {}", told.text, called.text);
        let brief = admin.get(&format!("{case}/brief")).await.expect(200);
        assert_eq!((&brief["as_of"], &brief["account"]["name"], &brief["case"]["days_past_due"]), (&json!("2026-03-02"), &json!("Lotus"), &json!(14)));
        let person = &brief["contacts"][0];
        assert_eq!((&person["persona"]["zh-CN"], &person["is_absent"]), (&json!("拍板领导"), &json!(true)));
        assert_eq!((&person["may_be_reached_at"], &person["contact"]["email"]), (&json!("2026-03-06T01:00:00Z"), &json!("ling@lotus.example")));
        assert_eq!((&brief["payment_process"]["note"], &brief["payment_process"]["pay_days"]), (&json!("Ask for Wu"), &json!([10])));
        let item = &brief["open_items"][0];
        assert_eq!((&item["missing_documents"], &item["expected_on"]), (&json!(["acceptance"]), &json!("2026-03-10")), "{item}");
        assert_eq!((length(&brief["signals"]), length(&brief["notices"]), length(&brief["notes"])), (1, 1, 1), "{brief}");
        assert_eq!(brief["activities"][0]["outcome"], "pays half on Friday", "{brief}");
        let viewer = world.client(Role::Viewer).get(&format!("{case}/brief")).await.expect(200);
        assert_eq!(viewer["contacts"][0]["contact"]["email"], "l***", "masked without contacts:read");
        let elsewhere = world.another_tenant("other").await;
        assert_eq!(world.api.client(Role::Admin, &elsewhere.slug).get(&format!("{case}/brief")).await.refused(404), "not_found");
    }

    async fn gr_14_what_a_customer_claims_and_what_is_proven_are_two_things(world: World) {
        let admin = world.admin();
        let (_, case) = customer(&admin).await;
        let shown = admin.get(&case).await.expect(200);
        assert_eq!((&shown["claimed_reason"], &shown["verified_reason"]), (&json!(null), &json!(null)));
        let (claims, proofs) = (format!("{case}/claimed-reasons"), format!("{case}/verified-reasons"));
        let claimed = admin.post(&claims, json!({ "reason": "no_cash", "note": "Everything is in stock." })).await.expect(201);
        assert_eq!((&claimed["claimed_reason"]["reason"], &claimed["claimed_reason"]["on"]), (&json!("no_cash"), &json!("2026-03-02")));
        assert_eq!(claimed["verified_reason"], json!(null), "a claim proves nothing");
        for (path, body, code) in [
            (&proofs, json!({ "reason": "unwilling" }), "missing_field"),
            (&proofs, json!({ "reason": "unwilling", "evidence": " " }), "validation_failed"),
            (&proofs, json!({ "reason": "malice", "evidence": "bank.pdf" }), "validation_failed"),
            (&claims, json!({ "reason": "other" }), "validation_failed"),
        ] {
            assert_eq!(admin.post(path, body.clone()).await.refused(422), code, "{body}");
        }
        assert_eq!(admin.get(&case).await.expect(200)["verified_reason"], json!(null), "nothing changed");
        let proven = admin.post(&proofs, json!({ "reason": "unwilling", "evidence": "bank.pdf" })).await.expect(201);
        assert_eq!((&proven["verified_reason"]["reason"], &proven["verified_reason"]["evidence"]), (&json!("unwilling"), &json!("bank.pdf")));
        assert_eq!(proven["claimed_reason"]["reason"], "no_cash", "the claim stays beside it");
        assert_eq!(world.client(Role::Viewer).post(&claims, json!({ "reason": "no_cash" })).await.refused(403), "insufficient_scope");
        world.set_day("2026-03-03");
        let begun = admin.post("/v1/runs", json!({ "day": "2026-03-03" })).await.expect(202);
        admin.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await;
        assert_eq!(admin.get(&case).await.expect(200)["verified_reason"]["reason"], "unwilling", "a review leaves them alone");
    }
}
