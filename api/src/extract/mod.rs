//! What a handler takes: validated or refused before the handler runs.

mod at;
mod body;
mod listing;
mod params;
mod tags;

pub use at::{At, Within};
pub use body::{Body, MaybeBody, Patch};
pub use listing::{CursorKey, Listing, PageParams, Paged};
pub use params::{CommaList, Params};
pub use tags::{IfMatch, etag};
