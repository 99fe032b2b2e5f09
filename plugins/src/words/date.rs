//! Dates in a script. There is no clock: `ctx.today` is the business day the decision is made for.

use crate::limits::charge;
use crate::words::ctx::Shown;
use crate::words::table::{Fallible, IntoScript, Table, raise};
use chrono::{Datelike, NaiveDate};
use recoup_engine::words::day;
use rhai::{Dynamic, NativeCallContext};
use std::fmt;

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date(pub(crate) NaiveDate);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl IntoScript for Date {
    fn into_script(self) -> Dynamic {
        Dynamic::from(self)
    }
}

impl IntoScript for NaiveDate {
    fn into_script(self) -> Dynamic {
        Dynamic::from(Date(self))
    }
}

/// What the running call is shown, which carries the tenant's calendar.
fn shown(call: &NativeCallContext) -> Fallible<Shown> {
    let shown = call.tag().and_then(|tag| tag.read_lock::<Shown>().map(|shown| shown.clone()));
    shown.map_or_else(|| raise("there is no calendar outside a hook"), Ok)
}

/// Reads a date like `2026-01-31`.
pub(crate) fn parse(text: &str) -> Fallible<Date> {
    day::parse_date(text).map(Date).or_else(|error| raise(error.detail()))
}

/// A date far outside the calendar says that the script counted wrongly.
fn in_range(date: NaiveDate) -> Fallible<Date> {
    if (1900..=2999).contains(&date.year()) { Ok(Date(date)) } else { raise("the date lies outside 1900 to 2999") }
}

pub(super) fn register(table: &mut Table) {
    table
        .kind::<Date>("Date", "A calendar day.")
        .call("date(text: text) -> Date", "A day: `date(\"2026-01-31\")`.", parse)
        .get("Date.day -> int", "Day of the month, from 1.", |date: &Date| i64::from(date.0.day()))
        .get("Date.month -> int", "Month, from 1.", |date: &Date| i64::from(date.0.month()))
        .get("Date.year -> int", "Year.", |date: &Date| i64::from(date.0.year()))
        .get("Date.weekday -> int", "Monday is 1, Sunday is 7.", |date: &Date| day::weekday_no(date.0))
        .call("Date.add_days(days: int) -> Date", "So many days later; earlier when negative.", |date: &mut Date, days: i64| {
            in_range(day::add_days(date.0, days))
        })
        .call(
            "Date.add_months(months: int) -> Date",
            "So many months later; 31 January and one month is the last day of February.",
            |date: &mut Date, months: i64| {
                i32::try_from(months).map_or_else(|_| raise("too many months"), |n| in_range(day::add_months(date.0, n)))
            },
        )
        .call(
            "Date.add_business_days(days: int) -> Date",
            "The n-th working day after it, by the tenant's calendar with its make-up workdays.",
            |call: NativeCallContext, date: &mut Date, days: i64| {
                if days.abs() > 1_000 {
                    return raise("at most 1,000 working days");
                }
                charge(usize::try_from(days.unsigned_abs()).unwrap_or(0));
                in_range(shown(&call)?.calendar().add_business_days(date.0, days))
            },
        )
        .call("Date.end_of_month() -> Date", "The last day of its month.", |date: &mut Date| Date(day::end_of_month(date.0)));
    business_day(table);
    operators(table);
}

fn business_day(table: &mut Table) {
    // A getter that needs the call's calendar: the one property that is registered as a function with a context.
    table.try_get("Date.is_business_day -> bool", "Is it a working day?", |_: &Date| raise("there is no calendar here"));
    table.operator("get$is_business_day", |call: NativeCallContext, date: &mut Date| -> Fallible<bool> {
        Ok(shown(&call)?.calendar().is_business_day(date.0))
    });
}

fn operators(table: &mut Table) {
    table
        .operator("-", |a: Date, b: Date| day::days_between(b.0, a.0))
        .operator("==", |a: Date, b: Date| a == b)
        .operator("!=", |a: Date, b: Date| a != b)
        .operator("<", |a: Date, b: Date| a < b)
        .operator("<=", |a: Date, b: Date| a <= b)
        .operator(">", |a: Date, b: Date| a > b)
        .operator(">=", |a: Date, b: Date| a >= b)
        .operator("to_string", |date: &mut Date| date.to_string())
        .operator("to_debug", |date: &mut Date| date.to_string());
}
