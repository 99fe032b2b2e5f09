//! Plugins over HTTP: drafted, tested, pushed, switched on and off.

use super::*;
use recoup_plugins::package::{self, Files};

fn shipped(name: &str) -> Files {
    package::shipped().into_iter().find(|(known, _)| known == name).unwrap().1
}

fn renamed(name: &str) -> Files {
    shipped("order_hold").into_iter().map(|(path, text)| (path, text.replace("order_hold", name))).collect()
}

#[actix_web::test]
async fn a_plugin_goes_from_a_draft_to_live_and_back() {
    let scene = Scene::new().await;
    let draft = |body: Value| TestRequest::put().uri("/v1/plugins/my_hold/draft").insert_header(("if-match", "*")).set_json(body);
    let saved = scene.as_role(Role::Admin, draft(json!({"files": renamed("my_hold")}))).await;
    assert_eq!((saved.status, saved.header("etag")), (200, "\"v1\""), "{}", saved.body);
    let tested = scene.post("/v1/plugins/my_hold/draft/tests", json!({})).await;
    assert_eq!((tested.status, &tested.body["ok"]), (200, &true.into()), "{}", tested.body);
    let pushed = scene.post("/v1/plugins/my_hold/versions", json!({"message": "mine"})).await;
    assert_eq!((pushed.status, &pushed.body["number"]), (201, &1.into()), "{}", pushed.body);
    assert_eq!(scene.post("/v1/plugins/my_hold/versions", json!({"files": renamed("my_hold")})).await.status, 200, "the same content");
    let on = scene.post("/v1/plugins/my_hold/activations", json!({"version": 1, "mode": "on", "reason": "go"})).await;
    assert_eq!((on.status, &on.body["mode"]), (201, &"on".into()), "{}", on.body);
    let settings = scene.get("/v1/plugins/my_hold/settings").await;
    assert_eq!(settings.status, 200, "{}", settings.body);
    assert_eq!(settings.body["effective"]["grace_days"], 5, "{}", settings.body);
    let put = |tag: &str, days: i64| {
        let request = TestRequest::put().uri("/v1/plugins/my_hold/settings").insert_header(("if-match", tag.to_owned()));
        request.set_json(json!({"settings": {"grace_days": days}}))
    };
    assert_eq!(scene.as_role(Role::Admin, put(settings.header("etag"), 7)).await.status, 200);
    assert_eq!(scene.as_role(Role::Admin, put(settings.header("etag"), 6)).await.code(), "stale_version");
    assert_eq!(scene.as_role(Role::Admin, put("*", -1)).await.status, 422);
    let off = scene.post("/v1/plugins/my_hold/stops", json!({"reason": "wait"})).await;
    assert_eq!((off.status, &off.body["mode"]), (201, &"off".into()));
    let back = scene.post("/v1/plugins/my_hold/rollbacks", json!({"reason": "again"})).await;
    assert_eq!((back.status, &back.body["mode"], &back.body["number"]), (201, &"on".into(), &1.into()), "{}", back.body);
    assert_eq!(scene.get("/v1/plugins/my_hold/activations").await.body["data"].as_array().unwrap().len(), 4);
    let files = scene.get("/v1/plugins/my_hold/versions/1/files").await;
    assert_eq!(files.body["files"], json!(renamed("my_hold")));
    assert_eq!(scene.get("/v1/plugins/my_hold/versions/2/files").await.status, 404);
    assert_eq!(scene.get("/v1/plugins/my_hold/versions/x/files").await.status, 404);
    let mut next = renamed("my_hold");
    next.insert("CHANGES.md".into(), "Seven days.\n".into());
    assert_eq!(scene.post("/v1/plugins/my_hold/versions", json!({"files": next})).await.status, 201);
    let difference = scene.get("/v1/plugins/my_hold/versions/1/diff/2").await;
    let changed = &difference.body["data"][0];
    assert_eq!((&changed["path"], &changed["change"], &changed["added"]), (&"CHANGES.md".into(), &"added".into(), &1.into()));
    assert!(changed["text"].as_str().unwrap().ends_with("+Seven days.\n"), "{}", difference.body);
    assert_eq!(scene.get("/v1/plugins/my_hold/versions/2/diff/1").await.body["data"][0]["change"], "removed");
    assert_eq!(scene.get("/v1/plugins/my_hold/versions/2/diff/2").await.body["data"], json!([]));
    for nowhere in ["/v1/plugins/my_hold/versions/1/diff/3", "/v1/plugins/my_hold/versions/1/diff/x", "/v1/plugins/mine/versions/1/diff/2"]
    {
        assert_eq!(scene.get(nowhere).await.status, 404, "{nowhere}");
    }
}

