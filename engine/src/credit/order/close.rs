//! An order ends before it is invoiced: taken back, or refused by a person for good.

use super::act::{ActFacts, entry, read_order};
use super::view::{OrderView, view};
use crate::command::{Attempt, Command, Decided};
use crate::credit::rules::order::{OrderAct, after};
use crate::doors::store::{Changes, Read};
use crate::order::rows::sales_order;
use crate::order::rules::{Progress, end};
use crate::words::asked::Asked;
use crate::words::error::Result;
use crate::words::id::{AccountId, OrderId};
use crate::words::text::check_reason;

/// Takes an order back: it reserves nothing any more, and cash on it is free again. Refuses `already_shipped` once goods have left.
pub struct CancelOrder {
    /// The account, already found.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
    /// Why.
    pub reason: Option<String>,
}

impl Command for CancelOrder {
    type Facts = ActFacts;
    type Done = OrderView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<ActFacts> {
        read_order(read, attempt, self.account, self.order).await
    }

    fn decide(&self, facts: &ActFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<OrderView>> {
        self.reason.as_deref().map_or(Ok(()), check_reason)?;
        let (row, changes) = ended(facts, OrderAct::Cancel, self.reason.as_deref().unwrap_or("cancelled"), attempt)?;
        let body = serde_json::json!({ "external_id": row.external_id, "reason": self.reason });
        Ok(Decided::new(view(&row)?, changes.tell(entry("order.cancelled", self.order, attempt.stamp.today, body))))
    }
}

/// Refuses a held order for good, with its reason. Refuses `already_shipped` once goods of it have left.
pub struct RejectOrder {
    /// The account, already found.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
    /// Why.
    pub reason: String,
}

impl Command for RejectOrder {
    type Facts = ActFacts;
    type Done = OrderView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<ActFacts> {
        read_order(read, attempt, self.account, self.order).await
    }

    fn decide(&self, facts: &ActFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<OrderView>> {
        check_reason(&self.reason)?;
        let (row, changes) = ended(facts, OrderAct::Reject, &self.reason, attempt)?;
        let body = serde_json::json!({ "external_id": row.external_id, "reason": self.reason });
        Ok(Decided::new(view(&row)?, changes.tell(entry("order.rejected", self.order, attempt.stamp.today, body))))
    }
}

fn ended(facts: &ActFacts, act: OrderAct, reason: &str, attempt: &Attempt) -> Result<(sales_order::Model, Changes)> {
    let mut row = facts.row.clone();
    let state = after(row.state, act)?;
    row.put(end(Progress::from(&row), state, row.currency)?);
    row.closed_reason = Some(reason.to_owned());
    let changes = facts.write(&mut row, attempt.stamp.today, Some(reason), attempt)?;
    Ok((row, changes))
}
