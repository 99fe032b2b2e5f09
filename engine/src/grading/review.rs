//! Credit reviews: a person says whether an account may buy on credit, and the next review is on the calendar (CF-01, CF-09).

use super::ReviewOutcome;
use super::ask::{Subject, subjects};
use super::rows::credit_review;
use crate::account::claimed;
use crate::account::rows::account;
use crate::account::{AccountState, GradeSource, graded};
use crate::case::REVIEW_TASK;
use crate::case::rows::task;
use crate::command::{Attempt, Command, Decided};
use crate::doors::decision::decision;
use crate::doors::store::{AccountClaim, Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::grade::rules::table::GradeTable;
use crate::words::asked::{Asked, Hook, PluginSet};
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::facts::Reason;
use crate::words::id::{AccountId, CreditReviewId, DecisionId};
use crate::words::money::Money;
use crate::words::page::{Order, Page, PageOf};
use crate::words::score::Score;
use crate::words::text::is_prose;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A credit review.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditReviewIn {
    /// May it buy on credit? An account that is under review needs a score sheet first.
    pub outcome: ReviewOutcome,
    /// The day it was reviewed; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub reviewed_on: Option<NaiveDate>,
    /// Its grade from now on; the one its score earns when absent.
    #[serde(default)]
    #[schema(max_length = 10)]
    pub grade: Option<String>,
    /// What it is expected to buy a month: the limit formula reckons with it for a new customer.
    #[serde(default)]
    pub expected_monthly_sales: Option<Money>,
    /// What it can pay a month: the proposed limit stays within it (CF-19).
    #[serde(default)]
    pub monthly_capacity: Option<Money>,
    /// Our margin on its sales, in basis points: its profit is shown beside the proposed limit (CF-20).
    #[serde(default)]
    #[schema(minimum = -10_000, maximum = 10_000)]
    pub margin_bps: Option<i64>,
    /// The day of the next review, where that is to be sooner than the grade table says.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub next_review_on: Option<NaiveDate>,
    /// What was found.
    #[schema(min_length = 1, max_length = 2_000)]
    pub comment: String,
}

/// A credit review as it was recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CreditReviewView {
    /// Its id.
    pub id: CreditReviewId,
    /// The account.
    pub account_id: AccountId,
    /// The day it was reviewed.
    pub reviewed_on: NaiveDate,
    /// May it buy on credit?
    pub outcome: ReviewOutcome,
    /// The grade it was given.
    pub grade: Option<String>,
    /// The grade its score earned.
    pub earned_grade: Option<String>,
    /// Its score.
    #[schema(value_type = Option<String>, examples("78.25"))]
    pub score: Option<Score>,
    /// What it is expected to buy a month.
    pub expected_monthly_sales: Option<Money>,
    /// What it can pay a month.
    pub monthly_capacity: Option<Money>,
    /// Our margin on its sales, in basis points.
    pub margin_bps: Option<i64>,
    /// The limit its grade proposes; nothing is set by it.
    pub proposed_limit: Option<Money>,
    /// The day of the next review.
    pub next_review_on: NaiveDate,
    /// What was found.
    pub comment: String,
    /// How the score came about.
    pub reasons: Vec<Reason>,
    /// Who reviewed it.
    pub author: String,
    /// The decision record.
    pub decision_id: DecisionId,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

impl From<credit_review::Model> for CreditReviewView {
    fn from(row: credit_review::Model) -> Self {
        let money = |minor: Option<i64>| minor.map(|minor| Money::new(minor, row.currency));
        Self {
            id: row.id,
            account_id: row.account_id,
            reviewed_on: row.reviewed_on,
            outcome: row.outcome,
            grade: row.grade,
            earned_grade: row.earned_grade,
            score: row.score_hundredths.and_then(Score::of_hundredths),
            expected_monthly_sales: money(row.expected_monthly_sales_minor),
            monthly_capacity: money(row.monthly_capacity_minor),
            margin_bps: row.margin_bps,
            proposed_limit: money(row.proposed_limit_minor),
            next_review_on: row.next_review_on,
            comment: row.comment,
            reasons: row.reasons.0,
            author: row.author,
            decision_id: row.decision_id,
            created_at: row.created_at,
        }
    }
}

/// The credit reviews of an account, newest first.
pub async fn list_reviews(read: &Read, account: AccountId, page: &PageOf) -> Result<Page<CreditReviewView>> {
    let query = credit_review::find(read.tenant()).filter(credit_review::Column::AccountId.eq(account));
    Ok(read.page(query, credit_review::Column::Id, Order::NewestFirst, page).await?.map(CreditReviewView::from))
}

/// Records a credit review: the account's state, its grade, and the day of the next one.
pub struct RecordReview {
    /// The account.
    pub account: AccountId,
    /// The review.
    pub review: CreditReviewIn,
}

/// What recording a review looks at.
pub struct ReviewFacts {
    subject: Subject,
    /// Open tasks that asked for it.
    tasks: Vec<task::Model>,
}

impl CreditReviewIn {
    fn check(&self, row: &account::Model, table: &GradeTable, today: NaiveDate) -> Result<NaiveDate> {
        let mut faults = Vec::new();
        let mut wrong = |pointer: &str, code: Code, detail: String| faults.push(Fault { pointer: pointer.to_owned(), code, detail });
        let reviewed_on = self.reviewed_on.unwrap_or(today);
        if reviewed_on > today {
            wrong("#/reviewed_on", Code::ValidationFailed, "a review does not speak of a day that has not come".to_owned());
        }
        if let Some(grade) = self.grade.as_ref().filter(|grade| table.rule(grade).is_none()) {
            wrong("#/grade", Code::ValidationFailed, format!("{grade:?} is not one of {}", table.names().join(", ")));
        }
        for (pointer, amount) in [("#/expected_monthly_sales", self.expected_monthly_sales), ("#/monthly_capacity", self.monthly_capacity)]
        {
            let Some(amount) = amount else { continue };
            if amount.currency() != row.currency {
                let detail = format!("the account is kept in {}, not in {}", row.currency, amount.currency());
                wrong(pointer, Code::CurrencyMismatch, detail);
            } else if amount.minor() < 0 {
                wrong(pointer, Code::AmountOutOfRange, "an amount of zero or more".to_owned());
            }
        }
        if self.margin_bps.is_some_and(|bps| !(-10_000..=10_000).contains(&bps)) {
            wrong("#/margin_bps", Code::ValidationFailed, "a margin is -10,000 to 10,000 basis points".to_owned());
        }
        if !is_prose(&self.comment, 2_000) {
            wrong("#/comment", Code::ValidationFailed, "a comment has 1 to 2,000 characters".to_owned());
        }
        if faults.is_empty() { Ok(reviewed_on) } else { Err(Error::all(faults)) }
    }

    /// The state the account comes to. A newcomer is looked at first, and approved on a score sheet alone (CF-01, GR-12).
    fn state(&self, from: AccountState, has_sheet: bool) -> Result<AccountState> {
        let refused = |detail: &str| Err(Error::new(Code::IllegalState, detail).at("#/outcome"));
        match (from, self.outcome) {
            (AccountState::Prospect, _) => refused("a prospect is put under review first: set its state to under_review"),
            (AccountState::Declined, ReviewOutcome::Approve) => {
                refused("a declined account is put under review again first: set its state to under_review")
            }
            (AccountState::UnderReview, ReviewOutcome::Approve) if !has_sheet => {
                refused("an approval stands on a score sheet: fill one in first")
            }
            (AccountState::UnderReview | AccountState::Approved, ReviewOutcome::Approve) => Ok(AccountState::Approved),
            (_, ReviewOutcome::Decline) => Ok(AccountState::Declined),
        }
    }

    /// The day of the next review: sooner than the table says when asked, never later.
    fn next_on(&self, table: &GradeTable, grade: Option<&str>, reviewed_on: NaiveDate) -> Result<NaiveDate> {
        let latest = table.next_review(grade, reviewed_on);
        match self.next_review_on {
            None => Ok(latest),
            Some(on) if on > reviewed_on && on <= latest => Ok(on),
            Some(_) => {
                let detail = format!("the next review comes after this one and not later than {latest}");
                Err(Error::new(Code::ValidationFailed, detail).at("#/next_review_on"))
            }
        }
    }
}

impl Command for RecordReview {
    type Facts = ReviewFacts;
    type Done = CreditReviewView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<ReviewFacts> {
        let mut found = subjects(read, attempt, &[self.account], attempt.stamp.today, true).await?;
        let subject = found.pop().ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let tasks = task::find(read.tenant())
            .filter(task::Column::AccountId.eq(self.account))
            .filter(task::Column::State.eq("open"))
            .filter(task::Column::Kind.eq(REVIEW_TASK));
        Ok(ReviewFacts { subject, tasks: tasks.all(read.db()).await.map_err(failed)? })
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::CreditGrade)
    }

    fn ask(&self, facts: &ReviewFacts, attempt: &Attempt) -> Asked {
        // What cannot be asked was not answered: the formula stands.
        facts.subject.ask(attempt, attempt.stamp.today).unwrap_or_else(|_| Asked::nobody())
    }

    fn decide(&self, facts: &ReviewFacts, asked: &Asked, attempt: &Attempt) -> Result<Decided<CreditReviewView>> {
        let today = attempt.stamp.today;
        let row = &facts.subject.known.account;
        let table = facts.subject.table(attempt, today);
        let reviewed_on = self.review.check(row, table, today)?;
        let from = row.state.parse().unwrap_or(AccountState::UnderReview);
        let state = self.review.state(from, facts.subject.known.sheet.is_some())?;
        let judged = facts.subject.clone().graded(asked, attempt, today);
        let earned = judged.judgement.earned.clone();
        let grade = self.review.grade.clone().or_else(|| earned.clone()).or_else(|| row.grade.clone());
        let next_on = self.review.next_on(table, grade.as_deref(), reviewed_on)?;
        let mut review = self.row(row, grade.clone(), next_on, (&judged.judgement.reasons, judged.judgement.score, earned), attempt);
        review.reviewed_on = reviewed_on;
        let rule = grade.as_deref().and_then(|grade| table.rule(grade));
        let mut known = facts.subject.known.clone();
        known.review = Some(review.clone());
        let proposed = rule.map(|rule| known.proposed(rule, today)).transpose()?.flatten();
        review.proposed_limit_minor = proposed.map(|proposal| proposal.amount.minor());

        let changed = account::Model {
            state: state.as_str().to_owned(),
            grade: grade.clone(),
            credit_review_on: Some(next_on),
            version: row.version + 1,
            // A grade changes gaps and terms: look again today, else when the next review falls due.
            next_review_on: [row.next_review_on, Some(next_on), (grade != row.grade).then_some(today)].into_iter().flatten().min(),
            ..row.clone()
        };
        let claim = AccountClaim { next_review_on: changed.next_review_on, ..claimed(row) };
        let source = (GradeSource::CreditReview, Some(review.id.0));
        let regraded = (grade != row.grade)
            .then(|| graded(row, grade.as_deref(), source, (judged.judgement.score, &judged.judgement.reasons), attempt));
        let decision = self.decision(&review, judged.record(), attempt);
        let entry = Entry {
            kind: "credit_review.recorded",
            subject: "credit_review",
            subject_id: review.id.0,
            effective_on: reviewed_on,
            decision: Some(review.decision_id),
            body: serde_json::json!({
                "outcome": review.outcome, "state": changed.state, "grade": review.grade, "next_review_on": review.next_review_on,
            }),
        };
        let done: Vec<task::Model> = facts.tasks.iter().map(|task| self.done(task, attempt)).collect();
        let changes = Changes::on(Claim::Account(claim)).save(&changed).add(&review).add_all(&regraded).save_all(&done);
        let changes = changes.because(&decision, facts.subject.facts()?)?.tell(entry);
        Ok(Decided::new(CreditReviewView::from(review), changes))
    }
}

