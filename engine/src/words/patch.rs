//! Members of a merge patch (RFC 7396): absent is left alone, `null` removes, and what cannot be removed refuses `null`.

use crate::words::day::strict_date;
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

/// A member that may be removed: `null` is `Some(None)`, absent is `None` by the struct's default.
///
/// # Errors
/// What the member's own reading refuses.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// A member that is always there: it can be changed and never removed.
///
/// # Errors
/// What the member's own reading refuses, `null` among it.
pub fn kept<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// The same of a date, read as strictly as everywhere.
///
/// # Errors
/// `malformed_date`, and what [`kept`] refuses.
pub fn kept_date<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    strict_date::deserialize(from).map(Some)
}
