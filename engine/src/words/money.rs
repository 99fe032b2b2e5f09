//! Money as integer minor units and a currency. Nothing here overflows, mixes currencies or rounds quietly.

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use rust_decimal::Decimal;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The largest single amount, in minor units of its currency: 10^15.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000_000;

/// An ISO 4217 currency, known by its three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The three letters, `CNY`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimal places of the minor unit: CNY 2, JPY 0, KWD 3 (ISO 4217 exponent).
    pub fn digits(self) -> u32 {
        iso_currency::Currency::from_code(self.as_str()).and_then(|known| known.exponent()).map_or(2, u32::from)
    }

    /// Minor units in one unit: 100 for CNY.
    fn scale(self) -> i64 {
        10_i64.pow(self.digits())
    }
}

impl FromStr for Currency {
    type Err = Error;

    /// Refuses anything but a known code in capital letters: `unknown_currency`.
    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::new(Code::UnknownCurrency, format!("{text:?} is not a known ISO 4217 currency"));
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| unknown())?;
        if !letters.iter().all(u8::is_ascii_uppercase) {
            return Err(unknown());
        }
        let known = iso_currency::Currency::from_code(text).ok_or_else(unknown)?;
        known.exponent().ok_or_else(unknown)?;
        Ok(Self(letters))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An exact amount in one currency. There are no operators on purpose: every sum says what happens when it cannot be done.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount from minor units: `Money::new(120_000, cny)` is CNY 1,200.00.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// A sum of many amounts, which may be larger than one amount; refuses `amount_out_of_range` beyond 64 bits.
    pub fn from_sum(minor: i128, currency: Currency) -> Result<Self> {
        let minor = i64::try_from(minor).map_err(|_| Error::new(Code::AmountOutOfRange, "the sum is too large"))?;
        Ok(Self { minor, currency })
    }

    /// Minor units of the currency.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Is the amount above zero?
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// The sum of two amounts; refuses `currency_mismatch`, and `amount_out_of_range` beyond 64 bits.
    pub fn checked_add(self, other: Self) -> Result<Self> {
        self.same_currency(other)?;
        Self::from_sum(i128::from(self.minor) + i128::from(other.minor), self.currency)
    }

    /// The difference of two amounts; refuses `currency_mismatch`, and `amount_out_of_range` beyond 64 bits.
    pub fn checked_sub(self, other: Self) -> Result<Self> {
        self.same_currency(other)?;
        Self::from_sum(i128::from(self.minor) - i128::from(other.minor), self.currency)
    }

    /// The share of an amount given in basis points (1 bps = 0.01 %), rounded half-up.
    pub fn share(self, bps: i64) -> Result<Self> {
        Self::round_half_up(self.decimal() * Decimal::from(bps) / Decimal::from(10_000), self.currency)
    }

    /// The one rounding place: a decimal number of units becomes minor units, the half going away from zero.
    pub fn round_half_up(units: Decimal, currency: Currency) -> Result<Self> {
        let out_of_range = || Error::new(Code::AmountOutOfRange, "the amount is too large");
        let minor = units.checked_mul(Decimal::from(currency.scale())).ok_or_else(out_of_range)?;
        let whole = minor.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        let minor = i64::try_from(whole).map_err(|_| out_of_range())?;
        Self::in_range(i128::from(minor), currency)
    }

    /// The amount as a decimal number of units, for calculations that leave through [`Money::round_half_up`].
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.digits())
    }

    /// Reads the wire text `1200.00`; refuses `malformed_amount`, `too_many_decimals` and `amount_out_of_range`.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self> {
        let malformed = || Error::new(Code::MalformedAmount, format!("{amount:?} is not a plain decimal amount like \"1200.00\""));
        let (negative, digits) = amount.strip_prefix('-').map_or((false, amount), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
        let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) || !fraction.is_none_or(all_digits) {
            return Err(malformed());
        }
        let fraction = fraction.unwrap_or("");
        let digits = usize::try_from(currency.digits()).unwrap_or(2);
        if fraction.len() > digits {
            let detail = format!("{currency} has {digits} decimals, {amount:?} has {}", fraction.len());
            return Err(Error::new(Code::TooManyDecimals, detail));
        }
        if whole.len() > 15 {
            return Err(Error::new(Code::AmountOutOfRange, "one amount is at most 10^15 minor units"));
        }
        let minor: i128 = format!("{whole}{fraction:0<digits$}").parse().map_err(|_| malformed())?;
        Self::in_range(if negative { -minor } else { minor }, currency)
    }

    /// The wire text of the amount with exactly the currency's digits: `1200.00`.
    pub fn amount(self) -> String {
        let digits = usize::try_from(self.currency.digits()).unwrap_or(2);
        let (sign, size) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        if digits == 0 {
            return format!("{sign}{size}");
        }
        let scale = self.currency.scale().unsigned_abs();
        format!("{sign}{}.{:0digits$}", size / scale, size % scale)
    }

    fn in_range(minor: i128, currency: Currency) -> Result<Self> {
        match i64::try_from(minor) {
            Ok(minor) if minor.unsigned_abs() <= AMOUNT_MINOR_MAX.unsigned_abs() => Ok(Self { minor, currency }),
            _ => Err(Error::new(Code::AmountOutOfRange, "one amount is at most 10^15 minor units")),
        }
    }

    fn same_currency(self, other: Self) -> Result<()> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(Error::new(Code::CurrencyMismatch, format!("{} and {} cannot be added", self.currency, other.currency)))
    }
}

