//! Runs over HTTP.

use super::*;

#[actix_web::test]
async fn a_day_is_foreseen_then_run_once() {
    let scene = Scene::new().await;
    let invoices = "external_id,account_external_id,issued_on,due_on,amount,currency\nI1,A1,2012-01-05,2012-02-04,100.00,CNY\n";
    scene.import("kind=invoices&create_accounts=true", invoices).await;
    let foreseen = scene.post("/v1/runs", json!({"day": "2012-02-20", "dry_run": true})).await;
    assert_eq!((foreseen.status, &foreseen.body["cases_opened"]), (200, &1.into()), "{}", foreseen.body);
    assert_eq!(scene.get("/v1/runs").await.body["data"], json!([]));
    let started = scene.post("/v1/runs", json!({"day": "2012-02-20"})).await;
    assert_eq!((started.status, &started.body["state"]), (202, &"running".into()), "{}", started.body);
    crate::worker::tests::work_runs(&scene.server).await;
    let done = scene.get(started.header("location")).await;
    assert_eq!((&done.body["state"], &done.body["accounts_done"], &done.body["failed"]), (&"done".into(), &1.into(), &0.into()));
    assert_eq!(done.body["notices"], foreseen.body["notices"], "{}", done.body);
    let again = scene.post("/v1/runs", json!({"day": "2012-02-20"})).await;
    assert_eq!((again.status, &again.body), (202, &done.body), "the same day again joins the finished run");
    assert_eq!(scene.post("/v1/runs", json!({"day": "2012-02-19"})).await.code(), "run_out_of_order");
    assert_eq!(scene.post("/v1/runs", json!({"day": "2999-01-01"})).await.code(), "post_dated", "a live tenant waits for its days");
}