impl RecordReview {
    fn row(
        &self,
        account: &account::Model,
        grade: Option<String>,
        next_review_on: NaiveDate,
        (reasons, score, earned_grade): (&[Reason], Option<Score>, Option<String>),
        attempt: &Attempt,
    ) -> credit_review::Model {
        credit_review::Model {
            tenant_id: attempt.who.tenant,
            id: CreditReviewId(attempt.stamp.id()),
            account_id: account.id,
            reviewed_on: attempt.stamp.today,
            outcome: self.review.outcome,
            grade,
            earned_grade,
            score_hundredths: score.map(Score::hundredths),
            currency: account.currency,
            expected_monthly_sales_minor: self.review.expected_monthly_sales.map(Money::minor),
            monthly_capacity_minor: self.review.monthly_capacity.map(Money::minor),
            margin_bps: self.review.margin_bps,
            proposed_limit_minor: None,
            next_review_on,
            comment: self.review.comment.clone(),
            reasons: Payload(reasons.to_vec()),
            author: attempt.who.actor.to_string(),
            decision_id: DecisionId(attempt.stamp.id()),
            created_at: attempt.stamp.at,
        }
    }

    fn decision(&self, review: &credit_review::Model, record: crate::doors::decision::Record, attempt: &Attempt) -> decision::Model {
        let cause = ("credit_review", review.id.0);
        let made = attempt.decision(review.decision_id, Some(review.account_id), cause, review.outcome.as_str(), record);
        decision::Model { effective_on: review.reviewed_on, ..made }
    }

    fn done(&self, row: &task::Model, attempt: &Attempt) -> task::Model {
        task::Model {
            state: "done".to_owned(),
            done_on: Some(attempt.stamp.today),
            done_by: Some(attempt.who.actor.to_string()),
            outcome: Some(self.review.outcome.as_str().to_owned()),
            version: row.version + 1,
            ..row.clone()
        }
    }
}
