//! A person lets an order ship against its answer.

use super::act::{ActFacts, entry, read_order};
use super::view::{OrderView, view};
use crate::command::{Attempt, Command, Decided};
use crate::credit::limit::check_reason;
use crate::credit::rules::order::{OrderAct, after};
use crate::doors::store::Read;
use crate::order::OrderState;
use crate::order::rules::{Progress, approve_lines};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, OrderId};
use crate::words::money::Money;
use chrono::NaiveDate;

/// Lets a held order ship, or part of it. Who may do that is the caller's to know: here a person has answered for it. A release is for
/// this order and once: what ships under it uses it up.
pub struct ReleaseOrder {
    /// The account, already found.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
    /// How much of it; all that still waits when absent.
    pub amount: Option<Money>,
    /// Why.
    pub reason: String,
    /// The last day it may ship under this release; without end when absent.
    pub valid_until: Option<NaiveDate>,
}

impl Command for ReleaseOrder {
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
        let mut row = facts.row.clone();
        let before = Progress::from(&row);
        let state = after(row.state, OrderAct::Release)?;
        let waiting = Money::new(before.waiting(), row.currency);
        let amount = self.amount.unwrap_or(waiting);
        if amount.currency() != waiting.currency() {
            return Err(Error::new(Code::CurrencyMismatch, format!("the order is in {}", waiting.currency())).at("#/amount"));
        }
        if !amount.is_positive() || amount.minor() > waiting.minor() {
            return Err(Error::new(Code::AmountOutOfRange, format!("more than zero and at most {waiting} is released")).at("#/amount"));
        }
        if self.valid_until.is_some_and(|last| last < attempt.stamp.today) {
            return Err(Error::new(Code::ValidationFailed, "the last day of a release has not passed yet").at("#/valid_until"));
        }
        let is_whole = amount.minor() == waiting.minor();
        let now = before.approve(amount.minor().max(before.ready()));
        // What was not released stays held, with its reasons.
        row.put(Progress { state: if is_whole { state } else { OrderState::PartiallyReleased }, ..now });
        row.released_minor = before.gone() + amount.minor();
        row.valid_until = self.valid_until;
        approve_lines(&mut row.lines.0, row.approved_minor);
        let changes = facts.write(&mut row, attempt.stamp.today, is_whole.then_some(&*self.reason), attempt)?;
        let body = serde_json::json!({
            "external_id": row.external_id, "amount": amount, "reason": self.reason, "valid_until": self.valid_until,
        });
        Ok(Decided::new(view(&row)?, changes.tell(entry("order.released", self.order, attempt.stamp.today, body))))
    }
}
