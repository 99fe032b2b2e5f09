//! The warning lines of groups (GR-05): read under the turn of their tree where an order uses up more of a shared limit, and once a day
//! for what ledger, limits and membership have moved.

use super::group::{GroupLevel, forest};
use super::rules::warning::reading;
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::Attempt;
use crate::doors::store::{AccountClaim, Changes, Claim, Entry, GroupClaim, failed};
use crate::engine::Engine;
use crate::exchange::rates_on;
use crate::limit::rows::group_warning;
use crate::words::caller::Caller;
use crate::words::error::Result;
use crate::words::id::{CreditGroupId, RowId};
use chrono::NaiveDate;
use sea_orm::{QueryFilter, QueryOrder};
use std::collections::HashSet;
use std::sync::Arc;

/// Roots whose lines are written at once.
const ROOTS_AT_ONCE: usize = 200;

/// The level of a group as it is to be kept, where it has moved, and a line of the journal for each warning line passed upwards.
pub(super) fn moved(group: &GroupLevel, attempt: &Attempt) -> (Option<group_warning::Model>, Vec<Entry>) {
    let reading = reading(group.limit, &attempt.ground.settings.warning_lines, group.level, group.used);
    let row = group_warning::Model { tenant_id: attempt.who.tenant, id: RowId(group.id.0), group_id: group.id, level: reading.level };
    let entry = |line: &i64| Entry {
        kind: "credit_group.line_crossed",
        subject: "credit_group",
        subject_id: group.id.0,
        effective_on: attempt.stamp.today,
        decision: None,
        body: serde_json::json!({ "percent": line, "limit": group.limit, "used": reading.used }),
    };
    ((reading.level != group.level).then_some(row), reading.crossed.iter().map(entry).collect())
}

impl Engine {
    /// Reads the warning lines of every group that has a limit or was above a line of one. Lines tell of today: a run of a day that has
    /// long passed changes none. Where somebody is faster, he has read the lines himself, or the next day does. Gives how many trees of
    /// groups moved.
    pub(crate) async fn read_group_levels(&self, who: &Caller, day: NaiveDate) -> Result<u64> {
        let ground = self.ground(who.tenant).await?;
        if day < ground.stamp(&*self.clock).today || ground.settings.warning_lines.is_empty() {
            return Ok(0);
        }
        let read = self.store.read(who.tenant);
        let trees = forest(&read).await?;
        let rates = rates_on(&read, day, &trees.pairs()).await?;
        let attempt = Attempt { who: who.clone(), stamp: Arc::new(ground.stamp_on(&*self.clock, day)), ground, lost: 0 };
        let levels = trees.levels(day, &attempt.ground.settings.exposure_includes, &rates)?;
        let all = levels.iter().map(|(claim, groups)| (*claim, groups.iter().map(|group| moved(group, &attempt)).collect::<Vec<_>>()));
        let changed: Vec<_> = all.filter(|(_, groups)| groups.iter().any(|(row, _)| row.is_some())).collect();
        for page in changed.chunks(ROOTS_AT_ONCE) {
            let groups = page.iter().flat_map(|(claim, _)| trees.under(claim.root));
            let members =
                account::find(who.tenant).filter(read.among(account::Column::CreditGroupId, groups)).order_by_asc(account::Column::Id);
            let members = members.all(read.db()).await.map_err(failed)?;
            let changes = page.iter().filter_map(|(claim, groups)| {
                let inside: HashSet<CreditGroupId> = trees.under(claim.root).collect();
                // The turn of a tree is claimed with one of its members: whoever wrote in between is seen.
                let member = members.iter().find(|row| row.credit_group_id.is_some_and(|group| inside.contains(&group)))?;
                Some(changes(member, *claim, groups))
            });
            self.store.write_page(who, &attempt.stamp, attempt.ground.revision, changes.collect()).await?;
        }
        Ok(u64::try_from(changed.len()).unwrap_or(u64::MAX))
    }
}

fn changes(member: &account::Model, claim: GroupClaim, groups: &[(Option<group_warning::Model>, Vec<Entry>)]) -> Changes {
    let changes = Changes::on(Claim::Account(AccountClaim { group: Some(claim), ..claimed(member) }));
    groups.iter().fold(changes, |changes, (row, told)| told.iter().cloned().fold(changes.save_all(row), Changes::tell))
}
