//! People at the customer: whose word counts, who stands in for whom, and to whom letters and tasks go (CF-11, CF-12, CF-18).

use recoup_api::access::Role;
use serde_json::{Value, json};
use tests::client::Client;
use tests::ledger::cny;
use tests::on_both;

/// An account with something two weeks overdue on the first day; gives its path.
async fn customer(admin: &Client) -> String {
    let account = json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" });
    let id = admin.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
    let invoice = json!({ "external_id": "I1", "account_external_id": "A1", "issued_on": "2025-12-01", "due_on": "2026-02-16", "amount": cny("300.00") });
    admin.post("/v1/invoices", invoice).await.expect(201);
    format!("/v1/accounts/{id}")
}

/// Adds a contact of this role who can be written to and called; gives its id.
async fn person(admin: &Client, account: &str, role: &str, more: Value) -> String {
    let mut contact = json!({ "name": role, "role": role, "email": "one@lotus.example", "phone": "+86 21 5555" });
    more.as_object().unwrap().iter().for_each(|(name, value)| contact[name] = value.clone());
    admin.post(&format!("{account}/contacts"), contact).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn run(admin: &Client, day: &str) {
    let begun = admin.post("/v1/runs", json!({ "day": day })).await.expect(202);
    let done = admin.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await;
    assert_eq!((&done["state"], &done["failed"]), (&json!("done"), &json!(0)), "{done}");
}

on_both! {
    async fn letters_and_tasks_go_to_who_stands_in_while_the_main_contact_is_away(world: World) {
        let admin = world.admin();
        let at = customer(&admin).await;
        let away = json!({ "influence": 90, "absent_from": "2026-02-20", "absent_to": "2026-03-05" });
        let main = person(&admin, &at, "payer", away).await;
        person(&admin, &at, "handler", json!({})).await;
        let deputy = person(&admin, &at, "approver", json!({ "delegate_of": main })).await;
        run(&admin, "2026-03-02").await;
        let notices = admin.get("/v1/notices?account_external_id=A1").await.expect(200);
        assert_eq!(notices["data"][0]["contact_id"], json!(deputy), "{notices}");
        let tasks = admin.get("/v1/tasks?account_external_id=A1&state=open").await.expect(200);
        let call = tasks["data"].as_array().unwrap().iter().find(|task| task["activity"] == "call").expect("a call");
        assert_eq!(call["contact_id"], json!(deputy), "{call}");
        run(&admin, "2026-03-16").await;
        let notices = admin.get("/v1/notices?account_external_id=A1").await.expect(200);
        let last = notices["data"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["created_on"], &last["contact_id"]), (&json!("2026-03-16"), &json!(main)), "back again: {notices}");
    }

    async fn a_contact_is_changed_with_its_version_and_names_what_is_there(world: World) {
        let admin = world.admin();
        let at = customer(&admin).await;
        let main = person(&admin, &at, "payer", json!({ "persona": "deciding_leader", "influence": 80 })).await;
        let deputy = person(&admin, &at, "handler", json!({ "delegate_of": main })).await;
        let other = admin.post("/v1/accounts", json!({ "external_id": "A2", "name": "Peony", "currency": "CNY" })).await.expect(201);
        let stranger = person(&admin, &format!("/v1/accounts/{}", other["id"].as_str().unwrap()), "payer", json!({})).await;
        let path = format!("/v1/contacts/{main}");
        for (body, code) in [
            (json!({ "influence": 101 }), "validation_failed"),
            (json!({ "absent_to": "2026-03-05" }), "validation_failed"),
            (json!({ "absent_from": "2026-03-05", "absent_to": "2026-03-04" }), "validation_failed"),
            (json!({ "persona": "owl" }), "unknown_reference"),
            (json!({ "delegate_of": main }), "validation_failed"),
            (json!({ "delegate_of": deputy }), "validation_failed"),
            (json!({ "delegate_of": stranger }), "unknown_reference"),
            (json!({ "email": "nowhere" }), "validation_failed"),
        ] {
            assert_eq!(admin.patch(&path, "*", body.clone()).await.refused(422), code, "{body}");
        }
        let shown = admin.get(&path).await.expect(200);
        assert_eq!((&shown["version"], &shown["persona"], &shown["influence"]), (&json!(1), &json!("deciding_leader"), &json!(80)), "nothing changed");
        let changed = admin.patch(&path, "\"v1\"", json!({ "persona": null, "absent_from": "2026-03-09" })).await.expect(200);
        assert_eq!((&changed["version"], &changed["persona"], &changed["absent_from"]), (&json!(2), &json!(null), &json!("2026-03-09")));
        assert_eq!(admin.patch(&path, "\"v1\"", json!({ "influence": 5 })).await.refused(412), "stale_version");
        assert_eq!(admin.patch(&path, "*", json!({ "influence": 80 })).await.expect(200)["version"], 2, "said before");
        assert_eq!(world.client(Role::Viewer).get(&path).await.expect(200)["email"], "o***");
        assert_eq!(world.client(Role::Viewer).patch(&path, "*", json!({ "influence": 5 })).await.refused(403), "insufficient_scope");
        let elsewhere = world.another_tenant("other").await;
        assert_eq!(world.api.client(Role::Admin, &elsewhere.slug).get(&path).await.refused(404), "not_found");

        let mut settings = admin.get("/v1/settings").await.expect(200);
        settings["credit"]["personas"] = json!([{ "key": "owl", "text": { "en": "The owl", "zh-CN": "猫头鹰" } }]);
        admin.put("/v1/settings", "*", settings).await.expect(200);
        assert_eq!(admin.patch(&path, "*", json!({ "persona": "owl" })).await.expect(200)["persona"], "owl", "an own list");
    }

    async fn cf_16_a_notice_waits_for_the_hours_of_the_person_it_goes_to(world: World) {
        let admin = world.admin();
        let at = customer(&admin).await;
        let main = person(&admin, &at, "payer", json!({})).await;
        let path = format!("/v1/contacts/{main}");
        run(&admin, "2026-03-02").await;
        let shown = admin.get("/v1/notices?account_external_id=A1").await.expect(200)["data"][0].clone();
        assert_eq!((&shown["state"], &shown["contact_id"], &shown["waits"]), (&json!("ready"), &json!(main), &json!(null)), "{shown}");
        for (hours, pointer) in [
            (json!({ "time_zone": "Asia/Nowhere" }), "#/hours/time_zone"),
            (json!({ "time_zone": "UTC", "window": { "from": "09:00", "to": "9:30" } }), "#/hours/window"),
            (json!({ "time_zone": "UTC", "window": { "from": "09:00", "to": "10:00" }, "quiet": [{ "from": "08:00", "to": "11:00" }] }), "#/hours"),
        ] {
            let answer = admin.patch(&path, "*", json!({ "hours": hours })).await;
            assert_eq!((answer.status, answer.json["errors"][0]["pointer"].as_str()), (422, Some(pointer)), "{}", answer.text);
        }
        // It is a Monday; the person is there on Fridays.
        let hours = json!({ "time_zone": "Asia/Shanghai", "weekdays": [5], "window": { "from": "09:00", "to": "22:00" } });
        let changed = admin.patch(&path, "*", json!({ "hours": hours })).await.expect(200);
        assert_eq!(changed["hours"]["weekdays"], json!([5]));
        let notice = format!("/v1/notices/{}", shown["id"].as_str().unwrap());
        let waits = admin.get(&notice).await.expect(200)["waits"].clone();
        assert_eq!((&waits["rule"], &waits["until"], &waits["reason"]["code"]), (&json!("gate:G-QUIET"), &json!("2026-03-06T01:00:00Z"), &json!("contact_quiet")));
        assert!(waits["reason"]["text"]["zh-CN"].as_str().unwrap().contains("不宜联系"), "{waits}");
        let refused = admin.post(&format!("{notice}/dispatches"), json!({})).await;
        assert_eq!((&refused.json["code"], &refused.json["not_before"]), (&json!("contact_quiet"), &json!("2026-03-06T01:00:00Z")), "{}", refused.text);
        assert_eq!((refused.status, &admin.get(&notice).await.expect(200)["state"]), (422, &json!("ready")), "nothing changed");
        world.set_day("2026-03-06");
        assert_eq!(admin.get(&notice).await.expect(200)["waits"], json!(null));
        let sent = admin.post(&format!("{notice}/dispatches"), json!({})).await.expect(201);
        assert_eq!((&sent["state"], &sent["waits"]), (&json!("sent"), &json!(null)));
    }
}
