//! Tables of credit reviews and grade runs.

use super::ReviewOutcome;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::facts::Reason;
use crate::words::id::{AccountId, CreditReviewId, DecisionId, GradeRunId, RowId};
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// Credit reviews: only ever added; the account keeps the day of the next one.
    "credit_review" credit_review {
        id: CreditReviewId,
        account_id: AccountId,
        reviewed_on: NaiveDate,
        outcome: ReviewOutcome,
        grade: Option<String>,
        earned_grade: Option<String>,
        score_hundredths: Option<i64>,
        currency: Currency,
        expected_monthly_sales_minor: Option<i64>,
        monthly_capacity_minor: Option<i64>,
        margin_bps: Option<i64>,
        proposed_limit_minor: Option<i64>,
        next_review_on: NaiveDate,
        comment: String,
        reasons: Payload<Vec<Reason>>,
        author: String,
        decision_id: DecisionId,
        created_at: DateTimeUtc,
    }
    /// Grade runs. States: `running done`. `last_account_id` is how far it has come.
    "grade_run" grade_run {
        id: GradeRunId,
        day: NaiveDate,
        is_dry_run: bool,
        reason: String,
        state: String,
        last_account_id: Option<AccountId>,
        total: i64,
        done: i64,
        changed: i64,
        ungraded: i64,
        failed: i64,
        author: String,
        started_at: DateTimeUtc,
        finished_at: Option<DateTimeUtc>,
    }
    /// What a grade run found for each account.
    "grade_result" grade_result {
        id: RowId,
        run_id: GradeRunId,
        account_id: AccountId,
        from_grade: Option<String>,
        earned_grade: Option<String>,
        to_grade: Option<String>,
        is_changed: bool,
        score_hundredths: Option<i64>,
        source: String,
        currency: Currency,
        proposed_limit_minor: Option<i64>,
        reasons: Payload<Vec<Reason>>,
        created_at: DateTimeUtc,
    }
}
