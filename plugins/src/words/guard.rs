//! Comparisons between different things raise. By itself Rhai answers `money > 5000` with a silent `false`.

use crate::words::date::Date;
use crate::words::money::Money;
use crate::words::table::{Fallible, Table, raise};
use rhai::{Dynamic, ImmutableString, Variant};
use rust_decimal::Decimal;

const ORDERING: [&str; 4] = ["<", "<=", ">", ">="];
const ALL: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

fn named(value: &Dynamic) -> &'static str {
    if value.is::<Money>() {
        "money"
    } else if value.is::<Date>() {
        "a date"
    } else if value.is_unit() {
        "nothing, ()"
    } else if value.is_string() {
        "text"
    } else if value.is_int() || value.is_decimal() {
        "a number"
    } else if value.is_bool() {
        "yes or no"
    } else {
        value.type_name()
    }
}

fn refuse(op: &str, a: &Dynamic, b: &Dynamic) -> Fallible<bool> {
    let hint = if a.is::<Money>() || b.is::<Money>() {
        ": compare with another amount, or with .is_positive"
    } else if a.is::<Date>() || b.is::<Date>() {
        ": compare with another date, date(\"2026-12-31\")"
    } else if a.is_unit() || b.is_unit() {
        ": ask first whether it is there, x != ()"
    } else {
        ""
    };
    raise(format!("{} {op} {} cannot be compared{hint}", named(a), named(b)))
}

/// Raises for this pair of types, both ways round.
fn between<A: Variant + Clone + Into<Dynamic>, B: Variant + Clone + Into<Dynamic>>(table: &mut Table, ops: &'static [&'static str]) {
    for op in ops {
        table.operator(op, move |a: A, b: B| refuse(op, &a.into(), &b.into()));
        table.operator(op, move |b: B, a: A| refuse(op, &b.into(), &a.into()));
    }
}

/// Guards one of our types against anything, but lets `== ()` stay legal.
fn alone<A: Variant + Clone>(table: &mut Table) {
    for op in ALL {
        table.operator(op, move |a: A, b: Dynamic| refuse(op, &Dynamic::from(a), &b));
        table.operator(op, move |a: Dynamic, b: A| refuse(op, &a, &Dynamic::from(b)));
    }
    table
        .operator("==", |_: A, (): ()| false)
        .operator("==", |(): (), _: A| false)
        .operator("!=", |_: A, (): ()| true)
        .operator("!=", |(): (), _: A| true);
}

pub(super) fn register(table: &mut Table) {
    alone::<Money>(table);
    alone::<Date>(table);
    between::<ImmutableString, i64>(table, &ALL);
    between::<ImmutableString, Decimal>(table, &ALL);
    for op in ORDERING {
        table.operator(op, move |a: (), b: Dynamic| refuse(op, &Dynamic::from(a), &b));
        table.operator(op, move |a: Dynamic, b: ()| refuse(op, &a, &Dynamic::from(b)));
        table.operator(op, move |a: (), b: ()| refuse(op, &Dynamic::from(a), &Dynamic::from(b)));
    }
}
