//! `Body<T>`: a JSON body, read whole or refused with the place of the fault.

use crate::idempotency;
use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, TRANSFER_ENCODING};
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use std::marker::PhantomData;

/// The largest JSON body, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;
const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";
/// How deep arrays and objects may lie in one another.
const NESTING_MAX: usize = 32;

/// A JSON body of a request, read by the rules of `T`; `T` refuses unknown members.
#[derive(Debug)]
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    bytes: BytesMut,
}

impl<T> Body<T> {
    /// The hash of the body for an idempotency key, in which spaces and the order of members do not count.
    pub fn fingerprint(&self) -> String {
        match serde_json::from_slice(&self.bytes) {
            Ok(value) => idempotency::fingerprint(&value),
            Err(_) => idempotency::fingerprint_of_bytes(&self.bytes),
        }
    }
}

/// A merge patch (RFC 7396), sent as `application/merge-patch+json`: an absent member is left alone, `null` removes.
#[derive(Debug)]
pub struct Patch<T>(pub Body<T>);

impl<T: DeserializeOwned + 'static> FromRequest for Patch<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Body::sent_as(MERGE_PATCH, request, payload);
        Box::pin(async move { Ok(Self(body.await?)) })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Self::sent_as(JSON, request, payload)
    }
}

impl<T: DeserializeOwned + 'static> Body<T> {
    fn sent_as(
        media_type: &'static str,
        request: &HttpRequest,
        payload: &mut Payload,
    ) -> LocalBoxFuture<'static, std::result::Result<Self, Problem>> {
        let media_type = judge_media_type(media_type, request);
        let mut payload = payload.take();
        Box::pin(async move {
            media_type?;
            let bytes = collect(&mut payload).await?;
            let value = read(&bytes)?;
            Ok(Self { value, bytes })
        })
    }
}

/// A JSON body that may be left out: then every member has its default.
#[derive(Debug)]
pub struct MaybeBody<T>(pub Body<T>);

impl<T: DeserializeOwned + Default + 'static> FromRequest for MaybeBody<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let is_empty = !request.headers().contains_key(TRANSFER_ENCODING) && length.is_none_or(|length| length == "0");
        if is_empty && !request.headers().contains_key(CONTENT_TYPE) {
            return Box::pin(async { Ok(Self(Body { value: T::default(), bytes: BytesMut::new() })) });
        }
        let body = Body::sent_as(JSON, request, payload);
        Box::pin(async move { Ok(Self(body.await?)) })
    }
}

fn judge_media_type(wanted: &str, request: &HttpRequest) -> std::result::Result<(), Problem> {
    let sent = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (kind, parameters) = sent.split_once(';').unwrap_or((sent, ""));
    let is_utf8 = parameters.trim().is_empty() || parameters.to_ascii_lowercase().replace([' ', '"'], "") == "charset=utf-8";
    if kind.trim().eq_ignore_ascii_case(wanted) && is_utf8 {
        return Ok(());
    }
    let mut problem = Problem::new(Code::UnsupportedMediaType, format!("send {wanted} in UTF-8"));
    if wanted == MERGE_PATCH {
        problem.add_header(HeaderName::from_static("accept-patch"), MERGE_PATCH);
    }
    Err(problem)
}

