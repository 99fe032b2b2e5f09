//! What every answer carries and every request passes: request id, size limits, the token, the fixed headers, and
//! the turning of every refusal, the framework's own included, into a problem.

use crate::auth::Presented;
use crate::clock;
use crate::problem::{PROBLEM_JSON, Problem};
use crate::server::Server;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use futures::FutureExt;
use recoup_engine::words::code::Code;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;

/// The dated behaviour this server speaks.
pub const RECOUP_VERSION: &str = "2026-11-22";

/// The longest URL, in bytes.
const URL_BYTES_MAX: usize = 8 * 1024;
/// The largest header block, in bytes.
const HEADER_BYTES_MAX: usize = 16 * 1024;

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static X_RECOUP_VERSION: HeaderName = HeaderName::from_static("recoup-version");

/// The id of the request in hand, as its answer, its log lines and its journal entry show it.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

/// The middleware around everything.
pub async fn letterhead(mut request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let request_id = request_id(request.headers());
    let span = tracing::info_span!("request", id = %request_id, method = %request.method(), path = request.path());
    let method = method_label(request.method());
    if request.method() == Method::HEAD {
        // Answered like GET; the protocol layer still knows it was HEAD and leaves the body out.
        request.head_mut().method = Method::GET;
    }
    request.extensions_mut().insert(RequestId(Arc::clone(&request_id)));
    async move {
        let server = request.app_data::<Data<Server>>().cloned();
        let outcome = match server.as_ref().map(|server| (server, server.enter(request.path()))) {
            Some((_, None)) => Err(Problem::new(Code::Overloaded, "the server has as many requests in hand as it may")),
            Some((server, Some(_place))) => pass(server, request, next, &request_id).await,
            None => Err(Problem::new(Code::Internal, "the app was built without its server")),
        };
        let answer = match outcome {
            Ok(answer) => answer,
            Err(problem) => {
                problem.log();
                count(method, None, problem.status(), began);
                return Err(problem.for_request(request_id).into());
            }
        };
        let mut answer = as_problem(answer, &request_id);
        dress(answer.headers_mut(), &request_id);
        count(method, answer.request().match_pattern(), answer.status(), began);
        Ok(answer)
    }
    .instrument(span)
    .await
}

/// Judges what can be judged before the route is known, then lets the request through; a panic becomes our fault.
async fn pass(
    server: &Server,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    request_id: &Arc<str>,
) -> Result<ServiceResponse<BoxBody>, Problem> {
    judge_size(&request)?;
    judge_version(&request)?;
    if request.path().starts_with("/v1/") {
        let presented = server.access.present(request.headers(), clock::now().timestamp()).await;
        request.extensions_mut().insert(Presented(presented));
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(answer)) => Ok(answer.map_into_boxed_body()),
        Ok(Err(error)) => Err(from_framework(&error)),
        Err(_) => {
            metrics::counter!("recoup_panics_total").increment(1);
            Err(Problem::new(Code::Internal, format!("request {request_id} panicked")))
        }
    }
}

fn judge_size(request: &ServiceRequest) -> Result<(), Problem> {
    let url = request.head().uri.path_and_query().map_or(0, |url| url.as_str().len());
    if url > URL_BYTES_MAX {
        return Err(Problem::new(Code::TooLarge, "a URL has at most 8 KiB").with_status(StatusCode::URI_TOO_LONG));
    }
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers > HEADER_BYTES_MAX {
        let problem = Problem::new(Code::TooLarge, "the headers have at most 16 KiB");
        return Err(problem.with_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    Ok(())
}

fn judge_version(request: &ServiceRequest) -> Result<(), Problem> {
    match request.headers().get(&X_RECOUP_VERSION) {
        Some(asked) if asked.as_bytes() != RECOUP_VERSION.as_bytes() => {
            let refused = recoup_engine::words::error::Error::new(Code::InvalidParameter, format!("this server speaks {RECOUP_VERSION}"));
            Err(refused.at("@Recoup-Version").into())
        }
        _ => Ok(()),
    }
}

/// The caller's request id if it is well-formed, else a new one.
fn request_id(headers: &HeaderMap) -> Arc<str> {
    let fits = |text: &str| (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let sent = headers.get(&X_REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|text| fits(text));
    sent.map_or_else(|| clock::fresh_id("req"), Arc::from)
}

/// An answer that is a refusal of any make leaves as a problem.
fn as_problem(answer: ServiceResponse, request_id: &str) -> ServiceResponse {
    let status = answer.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return answer;
    }
    let is_written = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == PROBLEM_JSON.as_bytes());
    if is_written {
        return answer;
    }
    let dressed = match answer.response().error() {
        Some(error) => match error.as_error::<Problem>() {
            Some(problem) => {
                problem.log();
                problem.answer(request_id)
            }
            None => from_framework(error).answer(request_id),
        },
        None => Problem::from_status(status, "").answer(request_id),
    };
    answer.into_response(dressed)
}

/// A refusal made by the web framework: its status decides, its words do not leave the house unless they are the client's fault.
fn from_framework(error: &Error) -> Problem {
    let status = error.as_response_error().status_code();
    let detail = if status.is_client_error() { error.to_string() } else { format!("{error:?}") };
    let problem = Problem::from_status(status, &detail);
    problem.log();
    problem
}

/// The headers of every answer.
pub(crate) fn dress(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(X_REQUEST_ID.clone(), value);
    }
    headers.insert(X_RECOUP_VERSION.clone(), HeaderValue::from_static(RECOUP_VERSION));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(CACHE_CONTROL) {
        let has_etag = headers.contains_key(actix_web::http::header::ETAG);
        let value = if has_etag { "private, no-cache" } else { "no-store" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
    }
}

fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

/// One line of the metrics; the route is its pattern, so ids make no new series.
fn count(method: &'static str, route: Option<String>, status: StatusCode, began: Instant) {
    let route = route.unwrap_or_else(|| "none".to_owned());
    let status = match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    metrics::histogram!("recoup_http_request_seconds", "method" => method, "route" => route, "status" => status).record(began.elapsed());
}
