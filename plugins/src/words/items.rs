//! Open items. Rows may be cut, sums never are: on a cut list date filters and sums use the kept figures per due date, and
//! whatever would need the missing rows raises.

use crate::limits::charge;
use crate::words::account::words;
use crate::words::ctx::Seen;
use crate::words::money::Money;
use crate::words::table::{Fallible, IntoScript, Table, raise};
use recoup_engine::words::day::days_between;
use recoup_engine::words::facts::{DueSum, ItemFacts};
use recoup_engine::words::id::InstalmentId;
use rhai::{Dynamic, ImmutableString};
use rust_decimal::Decimal;
use std::sync::Arc;

/// One open item, or its undisputed rest.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) seen: Arc<Seen>,
    at: usize,
    is_net: bool,
}

impl Item {
    pub(crate) fn new(seen: &Arc<Seen>, at: usize) -> Self {
        Self { seen: Arc::clone(seen), at, is_net: false }
    }

    pub(crate) fn facts(&self) -> &ItemFacts {
        &self.seen.facts.open_items.rows[self.at]
    }

    fn open(&self) -> Money {
        open(self.facts().open.into(), self.facts().disputed.into(), self.is_net)
    }

    fn disputed(&self) -> Money {
        if self.is_net { Money::zero(self.facts().open.currency()) } else { self.facts().disputed.into() }
    }
}

fn open(open: Money, disputed: Money, is_net: bool) -> Money {
    if is_net { Money { units: (open.units - disputed.units).max(Decimal::ZERO), ..open } } else { open }
}

/// Some of the open items.
#[derive(Clone, Debug)]
pub(crate) struct Items {
    pub(crate) seen: Arc<Seen>,
    /// Places in the facts' rows.
    rows: Arc<[usize]>,
    /// Places in the facts' sums per due date; only when rows were cut.
    sums: Option<Arc<[usize]>>,
    is_net: bool,
}

impl Items {
    pub(crate) fn all(seen: &Arc<Seen>) -> Self {
        let list = &seen.facts.open_items;
        let sums = list.is_cut.then(|| (0..list.by_due.len()).collect());
        Self { seen: Arc::clone(seen), rows: (0..list.rows.len()).collect(), sums, is_net: false }
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.sums.is_some()
    }

    /// The items themselves; on a cut list only those that are shown.
    pub(crate) fn ids(&self) -> Vec<InstalmentId> {
        self.items().map(|item| item.facts().id).collect()
    }

    fn items(&self) -> impl Iterator<Item = Item> + use<> {
        let (seen, rows, is_net) = (Arc::clone(&self.seen), Arc::clone(&self.rows), self.is_net);
        (0..rows.len()).map(move |n| Item { seen: Arc::clone(&seen), at: rows[n], is_net })
    }

    fn digest(&self) -> impl Iterator<Item = &DueSum> {
        self.sums.iter().flat_map(|sums| sums.iter()).map(|at| &self.seen.facts.open_items.by_due[*at])
    }

    /// Days past due of a whole due date, as the digest knows it.
    fn days_past(&self, sum: &DueSum) -> i64 {
        days_between(sum.due_on, self.seen.facts.today)
    }

    fn keep(&self, row: impl Fn(&ItemFacts) -> bool, sum: impl Fn(&DueSum) -> bool) -> Self {
        let list = &self.seen.facts.open_items;
        charge(self.rows.len() + self.sums.as_ref().map_or(0, |sums| sums.len()));
        let rows = self.rows.iter().copied().filter(|at| row(&list.rows[*at])).collect();
        let sums = self.sums.as_ref().map(|sums| sums.iter().copied().filter(|at| sum(&list.by_due[*at])).collect());
        Self { seen: Arc::clone(&self.seen), rows, sums, is_net: self.is_net }
    }

    /// The shown rows with these ids; a list of its own, never cut.
    pub(crate) fn only(&self, ids: &[InstalmentId]) -> Self {
        let kept = self.keep(|row| ids.contains(&row.id), |_| false);
        Self { sums: None, ..kept }
    }

