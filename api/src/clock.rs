//! The world's time, for token lifetimes and request ids only. Business days come from the engine.

use chrono::{DateTime, Utc};
use recoup_engine::words::id;
use std::sync::Arc;

/// The moment now. A tenant's test clock does not move it: no token lives longer because a sandbox is in another year.
#[expect(clippy::disallowed_methods, reason = "token lifetimes follow the world's time, which no tenant's clock may move")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A new id of the moment with this prefix, for what is never stored: requests and tokens.
pub(crate) fn fresh_id(prefix: &str) -> Arc<str> {
    let millis = u64::try_from(now().timestamp_millis()).unwrap_or(0);
    let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid();
    id::to_text(prefix, uuid).into()
}
