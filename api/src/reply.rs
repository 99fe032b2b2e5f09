//! Answers: the status, the body, and the headers that go with a thing that has a place and a version.

use crate::extract::etag;
use crate::problem::Problem;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use recoup_engine::Outcome;
use recoup_engine::approval::{Acted, Waiting};
use recoup_engine::words::error::Error;
use serde::Serialize;

/// What a handler gives: an answer or a refusal.
pub type Reply = Result<HttpResponse, Problem>;

static IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer being written.
pub struct Answer(HttpResponseBuilder);

impl Answer {
    /// 200: read, changed, or done before.
    pub fn ok() -> Self {
        Self(HttpResponse::build(StatusCode::OK))
    }

    /// 201: created, and to be found at this path.
    pub fn created(location: &str) -> Self {
        Self(HttpResponse::build(StatusCode::CREATED)).header(LOCATION, location)
    }

    /// 202: taken in hand, and to be watched at this path.
    pub fn accepted(location: &str) -> Self {
        Self(HttpResponse::build(StatusCode::ACCEPTED)).header(LOCATION, location)
    }

    /// 204: gone, or nothing to say.
    pub fn empty() -> Reply {
        Ok(HttpResponse::NoContent().finish())
    }

    /// The version of the thing, as its strong ETag.
    pub fn version(self, version: i64) -> Self {
        self.header(ETAG, &etag(version))
    }

    /// Says that this was done before and is only told again.
    pub fn replayed(mut self, is_replay: bool) -> Self {
        if is_replay {
            self.0.insert_header((IDEMPOTENT_REPLAYED.clone(), HeaderValue::from_static("true")));
        }
        self
    }

    /// The answer with its JSON body.
    pub fn json(mut self, body: &impl Serialize) -> Reply {
        let bytes = serde_json::to_vec(body).map_err(Error::internal)?;
        self.0.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        Ok(self.0.body(bytes))
    }

    fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.insert_header((name, value));
        }
        self
    }
}

/// A thing that was made: 201, also when the same key asks again; 200 when its external id was there with the same content.
pub fn made<D: Serialize>(outcome: &Outcome<D>, location: &str, version: Option<i64>) -> Reply {
    let answer = if outcome.is_replay && !outcome.is_by_key { Answer::ok() } else { Answer::created(location) };
    let answer = answer.replayed(outcome.is_replay);
    match version {
        Some(version) => answer.version(version).json(&outcome.done),
        None => answer.json(&outcome.done),
    }
}

/// An act that waits for a second person: 202, and the place of the request.
pub fn waits(waiting: &Waiting, is_replay: bool) -> Reply {
    Answer::accepted(&format!("/v1/approvals/{}", waiting.id)).replayed(is_replay).json(waiting)
}

/// An act that may need a second person: what [`waits`] or what [`made`] says.
pub fn acted<D: Serialize>(outcome: &Outcome<Acted<D>>, location: &str, version: impl Fn(&D) -> Option<i64>) -> Reply {
    let (is_replay, is_by_key) = (outcome.is_replay, outcome.is_by_key);
    match &outcome.done {
        Acted::Waits(waiting) => waits(waiting, is_replay),
        Acted::Done(done) => made(&Outcome { done, is_replay, is_by_key }, location, version(done)),
    }
}

/// 200 with a body and nothing else.
pub fn ok(body: &impl Serialize) -> Reply {
    Answer::ok().json(body)
}

/// A single thing that was read: 304 when the client already has this version.
pub fn read(request: &HttpRequest, version: i64, body: &impl Serialize) -> Reply {
    let tag = etag(version);
    if is_known(request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, tag)).finish());
    }
    Answer::ok().version(version).json(body)
}

/// Does `If-None-Match` name this tag? A weak one counts: it is compared weakly (RFC 9110).
pub(crate) fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let lines = request.headers().get_all(IF_NONE_MATCH).filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use serde_json::json;

    #[test]
    fn a_version_the_client_already_has_is_not_sent_again() {
        for (sent, status) in [("\"v17\"", 304), ("W/\"v17\"", 304), ("*", 304), ("\"v1\", \"v17\"", 304), ("\"v16\"", 200)] {
            let request = TestRequest::get().insert_header((IF_NONE_MATCH, sent)).to_http_request();
            let answer = read(&request, 17, &json!({})).unwrap();
            assert_eq!(answer.status().as_u16(), status, "{sent}");
            assert_eq!(answer.headers().get(ETAG).unwrap(), "\"v17\"");
        }
    }

    #[test]
    fn a_created_thing_says_where_it_is_and_whether_it_was_there_before() {
        let answer = Answer::created("/v1/orders/ord_1").version(1).replayed(true).json(&json!({"id": "ord_1"})).unwrap();
        assert_eq!(answer.status().as_u16(), 201);
        assert_eq!(answer.headers().get(LOCATION).unwrap(), "/v1/orders/ord_1");
        assert_eq!(answer.headers().get("idempotent-replayed").unwrap(), "true");
    }
}
