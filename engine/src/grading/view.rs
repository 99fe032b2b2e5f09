//! How an account stands today: its grade, what it scores, what that earns, and the limit that follows as a proposal.

use super::ask::subjects;
use super::proposal::{LimitProposal, ProfitView};
use crate::account::rows::balance;
use crate::command::Attempt;
use crate::doors::store::failed;
use crate::engine::Engine;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::facts::Reason;
use crate::words::id::AccountId;
use crate::words::money::Money;
use crate::words::rate::Rate;
use crate::words::score::Score;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How an account stands today.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct GradeView {
    /// The account.
    pub account_id: AccountId,
    /// Its grade.
    pub grade: Option<String>,
    /// The day its grade last changed.
    pub changed_on: Option<NaiveDate>,
    /// Its total score today: sheet 60 %, behaviour 40 %; `null` where there is nothing to score.
    #[schema(value_type = Option<String>, examples("78.25"))]
    pub score: Option<Score>,
    /// What its newest score sheet comes to.
    #[schema(value_type = Option<String>, examples("71.50"))]
    pub sheet_score: Option<Score>,
    /// How it has paid; counts from six paid invoices on.
    pub behaviour: BehaviourView,
    /// The grade its score earns today.
    pub earned: Option<String>,
    /// The grade a run for good would give it today: one step a month at most.
    pub next: Option<String>,
    /// Who judged: `core`, or plugin, version and line.
    pub source: String,
    /// Why.
    #[schema(max_items = 20)]
    pub reasons: Vec<Reason>,
    /// The limit the earned grade proposes, with its working; `null` where no sales are known. Nothing is set by it.
    pub proposed_limit: Option<LimitProposal>,
    /// What the account brings, where a review knows the margin.
    pub profit: Option<ProfitView>,
    /// The day of its next credit review.
    pub credit_review_on: Option<NaiveDate>,
}

/// How an account has paid in the last twelve months.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BehaviourView {
    /// Its score; `null` while too little was paid to judge by.
    #[schema(value_type = Option<String>, examples("97.60"))]
    pub score: Option<Score>,
    /// Invoices of which nothing is open any more.
    pub paid_invoices: i64,
    /// Days late on average, weighted by amount; early ones count 0.
    #[schema(value_type = String, examples("1.20"))]
    pub average_days_late: Rate,
    /// Promises broken in the last 180 days.
    pub broken_promises: i64,
    /// Payments that bounced in the last 90 days.
    pub bounces: i64,
    /// `good` from 80 on, `average` from 50 on, `bad` below; `null` while too little was paid.
    pub rating: Option<String>,
}

/// How a behaviour score is told to people (numbers.md §4).
fn rating(score: Score) -> &'static str {
    match score.hundredths() {
        8_000.. => "good",
        5_000.. => "average",
        _ => "bad",
    }
}

impl Engine {
    /// How an account stands today; `not_found` when there is no such account. Scripts are asked, nothing is written.
    pub async fn grade(&self, who: &Caller, account: AccountId) -> Result<GradeView> {
        let ground = self.refresh_ground(who.tenant).await?;
        let stamp = Arc::new(ground.stamp(&*self.clock));
        let attempt = Attempt { who: who.clone(), stamp, ground, lost: 0 };
        let (read, today) = (self.store.read(who.tenant), attempt.stamp.today);
        let subject = subjects(&read, &attempt, &[account], today, false).await?.pop();
        let subject = subject.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let for_rules = attempt.clone();
        let graded = tokio::task::spawn_blocking(move || {
            let asked = subject.ask(&for_rules, today)?;
            Ok::<_, Error>(subject.graded(&asked, &for_rules, today))
        });
        let mut graded = graded.await.map_err(Error::internal)??;
        let known = graded.subject.known.clone();
        let row = &known.account;
        let table = graded.subject.table(&attempt, today);
        let next = graded.judgement.step(table, row.grade.as_deref(), known.regraded_on, today);
        let rule = graded.judgement.earned.as_deref().and_then(|grade| table.rule(grade));
        let balances =
            balance::find(read.tenant()).filter(balance::Column::AccountId.eq(account)).filter(balance::Column::Currency.eq(row.currency));
        let open = balances.all(read.db()).await.map_err(failed)?.iter().fold(0_i128, |sum, kept| sum + i128::from(kept.open_minor));
        let open = Money::from_sum(open, row.currency)?;
        let behaviour = known.behaviour;
        Ok(GradeView {
            account_id: account,
            grade: row.grade.clone(),
            changed_on: known.regraded_on,
            score: graded.judgement.score,
            sheet_score: known.sheet.as_ref().map(|sheet| sheet.score),
            behaviour: BehaviourView {
                score: behaviour.score(),
                paid_invoices: behaviour.paid_invoices,
                average_days_late: behaviour.average_days_late(),
                broken_promises: behaviour.broken_promises,
                bounces: behaviour.bounces,
                rating: behaviour.score().map(|score| rating(score).to_owned()),
            },
            earned: graded.judgement.earned.clone(),
            next: next.or_else(|| row.grade.clone()),
            source: graded.judgement.source.clone(),
            reasons: graded.judgement.reasons.clone(),
            proposed_limit: rule.map(|rule| known.proposed(rule, today)).transpose()?.flatten(),
            profit: known.profit(open, attempt.ground.settings.credit.carrying_cost_bps)?,
            credit_review_on: row.credit_review_on,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payer_is_good_from_80_and_bad_below_50() {
        for (hundredths, expected) in
            [(10_000, "good"), (8_000, "good"), (7_999, "average"), (5_000, "average"), (4_999, "bad"), (0, "bad")]
        {
            assert_eq!(rating(Score::of_hundredths(hundredths).unwrap()), expected, "{hundredths}");
        }
    }
}
