//! Limits, orders, holds, decisions and reports over HTTP.

use super::*;

const CNY: fn(&str) -> Value = |amount| json!({"amount": amount, "currency": "CNY"});

async fn limited(scene: &Scene, amount: Value) -> String {
    let id = scene.account("A1").await;
    let limit = json!({"amount": amount, "valid_from": "2020-01-01", "kind": "standing", "reason": "first"});
    let set = scene.post(&format!("/v1/accounts/{id}/credit-limits"), limit).await;
    assert_eq!(set.status, 201, "{}", set.body);
    id
}

fn order(external_id: &str, amount: &str) -> Value {
    json!({"external_id": external_id, "account_external_id": "A1", "amount": CNY(amount)})
}

#[actix_web::test]
async fn a_held_order_is_an_answer_with_its_reasons_and_a_person_may_let_it_ship() {
    let scene = Scene::new().await;
    let account = limited(&scene, CNY("1000.00")).await;
    let fits = scene.post("/v1/orders", order("O1", "600.00")).await;
    assert_eq!((fits.status, &fits.body["decision"], &fits.body["state"]), (201, &"approve".into(), &"approved".into()), "{}", fits.body);
    let held = scene.post("/v1/orders", order("O2", "600.00")).await;
    assert_eq!((held.status, &held.body["decision"], &held.body["state"]), (201, &"hold".into(), &"held".into()), "{}", held.body);
    assert_eq!(held.body["available"]["amount"], "400.00");
    assert!(held.body["reasons"][0]["code"].is_string(), "{}", held.body);
    let again = scene.post("/v1/orders", order("O2", "600.00")).await;
    assert_eq!((again.status, again.header("idempotent-replayed"), &again.body), (200, "true", &held.body));
    let path = format!("/v1/orders/{}", held.body["id"].as_str().unwrap());
    let checked = scene.as_role(Role::Admin, TestRequest::post().uri(&format!("{path}/checks"))).await;
    assert_eq!((checked.status, &checked.body["decision"]), (201, &"hold".into()), "{}", checked.body);
    let queue = scene.get("/v1/holds?state=active").await;
    assert_eq!(queue.body["data"][0]["order"]["external_id"], "O2", "{}", queue.body);
    assert_eq!(scene.get(&format!("/v1/accounts/{account}/holds")).await.body["data"].as_array().unwrap().len(), 1);
    let released = scene.post(&format!("{path}/releases"), json!({"reason": "known customer"})).await;
    assert_eq!((released.status, &released.body["state"]), (201, &"released".into()), "{}", released.body);
    let cancelled = scene.as_role(Role::Admin, TestRequest::post().uri(&format!("{path}/cancellations"))).await;
    assert_eq!((cancelled.status, &cancelled.body["state"]), (201, &"cancelled".into()), "{}", cancelled.body);
    let exposure = scene.get(&format!("/v1/accounts/{account}/exposure")).await;
    assert_eq!((exposure.status, &exposure.body["exposure"]), (200, &CNY("600.00")), "{}", exposure.body);
    assert_eq!(scene.get("/v1/orders?state=cancelled,held").await.body["data"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_decision_is_told_with_its_facts_and_in_both_languages() {
    let scene = Scene::new().await;
    limited(&scene, CNY("100.00")).await;
    let held = scene.post("/v1/orders", order("O1", "600.00")).await;
    let path = format!("/v1/decisions/{}", held.body["decision_id"].as_str().unwrap());
    assert_eq!(scene.get(&path).await.body["outcome"], "hold");
    assert_eq!(scene.get(&format!("{path}/facts")).await.status, 200);
    let english = scene.get(&format!("{path}/explain")).await;
    let chinese = scene.get(&format!("{path}/explain?lang=zh-CN")).await;
    assert!(english.body["summary"].as_str().unwrap().contains("O1"), "{}", english.body);
    assert!(chinese.body["summary"].as_str().unwrap().contains("订单"), "{}", chinese.body);
    let text = scene.as_role(Role::Admin, TestRequest::get().uri(&format!("{path}/explain")).insert_header(("accept", "text/plain"))).await;
    assert_eq!((text.status, text.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert_eq!(scene.get("/v1/decisions?vote=hold").await.body["data"].as_array().unwrap().len(), 1);
    let audit = scene.get(&format!("/v1/audit?type=order.*&subject_id={}", held.body["id"].as_str().unwrap())).await;
    assert_eq!((audit.status, audit.body["data"].as_array().unwrap().len()), (200, 1), "{}", audit.body);
    assert_eq!(scene.get("/v1/audit?subject_id=x").await.code(), "invalid_parameter");
}

#[actix_web::test]
async fn what_is_above_an_officers_authority_needs_a_second_person() {
    let scene = Scene::new().await;
    let id = limited(&scene, CNY("100.00")).await;
    let limit = |amount: Value, from: &str| {
        let body = json!({"amount": amount, "valid_from": from, "kind": "standing", "reason": "more"});
        TestRequest::post().uri(&format!("/v1/accounts/{id}/credit-limits")).set_json(body)
    };
    assert_eq!(scene.as_role(Role::CreditOfficer, limit(CNY("100000.00"), "2020-02-01")).await.status, 201);
    for amount in [CNY("100000.01"), Value::Null] {
        let waits = scene.as_role(Role::CreditOfficer, limit(amount.clone(), "2020-03-01")).await;
        assert_eq!((waits.status, &waits.body["state"]), (202, &"pending_approval".into()), "{}", waits.body);
        assert_eq!(waits.header("location"), format!("/v1/approvals/{}", waits.body["id"].as_str().unwrap()));
        let again = scene.as_role(Role::CreditOfficer, limit(amount, "2020-03-01")).await;
        assert_eq!((again.status, again.header("idempotent-replayed"), &again.body), (202, "true", &waits.body), "it waits once");
    }
    assert_eq!(scene.get("/v1/approvals?state=pending&kind=set_limit").await.body["data"].as_array().unwrap().len(), 2);
    assert_eq!(scene.as_role(Role::Admin, limit(Value::Null, "2020-03-01")).await.status, 201, "the operator acts alone");
    assert_eq!(scene.get(&format!("/v1/accounts/{id}/credit-limits")).await.body["data"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn an_account_on_hold_ships_nothing_until_it_is_lifted() {
    let scene = Scene::new().await;
    limited(&scene, CNY("1000.00")).await;
    let placed = scene.post("/v1/holds", json!({"account_external_id": "A1", "reason": "fraud alert"})).await;
    assert_eq!((placed.status, &placed.body["state"]), (201, &"active".into()), "{}", placed.body);
    assert_eq!(scene.post("/v1/orders", order("O1", "1.00")).await.body["decision"], "hold");
    let lifted = scene.post(&format!("{}/releases", placed.header("location")), json!({"reason": "cleared"})).await;
    assert_eq!((lifted.status, &lifted.body["state"]), (201, &"lifted".into()), "{}", lifted.body);
    assert_eq!(scene.post("/v1/orders", order("O2", "1.00")).await.body["decision"], "approve");
}

#[actix_web::test]
async fn reports_are_read_as_of_any_day() {
    let scene = Scene::new().await;
    let invoices = "external_id,account_external_id,issued_on,due_on,amount,currency\n\
        I1,A1,2012-01-05,2012-02-04,100.00,CNY\nI2,A1,2012-03-05,2012-04-04,50.00,CNY\n";
    scene.import("kind=invoices&create_accounts=true", invoices).await;
    let ageing = scene.get("/v1/reports/ageing?as_of=2012-03-10&group_by=account").await;
    assert_eq!((ageing.status, &ageing.body["total"], &ageing.body["count"]), (200, &CNY("150.00"), &2.into()), "{}", ageing.body);
    assert_eq!((&ageing.body["buckets"][2]["key"], &ageing.body["buckets"][2]["amount"]), (&"31_60".into(), &CNY("100.00")));
    assert_eq!(ageing.body["rows"][0]["account_external_id"], "A1");
    let kpis = scene.get("/v1/reports/kpis?as_of=2012-03-10&days=90").await;
    assert_eq!((kpis.status, &kpis.body["overdue_ratio"]["value"]), (200, &"0.666667".into()), "{}", kpis.body["overdue_ratio"]);
    assert_eq!(scene.get("/v1/reports/ageing?as_of=2012-02-30").await.code(), "invalid_parameter");
}
