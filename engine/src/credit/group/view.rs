//! What outsiders see of groups.

use super::stand::{groups_around, tree};
use crate::account::rows::account;
use crate::credit::rules::exposure::Parts;
use crate::doors::store::{Read, failed};
use crate::engine::Engine;
use crate::exchange::rates_on;
use crate::exchange::rules::Conversion;
use crate::limit::group::GroupLimit;
use crate::limit::rows::credit_group;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CreditGroupId};
use crate::words::money::{Currency, Money};
use crate::words::page::{Order, Page, PageOf};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A group of accounts that share limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CreditGroupView {
    /// Its id.
    pub id: CreditGroupId,
    /// Its number in the ERP.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// The currency of its limits and members.
    pub currency: Currency,
    /// The group it belongs to.
    pub parent_id: Option<CreditGroupId>,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<&credit_group::Model> for CreditGroupView {
    fn from(row: &credit_group::Model) -> Self {
        Self {
            id: row.id,
            external_id: row.external_id.clone(),
            name: row.name.clone(),
            currency: row.currency,
            parent_id: row.parent_id,
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// An account in a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupMemberView {
    /// The account.
    pub account_id: AccountId,
    /// Its number in the ERP.
    pub account_external_id: String,
    /// Its name.
    pub name: String,
    /// The group.
    pub credit_group_id: CreditGroupId,
}

impl GroupMemberView {
    pub(super) fn of(row: &account::Model, group: CreditGroupId) -> Self {
        Self { account_id: row.id, account_external_id: row.external_id.clone(), name: row.name.clone(), credit_group_id: group }
    }
}

/// What the members of a group stand at together, those of groups under it counted in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupExposureView {
    /// The group.
    pub credit_group_id: CreditGroupId,
    /// The day looked at; today's sums count everything booked, whatever its date.
    pub as_of: NaiveDate,
    /// The limit in force; `null` when it has none or it ran out.
    pub limit: Option<Money>,
    /// `amount`, `expired`, or `none` when it never had one.
    pub limit_state: String,
    /// All of it, other currencies converted.
    pub exposure: Money,
    /// Limit less exposure, disputed money left out; `null` without a limit or without a rate.
    pub available: Option<Money>,
    /// What is in the group's own currency.
    pub parts: Parts,
    /// How other currencies were converted.
    #[schema(max_items = 200)]
    pub conversions: Vec<Conversion>,
    /// Currencies in which a member owes and for which there is no rate: they are not in the exposure.
    #[schema(max_items = 200)]
    pub missing_rates: Vec<Currency>,
}

/// What a group stands at, now or as of a past day: then with those who belonged to it that day, and with its limit of that day.
/// `not_found` when there is no such group.
pub async fn group_exposure(engine: &Engine, who: &Caller, id: CreditGroupId, as_of: Option<NaiveDate>) -> Result<GroupExposureView> {
    let read = engine.read(who);
    let ground = engine.ground(who.tenant).await?;
    let today = as_of.unwrap_or_else(|| ground.stamp(engine.clock()).today);
    let includes = &ground.settings.exposure_includes;
    let tree = tree(&read, id, as_of).await?;
    let standing = tree.standing(id, includes, &rates_on(&read, today, &tree.pairs()).await?, None)?;
    let (limit, limit_state) = match tree.limit(id, today) {
        Some(GroupLimit::Amount { amount }) => (Some(amount), "amount"),
        Some(GroupLimit::Expired { .. }) => (None, "expired"),
        None => (None, "none"),
    };
    let used = standing.used()?;
    let comparable = limit.filter(|_| standing.foreign.missing.is_empty());
    Ok(GroupExposureView {
        credit_group_id: id,
        as_of: today,
        limit,
        limit_state: limit_state.to_owned(),
        exposure: standing.exposure()?,
        available: comparable.map(|limit| limit.checked_sub(used)).transpose()?,
        parts: standing.parts,
        conversions: standing.foreign.workings,
        missing_rates: standing.foreign.missing,
    })
}

/// A group; `not_found` when there is none.
pub async fn group_view(read: &Read, id: CreditGroupId) -> Result<CreditGroupView> {
    let groups = groups_around(read, id).await?;
    let row = groups.iter().find(|row| row.id == id);
    row.map(CreditGroupView::from).ok_or_else(|| Error::new(Code::NotFound, "there is no such group"))
}

/// The group with this number in the ERP.
pub async fn find_group(read: &Read, external_id: &str) -> Result<Option<CreditGroupView>> {
    let query = credit_group::find(read.tenant()).filter(credit_group::Column::ExternalId.eq(external_id));
    Ok(query.one(read.db()).await.map_err(failed)?.as_ref().map(CreditGroupView::from))
}

/// Groups in the order they were made.
pub async fn list_groups(read: &Read, external_id: Option<&str>, page: &PageOf) -> Result<Page<CreditGroupView>> {
    let mut query = credit_group::find(read.tenant());
    query = external_id.into_iter().fold(query, |query, number| query.filter(credit_group::Column::ExternalId.eq(number)));
    Ok(read.page(query, credit_group::Column::Id, Order::OldestFirst, page).await?.map(|row| CreditGroupView::from(&row)))
}

/// The accounts of a group itself, in the order they were made; `not_found` when there is no such group.
pub async fn list_members(read: &Read, group: CreditGroupId, page: &PageOf) -> Result<Page<GroupMemberView>> {
    groups_around(read, group).await?;
    let query = account::find(read.tenant()).filter(account::Column::CreditGroupId.eq(group));
    Ok(read.page(query, account::Column::Id, Order::OldestFirst, page).await?.map(|row| GroupMemberView::of(&row, group)))
}
