//! Lists by cursor: the cursor is signed and belongs to its tenant, its path and its filters.

use super::params::{pairs, read};
use crate::auth::Presented;
use crate::idempotency::{hex, sha256};
use crate::keys::MasterKey;
use crate::problem::Problem;
use crate::server::Server;
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::{Ready, ready};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::page::{After, Order, PAGE_ROWS_MAX, Page, PageOf};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Rows of a page when the client does not say.
const PAGE_ROWS: u64 = 50;
/// The longest cursor, in characters.
const CURSOR_CHARS_MAX: usize = 500;
/// Bytes of the signature that go into a cursor: 128 bits.
const SIGNATURE_BYTES: usize = 16;

/// How a list is paged: for the document; [`Paged`] reads them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and bounds for the document")]
pub struct PageParams {
    /// Rows wanted.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// `next_cursor` of the page before. It belongs to the same filters.
    #[param(max_length = 500)]
    cursor: Option<String>,
    /// `created_at`, the oldest first, or `-created_at`, the newest first. What is listed by something else (by priority, by due date, by
    /// line) has one order only.
    #[param(max_length = 20)]
    sort: Option<String>,
    /// `total`: tell how many rows there are on all pages, counted to 10,000.
    #[param(max_length = 20)]
    include: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Listing<T> {
    /// The rows.
    #[schema(max_items = 200)]
    pub data: Vec<T>,
    /// Is there another page?
    pub has_more: bool,
    /// Send it as `cursor` to read on; `null` on the last page.
    #[schema(required = true, max_length = 500)]
    pub next_cursor: Option<String>,
    /// With `include=total`: rows on all pages, at most 10,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// With `include=total`: are there more than were counted?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_capped: Option<bool>,
}

/// Signs cursors, so that nobody reads on from a place we did not give.
pub struct CursorKey(hmac::Key);

#[derive(Serialize, Deserialize)]
struct Cursor {
    v: u8,
    k: String,
    i: Uuid,
    /// Hash of tenant, path and filters.
    f: String,
}

impl CursorKey {
    /// The key for cursors of this installation.
    pub fn new(master: &MasterKey) -> Self {
        Self(master.derive("cursor"))
    }

    fn write(&self, after: &After, filters: &str) -> Result<String> {
        let cursor = Cursor { v: 1, k: after.key.clone(), i: after.id, f: filters.to_owned() };
        let content = serde_json::to_vec(&cursor).map_err(Error::internal)?;
        let signature = hmac::sign(&self.0, &content);
        let signature = signature.as_ref().get(..SIGNATURE_BYTES).unwrap_or_default();
        Ok(format!("{}.{}", URL_SAFE_NO_PAD.encode(content), URL_SAFE_NO_PAD.encode(signature)))
    }

    fn read(&self, text: &str, filters: &str) -> Result<After> {
        let foreign = || Error::new(Code::InvalidCursor, "this cursor is not ours, was changed, or belongs to other filters").at("?cursor");
        if text.len() > CURSOR_CHARS_MAX {
            return Err(foreign());
        }
        let (content, signature) = text.split_once('.').ok_or_else(foreign)?;
        let content = URL_SAFE_NO_PAD.decode(content).map_err(|_| foreign())?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| foreign())?;
        let expected = hmac::sign(&self.0, &content);
        let expected = expected.as_ref().get(..SIGNATURE_BYTES).unwrap_or_default();
        aws_lc_rs::constant_time::verify_slices_are_equal(expected, &signature).map_err(|_| foreign())?;
        let cursor: Cursor = serde_json::from_slice(&content).map_err(|_| foreign())?;
        if cursor.v != 1 || cursor.f != filters {
            return Err(foreign());
        }
        Ok(After { key: cursor.k, id: cursor.i })
    }
}

/// The query of a list: its filters, and which page is wanted.
pub struct Paged<T> {
    /// The filters.
    pub filters: T,
    /// The page.
    pub page: PageOf,
    filter_hash: String,
    server: Data<Server>,
}

