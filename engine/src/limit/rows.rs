//! Tables of limits.

use super::group::{GroupLimitRow, GroupNode};
use super::rules::{LimitKind, LimitRow};
use super::security::{SecurityKind, SecurityRow};
use crate::tenant_rows;
use crate::words::id::{AccountId, CreditGroupId, CreditLimitId, ImportId, RowId, SecurityId};
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;

tenant_rows! {
    /// Limits, dated and never changed: history for any past day. Without an amount there is no credit check.
    "credit_limit" credit_limit {
        id: CreditLimitId,
        account_id: AccountId,
        kind: LimitKind,
        currency: Currency,
        amount_minor: Option<i64>,
        valid_from: NaiveDate,
        valid_to: Option<NaiveDate>,
        reason: String,
        author: String,
        created_at: DateTimeUtc,
    }
    /// Limits that came with an import and wait for its second person; the limit itself gets the same id.
    "imported_limit" imported_limit {
        id: CreditLimitId,
        import_id: ImportId,
        account_id: AccountId,
        currency: Currency,
        amount_minor: Option<i64>,
    }
    /// Groups of accounts that share limits. `turn` is what an order of a member claims at the root of its tree.
    "credit_group" credit_group {
        id: CreditGroupId,
        external_id: String,
        name: String,
        currency: Currency,
        parent_id: Option<CreditGroupId>,
        root_id: CreditGroupId,
        turn: i64,
        version: i64,
        created_at: DateTimeUtc,
    }
    /// Limits of groups, dated and never changed; each has a last day.
    "group_limit" group_limit {
        id: CreditLimitId,
        group_id: CreditGroupId,
        currency: Currency,
        amount_minor: i64,
        valid_from: NaiveDate,
        valid_to: NaiveDate,
        reason: String,
        author: String,
        created_at: DateTimeUtc,
    }
    /// The highest warning line that the members of a group are above together, 0 for none; written under the turn of its tree (GR-05).
    /// The id is the group's, so that a group has one.
    "group_warning" group_warning {
        id: RowId,
        group_id: CreditGroupId,
        level: i64,
    }
    /// When an account belonged to which group, so that a past day can be told. Without a first day since before anybody wrote it down.
    "group_stay" group_stay {
        id: RowId,
        account_id: AccountId,
        group_id: CreditGroupId,
        joined_on: Option<NaiveDate>,
        left_on: Option<NaiveDate>,
    }
    /// Insurances and guarantees behind accounts.
    "security" security {
        id: SecurityId,
        account_id: AccountId,
        kind: SecurityKind,
        currency: Currency,
        amount_minor: i64,
        share_bps: i64,
        valid_from: NaiveDate,
        valid_to: Option<NaiveDate>,
        reference: Option<String>,
        author: String,
        withdrawn_on: Option<NaiveDate>,
        withdraw_reason: Option<String>,
        version: i64,
        created_at: DateTimeUtc,
    }
}

impl From<&credit_group::Model> for GroupNode {
    fn from(row: &credit_group::Model) -> Self {
        Self { id: row.id, parent: row.parent_id }
    }
}

impl From<&group_limit::Model> for GroupLimitRow {
    fn from(row: &group_limit::Model) -> Self {
        Self { amount: Money::new(row.amount_minor, row.currency), valid_from: row.valid_from, valid_to: row.valid_to }
    }
}

impl From<&security::Model> for SecurityRow {
    fn from(row: &security::Model) -> Self {
        Self {
            kind: row.kind,
            amount: Money::new(row.amount_minor, row.currency),
            share_bps: row.share_bps,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        }
    }
}

impl From<&credit_limit::Model> for LimitRow {
    fn from(row: &credit_limit::Model) -> Self {
        let amount = row.amount_minor.map(|minor| Money::new(minor, row.currency));
        Self { kind: row.kind, amount, valid_from: row.valid_from, valid_to: row.valid_to }
    }
}
