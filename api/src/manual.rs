//! Pages for people, which work offline: the API explorer, and a page for every refusal.

use crate::probes::only_get;
use crate::problem::{Problem, status_of};
use crate::reply::Reply;
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION};
use actix_web::web::{self, Path};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::Error;
use std::sync::{Arc, OnceLock};
use utoipa_swagger_ui::Config;

/// Nothing is loaded from anywhere else; the explorer's icons are written into its style sheet.
const CONTENT_RULES: &str = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'";

/// The pages under `/docs`.
pub(crate) fn all(list: &mut web::ServiceConfig) {
    list.service(web::resource("/docs").route(web::get().to(to_explorer)).default_service(web::to(only_get)))
        .service(web::resource("/docs/problems").route(web::get().to(problem_list)).default_service(web::to(only_get)))
        .service(web::resource("/docs/problems/{code}").route(web::get().to(problem_page)).default_service(web::to(only_get)))
        .service(web::resource("/docs/{file:.*}").route(web::get().to(explorer)).default_service(web::to(only_get)));
}

/// The explorer names its files relative to itself, so its address ends with a slash.
async fn to_explorer() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

async fn explorer(file: Path<String>) -> Reply {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| {
        let config = Config::new(["/openapi.json"]).try_it_out_enabled(true).persist_authorization(true).filter(true);
        Arc::new(config.validator_url("none"))
    });
    let found = utoipa_swagger_ui::serve(&file, Arc::clone(config)).map_err(Error::internal)?;
    let found = found.ok_or_else(|| Problem::new(Code::NotFound, "there is no such page"))?;
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, found.content_type))
        .insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_RULES)))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")));
    if found.gzpipped {
        answer.insert_header((CONTENT_ENCODING, HeaderValue::from_static("gzip")));
    }
    Ok(answer.body(found.bytes.into_owned()))
}

async fn problem_list() -> HttpResponse {
    let rows: String = Code::ALL.iter().map(|code| row(*code)).collect();
    page("Problems", &format!("<table><tr><th>code</th><th>status</th><th>meaning</th></tr>{rows}</table>"))
}

fn row(code: Code) -> String {
    let (name, status, meaning) = (code.name(), status_of(code).as_u16(), escaped(code.meaning()));
    format!("<tr><td><a href=\"/docs/problems/{name}\"><code>{name}</code></a></td><td>{status}</td><td>{meaning}</td></tr>")
}

async fn problem_page(code: Path<String>) -> Reply {
    let code = Code::named(&code).ok_or_else(|| Problem::new(Code::NotFound, "there is no such problem"))?;
    let (name, status, meaning) = (code.name(), status_of(code), escaped(code.meaning()));
    let text =
        format!("<p>{meaning}</p><p>Code <code>{name}</code>, status {status}.</p><p><a href=\"/docs/problems\">All problems</a></p>");
    Ok(page(code.title(), &text))
}

fn page(title: &str, text: &str) -> HttpResponse {
    let title = escaped(title);
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")))
        .insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_RULES)))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")))
        .body(format!("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
