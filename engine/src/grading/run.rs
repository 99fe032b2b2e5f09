//! Grade runs: every account graded as of a day, dry or for good, with what was found for each (GR-03).

use super::rows::{grade_result, grade_run};
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::facts::Reason;
use crate::words::id::{AccountId, GradeRunId};
use crate::words::money::Money;
use crate::words::page::{Order, Page, PageOf};
use crate::words::score::Score;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A grade run to be started.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeRunIn {
    /// The day to judge as of; today when absent, never after today.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub day: Option<NaiveDate>,
    /// Only say what would come out: no grade is changed. So it is when absent.
    #[serde(default = "dry")]
    pub dry_run: bool,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

fn dry() -> bool {
    true
}

/// A grade run and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GradeRunView {
    /// Its id.
    pub id: GradeRunId,
    /// The day that is judged as of.
    pub day: NaiveDate,
    /// Does it only say what would come out?
    pub dry_run: bool,
    /// Why.
    pub reason: String,
    /// `running` or `done`.
    pub state: String,
    /// Accounts there were when it began.
    pub total: i64,
    /// Accounts graded so far.
    pub done: i64,
    /// Accounts whose grade changed, or would.
    pub changed: i64,
    /// Accounts with nothing to score.
    pub ungraded: i64,
    /// Accounts that could not be graded, because others were faster time and again.
    pub failed: i64,
    /// Who started it.
    pub author: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl From<&grade_run::Model> for GradeRunView {
    fn from(row: &grade_run::Model) -> Self {
        Self {
            id: row.id,
            day: row.day,
            dry_run: row.is_dry_run,
            reason: row.reason.clone(),
            state: row.state.clone(),
            total: row.total,
            done: row.done,
            changed: row.changed,
            ungraded: row.ungraded,
            failed: row.failed,
            author: row.author.clone(),
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

/// What a grade run found for an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GradeResultView {
    /// The account.
    pub account_id: AccountId,
    /// Its grade before.
    pub from: Option<String>,
    /// The grade its score earns; `null` where there is nothing to score.
    pub earned: Option<String>,
    /// Its grade afterwards: one step a month at most.
    pub to: Option<String>,
    /// Did it change, or would it?
    pub changed: bool,
    /// Its score.
    #[schema(value_type = Option<String>, examples("78.25"))]
    pub score: Option<Score>,
    /// Who judged: `core`, or plugin, version and line.
    pub source: String,
    /// The limit the grade proposes; nothing is set by it.
    pub proposed_limit: Option<Money>,
    /// Why.
    pub reasons: Vec<Reason>,
}

impl From<grade_result::Model> for GradeResultView {
    fn from(row: grade_result::Model) -> Self {
        Self {
            account_id: row.account_id,
            from: row.from_grade,
            earned: row.earned_grade,
            to: row.to_grade,
            changed: row.is_changed,
            score: row.score_hundredths.and_then(Score::of_hundredths),
            source: row.source,
            proposed_limit: row.proposed_limit_minor.map(|minor| Money::new(minor, row.currency)),
            reasons: row.reasons.0,
        }
    }
}

/// The row of a grade run; `not_found` when there is none.
pub(super) async fn row(read: &Read, id: GradeRunId) -> Result<grade_run::Model> {
    let row = grade_run::find(read.tenant()).filter(grade_run::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such grade run"))
}

/// A grade run; `not_found` when there is none.
pub async fn grade_run(read: &Read, id: GradeRunId) -> Result<GradeRunView> {
    row(read, id).await.map(|row| GradeRunView::from(&row))
}

/// Grade runs that are not done, in the order they were started: what a worker looks for.
pub async fn unfinished(read: &Read) -> Result<Vec<GradeRunView>> {
    let query = grade_run::find(read.tenant()).filter(grade_run::Column::State.eq("running")).order_by_asc(grade_run::Column::Id);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(GradeRunView::from).collect())
}

/// Grade runs, the newest first.
pub async fn list_grade_runs(read: &Read, page: &PageOf) -> Result<Page<GradeRunView>> {
    let query = grade_run::find(read.tenant());
    Ok(read.page(query, grade_run::Column::Id, Order::NewestFirst, page).await?.map(|row| GradeRunView::from(&row)))
}

/// What a grade run found, account by account; only changes when asked.
pub async fn list_results(read: &Read, run: GradeRunId, is_changed: Option<bool>, page: &PageOf) -> Result<Page<GradeResultView>> {
    let mut query = grade_result::find(read.tenant()).filter(grade_result::Column::RunId.eq(run));
    query = is_changed.into_iter().fold(query, |query, is_changed| query.filter(grade_result::Column::IsChanged.eq(is_changed)));
    Ok(read.page(query, grade_result::Column::Id, Order::OldestFirst, page).await?.map(GradeResultView::from))
}

/// Starts a grade run. The work is done behind it, in pages.
pub struct StartGradeRun {
    /// The run.
    pub new: GradeRunIn,
}

impl Command for StartGradeRun {
    /// Number of accounts, and whether another run for good is at work.
    type Facts = (u64, bool);
    type Done = GradeRunView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let accounts = account::find(read.tenant()).count(read.db()).await.map_err(failed)?;
        let is_busy = unfinished(read).await?.iter().any(|run| !run.dry_run);
        Ok((accounts, is_busy))
    }

    fn decide(&self, (accounts, is_busy): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<GradeRunView>> {
        let day = self.new.day.unwrap_or(attempt.stamp.today);
        if day > attempt.stamp.today {
            return Err(Error::new(Code::PostDated, "a grade run judges by a day that has come").at("#/day"));
        }
        if !self.new.dry_run && day != attempt.stamp.today {
            let detail = "grades change from today on: a run that is not as of today is a dry run";
            return Err(Error::new(Code::ValidationFailed, detail).at("#/day"));
        }
        if !(1..=500).contains(&self.new.reason.chars().count()) {
            return Err(Error::new(Code::ValidationFailed, "a reason has 1 to 500 characters").at("#/reason"));
        }
        if *is_busy && !self.new.dry_run {
            return Err(Error::new(Code::IllegalState, "another grade run is at work; wait until it is done"));
        }
        let row = grade_run::Model {
            tenant_id: attempt.who.tenant,
            id: GradeRunId(attempt.stamp.id()),
            day,
            is_dry_run: self.new.dry_run,
            reason: self.new.reason.clone(),
            state: "running".to_owned(),
            last_account_id: None,
            total: i64::try_from(*accounts).unwrap_or(i64::MAX),
            done: 0,
            changed: 0,
            ungraded: 0,
            failed: 0,
            author: attempt.who.actor.to_string(),
            started_at: attempt.stamp.at,
            finished_at: None,
        };
        let entry = Entry {
            kind: "grade_run.started",
            subject: "grade_run",
            subject_id: row.id.0,
            effective_on: day,
            decision: None,
            body: serde_json::json!({ "dry_run": row.is_dry_run, "total": row.total, "reason": row.reason }),
        };
        Ok(Decided::new(GradeRunView::from(&row), Changes::on(Claim::Nothing).add(&row).tell(entry)))
    }
}
