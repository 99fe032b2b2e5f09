//! What every answer has, whatever the route: through the whole app.

use super::*;
use crate::auth::tests::engine;
use crate::keys::{MasterKey, SigningKey};
use crate::spool::Spool;
use actix_web::dev::Service;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{self, TestRequest};
use serde_json::Value;

pub(crate) async fn server_with(in_flight_max: usize) -> (Server, tempfile::TempDir) {
    let (engine, folder) = engine().await;
    let master = MasterKey::random();
    let key = SigningKey::of(&engine, &master).await.unwrap();
    let spool = Spool::in_folder(folder.path().join("spool"));
    (Server::new(&master, key, engine, spool, in_flight_max), folder)
}

struct Seen {
    status: u16,
    headers: actix_web::http::header::HeaderMap,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

async fn call(request: TestRequest) -> Seen {
    let (server, _folder) = server_with(8).await;
    let app = test::init_service(app(Data::new(server))).await;
    let answer = match app.call(request.to_request()).await {
        Ok(answer) => answer.into_parts().1,
        Err(error) => error.error_response(),
    };
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = actix_web::body::to_bytes(answer.into_body()).await.unwrap_or_default().to_vec();
    Seen { status, headers, body }
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

#[actix_web::test]
async fn every_answer_carries_the_letterhead() {
    for path in ["/healthz", "/nowhere", "/v1/nowhere", "/docs/", "/metrics", "/openapi.json"] {
        let seen = call(get(path)).await;
        assert!(seen.header("x-request-id").starts_with("req_"), "{path}");
        assert_eq!((seen.header("recoup-version"), seen.header("x-content-type-options")), ("2026-11-22", "nosniff"), "{path}");
        assert!(!seen.header("cache-control").is_empty(), "{path}");
    }
}

#[actix_web::test]
async fn a_request_id_is_taken_from_the_caller_if_it_is_well_formed() {
    let seen = call(get("/healthz").insert_header(("x-request-id", "abc-DEF_123"))).await;
    assert_eq!(seen.header("x-request-id"), "abc-DEF_123");
    for bad in ["", "a b", "a\"b", &"x".repeat(65)] {
        assert!(call(get("/healthz").insert_header(("x-request-id", bad))).await.header("x-request-id").starts_with("req_"), "{bad}");
    }
}

#[actix_web::test]
async fn a_path_that_does_not_exist_is_a_problem_with_its_request_id() {
    let seen = call(get("/v1/nowhere").insert_header(("x-request-id", "r1"))).await;
    assert_eq!((seen.status, seen.header("content-type")), (404, "application/problem+json"));
    let body = seen.json();
    assert_eq!((&body["code"], &body["status"], &body["request_id"]), (&"not_found".into(), &404.into(), &"r1".into()));
    assert_eq!((&body["type"], &body["instance"]), (&"/docs/problems/not_found".into(), &"urn:recoup:request:r1".into()));
}

#[actix_web::test]
async fn another_method_of_a_known_path_is_405_with_allow() {
    for path in ["/healthz", "/docs/problems", "/openapi.json"] {
        let seen = call(TestRequest::post().uri(path)).await;
        assert_eq!(
            (seen.status, seen.header("allow"), seen.json()["code"].as_str()),
            (405, "GET, HEAD", Some("method_not_allowed")),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn head_works_wherever_get_does() {
    let seen = call(get("/healthz").method(Method::HEAD)).await;
    assert_eq!(seen.status, 200);
}

#[actix_web::test]
async fn a_url_or_header_block_that_is_too_large_is_refused() {
    let seen = call(get(&format!("/healthz?{}", "x".repeat(9000)))).await;
    assert_eq!((seen.status, seen.json()["code"].as_str()), (414, Some("too_large")));
    assert_eq!(seen.header("x-request-id"), seen.json()["request_id"].as_str().unwrap());
    let seen = call(get("/healthz").insert_header(("x-long", "x".repeat(17_000)))).await;
    assert_eq!((seen.status, seen.json()["code"].as_str()), (431, Some("too_large")));
}

#[actix_web::test]
async fn an_unknown_version_of_the_behaviour_is_refused() {
    assert_eq!(call(get("/healthz").insert_header(("recoup-version", "2026-11-22"))).await.status, 200);
    let seen = call(get("/healthz").insert_header(("recoup-version", "2020-01-01"))).await;
    assert_eq!((seen.status, seen.json()["errors"][0]["pointer"].as_str()), (400, Some("@Recoup-Version")));
}

#[actix_web::test]
async fn the_document_is_served_with_a_tag_and_not_sent_twice() {
    let seen = call(get("/openapi.json")).await;
    assert_eq!((seen.status, seen.header("cache-control")), (200, "private, no-cache"));
    assert_eq!(seen.json()["openapi"], "3.1.0");
    let again = call(get("/openapi.json").insert_header(("if-none-match", seen.header("etag")))).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[actix_web::test]
async fn the_explorer_loads_nothing_from_elsewhere() {
    assert_eq!(call(get("/docs")).await.header("location"), "/docs/");
    let seen = call(get("/docs/")).await;
    assert!(
        seen.header("content-security-policy").starts_with("default-src 'self'") && seen.header("content-type").starts_with("text/html")
    );
    let page = String::from_utf8(seen.body).unwrap();
    assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
    let start = call(get("/docs/swagger-initializer.js")).await;
    assert!(String::from_utf8(start.body).unwrap().contains("/openapi.json"));
    assert_eq!(call(get("/docs/nothing.js")).await.status, 404);
}

#[actix_web::test]
async fn every_refusal_has_a_page() {
    for code in Code::ALL {
        let seen = call(get(&format!("/docs/problems/{}", code.name()))).await;
        assert_eq!(seen.status, 200, "{code:?}");
    }
    assert_eq!(call(get("/docs/problems/nothing")).await.status, 404);
    let list = String::from_utf8(call(get("/docs/problems")).await.body).unwrap();
    assert!(Code::ALL.iter().all(|code| list.contains(code.name())));
}

#[actix_web::test]
async fn only_public_keys_are_published() {
    let key = call(get("/.well-known/jwks.json")).await.json()["keys"][0].clone();
    assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&"EC".into(), &"ES256".into(), &"sig".into()));
    assert!(key.get("d").is_none());
}

async fn panics() -> HttpResponse {
    panic!("a bug with a secret in it")
}

#[actix_web::test]
async fn a_panic_and_a_framework_error_leave_as_problems_without_their_secrets() {
    let (server, _folder) = server_with(8).await;
    let app = App::new()
        .app_data(Data::new(server))
        .route("/panic", web::get().to(panics))
        .route("/json", web::post().to(async |_: web::Json<Value>| HttpResponse::Ok()))
        .wrap(from_fn(letterhead));
    let app = test::init_service(app).await;
    let failed = app.call(get("/panic").to_request()).await.err().unwrap().error_response();
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(failed.headers().contains_key("x-request-id"));
    let body = actix_web::body::to_bytes(failed.into_body()).await.unwrap();
    assert!(!String::from_utf8_lossy(&body).contains("secret"));
    let refused = app.call(TestRequest::post().uri("/json").set_payload("{").to_request()).await.unwrap();
    assert_eq!(refused.headers().get("content-type").unwrap(), "application/problem+json");
}

#[actix_web::test]
async fn metrics_count_requests_by_route_and_not_by_id() {
    telemetry_started();
    let (server, _folder) = server_with(8).await;
    let app = test::init_service(app(Data::new(server))).await;
    for path in ["/docs/problems/not_found", "/docs/problems/try_again"] {
        app.call(get(path).to_request()).await.unwrap();
    }
    let answer = app.call(get("/metrics").to_request()).await.unwrap();
    let text = String::from_utf8(test::read_body(answer).await.to_vec()).unwrap();
    assert!(
        text.contains("recoup_http_request_seconds") && text.contains("/docs/problems/{code}") && !text.contains("try_again"),
        "{text}"
    );
}

fn telemetry_started() {
    crate::telemetry::metrics();
}

#[actix_web::test]
async fn the_server_is_ready_when_the_database_answers_with_the_schema_of_the_program() {
    assert_eq!(call(get("/readyz")).await.status, 200);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("empty.db").display());
    let empty = recoup_engine::Engine::connect(&recoup_engine::doors::store::StoreOptions::new(url)).await.unwrap();
    let (mut server, _folder) = server_with(8).await;
    server.engine = empty;
    let app = test::init_service(app(Data::new(server))).await;
    assert_eq!(app.call(get("/readyz").to_request()).await.unwrap().status(), 503);
}
