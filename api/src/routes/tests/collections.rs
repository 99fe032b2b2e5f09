//! Cases, tasks, notices, policies and calendars over HTTP.

use super::*;

const INVOICES: &str = "external_id,account_external_id,issued_on,due_on,amount,currency\nI1,A1,2012-01-05,2012-02-06,100.00,CNY\nI2,A2,2012-01-05,2012-12-06,5.00,CNY\n";

async fn worked(scene: &Scene) {
    scene.import("kind=invoices&create_accounts=true", INVOICES).await;
    for day in ["2012-02-05", "2012-02-07", "2012-02-09", "2012-02-10"] {
        assert_eq!(scene.post("/v1/runs", json!({ "day": day })).await.status, 202);
        crate::worker::tests::work_runs(&scene.server).await;
    }
}

#[actix_web::test]
async fn a_case_is_worked_from_the_worklist() {
    let scene = Scene::new().await;
    worked(&scene).await;
    let cases = scene.get("/v1/cases?state=active&account_external_id=A1").await;
    let case = &cases.body["data"][0];
    assert_eq!((&case["stage"], &case["days_past_due"], &case["overdue"]["amount"]), (&"M1".into(), &4.into(), &"100.00".into()), "{case}");
    let path = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    assert_eq!(scene.get(&path).await.body, *case);
    let worklist = scene.get("/v1/worklist").await;
    assert_eq!(worklist.body["data"][0]["case"]["id"], case["id"], "{}", worklist.body);
    assert_eq!(worklist.body["data"][0]["reasons"][0]["code"], "overdue");
    let tasks = scene.get("/v1/tasks?state=open&account_external_id=A1").await;
    let task = format!("/v1/tasks/{}", tasks.body["data"][0]["id"].as_str().unwrap());
    let done = scene.post(&format!("{task}/completions"), json!({"outcome": "will pay on Friday", "done_on": "2012-02-10"})).await;
    assert_eq!((done.status, &done.body["state"]), (201, &"done".into()), "{}", done.body);
    assert_eq!(scene.get(&task).await.body["outcome"], "will pay on Friday");
    let told = scene.post(&format!("{path}/activities"), json!({"activity": "call", "outcome": "called again"})).await;
    assert_eq!(told.status, 201, "{}", told.body);
    let mine = scene.post(&format!("{path}/assignments"), json!({"owner": "li.na"})).await;
    assert_eq!((mine.status, &mine.body["owner"]), (201, &"li.na".into()), "{}", mine.body);
    let paused = scene.post(&format!("{path}/pauses"), json!({"last_day": "2999-01-01", "reason": "flood"})).await;
    assert_eq!((paused.status, &paused.body["state"]), (201, &"paused".into()), "{}", paused.body);
    let resumed = scene.as_role(Role::Collector, TestRequest::post().uri(&format!("{path}/resumptions"))).await;
    assert_eq!((resumed.status, &resumed.body["state"]), (201, &"active".into()), "{}", resumed.body);
}

#[actix_web::test]
async fn notices_are_found_by_account_and_step_and_left_out_on_request() {
    let scene = Scene::new().await;
    worked(&scene).await;
    let written = scene.get("/v1/notices?account_external_id=A1&step=written").await;
    let notice = &written.body["data"][0];
    assert_eq!(notice["lines"][0]["invoice_external_id"], "I1", "{}", written.body);
    assert_eq!(notice["state"], "undeliverable", "there is no contact, and so a task instead");
    assert_eq!(scene.get(&format!("/v1/notices/{}", notice["id"].as_str().unwrap())).await.body, *notice);
    assert_eq!(scene.get("/v1/notices?account_external_id=nobody").await.body["data"], json!([]));
    assert_eq!(scene.get("/v1/notices?state=lost").await.code(), "invalid_parameter");
    for list in ["/v1/offers", "/v1/handoffs?state=open", "/v1/approvals?state=pending"] {
        assert_eq!(scene.get(list).await.body["data"], json!([]), "{list}");
    }
}

#[actix_web::test]
async fn a_policy_is_made_from_a_preset_and_put_in_force_by_the_operator() {
    let scene = Scene::new().await;
    let made = scene.post("/v1/policies", json!({"preset": "four_stage"})).await;
    assert_eq!((made.status, &made.body["active"], &made.body["number"]), (201, &false.into(), &2.into()), "{}", made.body);
    let activate = || TestRequest::post().uri(&format!("{}/activations", made.header("location")));
    let waits = scene.as_role(Role::CreditManager, activate()).await;
    assert_eq!((waits.status, &waits.body["approval"]["needs"]), (202, &"admin".into()), "{}", waits.body);
    assert_eq!(scene.as_role(Role::Admin, activate()).await.body["active"], true);
    assert_eq!(scene.get("/v1/policies").await.body["data"].as_array().unwrap().len(), 2);
    let copy = json!({"name": "mine", "document": made.body["document"]});
    assert_eq!(scene.post("/v1/policies", copy).await.status, 201, "what is read can be sent");
    assert_eq!(scene.post("/v1/policies", json!({"preset": "for_stage"})).await.code(), "unknown_policy_key");
}

#[actix_web::test]
async fn a_calendar_is_put_whole_at_its_version() {
    let scene = Scene::new().await;
    let put =
        |tag: &str, body: Value| TestRequest::put().uri("/v1/calendars/cn").insert_header(("if-match", tag.to_owned())).set_json(body);
    let first = scene.as_role(Role::Admin, put("*", json!({"holidays": ["2025-10-01"]}))).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"v1\""), "{}", first.body);
    let second = scene.as_role(Role::Admin, put("\"v1\"", json!({"holidays": ["2025-10-01", "2025-10-02"]}))).await;
    assert_eq!((second.status, second.header("etag")), (200, "\"v2\""), "{}", second.body);
    assert_eq!(scene.as_role(Role::Admin, put("\"v1\"", json!({}))).await.status, 412);
    assert_eq!(scene.get("/v1/calendars/cn").await.body, second.body);
    assert_eq!(scene.get("/v1/calendars/de").await.status, 404);
    assert_eq!(scene.get("/v1/calendars").await.body["data"].as_array().unwrap().len(), 1);
}
