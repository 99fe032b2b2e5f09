//! The lines of a test's order: `t.order(#{ lines: [#{ sku: "A", amount: money("10", "CNY"), is_key_item: true }] })`.

use crate::check::fields::Fields;
use crate::words::table::{Fallible, raise};
use recoup_engine::words::facts::OrderLine;
use recoup_engine::words::money::{Currency, Money};
use rhai::Map;

/// Lines in the order they were written; the first has number 1.
pub(super) fn order_lines(maps: Vec<Map>, currency: Currency) -> Fallible<Vec<OrderLine>> {
    (1..).zip(maps).map(|(no, map)| order_line(no, map, currency)).collect()
}

fn order_line(no: i64, map: Map, currency: Currency) -> Fallible<OrderLine> {
    let mut f = Fields::of("order line", map);
    let quantity = match f.text("quantity")?.map(|text| text.parse()) {
        Some(Err(_)) => return raise("order line.quantity is text like \"12.5\""),
        Some(Ok(quantity)) => Some(quantity),
        None => None,
    };
    let line = OrderLine {
        no,
        sku: f.text("sku")?,
        quantity,
        amount: f.money("amount")?.unwrap_or(Money::new(100_000, currency)),
        group: f.text("group")?,
        is_key_item: f.truth("is_key_item")?.unwrap_or(false),
        is_stopped: f.truth("is_stopped")?.unwrap_or(false),
        is_approved: false,
        is_shipped: false,
    };
    f.end()?;
    Ok(line)
}
