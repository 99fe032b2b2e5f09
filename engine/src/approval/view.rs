//! What outsiders see of a request for a yes.

use super::kind::ApprovalKind;
use super::rows::approval;
use crate::doors::store::{Read, failed};
use crate::engine::Engine;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ApprovalId};
use crate::words::money::Money;
use crate::words::page::{Order, Page, PageOf};
use crate::words::text::Bilingual;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, Condition, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A request for a yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalView {
    /// Its id.
    pub id: ApprovalId,
    /// What waits for it.
    pub kind: ApprovalKind,
    /// The account it concerns.
    pub account_id: Option<AccountId>,
    /// What kind of thing it is about.
    pub subject: String,
    /// The role that is asked.
    pub role: String,
    /// The reason's name.
    pub code: String,
    /// What is asked, in both languages.
    pub text: Bilingual,
    /// How much money it is about; `null` where it is about none, or about no amount in particular.
    pub amount: Option<Money>,
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

impl ApprovalView {
    /// The request as it stands today: unanswered after its last day, it has expired, whether it was marked or not.
    pub(crate) fn on(row: &approval::Model, today: NaiveDate) -> Self {
        let is_late = row.state == "pending" && row.kind != ApprovalKind::Step && today > row.expires_on;
        Self {
            id: row.id,
            kind: row.kind,
            account_id: row.account_id,
            subject: row.subject.clone(),
            role: row.role.clone(),
            code: row.code.clone(),
            text: Bilingual::new(&row.text_en, &row.text_zh),
            amount: row.amount_minor.zip(row.currency).map(|(minor, currency)| Money::new(minor, currency)),
            asked_by: row.asked_by.clone(),
            asked_on: row.asked_on,
            expires_on: row.expires_on,
            state: if is_late { "expired".to_owned() } else { row.state.clone() },
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
    /// Of one of these kinds.
    pub kinds: Vec<ApprovalKind>,
    /// Of none of these: what the caller may not read about.
    pub hidden: Vec<ApprovalKind>,
}

/// The row of a request; `not_found` when there is none.
pub(crate) async fn approval_row(read: &Read, id: ApprovalId) -> Result<approval::Model> {
    let row = approval::find(read.tenant()).filter(approval::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such request for approval"))
}

/// A request; `not_found` when there is none.
pub async fn approval(engine: &Engine, who: &Caller, id: ApprovalId) -> Result<ApprovalView> {
    let row = approval_row(&engine.read(who), id).await?;
    Ok(ApprovalView::on(&row, today(engine, who).await?))
}

async fn today(engine: &Engine, who: &Caller) -> Result<NaiveDate> {
    Ok(engine.ground(who.tenant).await?.stamp(engine.clock()).today)
}

/// Requests in the order they were made.
pub async fn list_approvals(engine: &Engine, who: &Caller, filter: &ApprovalFilter, page: &PageOf) -> Result<Page<ApprovalView>> {
    use approval::Column as C;
    let (read, today) = (engine.read(who), today(engine, who).await?);
    let mut query = approval::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
    query = filter.role.iter().fold(query, |query, role| query.filter(C::Role.eq(role)));
    query = if filter.kinds.is_empty() { query } else { query.filter(C::Kind.is_in(filter.kinds.iter().copied())) };
    query = if filter.hidden.is_empty() { query } else { query.filter(C::Kind.is_not_in(filter.hidden.iter().copied())) };
    query = if filter.states.is_empty() { query } else { query.filter(in_states(&filter.states, today)) };
    Ok(read.page(query, C::Id, Order::OldestFirst, page).await?.map(|row| ApprovalView::on(&row, today)))
}

/// In one of these states as of a day.
fn in_states(states: &[String], today: NaiveDate) -> Condition {
    use approval::Column as C;
    let waits = || Condition::all().add(C::State.eq("pending"));
    let is_of_step = C::Kind.eq(ApprovalKind::Step);
    states.iter().fold(Condition::any(), |any, state| match state.as_str() {
        "pending" => any.add(waits().add(Condition::any().add(C::ExpiresOn.gte(today)).add(is_of_step.clone()))),
        "expired" => any.add(C::State.eq("expired")).add(waits().add(C::ExpiresOn.lt(today)).add(C::Kind.ne(ApprovalKind::Step))),
        other => any.add(C::State.eq(other)),
    })
}