async fn collect(payload: &mut Payload) -> Result<BytesMut> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|cause| Error::new(Code::MalformedJson, format!("the body ended early: {cause}")))?;
        if bytes.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(Error::new(Code::TooLarge, "a JSON body has at most 1 MiB"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads JSON bytes as `T`; every fault has its code and its JSON pointer.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    judge_nesting(bytes)?;
    judge_text(bytes)?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let Members(value) = serde_path_to_error::deserialize(&mut reader).map_err(|fault| {
        let path = pointer(fault.path());
        explain(&path, fault.inner(), bytes)
    })?;
    reader.end().map_err(|cause| Error::new(Code::MalformedJson, cause.to_string()))?;
    Ok(value)
}

/// Counted before anything is built, so that a deep body costs nothing.
fn judge_nesting(bytes: &[u8]) -> Result<()> {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => {
                depth += 1;
                if depth > NESTING_MAX {
                    return Err(Error::new(Code::MalformedJson, "arrays and objects lie at most 32 deep in one another"));
                }
            }
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses text with control characters other than tab and line ends: one database would store them, another would not.
/// Written plainly they are no JSON at all, so only escapes are looked at, and only a body that has some is read for it.
fn judge_text(bytes: &[u8]) -> Result<()> {
    let is_suspicious = bytes.windows(2).any(|pair| pair[0] == b'\\' && matches!(pair[1], b'u' | b'b' | b'f'));
    if !is_suspicious {
        return Ok(());
    }
    // What is no JSON is refused by its reader, with the place.
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return Ok(()) };
    match control_in(&value, "#") {
        Some(place) => Err(Error::new(Code::ValidationFailed, "text holds no control characters but tab and line ends").at(place)),
        None => Ok(()),
    }
}

/// Where a text with a control character stands.
fn control_in(value: &serde_json::Value, place: &str) -> Option<String> {
    use serde_json::Value;
    match value {
        Value::String(text) => has_control(text).then(|| place.to_owned()),
        Value::Array(all) => all.iter().enumerate().find_map(|(at, one)| control_in(one, &format!("{place}/{at}"))),
        Value::Object(members) => members.iter().find_map(|(name, one)| {
            let inner = format!("{place}/{}", escaped(name));
            if has_control(name) { Some(place.to_owned()) } else { control_in(one, &inner) }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Has a text a control character other than tab and line ends?
pub(super) fn has_control(text: &str) -> bool {
    text.chars().any(|c| c < ' ' && !matches!(c, '\t' | '\n' | '\r'))
}

/// What is read from the members of an object: serde alone would also take an array, member by member in their order.
struct Members<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct OfMembers<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OfMembers<T> {
            type Value = Members<T>;

            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> std::result::Result<Members<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Members)
            }
        }
        from.deserialize_map(OfMembers(PhantomData))
    }
}

/// The path as a JSON pointer in a fragment: `#/instalments/0/amount`.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut text = String::from("#");
    for segment in path {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => escaped(key),
            Segment::Enum { variant } => escaped(variant),
            Segment::Unknown => continue,
        };
        text.push('/');
        text.push_str(&part);
    }
    text
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What serde's message means in our words. A refusal of the engine that crossed serde begins with its code.
fn explain(path: &str, fault: &serde_json::Error, bytes: &[u8]) -> Error {
    // The reader stops at the first fault of either kind; what is no JSON at all is that and nothing else.
    let whole = match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(whole) => whole,
        Err(cause) => return Error::new(Code::MalformedJson, cause.to_string()),
    };
    if !fault.is_data() {
        // The reader also calls it a syntax error when a word was expected and good JSON of another kind came.
        return Error::new(Code::ValidationFailed, "this is not of the kind that belongs here").at(path);
    }
    let text = fault.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let is_object = whole.pointer(path.trim_start_matches('#')).is_some_and(serde_json::Value::is_object);
    explain_message(message, &|place| match place {
        // Where the reader stopped at the key itself, the path already ends with it.
        Place::Member(name) if !path.ends_with(&format!("/{}", escaped(name))) => format!("{path}/{}", escaped(name)),
        // Money is read whole before it is judged.
        Place::Judged(Code::UnknownCurrency) if is_object => format!("{path}/currency"),
        Place::Judged(Code::MalformedAmount | Code::TooManyDecimals | Code::AmountOutOfRange) if is_object => format!("{path}/amount"),
        Place::Member(_) | Place::Judged(_) => path.to_owned(),
    })
}

/// What a fault is about, for whoever makes its pointer.
pub(crate) enum Place<'a> {
    /// A member that is missing, unknown or there twice.
    Member(&'a str),
    /// A value that was read and refused with this code.
    Judged(Code),
}

