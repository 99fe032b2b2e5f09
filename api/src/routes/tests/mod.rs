//! The frame through real routes: who may, once only, page by page, version by version.

use crate::access::Needs;
use crate::access::{Role, Scope, op::OPERATIONS, scopes_of};
use crate::app::app;
use crate::app::tests::server_with;
use crate::server::Server;
use actix_web::dev::Service;
use actix_web::http::Method;
use actix_web::test::{self, TestRequest};
use actix_web::web::Data;
use futures::future::LocalBoxFuture;
use recoup_engine::tenant::{NewTenant, TenantKind};
use serde_json::{Value, json};
use std::rc::Rc;

mod collections;
mod credits;
mod imports;
mod plugins;
mod runs;
mod tenants;

struct Seen {
    status: u16,
    headers: actix_web::http::header::HeaderMap,
    body: Value,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }
}

/// The whole application, made once for a scene.
type App = Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Seen>>;

struct Scene {
    server: Data<Server>,
    app: App,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let (server, folder) = server_with(64).await;
        let server = Data::new(server);
        let service = Rc::new(test::init_service(app(server.clone())).await);
        let app = move |request: TestRequest| -> LocalBoxFuture<'static, Seen> {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let answer = service.call(request.to_request()).await.unwrap();
                let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
                let body = serde_json::from_slice(&test::read_body(answer).await).unwrap_or(Value::Null);
                Seen { status, headers, body }
            })
        };
        Self { server, app: Box::new(app), _folder: folder }
    }

    fn token(&self, role: Role, tenant: &str) -> String {
        self.server.access.local_token(role, tenant, crate::clock::now().timestamp(), 600).unwrap()
    }

    async fn send(&self, request: TestRequest) -> Seen {
        (self.app)(request).await
    }

    async fn as_role(&self, role: Role, request: TestRequest) -> Seen {
        let token = self.token(role, "default");
        self.send(request.insert_header(("authorization", format!("Bearer {token}")))).await
    }

    async fn post(&self, path: &str, body: Value) -> Seen {
        self.as_role(Role::Admin, TestRequest::post().uri(path).set_json(body)).await
    }

    async fn get(&self, path: &str) -> Seen {
        self.as_role(Role::Admin, TestRequest::get().uri(path)).await
    }

    /// A file, taken in and worked; the import as it ended.
    async fn import(&self, query: &str, csv: &str) -> Value {
        let request = TestRequest::post().uri(&format!("/v1/imports?{query}")).insert_header(("content-type", "text/csv"));
        let taken = self.as_role(Role::Admin, request.set_payload(csv.to_owned())).await;
        assert_eq!(taken.status, 202, "{}", taken.body);
        crate::worker::tests::work_all(&self.server).await;
        self.get(taken.header("location")).await.body
    }

    async fn account(&self, external_id: &str) -> String {
        let seen = self.post("/v1/accounts", account(external_id)).await;
        assert_eq!(seen.status, 201, "{}", seen.body);
        seen.body["id"].as_str().unwrap().to_owned()
    }
}

fn account(external_id: &str) -> Value {
    json!({"external_id": external_id, "name": "Acme", "currency": "CNY"})
}

#[actix_web::test]
async fn the_same_external_id_is_taken_once_and_says_so() {
    let scene = Scene::new().await;
    let first = scene.post("/v1/accounts", account("A1")).await;
    assert_eq!((first.status, first.header("etag"), first.header("idempotent-replayed")), (201, "\"v1\"", ""));
    assert_eq!(first.header("location"), format!("/v1/accounts/{}", first.body["id"].as_str().unwrap()));
    let again = scene.post("/v1/accounts", account("A1")).await;
    assert_eq!((again.status, again.header("idempotent-replayed"), &again.body), (200, "true", &first.body));
    let other = scene.post("/v1/accounts", json!({"external_id": "A1", "name": "Other", "currency": "CNY"})).await;
    assert_eq!((other.status, other.code()), (409, "external_id_conflict"));
}

#[actix_web::test]
async fn a_key_is_answered_the_same_for_the_same_body_and_refused_for_another() {
    let scene = Scene::new().await;
    let id = scene.account("A1").await;
    let note = |key: &str, body: Value| {
        TestRequest::post().uri(&format!("/v1/accounts/{id}/notes")).insert_header(("idempotency-key", key.to_owned())).set_json(body)
    };
    let first = scene.as_role(Role::Admin, note("k1", json!({"text": "called"}))).await;
    let again = scene.as_role(Role::Admin, note("\"k1\"", json!({"text": "called"}))).await;
    assert_eq!((first.status, again.status, again.header("idempotent-replayed")), (201, 201, "true"));
    assert_eq!(first.body, again.body);
    let other = scene.as_role(Role::Admin, note("k1", json!({"text": "wrote"}))).await;
    assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"));
    let list = scene.get(&format!("/v1/accounts/{id}/notes")).await;
    assert_eq!(list.body["data"].as_array().unwrap().len(), 1);
    let other_client = scene.as_role(Role::Collector, note("k1", json!({"text": "wrote"}))).await;
    assert_eq!(other_client.status, 201, "a key belongs to its client");
}