impl<T: DeserializeOwned> Paged<T> {
    fn judge(request: &HttpRequest) -> std::result::Result<Self, Problem> {
        let server = request.app_data::<Data<Server>>().cloned();
        let server = server.ok_or_else(|| Problem::new(Code::Internal, "the app was built without its server"))?;
        let (mut filters, mut cursor) = (Vec::new(), None);
        let mut page = PageOf::first(PAGE_ROWS);
        for (name, value) in pairs(request.query_string())? {
            match name.as_str() {
                "limit" => page.limit = read_limit(&value)?,
                "cursor" => cursor = Some(value),
                "sort" => page.order = Some(read_order(&value)?),
                "include" => page.is_counted = read_include(&value)?,
                _ => filters.push((name, value)),
            }
        }
        let read = read(&filters)?;
        // The other order is another list; that it is counted, and by how many rows it is read, changes nothing.
        filters.extend(page.order.map(|order| ("sort".to_owned(), format!("{order:?}"))));
        let filter_hash = filter_hash(request, filters);
        page.after = cursor.map(|text| server.cursors.read(&text, &filter_hash)).transpose()?;
        Ok(Self { filters: read, page, filter_hash, server })
    }
}

impl<T> Paged<T> {
    /// The answer where nothing can be found.
    pub fn nothing<Out>(&self) -> Listing<Out> {
        let (total, total_capped) = self.page.is_counted.then_some((0, false)).unzip();
        Listing { data: Vec::new(), has_more: false, next_cursor: None, total, total_capped }
    }

    /// The answer for a page that was read.
    pub fn listing<Row, Out>(&self, page: Page<Row>, out: impl FnMut(Row) -> Out) -> Result<Listing<Out>> {
        let next = page.next.as_ref().map(|after| self.server.cursors.write(after, &self.filter_hash)).transpose()?;
        let (total, total_capped) = page.total.map(|of| (of.total, of.total_capped)).unzip();
        Ok(Listing { data: page.data.into_iter().map(out).collect(), has_more: next.is_some(), next_cursor: next, total, total_capped })
    }
}

fn read_order(text: &str) -> Result<Order> {
    match text {
        "created_at" => Ok(Order::OldestFirst),
        "-created_at" => Ok(Order::NewestFirst),
        _ => Err(Error::new(Code::InvalidParameter, "sort is created_at or -created_at").at("?sort")),
    }
}

fn read_include(text: &str) -> Result<bool> {
    match text {
        "total" => Ok(true),
        _ => Err(Error::new(Code::InvalidParameter, "include is total").at("?include")),
    }
}

fn read_limit(text: &str) -> Result<u64> {
    let limit = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    limit
        .filter(|limit| (1..=PAGE_ROWS_MAX).contains(limit))
        .ok_or_else(|| Error::new(Code::InvalidParameter, format!("limit is a whole number from 1 to {PAGE_ROWS_MAX}")).at("?limit"))
}

/// A cursor is good for the same tenant, path and filters only, in whatever order they are sent.
fn filter_hash(request: &HttpRequest, mut filters: Vec<(String, String)>) -> String {
    filters.sort();
    let tenant = match request.extensions().get::<Presented>() {
        Some(Presented(Ok(holder))) => holder.tenant.to_string(),
        _ => String::new(),
    };
    let mut text = format!("{tenant}\n{}", request.path());
    for (name, value) in filters {
        // With their lengths, so that no value can pass for another parameter.
        text.push_str(&format!("\n{}:{name}{}:{value}", name.len(), value.len()));
    }
    hex(sha256(text.as_bytes()).get(..8).unwrap_or_default())
}

impl<T: DeserializeOwned> FromRequest for Paged<T> {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::judge(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_only_unchanged_by_the_same_key_for_the_same_filters() {
        let key = CursorKey::new(&MasterKey::random());
        let after = After { key: "2026-12-31".into(), id: Uuid::from_u128(7) };
        let text = key.write(&after, "f1").unwrap();
        assert!(text.starts_with("eyJ2IjoxLCJ") && text.len() < CURSOR_CHARS_MAX, "{text}");
        assert_eq!(key.read(&text, "f1").unwrap(), after);
        assert!(key.read(&text, "f2").is_err());
        assert!(CursorKey::new(&MasterKey::random()).read(&text, "f1").is_err());
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(key.read(&String::from_utf8(changed).unwrap(), "f1").is_err(), "changed at {at}");
        }
        for other in ["", ".", "eyJ2IjoxfQ", &"A".repeat(600)] {
            assert_eq!(key.read(other, "f1").unwrap_err().code(), Code::InvalidCursor);
        }
    }

    #[test]
    fn a_page_has_1_to_200_rows() {
        for (text, good) in
            [("1", true), ("200", true), ("0", false), ("201", false), ("-1", false), ("+5", false), ("x", false), ("", false)]
        {
            assert_eq!(read_limit(text).is_ok(), good, "{text}");
        }
    }
}
