//! What an account stands at with us: now from the kept sums, on a past day from the dated movements behind them.

use super::group::tree;
use super::on_day::{group_on_day, on_day};
use super::rules::exposure::{KeptSums, Parts, foreign, parts};
use super::rules::limits::{GroupStand, TestedLimit, standing_limits};
use crate::account::rows::{account, balance};
use crate::doors::store::{Read, failed};
use crate::engine::Engine;
use crate::exchange::rates_on;
use crate::exchange::rules::{Conversion, Rates};
use crate::grade::rules::open_account::pays_first;
use crate::limit::rows::{credit_limit, security};
use crate::limit::rules::{InForce, LimitRow, in_force};
use crate::limit::security::{SecurityRow, secured};
use crate::tenant::{ExposureIncludes, TenantSettings};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::AccountId;
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, Condition, QueryFilter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// An account's exposure in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurrencyExposure {
    /// Open items and approved orders, less unallocated cash and open credit notes.
    pub exposure: Money,
    /// What it is made of.
    pub parts: Parts,
}

/// What an account stands at with us, against its limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExposureView {
    /// The account.
    pub account_id: AccountId,
    /// The day looked at; today's sums count everything booked, whatever its date.
    pub as_of: NaiveDate,
    /// The account's own limit in force, its securities counted in; `null` when nobody checks or no figure is in force.
    pub limit: Option<Money>,
    /// Why there is a limit or none: `amount`, `no_check`, `prepay`, `unset`, `expired`.
    pub limit_state: String,
    /// In the account's currency, other currencies converted; without the parts the settings leave out.
    pub exposure: Money,
    /// What the tightest limit leaves, disputed money left out (decision 22); `null` without a limit, or without a rate.
    pub available: Option<Money>,
    /// Every limit there is: the account's own and those of its groups; on a past day, of the groups it belonged to then.
    #[schema(max_items = 4)]
    pub limits: Vec<TestedLimit>,
    /// What the exposure is made of, in the account's currency.
    pub parts: Parts,
    /// How other currencies were converted.
    #[schema(max_items = 200)]
    pub conversions: Vec<Conversion>,
    /// Currencies in which something is owed and for which there is no rate: they are not in the exposure.
    #[schema(max_items = 200)]
    pub missing_rates: Vec<Currency>,
    /// The same for every currency in which there is anything; nothing is added across them (decision 44).
    pub by_currency: Vec<CurrencyExposure>,
}

/// The exposure of an account, now or as of a past day; `not_found` when there is no such account.
pub async fn exposure(engine: &Engine, who: &Caller, id: AccountId, as_of: Option<NaiveDate>) -> Result<ExposureView> {
    let read = engine.read(who);
    let ground = engine.ground(who.tenant).await?;
    let row = account::find(read.tenant()).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
    let day = as_of.unwrap_or_else(|| ground.stamp(engine.clock()).today);
    let stands = match as_of {
        None => kept(&read, id, day).await?,
        Some(day) => on_day(&read, id, day).await?,
    };
    let settings = &ground.settings;
    let own = own_limit(&read, &row, day, settings).await?;
    // What an account was approved for on a past day is not told by what it is today.
    let is_closed = as_of.is_none() && pays_first(&row.state, row.grade.as_deref(), ground.grades.on(day, row.currency)).is_some();
    let own = if is_closed { InForce::Amount { amount: Money::zero(row.currency) } } else { own };
    let group = match as_of {
        None => row.credit_group_id,
        Some(day) => group_on_day(&read, id, day).await?,
    };
    let tree = match group {
        Some(group) => Some((group, tree(&read, group, as_of).await?)),
        None => None,
    };
    let others = stands.sums.iter().map(|sum| sum.currency).filter(|currency| *currency != row.currency);
    let mut pairs: BTreeSet<(Currency, Currency)> = others.map(|other| (other, row.currency)).collect();
    pairs.extend(tree.iter().flat_map(|(_, tree)| tree.pairs()));
    let rates = rates_on(&read, day, &pairs).await?;
    let groups = match &tree {
        Some((group, tree)) => tree.stands(*group, day, &settings.exposure_includes, &rates, &KeptSums::nothing(row.id, row.currency))?,
        None => Vec::new(),
    };
    view(&row, day, own, &groups, &stands, &rates, &settings.exposure_includes)
}

