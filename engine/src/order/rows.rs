//! Tables of orders.

use super::OrderState;
use super::rules::Progress;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::facts::OrderLine;
use crate::words::id::{AccountId, AllocationId, DecisionId, OrderId, PaymentId, RevisionId, RowId, ShipmentId};
use crate::words::money::Currency;
use chrono::NaiveDate;
use serde_json::Value as Json;

tenant_rows! {
    /// Orders. `answer` is what the last check answered, as outsiders read it. What it reserves follows from `approved`, `shipped`,
    /// `invoiced` and `deposit` by the rules of this slice; `released` is what a person let ship in all. `held_since` is the day from which
    /// it waits, and `escalation_level` how many roles have been called since.
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
        approved_minor: i64,
        shipped_minor: i64,
        deposit_minor: i64,
        terms_days: Option<i64>,
        valid_until: Option<NaiveDate>,
        lines: Payload<Vec<OrderLine>>,
        closed_reason: Option<String>,
    }
    /// Every movement of what orders reserve, and of the share of it that has shipped; dated and never changed: exposure of any past
    /// day is their sum (decision 43).
    "reservation" reservation {
        id: RowId,
        order_id: OrderId,
        account_id: AccountId,
        entity: String,
        currency: Currency,
        amount_minor: i64,
        reserved_on: NaiveDate,
        created_at: DateTimeUtc,
        shipped_minor: i64,
    }
    /// What an order was and what it became, by whom and why.
    "order_revision" order_revision {
        id: RevisionId,
        account_id: AccountId,
        order_id: OrderId,
        no: i64,
        was: Payload<Json>,
        becomes: Payload<Json>,
        reason: String,
        author: String,
        is_checked: bool,
        revised_on: NaiveDate,
        created_at: DateTimeUtc,
    }
    /// Goods that left, by the number of their delivery note. `lines` are numbers of order lines.
    "shipment" shipment {
        id: ShipmentId,
        account_id: AccountId,
        order_id: OrderId,
        external_id: String,
        currency: Currency,
        amount_minor: i64,
        lines: Payload<Vec<i64>>,
        shipped_on: NaiveDate,
        content_hash: String,
        created_at: DateTimeUtc,
    }
    /// Shares of payments on orders, dated and never changed; a negative one undoes another, or moves its money to an invoice.
    "deposit" deposit {
        id: AllocationId,
        account_id: AccountId,
        payment_id: PaymentId,
        order_id: OrderId,
        entity: String,
        currency: Currency,
        amount_minor: i64,
        booked_on: NaiveDate,
        reverses_id: Option<AllocationId>,
        created_at: DateTimeUtc,
    }
}

impl From<&sales_order::Model> for Progress {
    fn from(row: &sales_order::Model) -> Self {
        Self {
            state: row.state,
            amount: row.amount_minor,
            approved: row.approved_minor,
            shipped: row.shipped_minor,
            invoiced: row.invoiced_minor,
            deposit: row.deposit_minor,
        }
    }
}

impl sales_order::Model {
    /// Writes the figures of its way into the row, and what it reserves by them.
    pub fn put(&mut self, now: Progress) {
        self.state = now.state;
        self.approved_minor = now.approved;
        self.shipped_minor = now.shipped;
        self.invoiced_minor = now.invoiced;
        self.deposit_minor = now.deposit;
        self.reserved_minor = now.taken().reserved;
        if now.is_closed() {
            self.valid_until = None;
        }
    }
}
