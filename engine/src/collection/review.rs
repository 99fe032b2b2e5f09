//! The account review: a page of accounts read, decided and written in one transaction. The one code path that moves cases.

use super::apply::{Ends, Ready, ended_hold, expired_offer};
use super::decide::{Decided, decide_all};
use super::load::subjects;
use super::tally::Tally;
use crate::command::{Attempt, RACES_MAX, pause_after};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::engine::Engine;
use crate::hold::rows::hold;
use crate::offer::rows::offer;
use crate::words::caller::Caller;
use crate::words::day::add_days;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, HoldId, OfferId, RowId};
use chrono::NaiveDate;
use sea_orm::QueryFilter;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How often a page as a whole is tried again before its accounts go alone.
const PAGE_TRIES: u32 = 3;
/// Lost races after which an account is given up for the day. On its way down a page is halved about ten times.
const LOST_MAX: u32 = 2 * RACES_MAX;

impl Engine {
    /// Reviews these accounts as of the day. Who loses a race is reviewed again; a page that is refused is halved down to the account
    /// that spoils it, which is put off a day and counted.
    ///
    /// # Errors
    /// Only when the database does not serve at all: what was committed until then stays.
    pub(crate) async fn review_accounts(&self, who: &Caller, accounts: Vec<AccountId>, day: NaiveDate) -> Result<Tally> {
        let mut total = Tally::default();
        let mut waiting: Vec<(Vec<AccountId>, u32)> = vec![(accounts, 0)];
        while let Some((page, lost)) = waiting.pop() {
            let (again, is_spoilt) = match self.review_page(who, &page, day, lost).await {
                Ok((tally, losers)) => {
                    total += tally;
                    (losers, false)
                }
                Err(error) if error.is_outage() => return Err(error),
                Err(error) => {
                    tracing::debug!(accounts = page.len(), %day, %error, "a page was refused as a whole");
                    (page, !error.is_lost_race())
                }
            };
            if let [alone] = again.as_slice()
                && (is_spoilt || lost >= LOST_MAX)
            {
                tracing::error!(account = %alone, %day, "an account could not be reviewed and is put off a day");
                self.store.put_off(who.tenant, *alone, day, add_days(day, 1)).await?;
                total += Tally::failure();
                continue;
            }
            let is_halved = is_spoilt || lost + 1 >= PAGE_TRIES;
            let size = if is_halved { again.len().div_ceil(2) } else { again.len() };
            waiting.extend(again.chunks(size.max(1)).map(|part| (part.to_vec(), lost + 1)));
        }
        Ok(total)
    }

    /// What the reviews of these accounts would come to. Writes nothing.
    pub(crate) async fn foresee_accounts(&self, who: &Caller, accounts: &[AccountId], day: NaiveDate) -> Result<Tally> {
        let ground = self.ground(who.tenant).await?;
        let stamp = Arc::new(ground.stamp_on(&*self.clock, day));
        let attempt = Attempt { who: who.clone(), stamp, ground, lost: 0 };
        let subjects = subjects(&self.store.read(who.tenant), &attempt, accounts, day).await?;
        let decided = tokio::task::spawn_blocking(move || decide_all(&attempt, &subjects)).await.map_err(Error::internal)??;
        let mut total = Tally::default();
        decided.ready.iter().for_each(|one| total += one.tally);
        Ok(total)
    }

    async fn review_page(&self, who: &Caller, accounts: &[AccountId], day: NaiveDate, lost: u32) -> Result<(Tally, Vec<AccountId>)> {
        pause_after(lost).await;
        let _lane = match accounts {
            [alone] if lost > 0 => Some(self.lanes.enter(who.tenant, *alone).await),
            _ => None,
        };
        let ground = if lost == 0 { self.ground(who.tenant).await? } else { self.refresh_ground(who.tenant).await? };
        let stamp = Arc::new(ground.stamp_on(&*self.clock, day));
        let attempt = Attempt { who: who.clone(), stamp, ground, lost };
        let read = self.store.read(who.tenant);
        let subjects = subjects(&read, &attempt, accounts, day).await?;
        if subjects.is_empty() {
            return Ok((Tally::default(), Vec::new()));
        }
        let for_rules = attempt.clone();
        let decided = tokio::task::spawn_blocking(move || decide_all(&for_rules, &subjects)).await.map_err(Error::internal)??;
        self.write_reviews(&attempt, &read, decided, day).await
    }

