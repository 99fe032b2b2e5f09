//! What outsiders see of a run.

use super::rows::run;
use crate::collection::Tally;
use crate::doors::store::{Read, failed};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::RunId;
use crate::words::page::{Order, Page, PageOf};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A run and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunView {
    /// Its id.
    pub id: RunId,
    /// The day that is worked.
    pub day: NaiveDate,
    /// `running` or `done`.
    pub state: String,
    /// Accounts that were due; the same as `accounts_due`.
    pub total: i64,
    /// Accounts reviewed so far; the same as `accounts_done`.
    pub done: i64,
    /// Accounts that were due.
    pub accounts_due: i64,
    /// Accounts reviewed so far.
    pub accounts_done: i64,
    /// Accounts that could not be reviewed and were put off a day.
    pub failed: i64,
    /// Notices made.
    pub notices: i64,
    /// Tasks made.
    pub tasks: i64,
    /// Cases that began.
    pub cases_opened: i64,
    /// Cases that ended.
    pub cases_closed: i64,
    /// Early-payment offers made.
    pub offers: i64,
    /// Holds placed on whole accounts.
    pub holds: i64,
    /// Cases given to legal.
    pub handoffs: i64,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl From<&run::Model> for RunView {
    fn from(row: &run::Model) -> Self {
        Self {
            id: row.id,
            day: row.day,
            state: row.state.clone(),
            total: row.accounts_due,
            done: row.accounts_done,
            accounts_due: row.accounts_due,
            accounts_done: row.accounts_done,
            failed: row.failed,
            notices: row.notices,
            tasks: row.tasks,
            cases_opened: row.cases_opened,
            cases_closed: row.cases_closed,
            offers: row.offers,
            holds: row.holds,
            handoffs: row.handoffs,
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

/// What a run of a day would come to (decision 20). Nothing was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DryRunView {
    /// The day.
    pub day: NaiveDate,
    /// Accounts that are due.
    pub accounts_due: i64,
    /// Accounts that could not be reviewed.
    pub failed: i64,
    /// Notices it would make.
    pub notices: i64,
    /// Tasks it would make.
    pub tasks: i64,
    /// Cases that would begin.
    pub cases_opened: i64,
    /// Cases that would end.
    pub cases_closed: i64,
    /// Offers it would make.
    pub offers: i64,
    /// Holds it would place.
    pub holds: i64,
    /// Cases it would give to legal.
    pub handoffs: i64,
}

impl DryRunView {
    /// The counts as outsiders read them.
    pub(super) fn of(day: NaiveDate, tally: Tally) -> Self {
        let Tally { done, failed, notices, tasks, cases_opened, cases_closed, offers, holds, handoffs } = tally;
        Self { day, accounts_due: done + failed, failed, notices, tasks, cases_opened, cases_closed, offers, holds, handoffs }
    }
}

/// The row of a run; `not_found` when there is none.
pub(super) async fn row(read: &Read, id: RunId) -> Result<run::Model> {
    let row = run::find(read.tenant()).filter(run::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such run"))
}

/// A run; `not_found` when there is none.
pub async fn find(read: &Read, id: RunId) -> Result<RunView> {
    row(read, id).await.map(|row| RunView::from(&row))
}

/// The run of a day, if there was one.
pub async fn find_of_day(read: &Read, day: NaiveDate) -> Result<Option<RunView>> {
    let row = run::find(read.tenant()).filter(run::Column::Day.eq(day)).one(read.db()).await.map_err(failed)?;
    Ok(row.map(|row| RunView::from(&row)))
}

/// Runs that are not done, the earliest day first: what a worker looks for.
pub async fn unfinished(read: &Read) -> Result<Vec<RunView>> {
    let query = run::find(read.tenant()).filter(run::Column::State.eq("running")).order_by_asc(run::Column::Day);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(RunView::from).collect())
}

/// Runs in the order they were started.
pub async fn list(read: &Read, page: &PageOf) -> Result<Page<RunView>> {
    let query = run::find(read.tenant());
    Ok(read.page(query, run::Column::Id, Order::OldestFirst, page).await?.map(|row| RunView::from(&row)))
}
