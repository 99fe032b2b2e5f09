//! Lists by cursor: the order is (sort key, id), so rows added while paging give no duplicate and no gap among the rest.

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The longest page a client may ask for.
pub const PAGE_ROWS_MAX: u64 = 200;

/// How far the rows of a list are counted.
pub const TOTAL_MAX: u64 = 10_000;

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
    /// In which order; the list's own when absent.
    pub order: Option<Order>,
    /// Is it told how many rows there are on all pages?
    pub is_counted: bool,
}

impl PageOf {
    /// The first page in the list's own order.
    pub fn first(limit: u64) -> Self {
        Self { limit, after: None, order: None, is_counted: false }
    }

    /// For a list whose order means something else than time.
    ///
    /// # Errors
    /// `invalid_parameter` where another order was asked for.
    pub fn in_its_own_order(&self) -> Result<&Self> {
        match self.order {
            None => Ok(self),
            Some(_) => Err(Error::new(Code::InvalidParameter, "this list has one order, the one it is read in").at("?sort")),
        }
    }
}

/// The orders of a list by when its rows were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first one made comes first.
    OldestFirst,
    /// The last one made comes first.
    NewestFirst,
}

/// How many rows a list has on all its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Rows, at most [`TOTAL_MAX`].
    pub total: u64,
    /// Are there more than were counted?
    pub total_capped: bool,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows of this page.
    pub data: Vec<T>,
    /// Where the next page begins, when there is one.
    pub next: Option<After>,
    /// How many rows there are, where that was asked.
    pub total: Option<Total>,
}

impl<T> Page<T> {
    /// Cuts a list that was read with one row more than wanted.
    pub fn cut(mut rows: Vec<T>, limit: u64, position: impl Fn(&T) -> After) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = if has_more { rows.last().map(position) } else { None };
        Self { data: rows, next, total: None }
    }

    /// The same page with every row turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(turn).collect(), next: self.next, total: self.total }
    }
}
