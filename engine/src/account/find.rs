//! Finding accounts.

use super::rows::account;
use super::view::AccountView;
use crate::doors::store::{Read, failed};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::AccountId;
use crate::words::page::{Order, Page, PageOf};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;

/// An account; `not_found` when there is none.
pub async fn account(read: &Read, id: AccountId) -> Result<AccountView> {
    let row = account::find(read.tenant()).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.map(|row| AccountView::from(&row)).ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
}

/// The account with this number in the ERP.
pub async fn find_account(read: &Read, external_id: &str) -> Result<Option<AccountId>> {
    let query = account::find(read.tenant()).select_only().column(account::Column::Id).filter(account::Column::ExternalId.eq(external_id));
    query.into_tuple().one(read.db()).await.map_err(failed)
}

/// The account a body names, by id, by its number in the ERP, or by both when they agree.
pub async fn resolve(read: &Read, id: Option<AccountId>, external_id: Option<&str>) -> Result<AccountId> {
    let unknown = |pointer: &str| Error::new(Code::UnknownReference, "there is no such account").at(pointer);
    let by_number = match external_id {
        Some(number) => Some(find_account(read, number).await?.ok_or_else(|| unknown("#/account_external_id"))?),
        None => None,
    };
    match (id, by_number) {
        (None, None) => {
            Err(Error::new(Code::MissingField, "name the account by account_id or account_external_id").at("#/account_external_id"))
        }
        (None, Some(account)) => Ok(account),
        (Some(id), Some(account)) if id != account => {
            Err(Error::new(Code::IdConflict, "account_id and account_external_id name different accounts").at("#/account_id"))
        }
        (Some(id), _) => {
            let known = account::find(read.tenant()).select_only().column(account::Column::Id).filter(account::Column::Id.eq(id));
            let known: Option<AccountId> = known.into_tuple().one(read.db()).await.map_err(failed)?;
            known.ok_or_else(|| unknown("#/account_id"))
        }
    }
}

/// The accounts with these numbers in the ERP, by number.
pub async fn resolve_many(read: &Read, external_ids: &[String]) -> Result<HashMap<String, AccountId>> {
    let query = account::find(read.tenant())
        .select_only()
        .columns([account::Column::ExternalId, account::Column::Id])
        .filter(read.among_texts(account::Column::ExternalId, external_ids));
    let rows: Vec<(String, AccountId)> = query.into_tuple().all(read.db()).await.map_err(failed)?;
    Ok(rows.into_iter().collect())
}

/// Which accounts are wanted.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// With this number in the ERP.
    pub external_id: Option<String>,
    /// In this segment.
    pub segment: Option<String>,
    /// Driven by this person.
    pub owner: Option<String>,
    /// Whose name or number begins like this.
    pub q: Option<String>,
}

/// Accounts in the order they were made.
pub async fn list_accounts(read: &Read, filter: &AccountFilter, page: &PageOf) -> Result<Page<AccountView>> {
    let mut query = account::find(read.tenant());
    query = filter.external_id.iter().fold(query, |query, number| query.filter(account::Column::ExternalId.eq(number)));
    query = filter.segment.iter().fold(query, |query, segment| query.filter(account::Column::Segment.eq(segment)));
    query = filter.owner.iter().fold(query, |query, owner| query.filter(account::Column::Owner.eq(owner)));
    query = filter
        .q
        .iter()
        .fold(query, |query, text| query.filter(account::Column::Name.starts_with(text).or(account::Column::ExternalId.starts_with(text))));
    Ok(read.page(query, account::Column::Id, Order::OldestFirst, page).await?.map(|row| AccountView::from(&row)))
}
