//! Functions over numbers, amounts and lists. Numbers are integers or exact decimals; rounding is half-up everywhere.

use crate::words::date::Date;
use crate::words::money::Money;
use crate::words::table::{Fallible, Table, raise};
use rhai::{Array, Dynamic};
use rust_decimal::{Decimal, RoundingStrategy};

/// Rounded half-up to so many decimals. Rhai's own `round` is half-even.
fn round(number: Decimal, digits: i64) -> Fallible<Decimal> {
    match u32::try_from(digits) {
        Ok(digits) if digits <= 28 => Ok(number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)),
        _ => raise("digits lie between 0 and 28"),
    }
}

fn percent(number: Decimal) -> Decimal {
    (number / Decimal::ONE_HUNDRED).normalize()
}

fn smaller(a: Money, b: Money) -> Fallible<Money> {
    a.with(b, "<").map(|a| if b.units < a.units { b } else { a })
}

fn larger(a: Money, b: Money) -> Fallible<Money> {
    a.with(b, ">").map(|a| if b.units > a.units { b } else { a })
}

/// The sum of a list of numbers or of amounts; 0 for an empty one.
fn sum(list: Array) -> Fallible<Dynamic> {
    let mut items = list.into_iter();
    let Some(first) = items.next() else { return Ok(Dynamic::from(0_i64)) };
    if let Some(first) = first.clone().try_cast::<Money>() {
        let total = items.try_fold(first, |sum, item| match item.try_cast::<Money>() {
            Some(money) => sum.add(money),
            None => raise("sum() cannot add amounts and numbers"),
        });
        return total.map(Dynamic::from);
    }
    if first.is_int() {
        let rest: Option<Vec<i64>> = items.clone().map(|item| item.as_int().ok()).collect();
        let total = rest.and_then(|rest| rest.into_iter().try_fold(first.as_int().unwrap_or(0), i64::checked_add));
        if let Some(total) = total {
            return Ok(Dynamic::from(total));
        }
    }
    let total =
        items.try_fold(number(&first)?, |sum, item| sum.checked_add(number(&item)?).map_or_else(|| raise("the sum is too large"), Ok))?;
    Ok(Dynamic::from_decimal(total))
}

fn number(value: &Dynamic) -> Fallible<Decimal> {
    match (value.as_int(), value.as_decimal()) {
        (Ok(whole), _) => Ok(Decimal::from(whole)),
        (_, Ok(decimal)) => Ok(decimal),
        _ => raise(format!("sum() takes numbers or amounts, not {}", value.type_name())),
    }
}

pub(super) fn register(table: &mut Table) {
    table
        .call("percent(x: number) -> decimal", "So many per cent: `percent(5)` is 0.05.", |x: i64| percent(Decimal::from(x)))
        .also(percent)
        .call("round(x: number, digits?: int) -> decimal", "Rounded half-up.", |x: Decimal, digits: i64| round(x, digits))
        .also(|x: Decimal| round(x, 0))
        .also(|x: i64, _digits: i64| x)
        .also(|x: i64| x)
        .call("min(a: any, b: any) -> any", "The smaller of two numbers, amounts or dates.", smaller)
        .also(|a: Date, b: Date| a.min(b))
        .also(|a: i64, b: i64| a.min(b))
        .also(|a: Decimal, b: Decimal| a.min(b))
        .also(|a: i64, b: Decimal| Decimal::from(a).min(b))
        .also(|a: Decimal, b: i64| a.min(Decimal::from(b)))
        .call("max(a: any, b: any) -> any", "The larger of two numbers, amounts or dates.", larger)
        .also(|a: Date, b: Date| a.max(b))
        .also(|a: i64, b: i64| a.max(b))
        .also(|a: Decimal, b: Decimal| a.max(b))
        .also(|a: i64, b: Decimal| Decimal::from(a).max(b))
        .also(|a: Decimal, b: i64| a.max(Decimal::from(b)))
        .call("abs(x: any) -> any", "Without its sign.", |money: Money| Money { units: money.units.abs(), ..money })
        .also(|x: i64| x.checked_abs().map_or_else(|| raise("the number is too large"), Ok))
        .also(|x: Decimal| x.abs())
        .call("sum(list: list) -> any", "The sum of numbers or amounts.", sum)
        .call("text(x: any) -> text", "As it is printed for people.", |x: Dynamic| x.to_string())
        .call("none(x: any) -> bool", "Is it absent, ()?", |x: Dynamic| x.is_unit());
}
