//! What was really done: completing a task, or telling of a call, visit or message nobody had asked for. Either sets the case's clock.

use super::account_now;
use crate::account::rows::account;
use crate::case::rows::{collection_case, task};
use crate::case::{TaskView, task_row};
use crate::collection::cases::case_row;
use crate::collection::claim::claim_for_review;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::policy::{Policy, StepKind, TaskKind};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CaseId, TaskId};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What was done.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityIn {
    /// A call, a visit, a message or work inside the house.
    pub activity: TaskKind,
    /// The day it was done; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub done_on: Option<NaiveDate>,
    /// What came of it.
    #[schema(min_length = 1, max_length = 500)]
    pub outcome: String,
}

/// What an act on a task looks at.
pub struct TaskNow {
    account: account::Model,
    collections_day: Option<NaiveDate>,
    task: Option<task::Model>,
    case: Option<collection_case::Model>,
}

impl TaskNow {
    /// The task done, the case's clock set, and the account to be looked at again.
    fn done(&self, row: task::Model, is_new: bool, attempt: &Attempt) -> Decided<TaskView> {
        let claim = claim_for_review(&self.account, self.collections_day);
        let done_on = row.done_on.unwrap_or(attempt.stamp.today);
        let body = serde_json::json!({ "kind": row.kind, "activity": row.activity, "done_on": done_on, "outcome": row.outcome });
        let entry = Entry { kind: "task.completed", subject: "task", subject_id: row.id.0, effective_on: done_on, decision: None, body };
        let changes = Changes::on(Claim::Account(claim)).tell(entry);
        let changes = if is_new { changes.add(&row) } else { changes.save(&row) };
        let moved = self.case.as_ref().and_then(|case| moved(case, &row, &attempt.ground.policy, done_on));
        let changes = moved.iter().fold(changes, Changes::save);
        Decided::new(TaskView::from(&row), changes)
    }
}

/// The case with the clocks that this work counts for set to the day it was really done (contract choice 3).
fn moved(case: &collection_case::Model, row: &task::Model, policy: &Policy, done_on: NaiveDate) -> Option<collection_case::Model> {
    let is_meant = |key: &str, kind: Option<TaskKind>| match &row.step {
        Some(step) => step == key,
        None => kind.is_some_and(|kind| kind != TaskKind::Internal && kind.as_str() == row.activity),
    };
    let mut moved = case.clone();
    let clocks = policy.steps.iter().filter(|step| step.kind == StepKind::Clock && is_meant(&step.key, step.task));
    for clock in clocks {
        let last = moved.clocks.0.entry(clock.key.clone()).or_insert(done_on);
        *last = done_on.max(*last);
    }
    (moved.clocks != case.clocks).then(|| collection_case::Model { version: case.version + 1, ..moved })
}

fn check(outcome: &str, done_on: NaiveDate, attempt: &Attempt) -> Result<()> {
    if outcome.trim().is_empty() || outcome.chars().count() > 500 {
        return Err(Error::new(Code::ValidationFailed, "an outcome has 1 to 500 characters").at("#/outcome"));
    }
    if done_on > attempt.stamp.today {
        return Err(Error::new(Code::PostDated, "what will be done tomorrow is not done yet").at("#/done_on"));
    }
    Ok(())
}

/// Says that a task was done.
pub struct CompleteTask {
    /// The account, already found.
    pub account: AccountId,
    /// The task.
    pub task: TaskId,
    /// What came of it.
    pub outcome: String,
    /// The day it was done; today when absent.
    pub done_on: Option<NaiveDate>,
}

impl Command for CompleteTask {
    type Facts = TaskNow;
    type Done = TaskView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<TaskNow> {
        let (account, collections_day) = account_now(read, self.account).await?;
        let task = task_row(read, self.task).await?;
        let case = match task.case_id {
            Some(case) => Some(case_row(read, case).await?).filter(|case| case.state != "closed"),
            None => None,
        };
        Ok(TaskNow { account, collections_day, task: Some(task), case })
    }

    fn decide(&self, now: &TaskNow, _: &Asked, attempt: &Attempt) -> Result<Decided<TaskView>> {
        let known = now.task.as_ref().filter(|task| task.account_id == self.account);
        let known = known.ok_or_else(|| Error::new(Code::NotFound, "there is no such task"))?;
        if known.state != "open" {
            return Err(Error::new(Code::IllegalState, format!("the task is {}", known.state)));
        }
        let done_on = self.done_on.unwrap_or(attempt.stamp.today);
        check(&self.outcome, done_on, attempt)?;
        Ok(now.done(completed(known, &self.outcome, done_on, attempt), false, attempt))
    }
}

fn completed(row: &task::Model, outcome: &str, done_on: NaiveDate, attempt: &Attempt) -> task::Model {
    task::Model {
        state: "done".to_owned(),
        done_on: Some(done_on),
        done_by: Some(attempt.who.actor.to_string()),
        outcome: Some(outcome.to_owned()),
        version: row.version + 1,
        ..row.clone()
    }
}

/// Tells what was done on a case. An open task of that kind is done by it; without one it stands by itself.
pub struct RecordActivity {
    /// The account, already found.
    pub account: AccountId,
    /// The case.
    pub case: CaseId,
    /// What was done.
    pub activity: ActivityIn,
}

impl Command for RecordActivity {
    type Facts = TaskNow;
    type Done = TaskView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<TaskNow> {
        let (account, collections_day) = account_now(read, self.account).await?;
        let case = case_row(read, self.case).await?;
        let open = task::find(read.tenant())
            .filter(task::Column::AccountId.eq(self.account))
            .filter(task::Column::State.eq("open"))
            .filter(task::Column::CaseId.eq(self.case))
            .filter(task::Column::Activity.eq(self.activity.activity.as_str()))
            .order_by_asc(task::Column::DueOn)
            .order_by_asc(task::Column::Id);
        let task = if self.activity.activity == TaskKind::Internal { None } else { open.one(read.db()).await.map_err(failed)? };
        Ok(TaskNow { account, collections_day, task, case: Some(case) })
    }

    fn decide(&self, now: &TaskNow, _: &Asked, attempt: &Attempt) -> Result<Decided<TaskView>> {
        let case = now.case.as_ref().filter(|case| case.account_id == self.account);
        let case = case.ok_or_else(|| Error::new(Code::NotFound, "there is no such case"))?;
        if case.state == "closed" {
            return Err(Error::new(Code::IllegalState, "the case is closed"));
        }
        let done_on = self.activity.done_on.unwrap_or(attempt.stamp.today);
        check(&self.activity.outcome, done_on, attempt)?;
        if let Some(open) = &now.task {
            return Ok(now.done(completed(open, &self.activity.outcome, done_on, attempt), false, attempt));
        }
        let row = task::Model {
            tenant_id: attempt.who.tenant,
            id: TaskId(attempt.stamp.id()),
            account_id: self.account,
            case_id: Some(self.case),
            kind: self.activity.activity.to_string(),
            activity: self.activity.activity.to_string(),
            role: "collector".to_owned(),
            step: None,
            effective_on: done_on,
            due_on: done_on,
            state: "open".to_owned(),
            source: attempt.who.actor.to_string(),
            details: Payload(serde_json::json!({})),
            created_on: done_on,
            done_on: None,
            done_by: None,
            outcome: None,
            version: 0,
            contact_id: None,
            created_at: attempt.stamp.at,
        };
        Ok(now.done(completed(&row, &self.activity.outcome, done_on, attempt), true, attempt))
    }
}
