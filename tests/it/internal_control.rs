//! Internal control: the register of findings, and who answers for which key figure.

use recoup_api::access::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::on_both;

async fn patch(client: &Client, path: &str, tag: &str, change: Value) -> Answer {
    let headers = [("content-type", "application/merge-patch+json"), ("if-match", tag)];
    client.send(Method::PATCH, path, &headers, Some(change.to_string().into_bytes())).await.unwrap()
}

on_both! {
    async fn ic_04_a_finding_has_an_owner_a_day_and_an_end(world: World) {
        let admin = world.admin();
        let new = json!({ "title": "Credit notes", "detail": "nine of twelve\nat the end of the quarter", "owner": "finance", "due_on": "2026-04-30" });
        for (name, member, value, code) in [
            ("an empty title", "title", json!(" "), "validation_failed"),
            ("a title of two lines", "title", json!("a\nb"), "validation_failed"),
            ("nobody's account", "account_id", json!("acc_01h455vb4pex5vsknk084sn02q"), "unknown_reference"),
        ] {
            let mut wrong = new.clone();
            wrong[member] = value;
            let refused = admin.post("/v1/findings", wrong).await;
            assert_eq!(refused.json["errors"][0]["pointer"], format!("#/{member}"), "{name}: {}", refused.text);
            assert_eq!(refused.refused(422), code, "{name}");
        }
        let made = admin.post("/v1/findings", new.clone()).await;
        assert_eq!(made.header("etag"), Some("\"v1\""));
        let made = made.expect(201);
        assert_eq!((&made["state"], &made["owner"]), (&json!("open"), &json!("finance")));
        let path = format!("/v1/findings/{}", made["id"].as_str().unwrap());
        assert_eq!(patch(&admin, &path, "*", json!({ "state": "resolved" })).await.refused(422), "missing_field");
        let moved = patch(&admin, &path, "\"v1\"", json!({ "owner": "sales", "due_on": "2026-03-31" })).await.expect(200);
        assert_eq!((&moved["owner"], &moved["version"]), (&json!("sales"), &json!(2)));
        assert_eq!(patch(&admin, &path, "\"v1\"", json!({ "owner": "legal" })).await.refused(412), "stale_version");
        assert_eq!(admin.get("/v1/findings?state=open&due_on_to=2026-03-31").await.expect(200)["data"], json!([moved]));
        let done = patch(&admin, &path, "*", json!({ "state": "resolved", "resolution": "they need a second person now" })).await.expect(200);
        assert_eq!((&done["state"], &done["closed_on"]), (&json!("resolved"), &json!("2026-03-02")), "{done}");
        assert_eq!(patch(&admin, &path, "*", json!({ "state": "accepted" })).await.refused(409), "illegal_state");
        assert_eq!(patch(&admin, &path, "*", json!({ "state": "open" })).await.expect(200)["closed_on"], Value::Null);
        assert_eq!(admin.get("/v1/audit?type=finding.*").await.expect(200)["data"].as_array().unwrap().len(), 4);
        assert_eq!(world.client(Role::Auditor).get(&path).await.status, 200);
        assert_eq!(world.client(Role::Collector).post("/v1/findings", new).await.status, 403);
    }

    async fn ic_04_of_two_who_change_a_finding_at_once_one_comes_second(world: World) {
        let admin = world.admin();
        let new = json!({ "title": "One", "detail": "of many", "owner": "finance", "due_on": "2026-04-30" });
        let made = admin.post("/v1/findings", new).await.expect(201);
        let path = format!("/v1/findings/{}", made["id"].as_str().unwrap());
        let changes = (0..8).map(|at| patch(&admin, &path, "\"v1\"", json!({ "owner": format!("owner {at}") })));
        let answers: Vec<u16> = futures::future::join_all(changes).await.iter().map(|answer| answer.status).collect();
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|status| [200, 412].contains(status)), "{answers:?}");
    }

    async fn ic_08_every_key_figure_tells_who_answers_for_it(world: World) {
        let admin = world.admin();
        let shared = admin.get("/v1/reports/kpis").await.expect(200);
        assert_eq!(shared["owners"]["overdue_ratio"], json!(["finance", "sales"]));
        let mut settings = admin.get("/v1/settings").await.expect(200);
        let put = [("content-type", "application/json"), ("if-match", "*")];
        for (owners, answer) in [(json!({ "turnover": ["credit"] }), 422), (json!({ "cei": [] }), 422), (json!({ "cei": ["credit"] }), 200)] {
            settings["kpi_owners"] = owners.clone();
            let said = admin.send(Method::PUT, "/v1/settings", &put, Some(settings.to_string().into_bytes())).await.unwrap();
            assert_eq!(said.status, answer, "{owners}: {}", said.text);
        }
        let told = admin.get("/v1/reports/kpis").await.expect(200);
        assert_eq!((&told["owners"]["cei"], &told["owners"]["dso_simple"]), (&json!(["credit"]), &json!(["finance", "sales"])));
    }
}
