//! Credit files over HTTP: what is known of an account and from whom, how it is scored, and who may buy on credit at all.

use recoup_api::access::Role;
use serde_json::{Value, json};
use tests::client::Client;
use tests::ledger::cny;
use tests::on_both;

/// Makes an account and gives its path.
pub(crate) async fn account(client: &Client, number: &str, more: Value) -> String {
    let mut body = json!({ "external_id": number, "name": number, "currency": "CNY" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = client.post("/v1/accounts", body).await.expect(201);
    format!("/v1/accounts/{}", made["id"].as_str().unwrap())
}

/// A 5C sheet with the same points in every dimension.
pub(crate) fn five_c(points: i64) -> Value {
    let dimensions: Vec<Value> = ["character", "capacity", "capital", "collateral", "conditions"]
        .map(|key| json!({ "key": key, "points": points, "evidence": "Seen by us." }))
        .into();
    json!({ "template": "5c", "dimensions": dimensions })
}

fn entry(title: &str, more: &Value) -> Value {
    let mut body = json!({
        "section": "solvency", "source": "bureau", "basis": "public_register", "title": title, "content": "As printed.",
        "reference": "BR-1", "dated_on": "2026-03-01",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn titles(of: &Value) -> Vec<&str> {
    of.as_array().unwrap().iter().map(|entry| entry["title"].as_str().unwrap()).collect()
}

/// Places an order and gives its decision and the codes of its reasons.
pub(crate) async fn ordered(client: &Client, number: &str, account: &str, amount: &str) -> (String, Vec<String>) {
    let id = account.trim_start_matches("/v1/accounts/");
    let order = client.post("/v1/orders", json!({ "external_id": number, "account_id": id, "amount": cny(amount) })).await.expect(201);
    let codes = order["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect();
    (order["decision"].as_str().unwrap().to_owned(), codes)
}

on_both! {
    async fn every_version_of_a_credit_file_can_be_read_and_any_two_compared(world: World) {
        let officer = world.client(Role::CreditOfficer);
        let at = account(&world.admin(), "A1", json!({})).await;
        let file = format!("{at}/credit-file");
        let first = officer.post(&file, entry("Report", &json!({}))).await.expect(201);
        assert_eq!((&first["version"], &first["reliability"]), (&json!(1), &json!(90)), "{first}");
        let said = json!({ "section": "management", "source": "salesperson", "basis": "customer_told", "evidence_url": "https://files.example/1" });
        officer.post(&file, entry("Talk", &said)).await.expect(201);
        let newer = officer.post(&file, entry("New report", &json!({ "replaces": first["id"], "content": "Worse." }))).await.expect(201);
        let now = officer.get(&file).await.expect(200);
        assert_eq!((&now["version"], titles(&now["entries"])), (&json!(3), vec!["Talk", "New report"]));
        let before = officer.get(&format!("{file}?version=2")).await.expect(200);
        assert_eq!((titles(&before["entries"]), &before["newest_version"]), (vec!["Report", "Talk"], &json!(3)));
        assert_eq!(titles(&officer.get(&format!("{file}?section=management")).await.expect(200)["entries"]), ["Talk"]);
        let compared = officer.get(&format!("{file}/comparison?from=1&to=3")).await.expect(200);
        assert_eq!(titles(&compared["added"]), ["Talk"]);
        let replaced = &compared["replaced"][0];
        assert_eq!((&replaced["before"]["id"], &replaced["after"]["id"]), (&first["id"], &newer["id"]));
        assert_eq!(replaced["changed"], json!(["title", "content"]));
        assert_eq!(officer.get(&format!("{file}/comparison?from=0&to=4")).await.refused(404), "not_found");
        assert_eq!(officer.get(&format!("{file}/comparison?from=3&to=1")).await.refused(400), "invalid_parameter");
    }

    async fn an_entry_names_where_it_comes_from_and_takes_the_place_of_what_stands(world: World) {
        let officer = world.client(Role::CreditOfficer);
        let at = account(&world.admin(), "A1", json!({})).await;
        let other = account(&world.admin(), "A2", json!({})).await;
        let file = format!("{at}/credit-file");
        let first = officer.post(&file, entry("Report", &json!({}))).await.expect(201);
        officer.post(&file, entry("Second", &json!({ "replaces": first["id"] }))).await.expect(201);
        for (body, status, code) in [
            (entry("Third", &json!({ "replaces": first["id"] })), 409, "illegal_state"),
            (entry("Bare", &json!({ "reference": null })), 422, "validation_failed"),
            (entry("Odd", &json!({ "evidence_url": "file:///etc/passwd" })), 422, "validation_failed"),
            (entry("Early", &json!({ "dated_on": "2026-03-03" })), 422, "validation_failed"),
            (entry("Gossip", &json!({ "source": "gossip" })), 422, "validation_failed"),
            (entry("", &json!({})), 422, "validation_failed"),
        ] {
            assert_eq!(officer.post(&file, body.clone()).await.refused(status), code, "{body}");
        }
        let strange = entry("Strange", &json!({ "replaces": first["id"] }));
        assert_eq!(officer.post(&format!("{other}/credit-file"), strange).await.refused(422), "unknown_reference");
        assert_eq!(officer.get(&file).await.expect(200)["version"], 2, "what is refused changes nothing");
        assert_eq!(world.client(Role::Viewer).post(&file, entry("No", &json!({}))).await.refused(403), "insufficient_scope");
        let stranger = world.another_tenant("other").await;
        assert_eq!(world.api.client(Role::Admin, &stranger.slug).get(&file).await.refused(404), "not_found");
    }

    async fn the_settings_say_how_far_a_source_is_trusted_and_what_a_newcomer_is_asked(world: World) {
        let admin = world.admin();
        let at = account(&admin, "A1", json!({})).await;
        let list = format!("{at}/checklist");
        let asked = admin.get(&list).await.expect(200);
        assert_eq!((&asked["met"], &asked["total"]), (&json!(0), &json!(11)), "{asked}");
        admin.post(&list, json!({ "item": "licence", "met": true, "reference": "913100" })).await.expect(201);
        admin.post(&list, json!({ "item": "licence", "met": false, "note": "It has run out." })).await.expect(201);
        admin.post(&list, json!({ "item": "payer", "met": true })).await.expect(201);
        let answered = admin.get(&list).await.expect(200);
        assert_eq!((&answered["met"], &answered["items"][0]["met"], &answered["items"][0]["note"]), (&json!(1), &json!(false), &json!("It has run out.")));
        assert_eq!(admin.post(&list, json!({ "item": "horoscope", "met": true })).await.refused(422), "unknown_reference");

        let mut settings = admin.get("/v1/settings").await.expect(200);
        settings["credit"]["source_reliability"] = json!({ "bureau": 75 });
        settings["credit"]["checklist"] = json!([{ "key": "horoscope", "list": "onboarding", "text": { "en": "The stars.", "zh-CN": "星象。" } }]);
        admin.put("/v1/settings", "*", settings.clone()).await.expect(200);
        admin.post(&list, json!({ "item": "horoscope", "met": true })).await.expect(201);
        assert_eq!(admin.get(&list).await.expect(200)["total"], 1);
        let file = format!("{at}/credit-file");
        assert_eq!(admin.post(&file, entry("Report", &json!({}))).await.expect(201)["reliability"], 75);
        assert_eq!(admin.post(&file, entry("Visit", &json!({ "source": "site_visit" }))).await.expect(201)["reliability"], 50, "left out");
        settings["credit"]["source_reliability"] = json!({ "bureau": 175 });
        assert_eq!(admin.put("/v1/settings", "*", settings).await.refused(422), "validation_failed");
    }

    async fn score_sheets_are_data(world: World) {
        let admin = world.admin();
        let at = account(&admin, "A1", json!({})).await;
        let sheets = format!("{at}/score-sheets");
        let names = |of: &Value| of["data"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>();
        assert_eq!(names(&admin.get("/v1/score-templates").await.expect(200)), ["5c", "six_dimension"]);
        let own = json!({ "name": "own", "title": { "en": "Own", "zh-CN": "自定" }, "dimensions": [
            { "key": "shop", "weight": 67, "title": { "en": "Shop", "zh-CN": "门店" } },
            { "key": "owner", "weight": 33, "title": { "en": "Owner", "zh-CN": "店主" } },
        ] });
        admin.post("/v1/score-templates", own.clone()).await.expect(201);
        admin.post("/v1/score-templates", own.clone()).await.expect(200);
        let mut changed = own.clone();
        changed["title"]["en"] = json!("Other");
        assert_eq!(admin.post("/v1/score-templates", changed).await.refused(422), "name_taken");
        let mut light = own;
        (light["name"], light["dimensions"][0]["weight"]) = (json!("light"), json!(66));
        assert_eq!(admin.post("/v1/score-templates", light).await.refused(422), "validation_failed");

        let shop = json!({ "key": "shop", "points": 50, "evidence": "Seen." });
        let owner = json!({ "key": "owner", "points": 75, "evidence": "Met." });
        let filled = admin.post(&sheets, json!({ "template": "own", "dimensions": [owner, shop] })).await.expect(201);
        assert_eq!((&filled["score"], &filled["dimensions"][0]["key"]), (&json!("58.25"), &json!("shop")), "67 % of 50 and 33 % of 75");
        let five = admin.post(&sheets, five_c(80)).await.expect(201);
        assert_eq!(five["score"], "80.00");
        let known = admin.post(&format!("{at}/credit-file"), entry("Report", &json!({}))).await.expect(201);
        let mut proven = five_c(90);
        for dimension in proven["dimensions"].as_array_mut().unwrap() {
            *dimension = json!({ "key": dimension["key"], "points": 90, "entry_id": known["id"] });
        }
        admin.post(&sheets, proven).await.expect(201);
        let listed = admin.get(&format!("{sheets}?limit=2")).await.expect(200);
        assert_eq!((&listed["data"][0]["score"], &listed["has_more"]), (&json!("90.00"), &json!(true)));

        let spoilt = |spoil: fn(&mut Value)| {
            let mut sheet = five_c(80);
            spoil(&mut sheet);
            sheet
        };
        for (sheet, code) in [
            (spoilt(|s| s["dimensions"][0]["points"] = json!(101)), "validation_failed"),
            (spoilt(|s| s["dimensions"][0]["key"] = json!("luck")), "validation_failed"),
            (spoilt(|s| drop(s["dimensions"].as_array_mut().unwrap().pop())), "validation_failed"),
            (spoilt(|s| s["dimensions"][0]["evidence"] = json!(null)), "validation_failed"),
            (spoilt(|s| s["dimensions"][0]["entry_id"] = json!("cfe_01h455vb4pex5vsknk084sn02q")), "unknown_reference"),
            (spoilt(|s| s["template"] = json!("7c")), "unknown_reference"),
            (spoilt(|s| s["scored_on"] = json!("2026-03-03")), "validation_failed"),
        ] {
            assert_eq!(admin.post(&sheets, sheet.clone()).await.refused(422), code, "{sheet}");
        }
    }

    async fn who_is_not_approved_ships_only_what_is_paid(world: World) {
        let admin = world.admin();
        let at = account(&admin, "A1", json!({ "state": "prospect" })).await;
        let limit = json!({ "amount": cny("5000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "too early" });
        admin.post(&format!("{at}/credit-limits"), limit).await.expect(201);
        assert_eq!(ordered(&admin, "O1", &at, "100.00").await, ("hold".to_owned(), vec!["not_approved".to_owned()]));
        let id = at.trim_start_matches("/v1/accounts/");
        let cash = json!({ "external_id": "P1", "account_id": id, "received_on": "2026-03-01", "amount": cny("100.00") });
        admin.post("/v1/payments", cash).await.expect(201);
        assert_eq!(ordered(&admin, "O2", &at, "100.00").await.0, "approve", "money first");
        let state = |to: &str| json!({ "state": to });
        assert_eq!(admin.patch(&at, "*", state("approved")).await.refused(409), "illegal_state");
        assert_eq!(admin.patch(&at, "*", state("declined")).await.refused(409), "illegal_state");
        admin.patch(&at, "*", state("under_review")).await.expect(200);
        assert_eq!(ordered(&admin, "O3", &at, "100.00").await, ("hold".to_owned(), vec!["not_approved".to_owned()]));
        admin.patch(&at, "*", state("prospect")).await.expect(200);
        assert_eq!(admin.post("/v1/accounts", json!({ "external_id": "A2", "name": "A2", "currency": "CNY", "state": "declined" })).await.refused(409), "illegal_state");
    }

    async fn the_settings_say_how_an_account_begins_and_imports_begin_approved(world: World) {
        let admin = world.admin();
        let mut settings = admin.get("/v1/settings").await.expect(200);
        settings["credit"]["new_accounts"] = json!("prospect");
        admin.put("/v1/settings", "*", settings).await.expect(200);
        let at = account(&admin, "A1", json!({})).await;
        assert_eq!(admin.get(&at).await.expect(200)["state"], "prospect");
        let asked = json!({ "external_id": "A2", "name": "A2", "currency": "CNY", "state": "approved" });
        assert_eq!(admin.post("/v1/accounts", asked).await.refused(409), "illegal_state");
        admin.import("kind=accounts", "external_id,name,currency\nA3,Old customer,CNY\n").await;
        let found = admin.get("/v1/accounts?external_id=A3").await.expect(200);
        assert_eq!(found["data"][0]["state"], "approved");
        let old = format!("/v1/accounts/{}", found["data"][0]["id"].as_str().unwrap());
        assert_eq!(ordered(&admin, "O1", &old, "100.00").await.0, "approve");
        assert_eq!(ordered(&admin, "O2", &at, "100.00").await, ("hold".to_owned(), vec!["not_approved".to_owned()]));
    }

    async fn a_grade_that_pays_first_holds_whatever_the_limit_says(world: World) {
        let admin = world.admin();
        let at = account(&admin, "A1", json!({ "grade": "B" })).await;
        let limit = json!({ "amount": cny("5000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "agreed" });
        admin.post(&format!("{at}/credit-limits"), limit).await.expect(201);
        assert_eq!(ordered(&admin, "O1", &at, "100.00").await.0, "approve");
        admin.patch(&at, "*", json!({ "grade": "C" })).await.expect(200);
        let held = admin.get(&format!("{at}/exposure")).await.expect(200);
        assert_eq!(held["limit"]["amount"], "0.00", "{held}");
        assert_eq!(ordered(&admin, "O2", &at, "100.00").await, ("hold".to_owned(), vec!["grade_prepays".to_owned()]));
        let changes = admin.get(&format!("{at}/grade-changes")).await.expect(200);
        assert_eq!((&changes["data"][0]["from"], &changes["data"][0]["to"], &changes["data"][0]["source"]), (&json!("B"), &json!("C"), &json!("person")));

        let rule = |grade: &str, from: i64, terms: &str| json!({ "grade": grade, "from_score": from, "risk_factor_bps": 5000, "terms": terms, "review_months": 6 });
        let grades = json!([rule("A", 50, "open_account"), rule("C", 0, "open_account")]);
        let table = json!({ "currency": "CNY", "valid_from": "2026-03-02", "reason": "C may buy again", "grades": grades });
        admin.post("/v1/grade-tables", table.clone()).await.expect(201);
        assert_eq!(ordered(&admin, "O3", &at, "100.00").await.0, "approve", "the new table is in force at once");
        assert_eq!(admin.post("/v1/grade-tables", table.clone()).await.refused(409), "illegal_state");
        let mut spoilt = table.clone();
        (spoilt["valid_from"], spoilt["grades"][1]["from_score"]) = (json!("2026-04-01"), json!(10));
        assert_eq!(admin.post("/v1/grade-tables", spoilt).await.refused(422), "validation_failed");
        let mut past = table;
        past["valid_from"] = json!("2026-03-01");
        assert_eq!(admin.post("/v1/grade-tables", past).await.refused(422), "validation_failed");
        let listed = admin.get("/v1/grade-tables").await.expect(200);
        assert_eq!((listed["data"].as_array().unwrap().len(), &listed["data"][1]["id"]), (2, &json!(null)), "the shipped one comes last");
    }
}
