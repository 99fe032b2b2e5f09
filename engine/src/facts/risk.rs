//! What is kept of the danger an account is in, and its signals: read only for accounts that have some.

use super::gather::Lists;
use crate::doors::store::{Read, failed};
use crate::limit::rows::security;
use crate::limit::rules::LimitRow;
use crate::limit::security::SecurityRow;
use crate::profile::rows::risk_profile;
use crate::signal::rows::signal;
use crate::words::day::add_days;
use crate::words::error::Result;
use crate::words::facts::RiskFacts;
use crate::words::id::AccountId;
use crate::words::signal::SignalFacts;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

/// Signals older than a year count only while they are live.
const LOOK_BACK_DAYS: i64 = 365;

/// Reads the risk profiles of these accounts.
pub(super) async fn profiles(read: &Read, ids: &[AccountId], lists: &mut Lists) -> Result<()> {
    let query = risk_profile::find(read.tenant()).filter(read.among(risk_profile::Column::AccountId, ids.iter().copied()));
    lists.profiles = query.all(read.db()).await.map_err(failed)?.into_iter().map(|row| (row.account_id, row)).collect();
    Ok(())
}

/// Reads the signals of the accounts whose profile says there are some.
pub(super) async fn signals(read: &Read, day: NaiveDate, lists: &mut Lists) -> Result<()> {
    use signal::Column as C;
    let with_some: Vec<AccountId> = lists.profiles.values().filter(|row| row.has_signals).map(|row| row.account_id).collect();
    if with_some.is_empty() {
        return Ok(());
    }
    let is_recent = Condition::any().add(C::EndsOn.gt(day)).add(C::ObservedOn.gt(add_days(day, -LOOK_BACK_DAYS)));
    let query = signal::find(read.tenant())
        .filter(read.among(C::AccountId, with_some))
        .filter(C::ObservedOn.lte(day))
        .filter(is_recent)
        .filter(Condition::any().add(C::WithdrawnOn.is_null()).add(C::WithdrawnOn.gt(day)));
    for row in query.order_by_asc(C::Id).all(read.db()).await.map_err(failed)? {
        lists.signals.entry(row.account_id).or_default().push(row);
    }
    Ok(())
}

/// Reads the securities of the accounts that have some.
pub(super) async fn securities(read: &Read, ids: Vec<AccountId>, lists: &mut Lists) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let query = security::find(read.tenant()).filter(read.among(security::Column::AccountId, ids));
    for row in query.filter(security::Column::WithdrawnOn.is_null()).all(read.db()).await.map_err(failed)? {
        lists.securities.entry(row.account_id).or_default().push(SecurityRow::from(&row));
    }
    Ok(())
}

/// The risk facts of one account.
pub(super) fn risk_facts(profile: Option<&risk_profile::Model>, signals: &[signal::Model]) -> RiskFacts {
    let signals = signals.iter().map(SignalFacts::from).collect();
    let Some(profile) = profile else { return RiskFacts { signals, ..RiskFacts::default() } };
    RiskFacts { plan_level: profile.plan_level.clone(), watched_since: profile.watched_since, credit_stop: profile.credit_stop(), signals }
}

/// The next day on which another limit may be in force than on this one.
pub(super) fn next_limit_on(limits: &[LimitRow], day: NaiveDate) -> Option<NaiveDate> {
    let begins = limits.iter().map(|row| row.valid_from);
    let ends = limits.iter().filter_map(|row| row.valid_to).map(|last| add_days(last, 1));
    begins.chain(ends).filter(|on| *on > day).min()
}
