//! Money in a script: an exact decimal number of units and a currency. It is rounded when it leaves the script, not before.

use crate::words::table::{Fallible, IntoScript, Table, raise};
use recoup_engine::words::money as engine;
use rhai::{Dynamic, ImmutableString};
use rust_decimal::{Decimal, RoundingStrategy};
use std::fmt;

/// An exact amount in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Money {
    pub(crate) units: Decimal,
    pub(crate) currency: engine::Currency,
}

impl Money {
    /// Nothing, in this currency.
    pub(crate) fn zero(currency: engine::Currency) -> Self {
        Self { units: Decimal::ZERO, currency }
    }

    /// Minor units, rounded half-up: the way out of the script.
    pub(crate) fn rounded(self) -> Fallible<engine::Money> {
        engine::Money::round_half_up(self.units, self.currency).or_else(|error| raise(error.detail().to_owned()))
    }

    /// Does rounding to the minor unit change it?
    pub(crate) fn is_finer_than_minor(self) -> bool {
        self.units.normalize().scale() > self.currency.digits()
    }

    pub(crate) fn add(self, other: Self) -> Fallible<Self> {
        let units = self.with(other, "+")?.units.checked_add(other.units);
        units.map_or_else(|| raise("the amount is too large"), |units| Ok(Self { units, ..self }))
    }

    pub(crate) fn sub(self, other: Self) -> Fallible<Self> {
        let units = self.with(other, "-")?.units.checked_sub(other.units);
        units.map_or_else(|| raise("the amount is too large"), |units| Ok(Self { units, ..self }))
    }

    fn times(self, factor: Decimal) -> Fallible<Self> {
        let units = self.units.checked_mul(factor);
        units.map_or_else(|| raise("the amount is too large"), |units| Ok(Self { units, ..self }))
    }

    fn over(self, divisor: Decimal) -> Fallible<Self> {
        let units = self.units.checked_div(divisor);
        units.map_or_else(|| raise("division by zero"), |units| Ok(Self { units, ..self }))
    }

    fn ratio(self, other: Self) -> Fallible<Decimal> {
        let ratio = self.with(other, "/")?.units.checked_div(other.units);
        ratio.map_or_else(|| raise("division by zero"), Ok)
    }

    /// Both in one currency, or an error: nothing converts silently.
    pub(crate) fn with(self, other: Self, doing: &str) -> Fallible<Self> {
        if self.currency == other.currency {
            return Ok(self);
        }
        raise(format!("{} {doing} {}: two currencies, and the facts hold no rate between them", self.currency, other.currency))
    }
}

impl From<engine::Money> for Money {
    fn from(money: engine::Money) -> Self {
        Self { units: money.decimal(), currency: money.currency() }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match engine::Money::round_half_up(self.units, self.currency) {
            Ok(money) => money.fmt(f),
            Err(_) => write!(f, "{} {}", self.currency, self.units),
        }
    }
}

impl IntoScript for Money {
    fn into_script(self) -> Dynamic {
        Dynamic::from(self)
    }
}

impl IntoScript for engine::Money {
    fn into_script(self) -> Dynamic {
        Money::from(self).into_script()
    }
}

/// Reads an amount like `"12.50"`; more decimals than the currency has are allowed inside a script.
pub(crate) fn parse(amount: &str, currency: &str) -> Fallible<Money> {
    let currency: engine::Currency = currency.parse().or_else(|error: recoup_engine::words::error::Error| raise(error.detail()))?;
    let plain = !amount.is_empty() && amount.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    match plain.then(|| Decimal::from_str_exact(amount)) {
        Some(Ok(units)) => Ok(Money { units, currency }),
        _ => raise(format!("{amount:?} is not a plain decimal amount like \"1200.00\"")),
    }
}

pub(super) fn register(table: &mut Table) {
    table
        .kind::<Money>("Money", "An exact amount in one currency.")
        .call("money(amount: text, currency: text) -> Money", "An amount: `money(\"12.50\", \"CNY\")`.", parse)
        .also(|amount: i64, currency: &str| parse(&amount.to_string(), currency))
        .also(|amount: Decimal, currency: &str| parse(&amount.to_string(), currency))
        .get("Money.currency -> text", "Its currency, `CNY`.", |money: &Money| ImmutableString::from(money.currency.as_str()))
        .get("Money.is_zero -> bool", "Is it nothing?", |money: &Money| money.units.is_zero())
        .get("Money.is_positive -> bool", "Is it above zero?", |money: &Money| money.units > Decimal::ZERO)
        .get("Money.is_negative -> bool", "Is it below zero?", |money: &Money| money.units < Decimal::ZERO)
        .call("Money.round() -> Money", "Rounded half-up to the minor unit.", |money: &mut Money| {
            let digits = money.currency.digits();
            Money { units: money.units.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero), ..*money }
        })
        .call(
            "Money.convert(currency: text) -> Money",
            "The same in another currency, at the rate in the facts; no rate is an error.",
            |money: &mut Money, currency: &str| {
                if money.units.is_zero() {
                    return parse("0", currency);
                }
                let wanted = parse("0", currency)?;
                money.with(wanted, "into")
            },
        );
    operators(table);
}

fn operators(table: &mut Table) {
    table
        .operator("+", |a: Money, b: Money| a.add(b))
        .operator("-", |a: Money, b: Money| a.sub(b))
        .operator("-", |a: Money| Money { units: -a.units, ..a })
        .operator("*", |a: Money, b: Decimal| a.times(b))
        .operator("*", |a: Money, b: i64| a.times(Decimal::from(b)))
        .operator("*", |a: Decimal, b: Money| b.times(a))
        .operator("*", |a: i64, b: Money| b.times(Decimal::from(a)))
        .operator("/", |a: Money, b: Decimal| a.over(b))
        .operator("/", |a: Money, b: i64| a.over(Decimal::from(b)))
        .operator("/", |a: Money, b: Money| a.ratio(b))
        .operator("==", |a: Money, b: Money| a.with(b, "==").map(|a| a.units == b.units))
        .operator("!=", |a: Money, b: Money| a.with(b, "!=").map(|a| a.units != b.units))
        .operator("<", |a: Money, b: Money| a.with(b, "<").map(|a| a.units < b.units))
        .operator("<=", |a: Money, b: Money| a.with(b, "<=").map(|a| a.units <= b.units))
        .operator(">", |a: Money, b: Money| a.with(b, ">").map(|a| a.units > b.units))
        .operator(">=", |a: Money, b: Money| a.with(b, ">=").map(|a| a.units >= b.units))
        .operator("to_string", |money: &mut Money| money.to_string())
        .operator("to_debug", |money: &mut Money| money.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_amount_that_passes_through_a_script_comes_back_the_same(minor in -1_000_000_000_000_i64..1_000_000_000_000, currency in prop::sample::select(vec!["CNY", "JPY", "KWD"])) {
            let money = engine::Money::new(minor, currency.parse().unwrap());
            let script = Money::from(money);
            prop_assert_eq!(script.rounded().unwrap(), money);
            prop_assert!(!script.is_finer_than_minor());
            prop_assert_eq!(script.add(script).unwrap().sub(script).unwrap(), script);
            prop_assert_eq!(parse(&money.amount(), currency).unwrap(), script);
        }

        #[test]
        fn thirds_leave_a_script_rounded_half_up(minor in 0_i64..1_000_000_000) {
            let cny = "CNY".parse().unwrap();
            let third = Money::from(engine::Money::new(minor, cny)).over(Decimal::from(3)).unwrap().rounded().unwrap();
            prop_assert_eq!(third.minor(), (2 * minor + 3) / 6);
        }
    }
}