    pub(super) async fn write_reviews(
        &self,
        attempt: &Attempt,
        read: &Read,
        decided: Decided,
        day: NaiveDate,
    ) -> Result<(Tally, Vec<AccountId>)> {
        let Decided { mut ready, facts } = decided;
        self.number_cases(attempt, &mut ready).await?;
        end_rows(read, &mut ready, day).await?;
        let tallies: HashMap<AccountId, Tally> = ready.iter().map(|one| (one.account, one.tally)).collect();
        // Rows of accounts are written more slowly, so those who need it do not slow down the page.
        let (labelled, plain): (Vec<Ready>, Vec<Ready>) = ready.into_iter().partition(|one| one.saves_account);
        let mut lost: HashSet<AccountId> = HashSet::new();
        let mut facts = Some(Changes::on(Claim::Nothing).add_all(&facts)).filter(|changes| !changes.is_empty());
        for part in [plain, labelled].into_iter().filter(|part| !part.is_empty()) {
            let (set, stamp) = (&*attempt.ground.plugins, &attempt.stamp);
            let written = part.into_iter().map(|one| one.changes.tell_listeners(set, stamp));
            let page: Vec<Changes> = facts.take().into_iter().chain(written).collect();
            lost.extend(self.store.write_page(&attempt.who, &attempt.stamp, attempt.ground.revision, page).await?);
        }
        let mut total = Tally::default();
        tallies.iter().filter(|(account, _)| !lost.contains(account)).for_each(|(_, tally)| total += *tally);
        Ok((total, lost.into_iter().collect()))
    }

    /// Numbers for people: a block for the whole page, so that the counter is touched once.
    async fn number_cases(&self, attempt: &Attempt, ready: &mut [Ready]) -> Result<()> {
        let new: Vec<&mut Ready> = ready.iter_mut().filter(|one| one.opened.is_some()).collect();
        if new.is_empty() {
            return Ok(());
        }
        let count = i64::try_from(new.len()).map_err(Error::internal)?;
        let first = self.store.take_numbers(attempt.who.tenant, "case", count, RowId(attempt.stamp.id())).await?;
        for (one, number) in new.into_iter().zip(first..) {
            if let Some(mut row) = one.opened.take() {
                row.number = number;
                one.changes = std::mem::replace(&mut one.changes, Changes::on(Claim::Nothing)).add(&row);
            }
        }
        Ok(())
    }
}

/// Ends offers and holds whose last day is over, or that their plugin lifts.
async fn end_rows(read: &Read, ready: &mut [Ready], day: NaiveDate) -> Result<()> {
    if ready.iter().all(|one| one.ends.is_empty()) {
        return Ok(());
    }
    let offers: Vec<OfferId> = ready.iter().flat_map(|one| one.ends.offers.iter().copied()).collect();
    let holds: Vec<HoldId> = ready.iter().flat_map(|one| one.ends.holds.iter().chain(&one.ends.released).copied()).collect();
    let offers: HashMap<OfferId, offer::Model> = match offers.as_slice() {
        [] => HashMap::new(),
        ids => {
            rows_by_id(offer::find(read.tenant()).filter(read.among(offer::Column::Id, ids.iter().copied())).all(read.db()).await, |row| {
                row.id
            })?
        }
    };
    let holds: HashMap<HoldId, hold::Model> = match holds.as_slice() {
        [] => HashMap::new(),
        ids => {
            rows_by_id(hold::find(read.tenant()).filter(read.among(hold::Column::Id, ids.iter().copied())).all(read.db()).await, |row| {
                row.id
            })?
        }
    };
    for one in ready.iter_mut() {
        let Ends { offers: ended, holds: over, released } = std::mem::take(&mut one.ends);
        let mut changes = std::mem::replace(&mut one.changes, Changes::on(Claim::Nothing));
        changes = changes.save_all(&ended.iter().filter_map(|id| offers.get(id)).map(expired_offer).collect::<Vec<_>>());
        let of = |ids: Vec<HoldId>, is_expired: bool| {
            ids.into_iter().filter_map(|id| holds.get(&id)).map(move |row| ended_hold(row, is_expired, day)).collect::<Vec<_>>()
        };
        let (over, released) = (of(over, true), of(released, false));
        let told = over.iter().map(|row| end_of("hold.expired", row, day));
        let told = told.chain(released.iter().map(|row| end_of("hold.released", row, day)));
        one.changes = told.fold(changes.save_all(&over).save_all(&released), Changes::tell);
    }
    Ok(())
}

/// The journal's line for a hold that ends.
pub(super) fn end_of(kind: &'static str, row: &hold::Model, day: NaiveDate) -> Entry {
    let body = serde_json::json!({ "code": row.code, "expires_on": row.expires_on });
    Entry { kind, subject: "hold", subject_id: row.id.0, effective_on: day, decision: None, body }
}

fn rows_by_id<I: std::hash::Hash + Eq, R>(
    rows: std::result::Result<Vec<R>, sea_orm::DbErr>,
    id: impl Fn(&R) -> I,
) -> Result<HashMap<I, R>> {
    Ok(rows.map_err(failed)?.into_iter().map(|row| (id(&row), row)).collect())
}
