//! Working a grade run off: pages of accounts in the order of their ids. A page is read in a fixed number of queries, judged, and
//! written in one transaction; its results are unique per run and account, so that a page done twice is written once.

use super::ask::{Graded, Subject, subjects};
use super::rows::{grade_result, grade_run};
use super::run::{self, GradeRunView};
use crate::account::claimed;
use crate::account::rows::account;
use crate::account::{GradeSource, graded};
use crate::command::{Attempt, RACES_MAX, pause_after};
use crate::doors::decision::decision;
use crate::doors::store::{AccountClaim, Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::engine::Engine;
use crate::words::caller::Caller;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, DecisionId, GradeRunId, RowId};
use crate::words::score::Score;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Accounts judged and written at once.
const PAGE: u64 = 500;

impl Engine {
    /// Works a grade run off. `progress` is told after every page and may stop the work: the next one goes on where it stopped.
    ///
    /// # Errors
    /// When the database does not serve. What was committed until then stays.
    pub async fn work_grade_run(
        &self,
        who: &Caller,
        id: GradeRunId,
        mut progress: impl FnMut(&GradeRunView) -> ControlFlow<()> + Send,
    ) -> Result<GradeRunView> {
        let read = self.store.read(who.tenant);
        let mut row = run::row(&read, id).await?;
        while row.state == "running" {
            let ids = accounts_after(&read, row.last_account_id).await?;
            let failed = self.grade_page(who, &row, &ids).await?;
            row.failed += i64::try_from(failed).unwrap_or(i64::MAX);
            row.last_account_id = ids.last().copied().or(row.last_account_id);
            self.save_progress(who, &read, &mut row, ids.is_empty()).await?;
            if progress(&GradeRunView::from(&row)).is_break() {
                break;
            }
        }
        Ok(GradeRunView::from(&row))
    }

