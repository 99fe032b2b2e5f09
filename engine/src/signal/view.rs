//! What outsiders see of a signal.

use super::rows::signal;
use super::{SignalSource, SourceBasis, entry};
use crate::account::rows::account;
use crate::doors::store::{Read, failed};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, SignalId};
use crate::words::page::{Order, Page, PageOf};
use crate::words::signal::{Severity, SignalType};
use crate::words::text::Bilingual;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// An early-warning signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignalView {
    /// Its id.
    pub id: SignalId,
    /// The account.
    pub account_id: AccountId,
    /// The account's number in the ERP.
    pub account_external_id: Option<String>,
    /// Its number at the service that found it.
    pub external_id: Option<String>,
    /// What was noticed.
    #[serde(rename = "type")]
    pub kind: SignalType,
    /// The title of that kind.
    pub title: Bilingual,
    /// How grave it was when it was noticed.
    pub severity: Severity,
    /// How grave it is on the day asked about; `null` when it has faded, was withdrawn, or was not noticed yet.
    pub live_severity: Option<Severity>,
    /// Where it comes from.
    pub source: SignalSource,
    /// On what basis we may know it.
    pub source_basis: SourceBasis,
    /// What was seen or heard.
    pub evidence: String,
    /// The day it was noticed.
    pub observed_on: NaiveDate,
    /// The first day it is one step milder.
    pub decays_on: NaiveDate,
    /// The first day nothing is left of it.
    pub ends_on: NaiveDate,
    /// Who told of it.
    pub author: String,
    /// The day it was withdrawn.
    pub withdrawn_on: Option<NaiveDate>,
    /// Who withdrew it.
    pub withdrawn_by: Option<String>,
    /// Why it was withdrawn.
    pub withdraw_reason: Option<String>,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
}

/// The signal as it stands on a day.
pub fn view_of(row: &signal::Model, account_external_id: Option<String>, day: NaiveDate) -> SignalView {
    let known = entry(row.kind);
    let fading = row.fading();
    SignalView {
        id: row.id,
        account_id: row.account_id,
        account_external_id,
        external_id: row.external_id.clone(),
        kind: row.kind,
        title: Bilingual::new(known.en, known.zh),
        severity: row.severity,
        live_severity: row.live_on(day),
        source: row.source,
        source_basis: row.source_basis,
        evidence: row.evidence.clone(),
        observed_on: row.observed_on,
        decays_on: fading.decays_on(),
        ends_on: fading.ends_on(),
        author: row.author.clone(),
        withdrawn_on: row.withdrawn_on,
        withdrawn_by: row.withdrawn_by.clone(),
        withdraw_reason: row.withdraw_reason.clone(),
        version: row.version,
        created_at: row.created_at,
    }
}

/// The row of a signal; `not_found` when there is none.
pub async fn signal_row(read: &Read, id: SignalId) -> Result<signal::Model> {
    let row = signal::find(read.tenant()).filter(signal::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such signal"))
}

/// Which signals are wanted.
#[derive(Clone, Debug, Default)]
pub struct SignalFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of these kinds; any when empty.
    pub kinds: Vec<SignalType>,
    /// Noticed with one of these severities; any when empty.
    pub severities: Vec<Severity>,
    /// From this source.
    pub source: Option<SignalSource>,
    /// With this number at the service that found it.
    pub external_id: Option<String>,
    /// Only those that count on the day, or only those that do not.
    pub is_live: Option<bool>,
}

/// Signals in the order they were written down, as they stand on a day.
pub async fn list_signals(read: &Read, filter: &SignalFilter, day: NaiveDate, page: &PageOf) -> Result<Page<SignalView>> {
    use signal::Column as C;
    let mut query = signal::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
    query = filter.source.into_iter().fold(query, |query, source| query.filter(C::Source.eq(source)));
    query = filter.external_id.iter().fold(query, |query, number| query.filter(C::ExternalId.eq(number)));
    if !filter.kinds.is_empty() {
        query = query.filter(C::Kind.is_in(filter.kinds.iter().copied()));
    }
    if !filter.severities.is_empty() {
        query = query.filter(C::Severity.is_in(filter.severities.iter().copied()));
    }
    let stands = Condition::any().add(C::WithdrawnOn.is_null()).add(C::WithdrawnOn.gt(day));
    let counts = Condition::all().add(C::ObservedOn.lte(day)).add(C::EndsOn.gt(day)).add(stands);
    query = filter.is_live.into_iter().fold(query, |query, is| query.filter(if is { counts.clone() } else { counts.clone().not() }));
    let rows = read.page(query, C::Id, Order::OldestFirst, page).await?;
    let numbers = numbers(read, &rows.data).await?;
    Ok(rows.map(|row| view_of(&row, numbers.get(&row.account_id).cloned(), day)))
}

/// What the ERP calls the accounts of these signals.
async fn numbers(read: &Read, rows: &[signal::Model]) -> Result<HashMap<AccountId, String>> {
    let accounts = account::find(read.tenant())
        .select_only()
        .columns([account::Column::Id, account::Column::ExternalId])
        .filter(read.among(account::Column::Id, rows.iter().map(|row| row.account_id)));
    let numbers: Vec<(AccountId, String)> = accounts.into_tuple().all(read.db()).await.map_err(failed)?;
    Ok(numbers.into_iter().collect())
}
