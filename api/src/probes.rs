//! What machines ask of the process: is it alive, can it serve, how is it doing, which keys does it sign with.

use crate::reply::{self, Reply};
use crate::server::Server;
use crate::telemetry;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

/// Health, metrics, keys and the document. None needs a token and none is part of the document.
pub(crate) fn all(list: &mut web::ServiceConfig) {
    list.service(web::resource("/healthz").route(web::get().to(alive)).default_service(web::to(only_get)))
        .service(web::resource("/readyz").route(web::get().to(ready)).default_service(web::to(only_get)))
        .service(web::resource("/metrics").route(web::get().to(metrics)).default_service(web::to(only_get)))
        .service(web::resource("/.well-known/jwks.json").route(web::get().to(jwks)).default_service(web::to(only_get)))
        .service(web::resource("/openapi.json").route(web::get().to(document)).default_service(web::to(only_get)));
}

/// 405 for every other method of a page that can only be read.
pub(crate) async fn only_get() -> Reply {
    Err(crate::problem::Problem::method_not_allowed("GET, HEAD"))
}

async fn alive() -> Reply {
    reply::ok(&json!({"status": "alive"}))
}

async fn ready(server: Data<Server>) -> Reply {
    server.ready().await?;
    reply::ok(&json!({"status": "ready"}))
}

async fn metrics() -> HttpResponse {
    let handle = telemetry::metrics();
    handle.run_upkeep();
    HttpResponse::Ok().insert_header((CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"))).body(handle.render())
}

async fn jwks(server: Data<Server>) -> HttpResponse {
    let keys = server.access.jwks().to_string();
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")))
        .body(keys)
}

async fn document(request: HttpRequest, server: Data<Server>) -> HttpResponse {
    let etag = server.document.etag.as_str();
    if reply::is_known(&request, etag) {
        return HttpResponse::NotModified().insert_header((ETAG, etag)).finish();
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((ETAG, etag))
        .body(server.document.text.clone())
}
