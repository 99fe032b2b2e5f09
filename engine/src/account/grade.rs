//! The history of grades: what each account had, since when, and why.

use super::rows::{account, grade_change};
use crate::command::Attempt;
use crate::doors::store::{Read, columns::Payload};
use crate::words::error::Result;
use crate::words::facts::Reason;
use crate::words::id::{AccountId, RowId};
use crate::words::page::{Order, Page, PageOf};
use crate::words::score::Score;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

crate::words! {
    /// Where a grade came from.
    pub enum GradeSource {
        /// Somebody set it.
        Person = "person",
        /// A grade run.
        GradeRun = "grade_run",
        /// A credit review.
        CreditReview = "credit_review",
    }
}

crate::text_column!(GradeSource);

/// One change of a grade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GradeChangeView {
    /// The grade before; `null` when there was none.
    pub from: Option<String>,
    /// The grade from then on.
    pub to: Option<String>,
    /// The business day.
    pub changed_on: NaiveDate,
    /// The score behind it.
    #[schema(value_type = Option<String>, examples("78.25"))]
    pub score: Option<Score>,
    /// A person, a grade run or a credit review.
    pub source: GradeSource,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Who changed it.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<grade_change::Model> for GradeChangeView {
    fn from(row: grade_change::Model) -> Self {
        Self {
            from: row.from_grade,
            to: row.to_grade,
            changed_on: row.changed_on,
            score: row.score_hundredths.and_then(Score::of_hundredths),
            source: row.source,
            reasons: row.reasons.0,
            author: row.author,
            created_at: row.created_at,
        }
    }
}

/// The row of a change of grade, from what the account has to what it gets.
pub fn graded(
    account: &account::Model,
    to: Option<&str>,
    (source, source_id): (GradeSource, Option<Uuid>),
    (score, reasons): (Option<Score>, &[Reason]),
    attempt: &Attempt,
) -> grade_change::Model {
    grade_change::Model {
        tenant_id: attempt.who.tenant,
        id: RowId(attempt.stamp.id()),
        account_id: account.id,
        from_grade: account.grade.clone(),
        to_grade: to.map(str::to_owned),
        changed_on: attempt.stamp.today,
        score_hundredths: score.map(Score::hundredths),
        source,
        source_id,
        reasons: Payload(reasons.to_vec()),
        author: attempt.who.actor.to_string(),
        created_at: attempt.stamp.at,
    }
}

/// The changes of an account's grade, newest first.
pub async fn list_grade_changes(read: &Read, account: AccountId, page: &PageOf) -> Result<Page<GradeChangeView>> {
    let query = grade_change::find(read.tenant()).filter(grade_change::Column::AccountId.eq(account));
    Ok(read.page(query, grade_change::Column::Id, Order::NewestFirst, page).await?.map(GradeChangeView::from))
}
