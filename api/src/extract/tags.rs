//! `ETag` and `If-Match`: the version of a thing, and the promise to change only that version.

use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::http::header::IF_MATCH;
use actix_web::{FromRequest, HttpRequest};
use futures::future::{Ready, ready};
use recoup_engine::words::code::Code;

/// The strong tag of a version: `"v17"`.
pub fn etag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// What a tag that is none of ours is read as.
const NO_VERSION: i64 = -1;

/// Which version the caller read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

impl IfMatch {
    /// `*` is any version, `None`. Of several the newest counts. A weak or foreign tag can never match: no version lies below zero.
    pub(crate) fn read(request: &HttpRequest) -> std::result::Result<Self, Problem> {
        let mut lines = request.headers().get_all(IF_MATCH).peekable();
        if lines.peek().is_none() {
            return Err(Problem::new(Code::PreconditionRequired, "send If-Match with the ETag you read"));
        }
        let mut newest = NO_VERSION;
        for line in lines {
            for tag in line.to_str().unwrap_or("").split(',').map(str::trim) {
                if tag == "*" {
                    return Ok(Self(None));
                }
                let number = tag.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"'));
                newest = newest.max(number.and_then(|number| number.parse().ok()).unwrap_or(NO_VERSION));
            }
        }
        Ok(Self(Some(newest)))
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn the_version_that_was_read_is_named_by_its_strong_tag() {
        for (sent, expected) in [
            (None, Err(Code::PreconditionRequired)),
            (Some("\"v17\""), Ok(IfMatch(Some(17)))),
            (Some("*"), Ok(IfMatch(None))),
            (Some("\"v3\", \"v17\""), Ok(IfMatch(Some(17)))),
            (Some("\"v0\""), Ok(IfMatch(Some(0)))),
            (Some("W/\"v17\""), Ok(IfMatch(Some(NO_VERSION)))),
            (Some("v17"), Ok(IfMatch(Some(NO_VERSION)))),
            (Some(""), Ok(IfMatch(Some(NO_VERSION)))),
        ] {
            let request = sent.map_or_else(TestRequest::default, |sent| TestRequest::default().insert_header((IF_MATCH, sent)));
            assert_eq!(IfMatch::read(&request.to_http_request()).map_err(|problem| problem.error().code()), expected, "{sent:?}");
        }
    }
}
