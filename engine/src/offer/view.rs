//! What outsiders see of an early-payment offer.

use super::rows::offer;
use crate::doors::store::{Read, failed};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, DecisionId, InstalmentId, OfferId};
use crate::words::money::Money;
use crate::words::page::{Order, Page, PageOf};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A discount for paying early.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfferView {
    /// Its id.
    pub id: OfferId,
    /// The account.
    pub account_id: AccountId,
    /// The instalment it is for.
    pub instalment_id: InstalmentId,
    /// The invoice's number in the ERP.
    pub invoice_external_id: String,
    /// The discount as a fraction: `0.015` is 1.5 %.
    pub rate: String,
    /// The discount as an amount.
    pub discount: Money,
    /// The last day to pay.
    pub pay_by: NaiveDate,
    /// `open`, `taken`, `expired` or `withdrawn`.
    pub state: String,
    /// Who offered it: plugin, version and line.
    pub source: String,
    /// The decision behind it.
    pub decision_id: Option<DecisionId>,
    /// The day it was made.
    pub made_on: NaiveDate,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<&offer::Model> for OfferView {
    fn from(row: &offer::Model) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            instalment_id: row.instalment_id,
            invoice_external_id: row.invoice_external_id.clone(),
            rate: row.rate.clone(),
            discount: Money::new(row.discount_minor, row.currency),
            pay_by: row.pay_by,
            state: row.state.clone(),
            source: row.source.clone(),
            decision_id: row.decision_id,
            made_on: row.made_on,
            created_at: row.created_at,
        }
    }
}

/// Which offers are wanted.
#[derive(Clone, Debug, Default)]
pub struct OfferFilter {
    /// To this account.
    pub account: Option<AccountId>,
    /// In one of these states.
    pub states: Vec<String>,
}

/// An offer; `not_found` when there is none.
pub async fn offer(read: &Read, id: OfferId) -> Result<OfferView> {
    let row = offer::find(read.tenant()).filter(offer::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.map(|row| OfferView::from(&row)).ok_or_else(|| Error::new(Code::NotFound, "there is no such offer"))
}

/// Offers in the order they were made.
pub async fn list_offers(read: &Read, filter: &OfferFilter, page: &PageOf) -> Result<Page<OfferView>> {
    use offer::Column as C;
    let mut query = offer::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
    query = if filter.states.is_empty() { query } else { query.filter(C::State.is_in(filter.states.iter().map(String::as_str))) };
    Ok(read.page(query, C::Id, Order::OldestFirst, page).await?.map(|row| OfferView::from(&row)))
}
