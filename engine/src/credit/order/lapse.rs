//! Which holds have ended by themselves since they were placed: read for the few that could, judged by the rules.

use crate::account::rows::balance;
use crate::credit::rules::WayOut;
use crate::credit::rules::lift::{Lifted, Since, lifted};
use crate::doors::store::{Read, failed};
use crate::hold::rows::{hold, hold_item};
use crate::invoice::rows::instalment;
use crate::words::error::Result;
use crate::words::id::{HoldId, InstalmentId};
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use sea_orm::QueryFilter;
use std::collections::{BTreeMap, HashMap};

/// A hold in force, with the items it waits for as they are now.
#[derive(Clone, Debug)]
pub(super) struct StandingHold {
    pub(super) row: hold::Model,
    pub(super) items: Vec<InstalmentId>,
    /// What is still to be paid of what it asked when it was placed; none when it asked for no amount.
    pub(super) left: Option<Money>,
    /// Why it is over, if it is.
    pub(super) lifted: Option<Lifted>,
}

impl StandingHold {
    /// Does it wait for exactly these items?
    pub(super) fn is_for(&self, items: &[InstalmentId]) -> bool {
        self.items.len() == items.len() && self.items.iter().all(|item| items.contains(item))
    }
}

/// What has been paid of these items, the old system's share included: the mark that later payments are measured from.
pub(in crate::credit) fn paid_of<'a>(items: impl Iterator<Item = (&'a Money, &'a Money)>) -> i64 {
    items.fold(0, |paid, (total, open)| paid + total.minor() - open.minor())
}

/// Cash that ever came in this currency, allocated or not, less what bounced: the mark for holds that name no items.
pub(in crate::credit) fn received(balances: &[balance::Model], currency: Currency) -> i64 {
    let own = balances.iter().filter(|balance| balance.currency == currency);
    own.fold(0, |cash, balance| cash + balance.lifetime_paid_minor + balance.unallocated_minor)
}

/// Judges holds of one account. Two queries, and none when there is no hold.
pub(super) async fn judge(
    read: &Read,
    holds: Vec<hold::Model>,
    balances: &[balance::Model],
    today: NaiveDate,
) -> Result<Vec<StandingHold>> {
    if holds.is_empty() {
        return Ok(Vec::new());
    }
    let named = hold_item::find(read.tenant()).filter(read.among(hold_item::Column::HoldId, holds.iter().map(|hold| hold.id)));
    let mut items: HashMap<HoldId, Vec<InstalmentId>> = HashMap::new();
    for row in named.all(read.db()).await.map_err(failed)? {
        items.entry(row.hold_id).or_default().push(row.instalment_id);
    }
    let rows = if items.is_empty() {
        Vec::new()
    } else {
        let ids = items.values().flatten().copied();
        instalment::find(read.tenant()).filter(read.among(instalment::Column::Id, ids)).all(read.db()).await.map_err(failed)?
    };
    let rows: BTreeMap<InstalmentId, instalment::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let judged = holds.into_iter().map(|row| {
        let items = items.remove(&row.id).unwrap_or_default();
        let since = since(&row, &items, &rows, balances);
        let way_out = WayOut {
            pay: row.pay_to_release_minor.zip(row.currency).map(|(minor, currency)| Money::new(minor, currency)),
            items: items.clone(),
            expires_on: row.expires_on,
            is_deposit: false,
        };
        let paid =
            if items.is_empty() { since.received } else { since.allocated.values().fold(0_i64, |sum, paid| sum.saturating_add(*paid)) };
        let left = way_out.pay.map(|pay| Money::new((pay.minor() - paid.max(0)).max(0), pay.currency()));
        StandingHold { lifted: lifted(&way_out, &since, today), left, items, row }
    });
    Ok(judged.collect())
}

fn since(
    hold: &hold::Model,
    items: &[InstalmentId],
    rows: &BTreeMap<InstalmentId, instalment::Model>,
    balances: &[balance::Model],
) -> Since {
    let mut since =
        Since { received: hold.currency.map_or(0, |currency| received(balances, currency) - hold.paid_before_minor), ..Since::default() };
    for row in items.iter().filter_map(|item| rows.get(item)) {
        since.open.insert(row.id, (row.open_minor - row.disputed_minor).max(0));
        since.allocated.insert(row.id, row.amount_minor - row.open_minor);
    }
    // What was paid before the hold was placed does not count; the rule adds up all items, so it may be taken off any of them.
    if let Some(first) = since.allocated.values_mut().next() {
        *first -= hold.paid_before_minor;
    }
    since
}