    /// A filter that looks at the rows themselves.
    fn keep_rows(&self, word: &str, row: impl Fn(&ItemFacts) -> bool) -> Fallible<Self> {
        self.whole(word)?;
        Ok(self.keep(row, |_| true))
    }

    fn whole(&self, word: &str) -> Fallible<()> {
        if self.is_cut() { raise(format!("{word} needs every row, and this list is cut; ask .is_cut first")) } else { Ok(()) }
    }

    /// Items with nothing undisputed left are not chased, so they fall out.
    fn undisputed(&self) -> Self {
        let rest = |open: recoup_engine::words::money::Money, disputed: recoup_engine::words::money::Money| open.minor() > disputed.minor();
        Self { is_net: true, ..self.keep(|row| rest(row.open, row.disputed), |sum| rest(sum.open, sum.disputed)) }
    }

    fn overdue_by(&self, days: i64) -> Self {
        self.keep(|row| row.days_past_due > days, |sum| self.days_past(sum) > days)
    }

    fn due_within(&self, days: i64) -> Self {
        let today = self.seen.facts.today;
        let near = |due_on| (0..=days).contains(&days_between(today, due_on));
        self.keep(|row| near(row.due_on), |sum| near(sum.due_on))
    }

    fn sum(&self, of: impl Fn(&Item) -> Money) -> Fallible<Money> {
        charge(self.rows.len());
        self.items().try_fold(Money::zero(self.seen.facts.account.currency), |sum, item| sum.add(of(&item)))
    }

    pub(crate) fn total(&self) -> Fallible<Money> {
        if !self.is_cut() {
            return self.sum(Item::open);
        }
        let zero = Money::zero(self.seen.facts.account.currency);
        self.digest().try_fold(zero, |total, sum| total.add(open(sum.open.into(), sum.disputed.into(), self.is_net)))
    }

    fn billed(&self, word: &str) -> Fallible<Money> {
        self.whole(word)?;
        self.sum(|item| item.facts().total.into())
    }

    fn paid(&self, word: &str) -> Fallible<Money> {
        self.whole(word)?;
        self.billed(word)?.sub(self.sum(|item| item.facts().open.into())?)
    }

    fn paid_share(&self) -> Fallible<Decimal> {
        let billed = self.billed("paid_share")?;
        let paid = self.paid("paid_share")?;
        Ok(paid.units.checked_div(billed.units).unwrap_or(Decimal::ONE))
    }

    fn oldest_days(&self) -> i64 {
        let rows = self.items().map(|item| item.facts().days_past_due).max();
        let sums = self.digest().map(|sum| self.days_past(sum)).max();
        rows.max(sums).unwrap_or(0).max(0)
    }

    fn len(&self) -> i64 {
        if self.is_cut() { self.digest().map(|sum| sum.count).sum() } else { i64::try_from(self.rows.len()).unwrap_or(i64::MAX) }
    }

    fn first(&self) -> Fallible<Dynamic> {
        match self.items().next() {
            None if self.len() > 0 => raise("the first item of this list lies among the rows that were cut"),
            first => Ok(first.map_or(Dynamic::UNIT, Dynamic::from)),
        }
    }
}

pub(super) fn register(table: &mut Table) {
    filters(table);
    sums(table);
    item(table);
}

fn filters(table: &mut Table) {
    table
        .kind::<Items>("Items", "Open items, oldest due first.")
        .call("Items.undisputed() -> Items", "The undisputed rest of each item.", |list: &mut Items| list.undisputed())
        .call("Items.overdue_by(days: int) -> Items", "Those more than so many days past due.", |list: &mut Items, days: i64| {
            list.overdue_by(days)
        })
        .call("Items.due_within(days: int) -> Items", "Those due today or in the next days.", |list: &mut Items, days: i64| {
            list.due_within(days)
        })
        .call(
            "Items.with_part(part: text) -> Items",
            "Those with this part: whole, first, middle, tail.",
            |list: &mut Items, part: &str| list.keep_rows("with_part", |row| row.part == part),
        )
        .call("Items.of_order(order: text) -> Items", "Those of an order, as the ERP calls it.", |list: &mut Items, order: &str| {
            list.keep_rows("of_order", |row| row.order_external_id.as_deref() == Some(order))
        })
        .call(
            "Items.of_contract(contract: text) -> Items",
            "Those of a contract, as the ERP calls it.",
            |list: &mut Items, contract: &str| list.keep_rows("of_contract", |row| row.contract_external_id.as_deref() == Some(contract)),
        )
        .call("Items.before_batch(batch: int) -> Items", "Those of earlier delivery batches.", |list: &mut Items, batch: i64| {
            list.keep_rows("before_batch", |row| row.batch_no.is_some_and(|no| no < batch))
        });
}

