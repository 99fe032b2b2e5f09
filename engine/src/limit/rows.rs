//! Tables of limits.

use super::rules::{LimitKind, LimitRow};
use crate::tenant_rows;
use crate::words::id::{AccountId, CreditLimitId};
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
}

impl From<&credit_limit::Model> for LimitRow {
    fn from(row: &credit_limit::Model) -> Self {
        let amount = row.amount_minor.map(|minor| Money::new(minor, row.currency));
        Self { kind: row.kind, amount, valid_from: row.valid_from, valid_to: row.valid_to }
    }
}