#[actix_web::test]
async fn a_faulty_script_is_refused_with_its_places_and_a_hostile_path_before_anything_is_read() {
    let scene = Scene::new().await;
    let mut files = renamed("my_hold");
    files.insert("main.rhai".into(), "fn order_check(ctx, plan) {\n    plan.hold(ctx.toda);\n}\n".into());
    let linted = scene.post("/v1/plugins/lint", json!({"files": files})).await;
    assert_eq!((linted.status, &linted.body["ok"]), (200, &false.into()));
    let refused = scene.post("/v1/plugins/my_hold/versions", json!({"files": files})).await;
    assert_eq!((refused.status, refused.code()), (422, "script_refused"));
    assert_eq!(refused.body["diagnostics"][0]["file"], "main.rhai", "{}", refused.body);
    assert_eq!(refused.body["errors"][0]["pointer"], "#/files/main.rhai", "{}", refused.body);
    for path in ["../main.rhai", "/etc/passwd", "a//b", ".hidden"] {
        let mut files = renamed("my_hold");
        files.insert(path.into(), "x".into());
        assert_eq!(scene.post("/v1/plugins/my_hold/versions", json!({"files": files})).await.status, 422, "{path}");
        let draft = TestRequest::put().uri("/v1/plugins/my_hold/draft").insert_header(("if-match", "*"));
        assert_eq!(scene.as_role(Role::Admin, draft.set_json(json!({"files": files}))).await.status, 422, "{path}");
    }
    let zip = TestRequest::post().uri("/v1/plugins/my_hold/versions").insert_header(("content-type", "application/zip"));
    assert_eq!(scene.as_role(Role::Admin, zip.set_payload("PK")).await.status, 415);
    let other = scene.post("/v1/plugins/other/versions", json!({"files": renamed("my_hold")})).await;
    assert_eq!((other.status, other.code()), (422, "validation_failed"));
}

#[actix_web::test]
async fn a_package_that_decides_about_orders_needs_a_second_person() {
    let scene = Scene::new().await;
    let on = TestRequest::post().uri("/v1/plugins/order_hold/activations").set_json(json!({"version": 1}));
    let waits = scene.as_role(Role::PluginApprover, on).await;
    assert_eq!((waits.status, &waits.body["approval"]["needs"]), (202, &"plugin_approver".into()), "{}", waits.body);
    assert_eq!(scene.post("/v1/plugins/order_hold/activations", json!({"version": 1})).await.status, 201, "the operator acts alone");
    let listed = scene.get("/v1/plugins").await;
    let names: Vec<&str> = listed.body["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["credit_review", "early_discount", "key_account_care", "legal_handoff", "order_hold", "staged_release", "throttled_limit"],
        "the shipped packages are there"
    );
    let stop = TestRequest::post().uri("/v1/plugins/order_hold/stops").set_json(json!({"reason": "halt"}));
    assert_eq!(scene.as_role(Role::PluginApprover, stop).await.status, 201, "one person stops");
    assert!(scene.get("/v1/plugins/symbols").await.body["hooks"].is_array());
    assert_eq!(scene.get("/v1/plugins/order_hole").await.status, 404);
}

#[actix_web::test]
async fn a_draft_is_tested_with_coverage_odd_facts_and_recorded_decisions_and_tried_on_its_own_fixture() {
    let scene = Scene::new().await;
    let save = async |files: &Files| {
        let draft = TestRequest::put().uri("/v1/plugins/my_hold/draft").insert_header(("if-match", "*"));
        let saved = scene.as_role(Role::Admin, draft.set_json(json!({"files": files}))).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
    };
    let mut files = package::skeleton("my_hold");
    save(&files).await;
    let tested = scene.post("/v1/plugins/my_hold/draft/tests", json!({"fuzz": 20, "seed": 7, "rehearse": 100})).await;
    assert_eq!((tested.status, &tested.body["ok"]), (200, &true.into()), "{}", tested.body);
    let coverage = &tested.body["coverage"][0];
    assert_eq!(
        (&coverage["file"], &coverage["percent"], &coverage["missed"]),
        (&"main.rhai".into(), &100.into(), &json!([])),
        "{}",
        tested.body
    );
    assert_eq!((&tested.body["throws"], &tested.body["rehearsal"]["asked"]), (&json!([]), &0.into()), "{}", tested.body);
    assert_eq!(scene.post("/v1/plugins/my_hold/draft/tests", json!({"fuzz": 0})).await.status, 422);

    let main = files["main.rhai"].replace("    if late.is_empty", "    if late.len > 1 { throw \"too many\"; }\n    if late.is_empty");
    files.insert("main.rhai".into(), main);
    save(&files).await;
    let tested = scene.post("/v1/plugins/my_hold/draft/tests", json!({"fuzz": 50, "seed": 7})).await;
    assert_eq!((&tested.body["ok"], &tested.body["throws"][0]["line"]), (&false.into(), &5.into()), "{}", tested.body);
    assert_eq!(tested.body["coverage"][0]["missed"], json!([5]), "{}", tested.body);
    for (body, status) in [
        (json!({"draft": true, "hook": "order_check", "fixture": "tests/none.json"}), 422),
        (json!({"draft": true, "version": 1, "hook": "order_check", "fixture": "x"}), 422),
        (json!({"draft": true, "hook": "order_check", "subject": "ord_1", "fixture": "x"}), 422),
    ] {
        assert_eq!(scene.post("/v1/plugins/my_hold/dry-runs", body.clone()).await.status, status, "{body}");
    }
}
