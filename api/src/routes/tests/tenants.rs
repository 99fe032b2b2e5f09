//! Tenants, settings and the test clock.

use super::*;

#[actix_web::test]
async fn only_the_operator_makes_tenants_and_a_slug_is_taken_once() {
    let scene = Scene::new().await;
    let new = json!({"slug": "acme", "kind": "sandbox", "time_zone": "Asia/Shanghai", "currency": "CNY"});
    let made = scene.post("/v1/tenants", new.clone()).await;
    assert_eq!((made.status, &made.body), (201, &new));
    assert_eq!(scene.get(made.header("location")).await.body, new);
    assert_eq!(scene.post("/v1/tenants", new.clone()).await.code(), "name_taken");
    let mut wrong = new;
    wrong["time_zone"] = "Mars/Olympus".into();
    assert_eq!(scene.post("/v1/tenants", wrong).await.status, 422);
    assert_eq!(scene.get("/v1/tenants").await.body["data"].as_array().unwrap().len(), 2);
    assert_eq!(scene.as_role(Role::Auditor, TestRequest::get().uri("/v1/tenants")).await.code(), "operator_only");
}

#[actix_web::test]
async fn settings_are_replaced_at_the_version_that_was_read() {
    let scene = Scene::new().await;
    let read = scene.get("/v1/settings").await;
    assert_eq!((read.status, &read.body["no_limit_row"]), (200, &"no_check".into()));
    let put = |tag: &str, body: &Value| TestRequest::put().uri("/v1/settings").insert_header(("if-match", tag.to_owned())).set_json(body);
    let mut wanted = read.body.clone();
    wanted["no_limit_row"] = "hold".into();
    wanted["run_at"] = "02:30".into();
    let done = scene.as_role(Role::Admin, put(read.header("etag"), &wanted)).await;
    assert_eq!((done.status, &done.body), (200, &wanted));
    assert_ne!(done.header("etag"), read.header("etag"));
    assert_eq!(scene.as_role(Role::Admin, put(read.header("etag"), &wanted)).await.status, 412);
    assert_eq!(scene.get("/v1/settings").await.header("etag"), done.header("etag"));
    let same = scene.as_role(Role::Admin, put("*", &wanted)).await;
    assert_eq!(same.header("etag"), done.header("etag"), "a change that changes nothing is none");
    for (name, value) in [("run_at", json!("25:00")), ("calendar", json!("none")), ("colour", json!("red"))] {
        let mut wrong = wanted.clone();
        wrong[name] = value;
        assert_eq!(scene.as_role(Role::Admin, put("*", &wrong)).await.status, 422, "{name}");
    }
    wanted["four_eyes"] = false.into();
    let refused = scene.as_role(Role::CreditManager, put("*", &wanted)).await;
    assert_eq!(refused.code(), "second_person_required", "nobody frees himself of the second person");
    assert_eq!(scene.as_role(Role::Admin, put("*", &wanted)).await.status, 200);
}

#[actix_web::test]
async fn a_test_clock_belongs_to_a_sandbox_and_only_moves_forward() {
    let scene = Scene::new().await;
    assert_eq!(scene.get("/v1/test-clock").await.code(), "sandbox_only");
    let new = json!({"slug": "lab", "kind": "sandbox", "time_zone": "Asia/Shanghai", "currency": "CNY"});
    assert_eq!(scene.post("/v1/tenants", new).await.status, 201);
    let token = format!("Bearer {}", scene.token(Role::Admin, "lab"));
    let to = |now: String| {
        TestRequest::post().uri("/v1/test-clock").insert_header(("authorization", token.clone())).set_json(json!({"now": now}))
    };
    let in_days = |days| (crate::clock::now() + chrono::Duration::days(days)).format("%Y-%m-%dT00:00:00Z").to_string();
    let moved = scene.send(to(in_days(30))).await;
    assert_eq!((moved.status, &moved.body["state"]), (202, &"advancing".into()), "{}", moved.body);
    assert_eq!(scene.send(to(in_days(30))).await.code(), "illegal_state");
    crate::worker::tests::move_clocks(&scene.server).await;
    for days in [29, 30 + 800] {
        let refused = scene.send(to(in_days(days))).await;
        assert_eq!((refused.status, refused.body["errors"][0]["pointer"].as_str()), (422, Some("#/now")), "{days}");
    }
    let day_alone = scene.send(to("2026-12-01".to_owned())).await;
    assert_eq!((day_alone.code(), &day_alone.body["errors"][0]["pointer"]), ("malformed_date", &"#/now".into()), "{}", day_alone.body);
    let shown = scene.send(TestRequest::get().uri("/v1/test-clock").insert_header(("authorization", token.clone()))).await;
    assert_eq!((&shown.body["state"], &shown.body["target"]), (&"ready".into(), &Value::Null));
    assert!(shown.body["now"].as_str().unwrap().starts_with(&in_days(30)[..10]), "{}", shown.body);
    let runs = scene.send(TestRequest::get().uri("/v1/runs?limit=100").insert_header(("authorization", token.clone()))).await;
    assert!((29..=31).contains(&runs.body["data"].as_array().unwrap().len()), "every day on the way was run");
}
