//! `Idempotency-Key`: what a client must repeat to be answered the same. The engine keeps and replays; this only reads.

use crate::problem::Problem;
use actix_web::HttpRequest;
use aws_lc_rs::digest;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::Error;
use serde_json::Value;

/// The longest key, in characters.
const KEY_CHARS_MAX: usize = 255;

/// A key as it was sent, with the request it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    key: String,
    method: String,
    path: String,
}

impl Sent {
    /// The key of a request that changes something; reads ignore it. Malformed ones are refused.
    pub(crate) fn read(request: &HttpRequest) -> Result<Option<Self>, Problem> {
        if request.method().is_safe() {
            return Ok(None);
        }
        let mut sent = request.headers().get_all("idempotency-key");
        let Some(first) = sent.next() else {
            return Ok(None);
        };
        let bare = first.to_str().ok().map(|text| text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text));
        let is_fit = |key: &&str| (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|b| (0x20..0x7f).contains(&b));
        match bare.filter(is_fit) {
            Some(key) if sent.next().is_none() => {
                Ok(Some(Self { key: key.to_owned(), method: request.method().to_string(), path: request.path().to_owned() }))
            }
            _ => Err(Error::new(Code::IdempotencyKeyInvalid, "an Idempotency-Key is 1 to 255 printable characters, sent once")
                .at("@Idempotency-Key")
                .into()),
        }
    }

    /// What must be unique in the tenant: the same key of another client, method or path is another key.
    pub(crate) fn scope(&self, client: &str) -> String {
        // A line feed can be in none of the four, so two different scopes never become one text.
        hex(&sha256([client, &self.method, &self.path, &self.key].join("\n").as_bytes()))
    }
}

/// The hash of a JSON body in which neither spaces nor the order of members count.
pub fn fingerprint(body: &Value) -> String {
    let mut text = String::new();
    write_canonical(body, &mut text);
    hex(&sha256(text.as_bytes()))
}

/// The hash of bytes that are not JSON.
pub fn fingerprint_of_bytes(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_canonical(value: &Value, to: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| name.as_str());
            to.push('{');
            for (at, (name, member)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    to.push(',');
                }
                to.push_str(&Value::from(name.as_str()).to_string());
                to.push(':');
                write_canonical(member, to);
            }
            to.push('}');
        }
        Value::Array(items) => {
            to.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    to.push(',');
                }
                write_canonical(item, to);
            }
            to.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => to.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use serde_json::json;

    #[test]
    fn spaces_and_order_of_members_do_not_change_a_fingerprint_but_content_does() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":[{"x":1,"y":"é"}]}"#).unwrap();
        let same: Value = serde_json::from_str(r#"{ "b": [ {"y":"é","x":1} ], "a": 1 }"#).unwrap();
        assert_eq!(fingerprint(&one), fingerprint(&same));
        assert_ne!(fingerprint(&one), fingerprint(&json!({"a": 1, "b": [{"x": 1, "y": "e"}]})));
        assert_ne!(fingerprint(&json!([1, 2])), fingerprint(&json!([2, 1])));
    }

    #[test]
    fn keys_are_read_bare_or_quoted_and_refused_when_malformed() {
        let long = "k".repeat(256);
        let read = |key: &str| {
            let request = TestRequest::post().uri("/v1/orders").insert_header(("idempotency-key", key)).to_http_request();
            Sent::read(&request).map(|sent| sent.map(|sent| sent.scope("c"))).map_err(|problem| problem.error().code())
        };
        assert_eq!(read("abc"), read("\"abc\""));
        assert_ne!(read("abc"), read("abd"));
        for key in ["", "\"\"", "schlüssel", long.as_str()] {
            assert_eq!(read(key), Err(Code::IdempotencyKeyInvalid), "{key}");
        }
        let get = TestRequest::get().insert_header(("idempotency-key", "abc")).to_http_request();
        assert!(Sent::read(&get).unwrap().is_none());
    }
}
