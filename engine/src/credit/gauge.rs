//! Gauges of accounts: read where something moves an exposure that no order check looks at.

use super::order::securities_of;
use super::rules::exposure::KeptSums;
use super::rules::warning::{Gauge, Reading};
use crate::account::rows::{account, balance};
use crate::command::Attempt;
use crate::doors::store::{Entry, Read, failed};
use crate::exchange::rates_on;
use crate::limit::rows::credit_limit;
use crate::limit::rules::{InForce, LimitRow, in_force};
use crate::limit::security::{SecurityRow, secured};
use crate::words::error::Result;
use crate::words::id::AccountId;
use crate::words::money::Currency;
use chrono::NaiveDate;
use sea_orm::QueryFilter;
use std::collections::{BTreeSet, HashMap};

/// The gauges of these accounts that have a limit or were above a line, in a fixed number of queries: limits, and securities and rates
/// where any are needed.
pub async fn gauges(
    read: &Read,
    attempt: &Attempt,
    accounts: &[&account::Model],
    balances: &[&balance::Model],
) -> Result<HashMap<AccountId, Gauge>> {
    let settings = &attempt.ground.settings;
    if settings.warning_lines.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = accounts.iter().map(|row| row.id);
    let mut limits: HashMap<AccountId, Vec<LimitRow>> = HashMap::new();
    for row in
        credit_limit::find(read.tenant()).filter(read.among(credit_limit::Column::AccountId, ids)).all(read.db()).await.map_err(failed)?
    {
        limits.entry(row.account_id).or_default().push(LimitRow::from(&row));
    }
    let measured: Vec<&&account::Model> = accounts.iter().filter(|row| limits.contains_key(&row.id) || row.warning_level > 0).collect();
    let home: HashMap<AccountId, Currency> = measured.iter().map(|row| (row.id, row.currency)).collect();
    let pair =
        |kept: &&balance::Model| home.get(&kept.account_id).filter(|home| **home != kept.currency).map(|home| (kept.currency, *home));
    let pairs: BTreeSet<(Currency, Currency)> = balances.iter().filter_map(pair).collect();
    let rates = rates_on(read, attempt.stamp.today, &pairs).await?;
    let secured_ones: Vec<AccountId> = measured.iter().filter(|row| row.security_count > 0).map(|row| row.id).collect();
    let securities = securities_of(read, &secured_ones).await?;
    let gauge = |row: &&&account::Model| {
        let own = limits.get(&row.id).map_or(&[][..], Vec::as_slice);
        let limit = in_force(own, attempt.stamp.today, settings.no_limit_row, row.state == "approved");
        let behind = securities.get(&row.id).map_or(&[][..], Vec::as_slice);
        Ok((row.id, gauge_of(row, limit, behind, rates.clone(), attempt)?))
    };
    measured.iter().map(gauge).collect()
}

impl Gauge {
    /// The same account with these securities behind its limit.
    pub(super) fn with_securities(&self, securities: &[SecurityRow], attempt: &Attempt) -> Result<Self> {
        let limit = secured(self.own, securities, attempt.stamp.today, attempt.ground.settings.security)?;
        Ok(Self { limit: limit.figure(), ..self.clone() })
    }
}

/// The gauge of one account at this limit.
pub(super) fn gauge_of(
    row: &account::Model,
    limit: InForce,
    securities: &[SecurityRow],
    rates: crate::exchange::rules::Rates,
    attempt: &Attempt,
) -> Result<Gauge> {
    let lines = attempt.ground.settings.warning_lines.clone();
    let bare = Gauge { account: row.id, currency: row.currency, level: row.warning_level, own: limit, limit: None, lines, rates };
    bare.with_securities(securities, attempt)
}

/// The level once the account's kept sums are these, with a line for each warning line passed.
pub fn warned<'a>(gauge: &Gauge, balances: impl Iterator<Item = &'a balance::Model>, attempt: &Attempt) -> Result<(i64, Vec<Entry>)> {
    let includes = &attempt.ground.settings.exposure_includes;
    let sums: Vec<KeptSums> = balances.map(|row| KeptSums::of(row).counted(includes)).collect();
    let Some(reading) = gauge.read(&sums)? else { return Ok((gauge.level, Vec::new())) };
    Ok((reading.level, entries(gauge, &reading, attempt.stamp.today)))
}

/// One line of the journal for each warning line passed upwards.
pub(super) fn entries(gauge: &Gauge, reading: &Reading, today: NaiveDate) -> Vec<Entry> {
    let entry = |line: &i64| Entry {
        kind: "credit_limit.line_crossed",
        subject: "account",
        subject_id: gauge.account.0,
        effective_on: today,
        decision: None,
        body: serde_json::json!({ "percent": line, "limit": gauge.limit, "used": reading.used }),
    };
    reading.crossed.iter().map(entry).collect()
}
