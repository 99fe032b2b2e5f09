//! What outsiders see of a contract.

use super::paper::{Clauses, PaymentTerms, ScheduledInstalment, Tail};
use super::rows::contract;
use super::rules::Written;
use crate::doors::store::{Read, failed};
use crate::words::code::Code;
use crate::words::contract::{ContractState, ReleaseMode};
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ContractId};
use crate::words::money::Money;
use crate::words::page::{Order, Page, PageOf};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContractView {
    /// Its id.
    pub id: ContractId,
    /// Its number in the ERP.
    pub external_id: String,
    /// The account.
    pub account_id: AccountId,
    /// The legal entity of ours.
    pub entity: String,
    /// Where it stands.
    pub state: ContractState,
    /// What is blank, as pointers: with anything here it cannot come into force.
    pub blanks: Vec<String>,
    /// All it is worth.
    pub amount: Option<Money>,
    /// How goods go against money.
    pub mode: Option<ReleaseMode>,
    /// The last money, its amount filled in where it follows from the share.
    pub tail: Option<Tail>,
    /// A delivery is so many batches ahead of its money.
    pub lag: Option<i64>,
    /// Day of the month on which is settled, 31 for its last day.
    pub settlement_day: Option<i64>,
    /// The number of the template it was written on.
    pub template: Option<String>,
    /// The instalments agreed.
    pub schedule: Vec<ScheduledInstalment>,
    /// Terms of payment.
    pub terms: PaymentTerms,
    /// Clauses.
    pub clauses: Clauses,
    /// The customer's own word that it knows the terms; `null` where there is none.
    #[serde(default)]
    pub acknowledgement: Option<AcknowledgementView>,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
}

/// Who at the customer acknowledged the terms, when, and of which document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AcknowledgementView {
    /// Who signed.
    pub signed_by: String,
    /// On which day.
    pub signed_on: NaiveDate,
    /// SHA-256 of the document, in lower-case hexadecimal.
    pub sha256: String,
    /// Where the document lies.
    pub reference: Option<String>,
    /// Who wrote it down.
    pub recorded_by: String,
    /// Are the terms still those that were acknowledged? Not once the contract was changed.
    pub is_current: bool,
}

impl AcknowledgementView {
    fn of(row: &contract::Model) -> Option<Self> {
        let told = row.paper.0.acknowledgement.as_ref()?;
        Some(Self {
            signed_by: told.signed_by.clone(),
            signed_on: told.signed_on,
            sha256: told.sha256.clone(),
            reference: told.reference.clone(),
            recorded_by: told.recorded_by.clone(),
            is_current: told.version == row.version,
        })
    }
}

/// The contract as the rules look at it.
pub(super) fn written(row: &contract::Model) -> Written {
    let paper = &row.paper.0;
    Written {
        amount: row.amount_minor.map(|minor| Money::new(minor, row.currency)),
        mode: row.mode,
        tail: paper.tail,
        lag: row.lag,
        settlement_day: row.settlement_day,
        schedule: paper.schedule.clone(),
        terms: paper.terms.clone(),
    }
}

impl ContractView {
    pub(super) fn of(row: &contract::Model) -> Self {
        let (written, paper) = (written(row), row.paper.0.clone());
        let amount = row.tail_minor.map(|minor| Money::new(minor, row.currency));
        Self {
            id: row.id,
            external_id: row.external_id.clone(),
            account_id: row.account_id,
            entity: row.entity.clone(),
            state: row.state,
            blanks: written.blanks().into_iter().map(str::to_owned).collect(),
            amount: written.amount,
            mode: row.mode,
            tail: paper.tail.map(|tail| Tail { amount, ..tail }),
            lag: row.lag,
            settlement_day: row.settlement_day,
            template: paper.template,
            schedule: paper.schedule,
            terms: paper.terms,
            clauses: paper.clauses,
            acknowledgement: AcknowledgementView::of(row),
            version: row.version,
            created_at: row.created_at,
        }
    }
}

pub(super) async fn row(read: &Read, id: ContractId) -> Result<contract::Model> {
    let row = contract::find(read.tenant()).filter(contract::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such contract"))
}

/// A contract; `not_found` when there is none.
pub async fn contract_view(read: &Read, id: ContractId) -> Result<ContractView> {
    Ok(ContractView::of(&row(read, id).await?))
}

/// The account a contract is with; `not_found` when there is no such contract.
pub async fn contract_account(read: &Read, id: ContractId) -> Result<AccountId> {
    row(read, id).await.map(|row| row.account_id)
}

/// Which contracts are wanted.
#[derive(Clone, Debug, Default)]
pub struct ContractFilter {
    /// With this account.
    pub account: Option<AccountId>,
    /// With this number in the ERP.
    pub external_id: Option<String>,
    /// In this state.
    pub state: Option<ContractState>,
    /// With this release mode.
    pub mode: Option<ReleaseMode>,
}

/// Contracts in the order they were written down.
pub async fn list_contracts(read: &Read, filter: &ContractFilter, page: &PageOf) -> Result<Page<ContractView>> {
    let mut query = contract::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(contract::Column::AccountId.eq(account)));
    query = filter.external_id.iter().fold(query, |query, number| query.filter(contract::Column::ExternalId.eq(number)));
    query = filter.state.into_iter().fold(query, |query, state| query.filter(contract::Column::State.eq(state)));
    query = filter.mode.into_iter().fold(query, |query, mode| query.filter(contract::Column::Mode.eq(mode)));
    Ok(read.page(query, contract::Column::Id, Order::OldestFirst, page).await?.map(|row| ContractView::of(&row)))
}
