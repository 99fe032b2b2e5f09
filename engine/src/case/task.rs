//! What outsiders see of a task.

use super::rows::task;
use crate::doors::store::{Read, failed};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CaseId, ContactId, TaskId};
use crate::words::page::{Order, Page, PageOf};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Work for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TaskView {
    /// Its id.
    pub id: TaskId,
    /// The account.
    pub account_id: AccountId,
    /// The case it belongs to.
    pub case_id: Option<CaseId>,
    /// The policy step it came from.
    pub step: Option<String>,
    /// The day it was scheduled for.
    pub effective_on: NaiveDate,
    /// What: the step's key, or the plugin's word.
    pub kind: String,
    /// `call`, `visit`, `message` or `internal`.
    pub activity: String,
    /// Who does it.
    pub role: String,
    /// By when.
    pub due_on: NaiveDate,
    /// `open`, `done` or `cancelled`.
    pub state: String,
    /// Who asked for it: `core`, or plugin, version and line.
    pub source: String,
    /// The invoices it is about, and figures.
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
    /// Whom to address, where it is done towards the customer: who deals with payment, or stands in on the day it was made.
    pub contact_id: Option<ContactId>,
    /// The day it was made.
    pub created_on: NaiveDate,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The day it was done.
    pub done_on: Option<NaiveDate>,
    /// Who did it.
    pub done_by: Option<String>,
    /// What came of it.
    pub outcome: Option<String>,
    /// Counts its changes; also the ETag.
    pub version: i64,
}

impl From<&task::Model> for TaskView {
    fn from(row: &task::Model) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            case_id: row.case_id,
            step: row.step.clone(),
            effective_on: row.effective_on,
            kind: row.kind.clone(),
            activity: row.activity.clone(),
            role: row.role.clone(),
            due_on: row.due_on,
            state: row.state.clone(),
            source: row.source.clone(),
            details: row.details.0.clone(),
            contact_id: row.contact_id,
            created_on: row.created_on,
            created_at: row.created_at,
            done_on: row.done_on,
            done_by: row.done_by.clone(),
            outcome: row.outcome.clone(),
            version: row.version,
        }
    }
}

/// Which tasks are wanted.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// About this account.
    pub account: Option<AccountId>,
    /// Of this case.
    pub case: Option<CaseId>,
    /// Of this kind.
    pub kind: Option<String>,
    /// From this policy step.
    pub step: Option<String>,
    /// For this role.
    pub role: Option<String>,
    /// In one of these states.
    pub states: Vec<String>,
    /// Due on this day or earlier.
    pub due_on_to: Option<NaiveDate>,
}

/// The row of a task; `not_found` when there is none.
pub(crate) async fn task_row(read: &Read, id: TaskId) -> Result<task::Model> {
    let row = task::find(read.tenant()).filter(task::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such task"))
}

/// A task; `not_found` when there is none.
pub async fn task(read: &Read, id: TaskId) -> Result<TaskView> {
    task_row(read, id).await.map(|row| TaskView::from(&row))
}

/// Tasks in the order they were made.
pub async fn list_tasks(read: &Read, filter: &TaskFilter, page: &PageOf) -> Result<Page<TaskView>> {
    use task::Column as C;
    let mut query = task::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
    query = filter.case.into_iter().fold(query, |query, case| query.filter(C::CaseId.eq(case)));
    query = filter.kind.iter().fold(query, |query, kind| query.filter(C::Kind.eq(kind)));
    query = filter.step.iter().fold(query, |query, step| query.filter(C::Step.eq(step)));
    query = filter.role.iter().fold(query, |query, role| query.filter(C::Role.eq(role)));
    query = filter.due_on_to.into_iter().fold(query, |query, day| query.filter(C::DueOn.lte(day)));
    query = if filter.states.is_empty() { query } else { query.filter(C::State.is_in(filter.states.iter().map(String::as_str))) };
    Ok(read.page(query, C::Id, Order::OldestFirst, page).await?.map(|row| TaskView::from(&row)))
}
