//! How much of a thing an order line asks for: exact decimal text, in whatever unit the ERP sells it.

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A quantity above zero with at most six decimals, `12.5`. The unit is the ERP's: nothing here converts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(Decimal);

impl Quantity {
    /// The plain number.
    pub fn decimal(self) -> Decimal {
        self.0
    }
}

impl FromStr for Quantity {
    type Err = Error;

    /// Refuses anything but plain decimal text above zero: `validation_failed`.
    fn from_str(text: &str) -> Result<Self> {
        let plain = text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let value = plain.then(|| Decimal::from_str_exact(text).ok()).flatten();
        let good = value.filter(|value| value.scale() <= 6 && !value.is_zero());
        good.map(|value| Self(value.normalize()))
            .ok_or_else(|| Error::new(Code::ValidationFailed, format!("{text:?} is not a quantity above zero like \"12.5\"")))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_plain_decimal_text_above_zero() {
        for (text, told) in [("12", "12"), ("12.50", "12.5"), ("0.000001", "0.000001")] {
            assert_eq!(text.parse::<Quantity>().unwrap().to_string(), told);
        }
        for text in ["", "0", "-1", "1e3", "1.0000001", "a", "1,5"] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }
}
