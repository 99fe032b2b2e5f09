//! What outsiders see of a case that was given to legal.

use super::rows::handoff;
use crate::doors::store::{Read, failed};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CaseId, DecisionId, HandoffId};
use crate::words::money::Money;
use crate::words::page::{Order, Page, PageOf};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A case given to legal, with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HandoffView {
    /// Its id.
    pub id: HandoffId,
    /// The account.
    pub account_id: AccountId,
    /// The case.
    pub case_id: CaseId,
    /// `legal`.
    pub kind: String,
    /// `asked`, `open`, `recalled` or `closed`.
    pub state: String,
    /// The legal entity of ours that is owed.
    pub entity: String,
    /// The claim: overdue and undisputed, less the customer's own credit.
    pub amount: Money,
    /// Kinds of document that were asked for.
    pub documents: Vec<String>,
    /// The evidence packet: `documents` by kind, what is `missing`, and the `claims`.
    #[schema(value_type = Object)]
    pub packet: serde_json::Value,
    /// Who asked for it: plugin, version and line.
    pub source: String,
    /// The decision behind it.
    pub decision_id: Option<DecisionId>,
    /// The day it was made.
    pub made_on: NaiveDate,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<&handoff::Model> for HandoffView {
    fn from(row: &handoff::Model) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            case_id: row.case_id,
            kind: row.kind.clone(),
            state: row.state.clone(),
            entity: row.entity.clone(),
            amount: Money::new(row.amount_minor, row.currency),
            documents: row.documents.0.clone(),
            packet: row.packet.0.clone(),
            source: row.source.clone(),
            decision_id: row.decision_id,
            made_on: row.made_on,
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// Which handoffs are wanted.
#[derive(Clone, Debug, Default)]
pub struct HandoffFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this case.
    pub case: Option<CaseId>,
    /// In one of these states.
    pub states: Vec<String>,
}

/// A handoff; `not_found` when there is none.
pub async fn handoff(read: &Read, id: HandoffId) -> Result<HandoffView> {
    let row = handoff::find(read.tenant()).filter(handoff::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.map(|row| HandoffView::from(&row)).ok_or_else(|| Error::new(Code::NotFound, "there is no such handoff"))
}

/// Handoffs in the order they were made.
pub async fn list_handoffs(read: &Read, filter: &HandoffFilter, page: &PageOf) -> Result<Page<HandoffView>> {
    use handoff::Column as C;
    let mut query = handoff::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
    query = filter.case.into_iter().fold(query, |query, case| query.filter(C::CaseId.eq(case)));
    query = if filter.states.is_empty() { query } else { query.filter(C::State.is_in(filter.states.iter().map(String::as_str))) };
    Ok(read.page(query, C::Id, Order::OldestFirst, page).await?.map(|row| HandoffView::from(&row)))
}
