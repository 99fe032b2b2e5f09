//! Files over HTTP.

use super::*;

const INVOICES: &str = "external_id,account_external_id,issued_on,due_on,amount,currency\n\
    I1,A1,2012-01-05,2012-02-04,100.00,CNY\nI2,A1,2012-01-05,2011-02-04,1.005,CNY\nI3,A2,2012-01-05,2011-12-31,7.00,CNY\n";

#[actix_web::test]
async fn a_file_is_taken_at_once_and_worked_behind_and_every_bad_line_is_told() {
    let scene = Scene::new().await;
    let ended = scene.import("kind=invoices&create_accounts=true", INVOICES).await;
    assert_eq!(
        (&ended["state"], &ended["total"], &ended["accepted"], &ended["rejected"]),
        (&"done".into(), &3.into(), &2.into(), &1.into())
    );
    assert_eq!((&ended["errors"][0]["line"], &ended["errors"][0]["code"]), (&3.into(), &"too_many_decimals".into()), "{ended}");
    assert_eq!(ended["warnings"][0]["line"], 4, "a due date before the issue date is odd, not wrong: {ended}");
    let errors = scene.get(&format!("/v1/imports/{}/errors", ended["id"].as_str().unwrap())).await;
    assert_eq!((errors.status, &errors.body["data"]), (200, &ended["errors"]));
    let again = scene.import("kind=invoices", INVOICES).await;
    assert_eq!((&again["accepted"], &again["repeated"]), (&2.into(), &2.into()), "the same file again is harmless");
    assert_eq!(scene.get("/v1/imports").await.body["data"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_file_that_is_not_understood_fails_as_a_whole_and_says_why() {
    let scene = Scene::new().await;
    let ended = scene.import("kind=accounts", "name\nAcme\n").await;
    assert_eq!(ended["state"], "failed");
    assert!(ended["detail"].as_str().unwrap().contains("external_id"), "{ended}");
}

#[actix_web::test]
async fn a_file_under_one_key_is_taken_once() {
    let scene = Scene::new().await;
    let send = |csv: &str| {
        let request = TestRequest::post().uri("/v1/imports?kind=invoices").insert_header(("content-type", "text/csv; charset=UTF-8"));
        request.insert_header(("idempotency-key", "k1")).set_payload(csv.to_owned())
    };
    let first = scene.as_role(Role::Integrator, send(INVOICES)).await;
    let again = scene.as_role(Role::Integrator, send(INVOICES)).await;
    assert_eq!((first.status, again.status, again.header("idempotent-replayed")), (202, 202, "true"));
    assert_eq!(first.body, again.body);
    assert_eq!(scene.as_role(Role::Integrator, send("other")).await.code(), "idempotency_key_reused");
}

#[actix_web::test]
async fn limits_in_a_file_need_a_scope_of_their_own() {
    let scene = Scene::new().await;
    let csv = "external_id,name,currency,credit_limit\nA1,Acme,CNY,\nA2,Beta,CNY,100.00\n";
    let request = TestRequest::post().uri("/v1/imports?kind=accounts").insert_header(("content-type", "text/csv"));
    let taken = scene.as_role(Role::Integrator, request.set_payload(csv)).await;
    crate::worker::tests::work_all(&scene.server).await;
    let ended = scene.get(taken.header("location")).await.body;
    assert_eq!((&ended["accepted"], &ended["errors"][0]["code"]), (&1.into(), &"insufficient_scope".into()), "{ended}");
}

#[actix_web::test]
async fn only_csv_in_utf_8_and_a_known_kind_are_taken() {
    let scene = Scene::new().await;
    for (uri, kind, status, code) in [
        ("/v1/imports?kind=invoices", "application/json", 415, "unsupported_media_type"),
        ("/v1/imports?kind=invoices", "text/csv; charset=gbk", 415, "unsupported_media_type"),
        ("/v1/imports?kind=dogs", "text/csv", 400, "invalid_parameter"),
        ("/v1/imports", "text/csv", 400, "invalid_parameter"),
    ] {
        let request = TestRequest::post().uri(uri).insert_header(("content-type", kind)).set_payload("x");
        let seen = scene.as_role(Role::Admin, request).await;
        assert_eq!((seen.status, seen.code()), (status, code), "{uri} {kind}");
    }
}

/// What a stopped server leaves lying is worked by the next one, from the last batch on.
#[actix_web::test]
async fn an_interrupted_import_goes_on_where_it_stopped() {
    use recoup_engine::import::{BeginImport, GoOn, ImportKind, ImportOptions};
    use recoup_engine::words::caller::Caller;
    let scene = Scene::new().await;
    let mut csv = String::from("external_id,name,currency\n");
    (0..2_500).for_each(|number| csv.push_str(&format!("A{number},Account {number},CNY\n")));
    let tenant = recoup_engine::tenant::find(scene.server.engine.store(), "default").await.unwrap().unwrap().id;
    let (who, options) =
        (Caller::engine(tenant), ImportOptions { kind: ImportKind::Accounts, creates_accounts: false, may_set_limits: true });
    let engine = &scene.server.engine;
    let id = engine.execute(&who, BeginImport { options }).await.unwrap().done.id;
    let file = || std::io::Cursor::new(csv.clone().into_bytes());
    let stopped = engine.run_import(&who, id, &options, file(), &|_| GoOn::Later).await.unwrap();
    assert_eq!((stopped.state.as_str(), stopped.done), ("queued", 2_000));
    let ended = engine.run_import(&who, id, &options, file(), &|_| GoOn::Yes).await.unwrap();
    assert_eq!((ended.state.as_str(), ended.total, ended.accepted, ended.repeated), ("done", 2_500, 2_500, 0));
}
