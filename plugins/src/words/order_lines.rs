//! The lines of an order that asks to ship: what of which goods, so that a script can allot goods that are short (OR-10).

use crate::limits::charge;
use crate::words::account::words;
use crate::words::ctx::Seen;
use crate::words::money::Money;
use crate::words::table::{Fallible, Table};
use recoup_engine::words::facts::OrderLine;
use rhai::Dynamic;
use std::sync::Arc;

/// Some of the lines of the order.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    seen: Arc<Seen>,
    rows: Arc<[usize]>,
}

/// One line of the order.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    seen: Arc<Seen>,
    at: usize,
}

fn of(seen: &Seen) -> &[OrderLine] {
    seen.about.order().map(|order| order.lines.as_slice()).unwrap_or_default()
}

impl Line {
    fn facts(&self) -> &OrderLine {
        &of(&self.seen)[self.at]
    }
}

impl Lines {
    pub(crate) fn all(seen: &Arc<Seen>) -> Self {
        Self { seen: Arc::clone(seen), rows: (0..of(seen).len()).collect() }
    }

    fn keep(&self, keep: impl Fn(&OrderLine) -> bool) -> Self {
        charge(self.rows.len());
        let rows = self.rows.iter().copied().filter(|at| keep(&of(&self.seen)[*at])).collect();
        Self { seen: Arc::clone(&self.seen), rows }
    }

    fn iter(&self) -> impl Iterator<Item = Line> + use<> {
        let (seen, rows) = (Arc::clone(&self.seen), Arc::clone(&self.rows));
        (0..rows.len()).map(move |n| Line { seen: Arc::clone(&seen), at: rows[n] })
    }

    fn total(&self) -> Fallible<Money> {
        charge(self.rows.len());
        let currency = self.seen.about.order().map_or(self.seen.facts.account.currency, |order| order.amount.currency());
        self.iter().try_fold(Money::zero(currency), |sum, line| sum.add(line.facts().amount.into()))
    }
}

pub(super) fn register(table: &mut Table) {
    table
        .kind::<Lines>("Lines", "The lines of an order that still ask to ship, in their order; none where it has no lines.")
        .get("Lines.len -> int", "How many there are.", |list: &Lines| i64::try_from(list.rows.len()).unwrap_or(i64::MAX))
        .get("Lines.is_empty -> bool", "Is there none?", |list: &Lines| list.rows.is_empty())
        .call("Lines.first() -> Line?", "The first one, or ().", |list: &mut Lines| list.iter().next().map_or(Dynamic::UNIT, Dynamic::from))
        .call("Lines.total() -> Money", "What they are worth.", |list: &mut Lines| list.total())
        .call("Lines.key_items() -> Lines", "Those of key items.", |list: &mut Lines| list.keep(|line| line.is_key_item))
        .call("Lines.of_group(group: text) -> Lines", "Those of this group of items.", |list: &mut Lines, group: &str| {
            list.keep(|line| line.group.as_deref() == Some(group))
        })
        .call("Lines.of_sku(sku: text) -> Lines", "Those of this item.", |list: &mut Lines, sku: &str| {
            list.keep(|line| line.sku.as_deref() == Some(sku))
        })
        .walk::<Lines, _>(|list| list.iter().map(Dynamic::from))
        .kind::<Line>("Line", "One line of an order.")
        .get("Line.no -> int", "Its place in the order, from 1.", |line: &Line| line.facts().no)
        .get("Line.sku -> text?", "What is ordered, as the ERP calls it.", |line: &Line| words(line.facts().sku.as_ref()))
        .get("Line.quantity -> decimal?", "How much of it, in the ERP's unit.", |line: &Line| {
            line.facts().quantity.map(|quantity| quantity.decimal())
        })
        .get("Line.amount -> Money", "Its value.", |line: &Line| line.facts().amount)
        .get("Line.group -> text?", "The group of items it belongs to.", |line: &Line| words(line.facts().group.as_ref()))
        .get("Line.is_key_item -> bool", "Is it one of the goods that a stricter hold keeps back first?", |line: &Line| {
            line.facts().is_key_item
        })
        .get("Line.is_stopped -> bool", "Does a stop of key items keep it back?", |line: &Line| line.facts().is_stopped);
}
