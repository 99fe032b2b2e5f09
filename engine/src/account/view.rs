//! What outsiders see of an account.

use super::rows::account;
use crate::words::id::{AccountId, CreditGroupId};
use crate::words::money::Currency;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// Its number in the ERP.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// The currency of its limit.
    pub currency: Currency,
    /// The account it belongs to.
    pub parent_id: Option<AccountId>,
    /// Sales segment.
    pub segment: Option<String>,
    /// Credit grade.
    pub grade: Option<String>,
    /// Who drives its collection.
    pub owner: Option<String>,
    /// Sales region.
    pub region: Option<String>,
    /// ISO 3166 country.
    pub country: Option<String>,
    /// BCP 47 language of its letters.
    pub language: Option<String>,
    /// `company` or `person`.
    pub kind: String,
    /// Tax number.
    pub tax_id: Option<String>,
    /// Agreed days to pay.
    pub terms_days: Option<i64>,
    /// Agreed way to pay.
    pub payment_mode: Option<String>,
    /// IANA time zone of its people.
    pub timezone: Option<String>,
    /// `prospect`, `under_review`, `approved` or `declined`.
    pub state: String,
    /// Is everything blocked: no chasing, no shipping?
    pub blocked: bool,
    /// Why it is blocked.
    pub block_reason: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// The integrator's own words.
    pub metadata: BTreeMap<String, String>,
    /// The first day on which anything about it can matter.
    pub next_review_on: Option<NaiveDate>,
    /// The day its next credit review falls due; `null` before the first one.
    pub credit_review_on: Option<NaiveDate>,
    /// The group of accounts whose limits it shares.
    pub credit_group_id: Option<CreditGroupId>,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<&account::Model> for AccountView {
    fn from(row: &account::Model) -> Self {
        let row = row.clone();
        Self {
            id: row.id,
            external_id: row.external_id,
            name: row.name,
            currency: row.currency,
            parent_id: row.parent_id,
            segment: row.segment,
            grade: row.grade,
            owner: row.owner,
            region: row.region,
            country: row.country,
            language: row.language,
            kind: row.kind,
            tax_id: row.tax_id,
            terms_days: row.terms_days,
            payment_mode: row.payment_mode,
            timezone: row.time_zone,
            state: row.state,
            blocked: row.is_blocked,
            block_reason: row.block_reason,
            tags: row.tags.0,
            metadata: row.metadata.0,
            next_review_on: row.next_review_on,
            credit_review_on: row.credit_review_on,
            credit_group_id: row.credit_group_id,
            version: row.version,
            created_at: row.created_at,
        }
    }
}
