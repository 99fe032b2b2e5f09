//! `ETag` and `If-Match`: the version of a thing, and the promise to change only that version.

use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::http::header::IF_MATCH;
use actix_web::{FromRequest, HttpRequest};
use futures::future::{Ready, ready};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};

/// The strong tag of a version: `"v17"`.
pub fn etag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// Which version the caller read: several may be named, `*` is any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Whatever it is now.
    Any,
    /// One of these.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// The version to claim, when the thing is at `current`; `stale_version` when the caller read another one.
    pub fn judge(&self, current: i64) -> Result<i64> {
        match self {
            Self::Any => Ok(current),
            Self::Versions(read) if read.contains(&current) => Ok(current),
            Self::Versions(_) => {
                let stale = Error::new(Code::StaleVersion, format!("it is at {} now", etag(current)));
                Err(stale.with(serde_json::json!({"version": current})))
            }
        }
    }

    fn read(request: &HttpRequest) -> std::result::Result<Self, Problem> {
        let mut lines = request.headers().get_all(IF_MATCH).peekable();
        if lines.peek().is_none() {
            return Err(Problem::new(Code::PreconditionRequired, "send If-Match with the ETag you read"));
        }
        let mut versions = Vec::new();
        for line in lines {
            for tag in line.to_str().unwrap_or("").split(',').map(str::trim) {
                if tag == "*" {
                    return Ok(Self::Any);
                }
                // A weak or foreign tag is well-formed but can never match, so it only finds the thing changed.
                let number = tag.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"'));
                versions.extend(number.and_then(|number| number.parse::<i64>().ok()));
            }
        }
        Ok(Self::Versions(versions))
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
    fn only_the_version_that_was_read_may_be_changed() {
        for (sent, expected) in [
            (None, "precondition_required"),
            (Some("\"v17\""), "17"),
            (Some("*"), "17"),
            (Some("\"v3\", \"v17\""), "17"),
            (Some("\"v16\""), "stale_version"),
            (Some("W/\"v17\""), "stale_version"),
            (Some("v17"), "stale_version"),
            (Some(""), "stale_version"),
        ] {
            let request = sent.map_or_else(TestRequest::default, |sent| TestRequest::default().insert_header((IF_MATCH, sent)));
            let judged = IfMatch::read(&request.to_http_request()).map_err(|problem| problem.error().code());
            let judged = judged.and_then(|tags| tags.judge(17).map_err(|error| error.code()));
            assert_eq!(judged.map_or_else(|code| code.name().to_owned(), |version| version.to_string()), expected, "{sent:?}");
        }
    }
}
