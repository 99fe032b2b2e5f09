//! The one list of routes: server, tests and document are all made from it.

use crate::letterhead::letterhead;
use crate::openapi;
use crate::problem::Problem;
use crate::server::Server;
use crate::{manual, probes, routes};
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, Error, HttpRequest, HttpResponse};
use recoup_engine::words::code::Code;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt, scope};

/// Paths that are served but are no part of the document.
pub(crate) const BESIDE_THE_DOCUMENT: &[&str] = &[
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/.well-known/jwks.json",
    "/docs",
    "/docs/problems",
    "/docs/problems/{code}",
    "/docs/{file:.*}",
];

/// Everything under `/v1`.
fn v1(list: &mut ServiceConfig) {
    routes::all(list);
}

/// The whole app, with what its requests share.
pub fn app(
    server: Data<Server>,
) -> App<impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>> {
    App::new()
        .app_data(Data::new(server.engine.clone()))
        .app_data(server)
        .into_utoipa_app()
        .service(scope::scope("/v1").configure(v1))
        .into_app()
        .configure(probes::all)
        .configure(manual::all)
        .default_service(web::to(no_such_route))
        .wrap(from_fn(letterhead))
}

/// What the routes say of themselves.
pub(crate) fn collected() -> utoipa::openapi::OpenApi {
    App::new().into_utoipa_app().openapi(openapi::shell()).service(scope::scope("/v1").configure(v1)).split_for_parts().1
}

/// Where no route fits: 405 if the path has other methods, else 404.
async fn no_such_route(request: HttpRequest, server: Data<Server>) -> Result<HttpResponse, Problem> {
    match server.document.methods_of(request.path()) {
        Some(allow) => Err(Problem::method_not_allowed(allow)),
        None => Err(Problem::new(Code::NotFound, "there is no such path")),
    }
}

#[cfg(test)]
#[path = "app_tests.rs"]
pub(crate) mod tests;
