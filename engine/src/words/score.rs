//! Scores: hundredths of a point from 0 to 100, shown as `78.25`. Exact integers; a fraction is rounded once, where it becomes a score.

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The best score there is, in hundredths of a point.
const BEST: i64 = 10_000;

/// A score from 0 to 100 points, kept in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(i64);

impl Score {
    /// A score of so many hundredths of a point; none outside 0 to 100 points.
    pub fn of_hundredths(hundredths: i64) -> Option<Self> {
        (0..=BEST).contains(&hundredths).then_some(Self(hundredths))
    }

    /// The fraction `part / whole` of a point, rounded half-up to hundredths and kept between 0 and 100. `whole` is above zero.
    pub fn of_fraction(part: i128, whole: i128) -> Self {
        let (part, whole) = (part.max(0).saturating_mul(100), whole.max(1));
        let rounded = part.saturating_mul(2).saturating_add(whole) / whole.saturating_mul(2);
        Self(i64::try_from(rounded).unwrap_or(BEST).min(BEST))
    }

    /// Hundredths of a point.
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// The score as a decimal number of points.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.0, 2)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl FromStr for Score {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let points = plain.then(|| Decimal::from_str_exact(text).ok()).flatten().filter(|points| points.normalize().scale() <= 2);
        let hundredths = points.and_then(|points| i64::try_from((points * Decimal::ONE_HUNDRED).normalize()).ok());
        let refused = || Error::new(Code::ValidationFailed, format!("{text:?} is not a score from 0 to 100 like \"78.25\""));
        hundredths.and_then(Self::of_hundredths).ok_or_else(refused)
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_is_rounded_once_and_half_up() {
        for (part, whole, expected) in
            [(200, 3, "66.67"), (1, 3, "0.33"), (12_345, 1_000, "12.35"), (-5, 1, "0.00"), (101, 1, "100.00"), (0, 7, "0.00")]
        {
            assert_eq!(Score::of_fraction(part, whole).to_string(), expected, "{part}/{whole}");
        }
    }

    #[test]
    fn a_score_is_read_as_it_is_shown() {
        for (text, hundredths) in [("78.25", 7_825), ("100", 10_000), ("0", 0), ("9.5", 950), ("9.500", 950)] {
            assert_eq!(text.parse::<Score>().unwrap().hundredths(), hundredths, "{text}");
        }
        for text in ["100.01", "-1", "1e2", "7.125", "", "."] {
            assert!(text.parse::<Score>().is_err(), "{text}");
        }
    }
}
