//! Engine error → `application/problem+json`. The only place that knows which refusal has which HTTP status.

use crate::letterhead;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::Error;
use serde_json::{Map, Value, json};
use std::fmt;
use std::sync::Arc;

/// The media type of every refusal (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The most faults one answer lists.
const FAULTS_MAX: usize = 100;

/// A refusal on its way out. The letterhead turns it into the answer, because only it knows the request id.
#[derive(Debug)]
pub struct Problem {
    error: Error,
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    request_id: Option<Arc<str>>,
}

/// The status of every refusal there is.
pub fn status_of(code: Code) -> StatusCode {
    match code {
        Code::MalformedJson
        | Code::MalformedCsv
        | Code::UnknownParameter
        | Code::InvalidParameter
        | Code::InvalidCursor
        | Code::IdempotencyKeyInvalid => StatusCode::BAD_REQUEST,
        Code::Unauthenticated | Code::InvalidToken => StatusCode::UNAUTHORIZED,
        Code::InsufficientScope | Code::SecondPersonRequired | Code::OperatorOnly | Code::SandboxOnly => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::IllegalState
        | Code::AlreadyShipped
        | Code::OverShipped
        | Code::OverInvoiced
        | Code::ExternalIdConflict
        | Code::IdempotencyInProgress
        | Code::TryAgain
        | Code::RunOutOfOrder
        | Code::OverlappingLimit
        | Code::ApprovalStale
        | Code::OverlappingRate
        | Code::CaseOpen
        | Code::NoRate
        | Code::LimitBelowOwed => StatusCode::CONFLICT,
        Code::StaleVersion => StatusCode::PRECONDITION_FAILED,
        Code::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::ValidationFailed
        | Code::UnknownField
        | Code::MissingField
        | Code::MalformedDate
        | Code::MalformedAmount
        | Code::TooManyDecimals
        | Code::AmountOutOfRange
        | Code::UnknownCurrency
        | Code::CurrencyMismatch
        | Code::UnknownReference
        | Code::UnknownAccount
        | Code::IdConflict
        | Code::ContractIncomplete
        | Code::OverAllocation
        | Code::EntityMismatch
        | Code::UseCreditNotes
        | Code::SourceRefused
        | Code::SupplyBasisMissing
        | Code::ContactQuiet
        | Code::PostDated
        | Code::IdempotencyKeyReused
        | Code::UnknownPolicyKey
        | Code::ScriptRefused
        | Code::ActionFailed
        | Code::PluginDenied
        | Code::NameTaken
        | Code::GroupCycle
        | Code::GroupTooDeep => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Overloaded | Code::DatabaseUnavailable | Code::CommitUnknown | Code::PluginUnavailable | Code::PluginFailed => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Code::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        Code::InvariantBroken | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Problem {
    /// A refusal made here, not in the engine.
    #[track_caller]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::from(Error::new(code, detail))
    }

    /// The same refusal with another status: a URL and a header block that are `too_large` have one of their own.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// A refusal that leaves the letterhead as an error and must write its own answer.
    pub fn for_request(mut self, request_id: Arc<str>) -> Self {
        self.request_id = Some(request_id);
        self
    }

    /// The path exists, but only with these methods.
    pub fn method_not_allowed(allow: &str) -> Self {
        let mut problem = Self::new(Code::MethodNotAllowed, format!("this path takes {allow}"));
        problem.add_header(ALLOW, allow);
        problem
    }

    /// Adds a header to the answer; one that cannot be written is left out.
    pub fn add_header(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
    }

    /// What an error answer made by the web framework itself means in our words.
    pub fn from_status(status: StatusCode, detail: &str) -> Self {
        let code = match status {
            StatusCode::UNAUTHORIZED => Code::Unauthenticated,
            StatusCode::FORBIDDEN => Code::InsufficientScope,
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
            StatusCode::NOT_ACCEPTABLE => Code::NotAcceptable,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Code::TooLarge,
            StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => Code::Overloaded,
            other if other.is_client_error() => Code::InvalidParameter,
            _ => Code::Internal,
        };
        let problem = Self::new(code, detail);
        if status.is_client_error() { problem.with_status(status) } else { problem }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What was refused and why.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The members of the answer. Of our own faults an outsider learns nothing but the request id.
    pub fn body(&self, request_id: &str) -> Value {
        let (code, is_ours) = (self.error.code(), self.status.is_server_error());
        let is_secret = matches!(code, Code::Internal | Code::InvariantBroken);
        let detail = if is_secret { "" } else { self.error.detail() };
        let faults = if is_ours { &[] } else { self.error.faults() };
        let errors: Vec<Value> = faults
            .iter()
            .take(FAULTS_MAX)
            .map(|fault| json!({"pointer": fault.pointer, "code": fault.code.name(), "detail": fault.detail}))
            .collect();
        let mut members = Map::new();
        members.insert("type".into(), format!("/docs/problems/{}", code.name()).into());
        members.insert("title".into(), code.title().into());
        members.insert("status".into(), self.status.as_u16().into());
        members.insert("code".into(), code.name().into());
        members.insert("detail".into(), detail.into());
        members.insert("instance".into(), format!("urn:recoup:request:{request_id}").into());
        members.insert("request_id".into(), request_id.into());
        members.insert("errors".into(), errors.into());
        if let (Some(Value::Object(extra)), false) = (self.error.extra(), is_secret) {
            for (name, value) in extra {
                members.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        Value::Object(members)
    }

    /// The whole answer to the request with this id.
    pub fn answer(&self, request_id: &str) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON)));
        for (name, value) in &self.headers {
            answer.insert_header((name.clone(), value.clone()));
        }
        if let Some((name, value)) = self.header_of_code() {
            answer.insert_header((name, value));
        }
        answer.body(self.body(request_id).to_string())
    }

    /// The header that always goes with some codes.
    fn header_of_code(&self) -> Option<(HeaderName, HeaderValue)> {
        let code = self.error.code();
        let fixed = |name, text| Some((name, HeaderValue::from_static(text)));
        if code == Code::Unauthenticated {
            return fixed(WWW_AUTHENTICATE, "Bearer realm=\"recoup\"");
        }
        if code == Code::InvalidToken {
            return fixed(WWW_AUTHENTICATE, "Bearer realm=\"recoup\", error=\"invalid_token\"");
        }
        if code == Code::InsufficientScope {
            return fixed(WWW_AUTHENTICATE, "Bearer realm=\"recoup\", error=\"insufficient_scope\"");
        }
        if code == Code::StaleVersion {
            let version = self.error.extra().and_then(|extra| extra.get("current_version")).and_then(Value::as_i64)?;
            return HeaderValue::from_str(&format!("\"v{version}\"")).ok().map(|tag| (ETAG, tag));
        }
        let is_a_wait = matches!(code, Code::IdempotencyInProgress | Code::TryAgain)
            || matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE);
        if is_a_wait { fixed(RETRY_AFTER, "1") } else { None }
    }

    /// Our own faults go to the log with every place they passed; what a client did wrong does not.
    pub fn log(&self) {
        if self.status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(code = self.error.code().name(), error = ?self.error, "a request failed through our fault");
        } else if self.status.is_server_error() {
            tracing::warn!(code = self.error.code().name(), error = ?self.error, "a request could not be served");
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { status: status_of(error.code()), error, headers: Vec::new(), request_id: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Mostly a stand-in: the letterhead finds the problem inside and writes the real answer.
    fn error_response(&self) -> HttpResponse {
        match &self.request_id {
            Some(request_id) => {
                let mut answer = self.answer(request_id);
                letterhead::dress(answer.headers_mut(), request_id);
                answer
            }
            None => HttpResponse::new(self.status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_refusal_is_the_documented_one() {
        let refused = Error::new(Code::TooManyDecimals, "CNY has 2 decimals, got 3").at("#/amount/amount");
        let body = Problem::from(refused).body("req_1");
        let expected = json!({
            "type": "/docs/problems/too_many_decimals", "title": "Too many decimals", "status": 422, "code": "too_many_decimals",
            "detail": "CNY has 2 decimals, got 3", "instance": "urn:recoup:request:req_1", "request_id": "req_1",
            "errors": [{"pointer": "#/amount/amount", "code": "too_many_decimals", "detail": "CNY has 2 decimals, got 3"}],
        });
        assert_eq!(body.to_string(), expected.to_string());
    }

    #[test]
    fn our_own_faults_tell_an_outsider_nothing() {
        let hidden = Error::internal("SELECT * FROM secret").at("#/x").with(json!({"path": "/srv/recoup.db"}));
        let text = Problem::from(hidden).body("req_1").to_string();
        assert!(
            !text.contains("secret") && !text.contains("/srv") && text.contains("\"detail\":\"\",") && text.contains("\"errors\":[]"),
            "{text}"
        );
    }

    #[test]
    fn more_members_never_overwrite_the_fixed_ones() {
        let refused = Error::new(Code::ExternalIdConflict, "taken").with(json!({"id": "acc_1", "status": 200, "code": "fine"}));
        let body = Problem::from(refused).body("req_1");
        assert_eq!((&body["id"], &body["status"], &body["code"]), (&json!("acc_1"), &json!(409), &json!("external_id_conflict")));
    }

    #[test]
    fn every_code_has_an_error_status_and_a_name_that_fits_a_path() {
        for code in Code::ALL.iter().copied() {
            let status = status_of(code);
            assert!(status.is_client_error() || status.is_server_error(), "{code:?}");
            assert!(code.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code:?}");
            assert_eq!(Code::named(code.name()), Some(code));
        }
    }

    #[test]
    fn headers_that_belong_to_a_refusal_go_with_it() {
        let header = |problem: Problem, name: &str| {
            problem.answer("req_1").headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        assert_eq!(header(Problem::new(Code::Unauthenticated, ""), "www-authenticate"), "Bearer realm=\"recoup\"");
        assert_eq!(header(Problem::new(Code::Overloaded, ""), "retry-after"), "1");
        assert_eq!(header(Problem::method_not_allowed("GET, HEAD"), "allow"), "GET, HEAD");
        let stale = Problem::from(Error::new(Code::StaleVersion, "").with(json!({"current_version": 17})));
        assert_eq!(header(stale, "etag"), "\"v17\"");
    }
}
