//! Holds on whole accounts end with their last day, in the daily run: whether or not anything else is due on the account.

use super::order::lifted_hold;
use super::rules::lift::Lifted;
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::Attempt;
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::engine::Engine;
use crate::hold::rows::hold;
use crate::words::caller::Caller;
use crate::words::error::Result;
use crate::words::id::{AccountId, HoldId};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use std::sync::Arc;

/// Holds ended in one transaction.
const HOLDS_AT_ONCE: u64 = 500;

impl Engine {
    /// Ends every hold on a whole account whose last day has passed by the day, a page at a time. Who is changed by somebody faster is
    /// found by the next run. Each end is in the journal, and has the account's held orders checked again. Gives how many were found.
    pub(crate) async fn end_dated_holds(&self, who: &Caller, day: NaiveDate) -> Result<u64> {
        let who = Caller { request_id: who.request_id.clone(), ..Caller::engine(who.tenant) };
        let read = self.store.read(who.tenant);
        let (mut behind, mut ended) = (None, 0);
        loop {
            let page = over(&read, day, behind).await?;
            let Some((last, _)) = page.last().copied() else { return Ok(ended) };
            behind = Some(last);
            ended += u64::try_from(page.len()).unwrap_or(0);
            let ground = self.refresh_ground(who.tenant).await?;
            let attempt = Attempt { who: who.clone(), stamp: Arc::new(ground.stamp_on(&*self.clock, day)), ground, lost: 0 };
            let changes = changes(&read, &page, &attempt).await?;
            let changes = changes.into_iter().map(|one| one.tell_listeners(&*attempt.ground.plugins, &attempt.stamp)).collect();
            self.store.write_page(&attempt.who, &attempt.stamp, attempt.ground.revision, changes).await?;
        }
    }
}

/// Holds on whole accounts that are over, in the order of their ids.
async fn over(read: &Read, day: NaiveDate, behind: Option<HoldId>) -> Result<Vec<(HoldId, AccountId)>> {
    use hold::Column as C;
    let query = hold::find(read.tenant()).select_only().columns([C::Id, C::AccountId]);
    let query = query.filter(C::State.eq("active")).filter(C::OrderId.is_null()).filter(C::ExpiresOn.lt(day));
    let query = behind.into_iter().fold(query, |query, last| query.filter(C::Id.gt(last)));
    query.order_by_asc(C::Id).limit(HOLDS_AT_ONCE).into_tuple().all(read.db()).await.map_err(failed)
}

async fn changes(read: &Read, page: &[(HoldId, AccountId)], attempt: &Attempt) -> Result<Vec<Changes>> {
    // The accounts with their versions come before the holds: what changes in between is caught by the claim.
    let accounts = account::find(read.tenant()).filter(read.among(account::Column::Id, page.iter().map(|(_, account)| *account)));
    let accounts = accounts.all(read.db()).await.map_err(failed)?;
    let holds = hold::find(read.tenant()).filter(read.among(hold::Column::Id, page.iter().map(|(hold, _)| *hold)));
    let holds = holds.filter(hold::Column::State.eq("active")).all(read.db()).await.map_err(failed)?;
    let mut by_account: HashMap<AccountId, Vec<hold::Model>> = HashMap::new();
    for row in holds {
        by_account.entry(row.account_id).or_default().push(row);
    }
    let of_account = |account: &account::Model| {
        let holds = by_account.get(&account.id)?;
        Some(holds.iter().fold(Changes::on(Claim::Account(claimed(account))), |changes, hold| {
            let row = lifted_hold(hold, "expired", "engine", Lifted::Expired.as_str(), attempt);
            let entry = Entry {
                kind: "hold.expired",
                subject: "hold",
                subject_id: row.id.0,
                effective_on: attempt.stamp.today,
                decision: None,
                body: serde_json::json!({ "code": row.code, "expires_on": row.expires_on }),
            };
            changes.save(&row).tell(entry)
        }))
    };
    Ok(accounts.iter().filter_map(of_account).collect())
}