/// The sums of an account, and what of them is overdue in each currency.
pub(super) struct Stands {
    pub(super) sums: Vec<KeptSums>,
    pub(super) overdue: Vec<Money>,
}

impl Stands {
    fn parts(&self, account: AccountId, currency: Currency) -> Result<Parts> {
        let overdue = self.overdue.iter().find(|overdue| overdue.currency() == currency).copied();
        Ok(parts(account, currency, &self.sums)?.with_overdue(overdue.unwrap_or_else(|| Money::zero(currency))))
    }
}

/// The own limit on a day, with the securities that stood behind the account then.
async fn own_limit(read: &Read, row: &account::Model, day: NaiveDate, settings: &TenantSettings) -> Result<InForce> {
    let limits =
        credit_limit::find(read.tenant()).filter(credit_limit::Column::AccountId.eq(row.id)).all(read.db()).await.map_err(failed)?;
    let limits: Vec<LimitRow> = limits.iter().map(LimitRow::from).collect();
    let limit = in_force(&limits, day, settings.no_limit_row, row.state == "approved");
    let behind = security::find(read.tenant())
        .filter(security::Column::AccountId.eq(row.id))
        .filter(Condition::any().add(security::Column::WithdrawnOn.is_null()).add(security::Column::WithdrawnOn.gt(day)));
    let behind: Vec<SecurityRow> = behind.all(read.db()).await.map_err(failed)?.iter().map(SecurityRow::from).collect();
    secured(limit, &behind, day, settings.security)
}

fn view(
    row: &account::Model,
    as_of: NaiveDate,
    limit: InForce,
    groups: &[GroupStand],
    stands: &Stands,
    rates: &Rates,
    includes: &ExposureIncludes,
) -> Result<ExposureView> {
    let counted: Vec<KeptSums> = stands.sums.iter().map(|sums| sums.clone().counted(includes)).collect();
    let own = parts(row.id, row.currency, &counted)?;
    let others = foreign(row.currency, &counted, rates)?;
    let exposure = own.exposure()?.checked_add(others.exposure)?;
    let limits = standing_limits(limit, groups, row.currency, exposure, own.disputed.checked_add(others.disputed)?)?;
    let limits = if others.missing.is_empty() { limits } else { Vec::new() };
    let mut currencies: BTreeSet<Currency> = stands.sums.iter().map(|sum| sum.currency).collect();
    currencies.insert(row.currency);
    let by_currency = currencies.into_iter().map(|currency| {
        let parts = stands.parts(row.id, currency)?;
        Ok(CurrencyExposure { exposure: parts.exposure()?, parts })
    });
    Ok(ExposureView {
        account_id: row.id,
        as_of,
        limit: limit.amount(row.currency),
        limit_state: limit_state(limit).to_owned(),
        exposure,
        available: limits.iter().map(|limit| limit.available).min_by_key(|available| available.minor()),
        limits,
        parts: stands.parts(row.id, row.currency)?,
        conversions: others.workings,
        missing_rates: others.missing,
        by_currency: by_currency.collect::<Result<_>>()?,
    })
}

fn limit_state(limit: InForce) -> &'static str {
    match limit {
        InForce::NoCheck | InForce::NoRow => "no_check",
        InForce::Amount { .. } => "amount",
        InForce::Prepay => "prepay",
        InForce::Unset => "unset",
        InForce::Expired { .. } => "expired",
    }
}

/// What is past its due date on a day, by currency, from the kept sums of due dates.
const OVERDUE: &str = "SELECT currency, CAST(SUM(open_minor) AS BIGINT) AS overdue_minor FROM due_sum
 WHERE tenant_id = $1 AND account_id = $2 AND due_on < $3 AND open_count > 0 GROUP BY currency";

async fn kept(read: &Read, id: AccountId, today: NaiveDate) -> Result<Stands> {
    let rows = balance::find(read.tenant()).filter(balance::Column::AccountId.eq(id)).all(read.db()).await.map_err(failed)?;
    let overdue = read.rows(OVERDUE, [id.into(), today.into()]).await?;
    let money = |row: &sea_orm::QueryResult| -> std::result::Result<Money, sea_orm::DbErr> {
        Ok(Money::new(row.try_get("", "overdue_minor")?, row.try_get("", "currency")?))
    };
    let overdue = overdue.iter().map(|row| money(row).map_err(failed)).collect::<Result<_>>()?;
    Ok(Stands { sums: rows.iter().map(KeptSums::of).collect(), overdue })
}
