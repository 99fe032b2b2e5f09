//! Lists by cursor: the order is (sort key, id), so rows added while paging give no duplicate and no gap among the rest.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The longest page a client may ask for.
pub const PAGE_ROWS_MAX: u64 = 200;

/// Where the next page begins: after this sort key and id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// The sort key of the last row seen, as text; empty when a list is sorted by id alone.
    pub key: String,
    /// The id of the last row seen.
    pub id: Uuid,
}

/// Which page of a list is wanted.
#[derive(Clone, Debug)]
pub struct PageOf {
    /// Rows wanted, 1 to [`PAGE_ROWS_MAX`].
    pub limit: u64,
    /// Where to begin; from the start when absent.
    pub after: Option<After>,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows of this page.
    pub data: Vec<T>,
    /// Where the next page begins, when there is one.
    pub next: Option<After>,
}

impl<T> Page<T> {
    /// Cuts a list that was read with one row more than wanted.
    pub fn cut(mut rows: Vec<T>, limit: u64, position: impl Fn(&T) -> After) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = if has_more { rows.last().map(position) } else { None };
        Self { data: rows, next }
    }

    /// The same page with every row turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(turn).collect(), next: self.next }
    }
}