/// Shared with query strings: `pointer` says where what the message is about stands.
pub(crate) fn explain_message(message: &str, pointer: &dyn Fn(Place<'_>) -> String) -> Error {
    let named = |prefix: &str| message.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    if let Some((code, detail)) = message.split_once(": ").and_then(|(name, detail)| Some((Code::named(name)?, detail))) {
        return Error::new(code, detail).at(pointer(Place::Judged(code)));
    }
    if let Some(name) = named("unknown field `") {
        return Error::new(Code::UnknownField, format!("{name} is not known here")).at(pointer(Place::Member(name)));
    }
    if let Some(name) = named("missing field `") {
        return Error::new(Code::MissingField, format!("{name} is missing")).at(pointer(Place::Member(name)));
    }
    if let Some(name) = named("duplicate field `") {
        return Error::new(Code::MalformedJson, format!("{name} is there twice")).at(pointer(Place::Member(name)));
    }
    Error::new(Code::ValidationFailed, message).at(pointer(Place::Judged(Code::ValidationFailed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use recoup_engine::words::id::AccountId;
    use recoup_engine::words::money::Money;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is looked at")]
    struct Line {
        amount: Money,
        #[serde(deserialize_with = "recoup_engine::words::day::strict_date::deserialize")]
        due_on: NaiveDate,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is looked at")]
    struct Bill {
        account_id: Option<AccountId>,
        lines: Vec<Line>,
    }

    fn read_as(text: &str) -> String {
        match read::<Bill>(text.as_bytes()) {
            Ok(_) => "read".to_owned(),
            Err(error) => {
                let at: Vec<&str> = error.faults().iter().map(|fault| fault.pointer.as_str()).collect();
                format!("{} {}", error.code().name(), at.join(" "))
            }
        }
    }

    #[test]
    fn every_fault_has_its_code_and_its_place() {
        let line = |amount: &str, due_on: &str| {
            format!(r#"{{"lines":[{{"amount":{{"amount":"{amount}","currency":"CNY"}},"due_on":"{due_on}"}}]}}"#)
        };
        for (text, expected) in [
            (line("1200.00", "2026-12-31"), "read"),
            (line("1.005", "2026-12-31"), "too_many_decimals #/lines/0/amount/amount"),
            (line("1e3", "2026-12-31"), "malformed_amount #/lines/0/amount/amount"),
            (line("1", "2026-02-30"), "malformed_date #/lines/0/due_on"),
            (line("1", "2026-02-28").replace("CNY", "ZZZ"), "unknown_currency #/lines/0/amount/currency"),
            (line("1", "2026-02-28").replace("\"1\"", "1"), "validation_failed #/lines/0/amount/amount"),
            (line("1", "2026-02-28").replace("due_on", "due"), "unknown_field #/lines/0/due"),
            (line("1", "2026-02-28").replace("\"currency\":\"CNY\"", "\"a/b\":1"), "unknown_field #/lines/0/amount/a~1b"),
            (r#"{"lines":[{"due_on":"2026-02-28"}]}"#.into(), "missing_field #/lines/0/amount"),
            (r#"{"lines":[],"id":"x"}"#.into(), "unknown_field #/id"),
            ("{}".into(), "missing_field #/lines"),
            (r#"{"lines":[],"account_id":"inv_1"}"#.into(), "unknown_reference #/account_id"),
            (r#"{"lines":[],"lines":[]}"#.into(), "malformed_json #/lines"),
            ("[]".into(), "validation_failed #"),
            ("".into(), "malformed_json "),
            ("{\"lines\":[]".into(), "malformed_json "),
            ("{\"a\":".into(), "malformed_json "),
            ("{\"a\":1".into(), "malformed_json "),
            ("{\"lines\":[]} x".into(), "malformed_json "),
            ("\u{feff}{}".into(), "malformed_json "),
            (format!("{}{}", "[".repeat(33), "]".repeat(33)), "malformed_json "),
        ] {
            assert_eq!(read_as(&text), expected, "{text}");
        }
        for text in [&b"{\"lines\":[\xff]}"[..], b"{\"lines\":\"\xff\"}", b"{\"\xff\":1}"] {
            assert!(read::<Bill>(text).is_err_and(|error| error.code() == Code::MalformedJson), "not UTF-8");
        }
    }

    #[test]
    fn control_characters_are_refused_where_they_stand_and_line_ends_are_not() {
        for (text, expected) in [
            (r#"{"a":"x\u0000"}"#, "#/a"),
            (r#"{"a":[{"b/c":"\u001b"}]}"#, "#/a/0/b~1c"),
            (r#"{"a\u0000":1}"#, "#"),
            (r#"{"a":"\b"}"#, "#/a"),
            (r#"{"a":"\u4e2d\u6587\u0009\n\r\t \\u0000"}"#, ""),
        ] {
            let told = judge_text(text.as_bytes()).map_or_else(|error| error.faults()[0].pointer.clone(), |()| String::new());
            assert_eq!(told, expected, "{text}");
        }
    }

    #[test]
    fn brackets_in_text_are_not_nesting() {
        let text = format!("\"{}\\\"{}\"", "[".repeat(100), "{".repeat(100));
        assert!(judge_nesting(text.as_bytes()).is_ok());
    }
}
