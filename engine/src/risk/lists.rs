//! The watch-list, and the accounts above the first level of their plan.

use crate::account::rows::account;
use crate::doors::store::{Read, failed};
use crate::profile::rows::risk_profile;
use crate::words::error::Result;
use crate::words::facts::Reason;
use crate::words::id::AccountId;
use crate::words::page::{Order, Page, PageOf};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// An account on the watch-list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WatchedAccount {
    /// The account.
    pub account_id: AccountId,
    /// Its number in the ERP.
    pub account_external_id: String,
    /// Its name.
    pub account_name: String,
    /// Who drives its collection.
    pub owner: Option<String>,
    /// The day it came onto the list.
    pub since: NaiveDate,
    /// Why, with the figures of the day on which the reasons last changed.
    pub reasons: Vec<Reason>,
    /// Its level of the account plan; `null` for the first one.
    pub plan_level: Option<String>,
}

/// An account above the first level of the account plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountPlanView {
    /// The account.
    pub account_id: AccountId,
    /// Its number in the ERP.
    pub account_external_id: String,
    /// Its name.
    pub account_name: String,
    /// Who drives its collection.
    pub owner: Option<String>,
    /// The level, by the name the policy gives it.
    pub level: String,
    /// The day it came to it.
    pub since: NaiveDate,
    /// Why, with the figures of the day on which the reasons last changed.
    pub reasons: Vec<Reason>,
}

/// Which account plans are wanted.
#[derive(Clone, Debug, Default)]
pub struct AccountPlanFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// On this level.
    pub level: Option<String>,
}

/// The watch-list, in the order in which something was first kept of the accounts.
pub async fn list_watched(read: &Read, account: Option<AccountId>, page: &PageOf) -> Result<Page<WatchedAccount>> {
    use risk_profile::Column as C;
    let mut query = risk_profile::find(read.tenant()).filter(C::WatchedSince.is_not_null());
    query = account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
    let rows = read.page(query, C::Id, Order::OldestFirst, page).await?;
    let accounts = accounts(read, &rows.data).await?;
    let view = |row: risk_profile::Model| {
        let account = accounts.get(&row.account_id)?;
        Some(WatchedAccount {
            account_id: row.account_id,
            account_external_id: account.external_id.clone(),
            account_name: account.name.clone(),
            owner: account.owner.clone(),
            since: row.watched_since?,
            reasons: row.watch_reasons.0,
            plan_level: row.plan_level,
        })
    };
    Ok(Page { data: rows.data.into_iter().filter_map(view).collect(), next: rows.next, total: rows.total })
}

/// Accounts above the first level, in the order in which something was first kept of them.
pub async fn list_account_plans(read: &Read, filter: &AccountPlanFilter, page: &PageOf) -> Result<Page<AccountPlanView>> {
    use risk_profile::Column as C;
    let mut query = risk_profile::find(read.tenant()).filter(C::PlanLevel.is_not_null());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
    query = filter.level.iter().fold(query, |query, level| query.filter(C::PlanLevel.eq(level)));
    let rows = read.page(query, C::Id, Order::OldestFirst, page).await?;
    let accounts = accounts(read, &rows.data).await?;
    let view = |row: risk_profile::Model| {
        let account = accounts.get(&row.account_id)?;
        Some(AccountPlanView {
            account_id: row.account_id,
            account_external_id: account.external_id.clone(),
            account_name: account.name.clone(),
            owner: account.owner.clone(),
            level: row.plan_level?,
            since: row.plan_since?,
            reasons: row.plan_reasons.0,
        })
    };
    Ok(Page { data: rows.data.into_iter().filter_map(view).collect(), next: rows.next, total: rows.total })
}

/// The accounts of these profiles: one query however many.
async fn accounts(read: &Read, rows: &[risk_profile::Model]) -> Result<HashMap<AccountId, account::Model>> {
    let query = account::find(read.tenant()).filter(read.among(account::Column::Id, rows.iter().map(|row| row.account_id)));
    Ok(query.all(read.db()).await.map_err(failed)?.into_iter().map(|row| (row.id, row)).collect())
}