impl fmt::Display for Money {
    /// For people: `CNY 1,200.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.amount();
        let (sign, amount) = amount.strip_prefix('-').map_or(("", amount.as_str()), |rest| ("-", rest));
        let (whole, fraction) = amount.split_once('.').map_or((amount, ""), |(w, f)| (w, f));
        write!(f, "{} {sign}", self.currency)?;
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at) % 3 == 0 {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        if fraction.is_empty() { Ok(()) } else { write!(f, ".{fraction}") }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.amount())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    amount: String,
    currency: String,
}

struct OfMembers;

impl<'de> Visitor<'de> for OfMembers {
    type Value = Wire;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object with amount and currency")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> std::result::Result<Wire, A::Error> {
        Wire::deserialize(MapAccessDeserializer::new(members))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        Wire { amount: self.amount(), currency: self.currency.to_string() }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        // Asked for as a map, because serde would take an array for a struct.
        let wire = from.deserialize_map(OfMembers)?;
        let currency = wire.currency.parse().map_err(D::Error::custom)?;
        Money::parse(&wire.amount, currency).map_err(D::Error::custom)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(amount: &str, currency: &str) -> String {
        match currency.parse().and_then(|currency| Money::parse(amount, currency)) {
            Ok(money) => format!("{money} = {}", money.minor()),
            Err(error) => error.code().name().to_owned(),
        }
    }

    #[test]
    fn the_wire_form_is_read_exactly_or_refused() {
        for (amount, currency, expected) in [
            ("1200", "CNY", "CNY 1,200.00 = 120000"),
            ("1200.5", "CNY", "CNY 1,200.50 = 120050"),
            ("-0.01", "CNY", "CNY -0.01 = -1"),
            ("1234567", "JPY", "JPY 1,234,567 = 1234567"),
            ("1.005", "KWD", "KWD 1.005 = 1005"),
            ("1.005", "CNY", "too_many_decimals"),
            ("1.0", "JPY", "too_many_decimals"),
            ("1e3", "CNY", "malformed_amount"),
            ("+1", "CNY", "malformed_amount"),
            ("1,200", "CNY", "malformed_amount"),
            ("01", "CNY", "malformed_amount"),
            ("", "CNY", "malformed_amount"),
            ("1.", "CNY", "malformed_amount"),
            (".5", "CNY", "malformed_amount"),
            ("10000000000000.01", "CNY", "amount_out_of_range"),
            ("1", "cny", "unknown_currency"),
            ("1", "ZZZ", "unknown_currency"),
        ] {
            assert_eq!(parsed(amount, currency), expected, "{amount} {currency}");
        }
    }

    #[test]
    fn halves_round_away_from_zero_on_both_sides() {
        let cny = "CNY".parse().unwrap();
        for (units, minor) in [("1.005", 101), ("-1.005", -101), ("1.0049", 100), ("0.005", 1)] {
            assert_eq!(Money::round_half_up(units.parse().unwrap(), cny).unwrap().minor(), minor, "{units}");
        }
    }

    #[test]
    fn currencies_never_mix() {
        let (cny, usd) = ("CNY".parse().unwrap(), "USD".parse().unwrap());
        let refused = Money::new(1, cny).checked_add(Money::new(1, usd)).unwrap_err();
        assert_eq!(refused.code(), Code::CurrencyMismatch);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(minor in -AMOUNT_MINOR_MAX..=AMOUNT_MINOR_MAX, currency in prop::sample::select(vec!["CNY", "JPY", "KWD", "USD"])) {
            let money = Money::new(minor, currency.parse().unwrap());
            prop_assert_eq!(Money::parse(&money.amount(), money.currency()).unwrap(), money);
        }
    }
}
