//! The warning lines after an order has taken its place.

use super::load::Check;
use crate::command::Attempt;
use crate::credit::gauge::entries;
use crate::credit::group::GroupLevel;
use crate::credit::group_levels::moved;
use crate::credit::rules::exposure::{KeptSums, foreign};
use crate::credit::rules::warning::Gauge;
use crate::doors::store::Entry;
use crate::limit::group::GroupLimit;
use crate::limit::rows::group_warning;
use crate::words::error::Result;
use crate::words::money::Money;

impl Check {
    /// The warning level once the order reserves so much for goods that have not shipped, with a line for each warning line passed. Without a rate the level stays.
    pub(super) fn warn(&self, target_minor: i64, attempt: &Attempt) -> Result<(i64, Vec<Entry>)> {
        let (row, basis) = (&self.gathered.account, &self.basis);
        let settings = &attempt.ground.settings;
        let lines = settings.warning_lines.clone();
        if lines.is_empty() || !basis.foreign.missing.is_empty() || (basis.value.is_none() && target_minor > 0) {
            return Ok((row.warning_level, Vec::new()));
        }
        let gauge = Gauge {
            account: row.id,
            currency: row.currency,
            level: row.warning_level,
            own: basis.limit,
            limit: basis.limit.figure(),
            lines,
            rates: basis.rates.clone(),
        };
        let order = KeptSums { orders: target_minor, ..KeptSums::nothing(row.id, self.order.amount.currency()) };
        let order = order.counted(&settings.exposure_includes);
        let own = if order.currency == row.currency {
            Money::new(order.orders, row.currency)
        } else {
            foreign(row.currency, &[order], &gauge.rates)?.exposure
        };
        let disputed = self.gathered.facts.account.disputed_total.checked_add(basis.foreign.disputed)?;
        let reading = gauge.at(self.core.exposure.checked_sub(disputed)?.checked_add(own)?);
        Ok((reading.level, entries(&gauge, &reading, attempt.stamp.today)))
    }

    /// The same for the groups whose limits the order uses up; written under their claim alone (GR-05).
    pub(super) fn warn_groups(&self, target_minor: i64, attempt: &Attempt) -> Result<Vec<(Option<group_warning::Model>, Vec<Entry>)>> {
        let settings = &attempt.ground.settings;
        let order = KeptSums { orders: target_minor, ..KeptSums::nothing(self.gathered.account.id, self.order.amount.currency()) };
        let order = order.counted(&settings.exposure_includes);
        let mut all = Vec::new();
        for stand in self.basis.groups.iter().filter(|stand| !settings.warning_lines.is_empty() && !stand.is_short_of_rates) {
            let GroupLimit::Amount { amount: limit } = stand.limit else { continue };
            let own = if order.currency == limit.currency() {
                Money::new(order.orders, order.currency)
            } else {
                let others = foreign(limit.currency(), std::slice::from_ref(&order), &self.basis.rates)?;
                if !others.missing.is_empty() {
                    continue;
                }
                others.exposure
            };
            let used = stand.used.checked_add(own)?;
            all.push(moved(&GroupLevel { id: stand.id, limit: Some(limit), used, level: stand.level }, attempt));
        }
        Ok(all)
    }
}
