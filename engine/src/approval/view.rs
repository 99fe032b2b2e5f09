//! What outsiders see of a request for a yes.

use super::rows::approval;
use crate::doors::store::{Read, failed};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ApprovalId};
use crate::words::page::{After, Page, PageOf};
use crate::words::text::Bilingual;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A request for a yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalView {
    /// Its id.
    pub id: ApprovalId,
    /// What kind of act waits for it: `step`, `order`.
    pub kind: String,
    /// The account it concerns.
    pub account_id: Option<AccountId>,
    /// What kind of thing waits for it.
    pub subject: String,
    /// The role that is asked.
    pub role: String,
    /// The reason's name.
    pub code: String,
    /// The request, in both languages.
    pub text: Bilingual,
    /// Who asks: a person, or plugin, version and line.
    pub asked_by: String,
    /// The day it was asked.
    pub asked_on: NaiveDate,
    /// The last day an answer is worth something.
    pub expires_on: NaiveDate,
    /// `pending`, `approved`, `rejected` or `expired`.
    pub state: String,
    /// Who answered.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// What was said with the answer.
    pub comment: Option<String>,
    /// Counts its changes; also the ETag.
    pub version: i64,
}

impl From<&approval::Model> for ApprovalView {
    fn from(row: &approval::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind.clone(),
            account_id: row.account_id,
            subject: row.subject.clone(),
            role: row.role.clone(),
            code: row.code.clone(),
            text: Bilingual::new(&row.text_en, &row.text_zh),
            asked_by: row.asked_by.clone(),
            asked_on: row.asked_on,
            expires_on: row.expires_on,
            state: row.state.clone(),
            decided_by: row.decided_by.clone(),
            decided_at: row.decided_at,
            comment: row.comment.clone(),
            version: row.version,
        }
    }
}

/// Which requests are wanted.
#[derive(Clone, Debug, Default)]
pub struct ApprovalFilter {
    /// About this account.
    pub account: Option<AccountId>,
    /// To this role.
    pub role: Option<String>,
    /// In one of these states.
    pub states: Vec<String>,
}

/// The row of a request; `not_found` when there is none.
pub(crate) async fn approval_row(read: &Read, id: ApprovalId) -> Result<approval::Model> {
    let row = approval::find(read.tenant()).filter(approval::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such request for approval"))
}

/// A request; `not_found` when there is none.
pub async fn approval(read: &Read, id: ApprovalId) -> Result<ApprovalView> {
    approval_row(read, id).await.map(|row| ApprovalView::from(&row))
}

/// Requests in the order they were made.
pub async fn list_approvals(read: &Read, filter: &ApprovalFilter, page: &PageOf) -> Result<Page<ApprovalView>> {
    use approval::Column as C;
    let mut query = approval::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
    query = filter.role.iter().fold(query, |query, role| query.filter(C::Role.eq(role)));
    query = if filter.states.is_empty() { query } else { query.filter(C::State.is_in(filter.states.iter().map(String::as_str))) };
    query = page.after.iter().fold(query, |query, after| query.filter(C::Id.gt(after.id)));
    let rows = query.order_by_asc(C::Id).limit(page.limit + 1).all(read.db()).await.map_err(failed)?;
    Ok(Page::cut(rows, page.limit, |row| After { key: String::new(), id: row.id.0 }).map(|row| ApprovalView::from(&row)))
}
