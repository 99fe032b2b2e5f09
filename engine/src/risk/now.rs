//! One account as a judgement of its danger sees it, and what follows from a new judgement.

use super::keep::keep;
use super::proposal::proposed;
use super::rules::{Judgement, judge, next_date};
use crate::account::claimed;
use crate::account::rows::account;
use crate::case::rows::task;
use crate::command::Attempt;
use crate::doors::store::columns::Payload;
use crate::doors::store::{AccountClaim, Changes, Claim, Entry, Read, failed};
use crate::facts::{Gathered, Wanted, gather};
use crate::ground;
use crate::policy::PlanLevel;
use crate::profile::rows::risk_profile;
use crate::words::asked::Needs;
use crate::words::code::Code;
use crate::words::day::add_days;
use crate::words::effect::Values;
use crate::words::error::{Error, Result};
use crate::words::facts::Facts;
use crate::words::id::{AccountId, RowId, TaskId};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};

/// Everything a judgement looks at, as of today.
pub struct AccountNow {
    pub(super) gathered: Gathered,
    tasks: Vec<task::Model>,
    collections_day: Option<NaiveDate>,
}

impl AccountNow {
    /// Reads the account, its version first; `not_found` when there is none.
    pub(super) async fn read(read: &Read, attempt: &Attempt, id: AccountId) -> Result<Self> {
        let gathered = gathered(read, attempt, id).await?;
        let open = task::find(read.tenant()).filter(task::Column::AccountId.eq(id)).filter(task::Column::State.eq("open"));
        let tasks = open.all(read.db()).await.map_err(failed)?;
        Ok(Self { gathered, tasks, collections_day: ground::state(read).await?.collections_day })
    }

    pub(super) fn account(&self) -> &account::Model {
        &self.gathered.account
    }

    /// What is kept of it, or a blank profile.
    pub(super) fn profile(&self, attempt: &Attempt) -> risk_profile::Model {
        let blank = || risk_profile::Model::blank(self.account().tenant_id, RowId(attempt.stamp.id()), self.account().id);
        self.gathered.profile.clone().unwrap_or_else(blank)
    }

    /// The claim of a change after which the account is to be looked at again: as of the collections day, or at the first run.
    pub(super) fn claim(&self, facts: &Facts, attempt: &Attempt) -> AccountClaim {
        let row = self.account();
        let look = self.collections_day.unwrap_or(attempt.stamp.today).min(attempt.stamp.today);
        let fades = next_date(facts, &attempt.ground.policy.risk, None);
        AccountClaim { next_review_on: [row.next_review_on, Some(look), fades].into_iter().flatten().min(), ..claimed(row) }
    }

    /// Judges the account by facts that have just changed, and keeps what comes of it: at once, so that the next order meets it.
    /// `profile` is what is kept so far, with what this change itself makes of it.
    pub(super) fn judged(&self, facts: &Facts, profile: &risk_profile::Model, mut asked: Vec<Work>, attempt: &Attempt) -> Result<Changes> {
        let rules = &attempt.ground.policy.risk;
        let judged: Judgement = judge(facts, self.gathered.secured_limit, rules)?;
        let kept = keep(profile, &judged, rules, attempt.stamp.today);
        let mut changes = Changes::on(Claim::Account(self.claim(facts, attempt)));
        let profile = kept.as_ref().map_or(profile, |kept| &kept.profile);
        if self.gathered.profile.as_ref() != Some(profile) {
            changes = if self.gathered.profile.is_some() { changes.save(profile) } else { changes.add(profile) };
        }
        for (kind, body) in kept.iter().flat_map(|kept| &kept.events) {
            changes = changes.tell(self.entry(kind, "account", self.account().id.0, body.clone(), attempt));
        }
        if let Some(task) = kept.and_then(|kept| kept.task) {
            let values = proposed(&task, facts)?;
            asked.push(Work { key: task.key, role: task.role, within_days: task.within_days, values });
        }
        Ok(self.put_tasks(changes, asked, attempt))
    }

    /// The same work is asked for once while it is open.
    fn put_tasks(&self, changes: Changes, asked: Vec<Work>, attempt: &Attempt) -> Changes {
        let is_new = |work: &Work| self.tasks.iter().all(|open| open.kind != work.key);
        let made: Vec<task::Model> = asked.into_iter().filter(is_new).map(|work| self.task(work, attempt)).collect();
        let Some(first) = made.first() else { return changes };
        let all: Vec<_> = made.iter().map(|row| serde_json::json!({ "id": row.id, "kind": row.kind, "role": row.role })).collect();
        let entry = self.entry("task.created", "task", first.id.0, serde_json::json!({ "tasks": all }), attempt);
        changes.add_all(&made).tell(entry)
    }

    fn task(&self, work: Work, attempt: &Attempt) -> task::Model {
        let today = attempt.stamp.today;
        task::Model {
            tenant_id: attempt.who.tenant,
            id: TaskId(attempt.stamp.id()),
            account_id: self.account().id,
            case_id: self.gathered.case.as_ref().map(|case| case.id),
            kind: work.key,
            activity: "internal".to_owned(),
            role: work.role,
            step: None,
            effective_on: today,
            due_on: add_days(today, work.within_days),
            state: "open".to_owned(),
            source: "core".to_owned(),
            details: Payload(serde_json::json!({ "values": work.values })),
            created_on: today,
            done_on: None,
            done_by: None,
            outcome: None,
            version: 1,
            contact_id: None,
            created_at: attempt.stamp.at,
        }
    }

    pub(super) fn entry(
        &self,
        kind: &'static str,
        subject: &'static str,
        subject_id: uuid::Uuid,
        body: serde_json::Value,
        attempt: &Attempt,
    ) -> Entry {
        Entry { kind, subject, subject_id, effective_on: attempt.stamp.today, decision: None, body }
    }
}

/// Work that is to begin.
pub(super) struct Work {
    pub(super) key: String,
    pub(super) role: String,
    pub(super) within_days: i64,
    /// Figures for its text.
    pub(super) values: Values,
}

/// One account with its sums of now, its holds, its case and its signals; `not_found` when there is none.
pub(super) async fn gathered(read: &Read, attempt: &Attempt, id: AccountId) -> Result<Gathered> {
    let needs = Needs { holds: true, case: true, ..Needs::default() };
    let wanted = Wanted { day: attempt.stamp.today, items_max: Some(0), needs, is_as_of: false };
    let found = gather(read, attempt, &[id], wanted).await?.into_iter().next();
    found.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
}

/// The level of the account plan these facts come to now.
pub(super) fn level_now<'a>(gathered: &Gathered, attempt: &'a Attempt) -> Result<(Option<&'a PlanLevel>, Judgement)> {
    let rules = &attempt.ground.policy.risk;
    let judged = judge(&gathered.facts, gathered.secured_limit, rules)?;
    Ok((rules.plan_levels.get(judged.level), judged))
}