#[actix_web::test]
async fn a_list_is_read_page_by_page_and_its_cursor_fits_only_its_own_filters() {
    let scene = Scene::new().await;
    for number in 0..5 {
        scene.account(&format!("A{number}")).await;
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/accounts?limit=2".to_owned());
    let mut cursor = String::new();
    loop {
        let page = scene.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.body);
        seen.extend(page.body["data"].as_array().unwrap().iter().map(|row| row["external_id"].as_str().unwrap().to_owned()));
        assert_eq!(page.body["has_more"].as_bool().unwrap(), page.body["next_cursor"].is_string());
        let Some(next) = page.body["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
        path = format!("/v1/accounts?limit=2&cursor={next}");
    }
    assert_eq!(seen, ["A0", "A1", "A2", "A3", "A4"]);
    for other in ["/v1/accounts?q=A&cursor=", "/v1/invoices?cursor="] {
        let refused = scene.get(&format!("{other}{cursor}")).await;
        assert_eq!((refused.status, refused.code()), (400, "invalid_cursor"), "{other}");
    }
    assert_eq!(scene.get("/v1/accounts?colour=red").await.code(), "unknown_parameter");
    assert_eq!(
        scene.get("/v1/invoices?account_external_id=nobody").await.body,
        json!({"data": [], "has_more": false, "next_cursor": null})
    );
}

#[actix_web::test]
async fn a_thing_is_patched_only_at_the_version_that_was_read() {
    let scene = Scene::new().await;
    let path = format!("/v1/accounts/{}", scene.account("A1").await);
    let patch = |tag: Option<&str>, kind: &str, body: &str| {
        let request = TestRequest::patch().uri(&path).insert_header(("content-type", kind.to_owned())).set_payload(body.to_owned());
        match tag {
            Some(tag) => request.insert_header(("if-match", tag.to_owned())),
            None => request,
        }
    };
    let merge = "application/merge-patch+json";
    let seen = scene.as_role(Role::Integrator, patch(None, merge, r#"{"grade":"A"}"#)).await;
    assert_eq!((seen.status, seen.code()), (428, "precondition_required"));
    let seen = scene.as_role(Role::Integrator, patch(Some("\"v1\""), "application/json", r#"{"grade":"A"}"#)).await;
    assert_eq!((seen.status, seen.header("accept-patch")), (415, merge));
    let seen = scene.as_role(Role::Integrator, patch(Some("\"v1\""), merge, r#"{"grade":"A"}"#)).await;
    assert_eq!((seen.status, seen.header("etag"), seen.body["grade"].as_str()), (200, "\"v2\"", Some("A")));
    let seen = scene.as_role(Role::Integrator, patch(Some("\"v1\""), merge, r#"{"grade":"B"}"#)).await;
    assert_eq!((seen.status, seen.code(), seen.header("etag")), (412, "stale_version", "\"v2\""));
    let seen = scene.as_role(Role::Integrator, patch(Some("*"), merge, r#"{"grade":null,"state":1}"#)).await;
    assert_eq!((seen.status, seen.body["errors"][0]["pointer"].as_str()), (422, Some("#/state")));
    let known = scene.as_role(Role::Viewer, TestRequest::get().uri(&path).insert_header(("if-none-match", "\"v2\""))).await;
    assert_eq!((known.status, known.body), (304, Value::Null));
}

#[actix_web::test]
async fn a_refusal_comes_in_the_documented_order() {
    let scene = Scene::new().await;
    let post = || TestRequest::post().uri("/v1/accounts");
    assert_eq!(scene.send(post().set_payload("{")).await.code(), "unauthenticated");
    assert_eq!(scene.as_role(Role::Viewer, post().set_payload("{")).await.code(), "insufficient_scope", "scope before the body");
    assert_eq!(scene.as_role(Role::Admin, post().set_payload("{")).await.code(), "unsupported_media_type");
    let json = || post().insert_header(("content-type", "application/json"));
    assert_eq!(scene.as_role(Role::Admin, json().set_payload("{")).await.code(), "malformed_json");
    assert_eq!(scene.as_role(Role::Admin, json().set_payload("{\"colour\":1}")).await.code(), "unknown_field");
    assert_eq!(scene.as_role(Role::Admin, json().set_payload(format!("\"{}\"", "x".repeat(1024 * 1024)))).await.status, 413);
    let refused = scene.send(TestRequest::delete().uri("/v1/accounts")).await;
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, POST, HEAD"), "the method before the token");
    let in_query = scene.send(TestRequest::get().uri(&format!("/v1/accounts?access_token={}", scene.token(Role::Admin, "default")))).await;
    assert_eq!(in_query.status, 401);
}

#[actix_web::test]
async fn another_tenants_thing_is_as_unknown_as_one_that_never_was() {
    let scene = Scene::new().await;
    let id = scene.account("A1").await;
    let new =
        NewTenant { slug: "other".into(), kind: TenantKind::Live, time_zone: "Asia/Shanghai".into(), currency: "CNY".parse().unwrap() };
    scene.server.engine.open_tenant(&new).await.unwrap();
    let ask = async |path: String| {
        let token = scene.token(Role::Admin, "other");
        let request = TestRequest::get().uri(&path).insert_header(("authorization", format!("Bearer {token}")));
        scene.send(request.insert_header(("x-request-id", "same"))).await
    };
    let theirs = ask(format!("/v1/accounts/{id}")).await;
    let nobodys = ask("/v1/accounts/acc_01h455vb4pex5vsknk084sn02q".into()).await;
    assert_eq!((theirs.status, &theirs.body), (404, &nobodys.body));
}

#[actix_web::test]
async fn contacts_are_masked_for_who_may_not_read_them() {
    let scene = Scene::new().await;
    let path = format!("/v1/accounts/{}/contacts", scene.account("A1").await);
    let contact = json!({"name": "Li", "role": "payer", "email": "li@example.com", "phone": "13800000000"});
    assert_eq!(scene.as_role(Role::Collector, TestRequest::post().uri(&path).set_json(contact)).await.status, 201);
    let open = scene.as_role(Role::Collector, TestRequest::get().uri(&path)).await;
    assert_eq!(open.body["data"][0]["email"], "li@example.com");
    let masked = scene.as_role(Role::Viewer, TestRequest::get().uri(&path)).await;
    assert_eq!((&masked.body["data"][0]["email"], &masked.body["data"][0]["phone"]), (&"l***".into(), &"1***".into()));
}

#[actix_web::test]
async fn money_goes_in_and_out_exactly() {
    let scene = Scene::new().await;
    scene.account("A1").await;
    let invoice = json!({"external_id": "I1", "account_external_id": "A1", "issued_on": "2026-01-01", "due_on": "2026-01-31",
        "amount": {"amount": "1200", "currency": "CNY"}});
    let posted = scene.post("/v1/invoices", invoice.clone()).await;
    assert_eq!((posted.status, &posted.body["open"]), (201, &json!({"amount": "1200.00", "currency": "CNY"})), "{}", posted.body);
    let mut wrong = invoice;
    wrong["amount"]["amount"] = "1.005".into();
    let refused = scene.post("/v1/invoices", wrong).await;
    assert_eq!((refused.code(), refused.body["errors"][0]["pointer"].as_str()), ("too_many_decimals", Some("#/amount/amount")));
    let payment = json!({"external_id": "P1", "account_external_id": "A1", "received_on": "2026-02-01",
        "amount": {"amount": "1000.00", "currency": "CNY"}});
    let paid = scene.post("/v1/payments", payment).await;
    assert_eq!((paid.status, &paid.body["unallocated"]["amount"]), (201, &"0.00".into()), "{}", paid.body);
    let payment = paid.body["id"].as_str().unwrap();
    let bounced = scene.post(&format!("/v1/payments/{payment}/bounces"), json!({"bounced_on": "2026-02-05"})).await;
    assert_eq!((bounced.status, &bounced.body["state"]), (201, &"bounced".into()), "{}", bounced.body);
    let open = scene.get("/v1/invoices?external_id=I1").await;
    assert_eq!(open.body["data"][0]["open"]["amount"], "1200.00");
}

/// The path with something in the place of every variable.
fn some(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/")
}

/// Every role against every operation: whoever has no scope is refused before anything is looked at.
#[actix_web::test]
async fn every_operation_lets_in_exactly_the_roles_of_the_table() {
    let scene = Scene::new().await;
    let document: Value = serde_json::from_str(&crate::openapi::text()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let (_, needs) = OPERATIONS.iter().find(|(known, _)| *known == id).unwrap();
            for role in Role::ALL.iter().copied() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let seen = scene.as_role(role, TestRequest::default().method(method).uri(&some(path))).await;
                let allowed = match needs {
                    Needs::Scope(scope) => role == Role::Admin || scopes_of(role).contains(scope),
                    Needs::Any(scopes) => role == Role::Admin || scopes.iter().any(|scope| scopes_of(role).contains(scope)),
                    Needs::Operator => role == Role::Admin,
                };
                let is_let_in = !matches!(seen.code(), "insufficient_scope" | "operator_only");
                assert_eq!(is_let_in, allowed, "{id} as {role}: {}", seen.body);
            }
            let nobody = TestRequest::default().method(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap());
            assert_eq!(scene.send(nobody.uri(&some(path))).await.status, 401, "{id} without a token");
        }
    }
    assert!(!scopes_of(Role::Admin).contains(&Scope::CashWrite), "an admin who is not the operator books no cash");
}