    /// Grades a page; who lost a race is graded again. Gives how many were given up.
    async fn grade_page(&self, who: &Caller, row: &grade_run::Model, ids: &[AccountId]) -> Result<usize> {
        let mut left: Vec<AccountId> = ids.to_vec();
        for lost in 0..RACES_MAX {
            pause_after(lost).await;
            let ground = if lost == 0 { self.ground(who.tenant).await? } else { self.refresh_ground(who.tenant).await? };
            let stamp = Arc::new(ground.stamp_on(&*self.clock, row.day));
            let attempt = Attempt { who: who.clone(), stamp, ground, lost };
            let read = self.store.read(who.tenant);
            left = not_yet(&read, row.id, &left).await?;
            if left.is_empty() {
                return Ok(0);
            }
            let subjects = subjects(&read, &attempt, &left, row.day, false).await?;
            let (for_rules, day) = (attempt.clone(), row.day);
            let judged = tokio::task::spawn_blocking(move || judge_all(subjects, &for_rules, day)).await.map_err(Error::internal)??;
            let page = judged.into_iter().map(|graded| changes(graded, row, &attempt)).collect::<Result<Vec<Changes>>>()?;
            match self.store.write_page(who, &attempt.stamp, attempt.ground.revision, page).await {
                Ok(losers) if losers.is_empty() => return Ok(0),
                Ok(losers) => left = losers,
                Err(error) if error.is_lost_race() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(not_yet(&self.store.read(who.tenant), row.id, &left).await?.len())
    }

    /// Writes how far the run has come, counted from what was written.
    async fn save_progress(&self, who: &Caller, read: &Read, row: &mut grade_run::Model, is_done: bool) -> Result<()> {
        let of_run = || grade_result::find(read.tenant()).filter(grade_result::Column::RunId.eq(row.id));
        let count = async |query: sea_orm::Select<grade_result::Entity>| -> Result<i64> {
            Ok(i64::try_from(query.count(read.db()).await.map_err(failed)?).unwrap_or(i64::MAX))
        };
        row.done = count(of_run()).await?;
        row.changed = count(of_run().filter(grade_result::Column::IsChanged.eq(true))).await?;
        row.ungraded = count(of_run().filter(grade_result::Column::EarnedGrade.is_null())).await?;
        row.total = row.total.max(row.done + row.failed);
        let ground = self.ground(who.tenant).await?;
        let stamp = ground.stamp_on(&*self.clock, row.day);
        let mut changes = Changes::on(Claim::Nothing);
        if is_done {
            row.state = "done".to_owned();
            row.finished_at = Some(stamp.at);
            changes = changes.tell(Entry {
                kind: "grade_run.finished",
                subject: "grade_run",
                subject_id: row.id.0,
                effective_on: row.day,
                decision: None,
                body: serde_json::json!({ "done": row.done, "changed": row.changed, "ungraded": row.ungraded, "failed": row.failed }),
            });
        }
        self.store.write(who, &stamp, ground.revision, changes.save(row)).await
    }
}

async fn accounts_after(read: &Read, last: Option<AccountId>) -> Result<Vec<AccountId>> {
    let mut query = account::find(read.tenant()).select_only().column(account::Column::Id);
    query = last.into_iter().fold(query, |query, last| query.filter(account::Column::Id.gt(last)));
    query.order_by_asc(account::Column::Id).limit(PAGE).into_tuple().all(read.db()).await.map_err(failed)
}

/// Those of these accounts for which the run has found nothing yet.
async fn not_yet(read: &Read, run: GradeRunId, ids: &[AccountId]) -> Result<Vec<AccountId>> {
    let found: Vec<AccountId> = grade_result::find(read.tenant())
        .select_only()
        .column(grade_result::Column::AccountId)
        .filter(grade_result::Column::RunId.eq(run))
        .filter(read.among(grade_result::Column::AccountId, ids.iter().copied()))
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    let found: HashSet<AccountId> = found.into_iter().collect();
    Ok(ids.iter().copied().filter(|id| !found.contains(id)).collect())
}

fn judge_all(subjects: Vec<Subject>, attempt: &Attempt, day: NaiveDate) -> Result<Vec<Graded>> {
    let one = |subject: Subject| {
        let asked = subject.ask(attempt, day)?;
        Ok(subject.graded(&asked, attempt, day))
    };
    subjects.into_iter().map(one).collect()
}

/// What follows for one account: what was found and, for good, its grade with the history, the day of its first review, and why.
fn changes(mut graded_as: Graded, run: &grade_run::Model, attempt: &Attempt) -> Result<Changes> {
    let known = graded_as.subject.known.clone();
    let row = &known.account;
    let table = graded_as.subject.table(attempt, run.day);
    let to = graded_as.judgement.step(table, row.grade.as_deref(), known.regraded_on, run.day);
    let grade = to.clone().or_else(|| row.grade.clone());
    let rule = grade.as_deref().and_then(|grade| table.rule(grade));
    // A figure beyond the range of money is no proposal, and no reason to leave the account ungraded.
    let proposed = rule.and_then(|rule| known.proposed(rule, run.day).ok().flatten());
    let result = grade_result::Model {
        tenant_id: attempt.who.tenant,
        id: RowId(attempt.stamp.id()),
        run_id: run.id,
        account_id: row.id,
        from_grade: row.grade.clone(),
        earned_grade: graded_as.judgement.earned.clone(),
        to_grade: grade.clone(),
        is_changed: to.is_some(),
        score_hundredths: graded_as.judgement.score.map(Score::hundredths),
        source: graded_as.judgement.source.clone(),
        currency: row.currency,
        proposed_limit_minor: proposed.map(|proposal| proposal.amount.minor()),
        reasons: Payload(graded_as.judgement.reasons.clone()),
        created_at: attempt.stamp.at,
    };
    // The first grading puts the first review on the calendar: from then on it falls due by itself.
    let begins = row.credit_review_on.is_none() && row.state == "approved";
    let credit_review_on = if begins { Some(table.next_review(grade.as_deref(), run.day)) } else { row.credit_review_on };
    if run.is_dry_run || (to.is_none() && !begins) {
        return kept(Changes::on(Claim::Nothing).add(&result), &graded_as, run, attempt);
    }
    let review_on = credit_review_on.into_iter().chain(row.next_review_on).min();
    let changed = account::Model {
        grade: grade.clone(),
        credit_review_on,
        // A grade changes gaps and terms: look again on the day of the change.
        next_review_on: if to.is_some() { review_on.map_or(Some(run.day), |known| Some(known.min(run.day))) } else { review_on },
        version: row.version + 1,
        ..row.clone()
    };
    let claim = AccountClaim { next_review_on: changed.next_review_on, ..claimed(row) };
    let mut changes = Changes::on(Claim::Account(claim)).save(&changed).add(&result);
    if to.is_some() {
        let why = (graded_as.judgement.score, graded_as.judgement.reasons.as_slice());
        changes = changes.add(&graded(row, grade.as_deref(), (GradeSource::GradeRun, Some(run.id.0)), why, attempt)).tell(Entry {
            kind: "account.graded",
            subject: "account",
            subject_id: row.id.0,
            effective_on: run.day,
            decision: None,
            body: serde_json::json!({ "from": row.grade, "to": grade, "score": graded_as.judgement.score, "grade_run_id": run.id }),
        });
    }
    kept(changes, &graded_as, run, attempt)
}

/// Keeps the decision where a script had its say: what it was asked and what it answered.
fn kept(changes: Changes, graded_as: &Graded, run: &grade_run::Model, attempt: &Attempt) -> Result<Changes> {
    if graded_as.calls.is_empty() {
        return Ok(changes);
    }
    let outcome = graded_as.judgement.earned.as_deref().unwrap_or("none");
    let (account, cause) = (graded_as.subject.known.account.id, ("grade_run", run.id.0));
    let made = attempt.decision(DecisionId(attempt.stamp.id()), Some(account), cause, outcome, graded_as.record());
    let decision = decision::Model { effective_on: run.day, ..made };
    changes.because(&decision, graded_as.subject.facts()?)
}
