//! Limits and securities begin and end by their dates, without anybody doing anything: the run reads the warning lines of their accounts anew.

use super::gauge::{gauges, warned};
use crate::account::claimed;
use crate::account::rows::{account, balance};
use crate::command::Attempt;
use crate::doors::store::{AccountClaim, Changes, Claim, Read, failed};
use crate::engine::Engine;
use crate::limit::rows::{credit_limit, security};
use crate::words::caller::Caller;
use crate::words::day::add_days;
use crate::words::error::Result;
use crate::words::id::AccountId;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Accounts read at once.
const ACCOUNTS_AT_ONCE: usize = 500;

impl Engine {
    /// Reads the warning lines of every account whose limit, or whose security, has begun or ended since the day of the last run. Lines
    /// tell of today: a run of a day that has long passed changes none. Who is changed by somebody faster has read his own lines by that.
    /// Gives how many accounts were read.
    pub(crate) async fn read_turned_limits(&self, who: &Caller, last: Option<NaiveDate>, day: NaiveDate) -> Result<u64> {
        let ground = self.ground(who.tenant).await?;
        let stamp = Arc::new(ground.stamp(&*self.clock));
        if day < stamp.today || ground.settings.warning_lines.is_empty() {
            return Ok(0);
        }
        let read = self.store.read(who.tenant);
        let turned = turned(&read, last.unwrap_or_else(|| add_days(day, -1)), day).await?;
        let turned: Vec<AccountId> = turned.into_iter().collect();
        let attempt = Attempt { who: who.clone(), stamp: Arc::new(ground.stamp_on(&*self.clock, day)), ground, lost: 0 };
        for page in turned.chunks(ACCOUNTS_AT_ONCE) {
            let changes = changes(&read, page, &attempt).await?;
            if !changes.is_empty() {
                self.store.write_page(who, &attempt.stamp, attempt.ground.revision, changes).await?;
            }
        }
        Ok(u64::try_from(turned.len()).unwrap_or(u64::MAX))
    }
}

/// Accounts of which a limit or a security is in force on the day and was not on the last one, or the other way round.
async fn turned(read: &Read, last: NaiveDate, day: NaiveDate) -> Result<BTreeSet<AccountId>> {
    use credit_limit::Column as L;
    use security::Column as S;
    let begins = Condition::all().add(L::ValidFrom.gt(last)).add(L::ValidFrom.lte(day));
    let ends = Condition::all().add(L::ValidTo.gte(last)).add(L::ValidTo.lt(day));
    let limits = credit_limit::find(read.tenant()).select_only().column(L::AccountId).filter(Condition::any().add(begins).add(ends));
    let limits: Vec<AccountId> = limits.into_tuple().all(read.db()).await.map_err(failed)?;
    let begins = Condition::all().add(S::ValidFrom.gt(last)).add(S::ValidFrom.lte(day));
    let ends = Condition::all().add(S::ValidTo.gte(last)).add(S::ValidTo.lt(day));
    let secured = security::find(read.tenant()).select_only().column(S::AccountId).filter(S::WithdrawnOn.is_null());
    let secured = secured.filter(Condition::any().add(begins).add(ends));
    let secured: Vec<AccountId> = secured.into_tuple().all(read.db()).await.map_err(failed)?;
    Ok(limits.into_iter().chain(secured).collect())
}

/// The changes of those accounts whose level has moved.
async fn changes(read: &Read, ids: &[AccountId], attempt: &Attempt) -> Result<Vec<Changes>> {
    // The accounts with their versions come first: what changes in between is caught by the claim.
    let accounts = account::find(read.tenant()).filter(read.among(account::Column::Id, ids.iter().copied()));
    let accounts = accounts.all(read.db()).await.map_err(failed)?;
    let kept = balance::find(read.tenant()).filter(read.among(balance::Column::AccountId, ids.iter().copied()));
    let kept = kept.all(read.db()).await.map_err(failed)?;
    let gauges = gauges(read, attempt, &accounts.iter().collect::<Vec<_>>(), &kept.iter().collect::<Vec<_>>()).await?;
    let mut sums: HashMap<AccountId, Vec<&balance::Model>> = HashMap::new();
    for row in &kept {
        sums.entry(row.account_id).or_default().push(row);
    }
    let mut changes = Vec::new();
    for row in &accounts {
        let Some(gauge) = gauges.get(&row.id) else { continue };
        let (warning_level, entries) = warned(gauge, sums.remove(&row.id).unwrap_or_default().into_iter(), attempt)?;
        if warning_level != row.warning_level {
            let claim = AccountClaim { warning_level, ..claimed(row) };
            changes.push(entries.into_iter().fold(Changes::on(Claim::Account(claim)), Changes::tell));
        }
    }
    Ok(changes)
}
