//! Rates as exact decimal text, never as a binary float.

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A rate or ratio as a plain fraction: `0.0435` is 4.35 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(pub Decimal);

impl Rate {
    /// A share shown with six decimals, half-up; `None` when there is nothing to divide by.
    pub fn ratio(part: i128, whole: i128) -> Option<Self> {
        (whole != 0).then(|| Self(six_places(Decimal::from_i128_with_scale(part, 0) / Decimal::from_i128_with_scale(whole, 0))))
    }
}

/// Six decimals, the half away from zero: how every key figure is shown.
pub fn six_places(value: Decimal) -> Decimal {
    let mut rounded = value.round_dp_with_strategy(6, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(6);
    rounded
}

impl FromStr for Rate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
        let value = plain.then(|| Decimal::from_str_exact(text).ok()).flatten();
        value.map(Self).ok_or_else(|| Error::new(Code::ValidationFailed, format!("{text:?} is not a decimal rate like \"0.0435\"")))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
