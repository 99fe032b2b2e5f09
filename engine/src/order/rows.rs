//! Tables of orders.

use super::OrderState;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::{AccountId, DecisionId, OrderId, RowId};
use crate::words::money::Currency;
use chrono::NaiveDate;
use serde_json::Value as Json;

tenant_rows! {
    /// Orders. `answer` is what the last check answered, as outsiders read it; `held_since` is the day from which it waits, and
    /// `escalation_level` how many roles have been called since.
    "sales_order" sales_order {
        id: OrderId,
        account_id: AccountId,
        external_id: String,
        entity: String,
        currency: Currency,
        amount_minor: i64,
        reserved_minor: i64,
        released_minor: i64,
        invoiced_minor: i64,
        state: OrderState,
        decision: String,
        contract_external_id: Option<String>,
        batch_no: Option<i64>,
        ship_on: Option<NaiveDate>,
        is_partial_ok: bool,
        answer: Payload<Json>,
        decision_id: DecisionId,
        content_hash: String,
        version: i64,
        placed_on: NaiveDate,
        held_since: Option<NaiveDate>,
        escalation_level: i64,
        escalated_on: Option<NaiveDate>,
        created_at: DateTimeUtc,
    }
    /// Every movement of what orders reserve, dated and never changed: exposure of any past day is their sum (decision 43).
    "reservation" reservation {
        id: RowId,
        order_id: OrderId,
        account_id: AccountId,
        entity: String,
        currency: Currency,
        amount_minor: i64,
        reserved_on: NaiveDate,
        created_at: DateTimeUtc,
    }
}
