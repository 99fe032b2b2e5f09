//! Ceilings of single parts of the exposure: what is open, what is overdue, what is ordered (numbers.md §3; public OCA rule). Going above
//! any one holds an order, although the limit as a whole may fit. Disputed money never counts (contract choice 6).

use super::check::CheckBasis;
use super::{Cause, WayOut};
use crate::policy::PartLimits;
use crate::words::day::days_between;
use crate::words::error::Result;
use crate::words::facts::{Facts, Reason};
use crate::words::id::InstalmentId;
use crate::words::money::{Currency, Money};
use crate::words::text::Bilingual;
use std::collections::BTreeMap;

/// The ceilings of one account, in its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// Of open items that do not count as overdue.
    pub open: Option<Money>,
    /// Of overdue items.
    pub overdue: Option<Money>,
    /// Of approved orders, the one in question counted in.
    pub orders: Option<Money>,
    /// Days after its due date in which an item still counts as open.
    pub margin_days: i64,
}

impl Ceilings {
    /// The policy's ceilings, in this currency.
    pub fn of(policy: &PartLimits, currency: Currency) -> Result<Self> {
        let money = |units: Option<rust_decimal::Decimal>| units.map(|units| Money::round_half_up(units, currency)).transpose();
        Ok(Self {
            open: money(policy.open)?,
            overdue: money(policy.overdue)?,
            orders: money(policy.orders)?,
            margin_days: policy.overdue_margin_days,
        })
    }

    /// The same with what the account says for itself in their places.
    pub fn with(self, own: Self, own_margin_days: Option<i64>) -> Self {
        Self {
            open: own.open.or(self.open),
            overdue: own.overdue.or(self.overdue),
            orders: own.orders.or(self.orders),
            margin_days: own_margin_days.unwrap_or(self.margin_days),
        }
    }

    fn is_none(&self) -> bool {
        self.open.is_none() && self.overdue.is_none() && self.orders.is_none()
    }
}

/// Items of one part of the exposure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemPart {
    /// What they come to, in the account's currency.
    pub amount: Money,
    /// How many they are.
    pub count: i64,
    /// Those that are named, in the account's currency: what to pay.
    pub items: Vec<InstalmentId>,
}

/// Open items, and those overdue by more than the margin; each undisputed and in the account's currency. Of items in another currency
/// without a rate nothing is counted: `no_rate` says so already.
pub fn open_and_overdue(facts: &Facts, basis: &CheckBasis) -> Result<(ItemPart, ItemPart)> {
    let currency = facts.account.currency;
    let list = &facts.open_items;
    let rows = list.rows.iter().filter(|_| !list.is_cut).map(|row| (Some(row.id), row.due_on, row.open, row.disputed, 1));
    let sums = list.by_due.iter().filter(|_| list.is_cut).map(|sum| (None, sum.due_on, sum.open, sum.disputed, sum.count));
    let mut parts = [false, true].map(|_| (BTreeMap::<Currency, Money>::new(), 0, Vec::new()));
    for (item, due_on, open, disputed, count) in rows.chain(sums) {
        let rest = open.checked_sub(disputed)?;
        if !rest.is_positive() {
            continue;
        }
        let is_overdue = days_between(due_on, facts.today) > basis.ceilings.margin_days;
        let part = &mut parts[usize::from(is_overdue)];
        let so_far = part.0.get(&rest.currency()).copied().unwrap_or_else(|| Money::zero(rest.currency()));
        part.0.insert(rest.currency(), so_far.checked_add(rest)?);
        part.1 += count;
        part.2.extend(item.filter(|_| rest.currency() == currency));
    }
    let in_own = |(amounts, count, items): (BTreeMap<Currency, Money>, i64, Vec<InstalmentId>)| {
        let amount = amounts.into_values().try_fold(Money::zero(currency), |sum, amount| {
            if amount.currency() == currency {
                return sum.checked_add(amount);
            }
            basis.rates.convert(amount, currency)?.map_or(Ok(sum), |working| sum.checked_add(working.converted))
        })?;
        Ok(ItemPart { amount, count, items })
    };
    let [open, overdue] = parts;
    Ok((in_own(open)?, in_own(overdue)?))
}

/// The reasons of all ceilings that are passed; strictly above counts.
pub(super) fn causes(ceilings: &Ceilings, facts: &Facts, basis: &CheckBasis) -> Result<Vec<Cause>> {
    if ceilings.is_none() {
        return Ok(Vec::new());
    }
    let mut causes = Vec::new();
    let (open, overdue) = open_and_overdue(facts, basis)?;
    if let Some(ceiling) = ceilings.open.filter(|ceiling| open.amount.minor() > ceiling.minor()) {
        let amount = open.amount;
        let en = format!("{amount} is open, above the ceiling of {ceiling} for open items.");
        causes.push(payable("part_limit_open", open, ceiling, en, format!("未清款项 {amount}，超出未清上限 {ceiling}。"))?);
    }
    if let Some(ceiling) = ceilings.overdue.filter(|ceiling| overdue.amount.minor() > ceiling.minor()) {
        let amount = overdue.amount;
        let en = format!("{amount} is overdue, above the ceiling of {ceiling} for overdue items.");
        causes.push(payable("part_limit_overdue", overdue, ceiling, en, format!("逾期款项 {amount}，超出逾期上限 {ceiling}。"))?);
    }
    if let (Some(ceiling), Some(value)) = (ceilings.orders, basis.value) {
        let amount = basis.orders.checked_add(value)?;
        if amount.minor() > ceiling.minor() {
            let en = format!("With this one, approved orders not invoiced come to {amount}, above their ceiling of {ceiling}.");
            let zh = format!("加上本单，已批准未开票订单合计 {amount}，超出订单上限 {ceiling}。");
            let reason = Reason::core("part_limit_orders", Bilingual::new(en, zh));
            causes.push(Cause { reason, way_out: WayOut::person() });
        }
    }
    Ok(causes)
}

fn payable(code: &str, part: ItemPart, ceiling: Money, en: String, zh: String) -> Result<Cause> {
    let pay = part.amount.checked_sub(ceiling)?;
    let way_out = WayOut { items: part.items, ..WayOut::pay(pay) };
    Ok(Cause { reason: Reason::core(code, Bilingual::new(en, zh)), way_out })
}

#[cfg(test)]
#[path = "part_limit_tests.rs"]
mod tests;