fn sums(table: &mut Table) {
    table
        .call("Items.total() -> Money", "What is open in them.", |list: &mut Items| list.total())
        .call("Items.billed_total() -> Money", "What was billed with them.", |list: &mut Items| list.billed("billed_total"))
        .call("Items.paid_total() -> Money", "What was paid of them.", |list: &mut Items| list.paid("paid_total"))
        .call("Items.paid_share() -> decimal", "Share that was paid; 1 if nothing was billed.", |list: &mut Items| list.paid_share())
        .call("Items.oldest_days() -> int", "Days past due of the oldest, 0 when none is overdue.", |list: &mut Items| list.oldest_days())
        .call("Items.oldest() -> Item?", "The oldest due, or ().", |list: &mut Items| list.first())
        .call("Items.first() -> Item?", "The first one, or ().", |list: &mut Items| list.first())
        .get("Items.len -> int", "How many there are.", Items::len)
        .get("Items.is_empty -> bool", "Is there none?", |list: &Items| list.len() == 0)
        .get("Items.is_cut -> bool", "Were rows left out? Sums and date filters stay exact.", Items::is_cut)
        .walk::<Items, _>(|list| list.items().map(Dynamic::from));
}

fn item(table: &mut Table) {
    table
        .kind::<Item>("Item", "One instalment with something left to pay.")
        .get("Item.id -> text", "Its id.", |item: &Item| item.facts().id.to_string())
        .get("Item.invoice_id -> text", "Its invoice.", |item: &Item| item.facts().invoice_id.to_string())
        .get("Item.invoice_external_id -> text", "The invoice's number in the ERP.", |item: &Item| {
            ImmutableString::from(&item.facts().invoice_external_id)
        })
        .get("Item.entity -> text", "The legal entity of ours that is owed.", |item: &Item| ImmutableString::from(&item.facts().entity))
        .get("Item.order_id -> text?", "Its order, as the ERP calls it.", |item: &Item| words(item.facts().order_external_id.as_ref()))
        .get("Item.contract_id -> text?", "Its contract, as the ERP calls it.", |item: &Item| {
            words(item.facts().contract_external_id.as_ref())
        })
        .get("Item.batch_no -> int?", "Its delivery batch.", |item: &Item| item.facts().batch_no)
        .get("Item.part -> text", "whole, first, middle or tail.", |item: &Item| ImmutableString::from(&item.facts().part))
        .get("Item.issued_on -> Date", "Date of the invoice.", |item: &Item| item.facts().issued_on)
        .get("Item.due_on -> Date", "Due date.", |item: &Item| item.facts().due_on)
        .get("Item.days_past_due -> int", "Days past due; not above 0 when it is not overdue.", |item: &Item| item.facts().days_past_due)
        .get("Item.total -> Money", "Amount of the instalment.", |item: &Item| item.facts().total)
        .get("Item.open -> Money", "Left to pay.", Item::open)
        .get("Item.disputed -> Money", "Disputed share of what is open.", Item::disputed)
        .get("Item.currency -> text", "Its currency.", |item: &Item| ImmutableString::from(item.facts().open.currency().as_str()))
        .get("Item.last_step -> text?", "The last policy step taken for it.", |item: &Item| words(item.facts().last_step.as_ref()));
}

impl IntoScript for Item {
    fn into_script(self) -> Dynamic {
        Dynamic::from(self)
    }
}
