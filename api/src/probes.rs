//! What machines ask of the process: is it alive, can it serve, how is it doing, which keys does it sign with.

use crate::clock;
use crate::extract::Params;
use crate::reply::{self, Reply};
use crate::server::Server;
use crate::telemetry;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, VARY};
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
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

recoup_engine::words! {
    /// Which document is wanted.
    pub enum Profile {
        /// The one that is committed and the same for everybody.
        Core = "core",
        /// The tenant's, with the actions of its plugins.
        Live = "live",
    }
}

/// Which document is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileQuery {
    profile: Option<Profile>,
}

/// Without a token the core; with one, the tenant's own document, at the revision its next decision is made by.
async fn document(request: HttpRequest, query: Params<ProfileQuery>, server: Data<Server>) -> Reply {
    let has_token = request.headers().contains_key(AUTHORIZATION);
    if query.0.profile == Some(Profile::Core) || !has_token {
        return Ok(served(&request, server.document.text.clone(), &server.document.etag));
    }
    let holder = server.access.present(request.headers(), clock::now().timestamp()).await?;
    let ground = server.engine.refresh_ground(holder.tenant).await?;
    let live = server.live.of(&server.document, &ground);
    Ok(served(&request, live.text.clone(), &live.etag))
}

fn served(request: &HttpRequest, text: Bytes, etag: &str) -> HttpResponse {
    if reply::is_known(request, etag) {
        return HttpResponse::NotModified().insert_header((ETAG, etag)).insert_header((VARY, "authorization")).finish();
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((ETAG, etag))
        .insert_header((VARY, "authorization"))
        .body(text)
}
