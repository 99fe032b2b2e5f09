//! Tables of holds.

use crate::tenant_rows;
use crate::words::id::{AccountId, DecisionId, ExclusionId, HoldId, InstalmentId, OrderId, RowId};
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// Holds; on the whole account when no order is named. States: `active lifted expired`.
    "hold" hold {
        id: HoldId,
        account_id: AccountId,
        order_id: Option<OrderId>,
        source: String,
        code: String,
        text_en: String,
        text_zh: String,
        currency: Option<Currency>,
        pay_to_release_minor: Option<i64>,
        paid_before_minor: i64,
        placed_on: NaiveDate,
        expires_on: Option<NaiveDate>,
        state: String,
        lifted_on: Option<NaiveDate>,
        lifted_by: Option<String>,
        lift_reason: Option<String>,
        decision_id: Option<DecisionId>,
        version: i64,
        created_at: DateTimeUtc,
    }
    /// Hold rules of the policy that an account is let off.
    "hold_exclusion" hold_exclusion {
        id: ExclusionId,
        account_id: AccountId,
        rule: String,
        is_release_and_stop: bool,
        valid_from: NaiveDate,
        valid_to: Option<NaiveDate>,
        reason: String,
        author: String,
        cancelled_on: Option<NaiveDate>,
        cancelled_by: Option<String>,
        created_at: DateTimeUtc,
    }
    /// Instalments whose settlement lifts a hold.
    "hold_item" hold_item {
        id: RowId,
        hold_id: HoldId,
        instalment_id: InstalmentId,
    }
}
