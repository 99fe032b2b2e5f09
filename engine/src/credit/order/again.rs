//! Checking an order again: after a payment, a new limit, because it comes to another step of its life, or because somebody wants to
//! know (decision 52).

use super::load::{Check, load};
use super::view::{OrderView, answer, row};
use crate::command::{Attempt, Command, Decided};
use crate::credit::rules::OrderDecision;
use crate::credit::rules::order::{OrderAct, after};
use crate::doors::store::Read;
use crate::facts::glance;
use crate::words::asked::{Asked, Hook, PluginSet};
use crate::words::checkpoint::Checkpoint;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::facts::OrderFacts;
use crate::words::id::{AccountId, CreditGroupId, OrderId};
use crate::words::money::Money;

/// Checks what is left of an order again, at the step of its life where it was checked last. Its reasons that have ended are lifted,
/// the others keep their age.
pub struct CheckOrder {
    /// The account, already found.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
}

impl CheckOrder {
    async fn read(&self, read: &Read, attempt: &Attempt, checkpoint: Option<Checkpoint>) -> Result<Check> {
        let known = row(read, self.order).await?;
        // The account with its version comes before everything that is decided on: the order is read again after it.
        let seen = glance(read, self.account, &known.external_id).await?;
        let seen = seen.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let row = row(read, self.order).await?;
        // Whether it may be checked at all does not depend on the answer: refuse before anybody is asked.
        after(row.state, OrderAct::Checked(OrderDecision::Hold))?;
        let order = OrderFacts {
            id: row.id,
            external_id: row.external_id.clone(),
            amount: Money::new((row.amount_minor - row.invoiced_minor).max(0), row.currency),
            contract_external_id: row.contract_external_id.clone(),
            batch_no: row.batch_no,
            ship_on: row.ship_on,
            is_partial_ok: row.is_partial_ok,
            checkpoint: checkpoint.map_or_else(|| answer(&row).map(|answer| answer.checkpoint), Ok)?,
        };
        load(read, attempt, seen, order, Some(row)).await
    }
}

impl Command for CheckOrder {
    type Facts = Check;
    type Done = OrderView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Check> {
        self.read(read, attempt, None).await
    }

    fn shares(&self, check: &Check) -> Option<CreditGroupId> {
        check.group.map(|group| group.root)
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::OrderCheck)
    }

    fn ask(&self, check: &Check, attempt: &Attempt) -> Asked {
        check.ask(attempt)
    }

    fn decide(&self, check: &Check, asked: &Asked, attempt: &Attempt) -> Result<Decided<OrderView>> {
        let before = check.before.as_ref().ok_or_else(|| Error::internal("an order that is checked again was read"))?;
        check.decided(before.row.clone(), asked, attempt)
    }
}

/// Checks an order as it comes to a step of its life (OR-01). Later checks are at this step until another one is named.
pub struct CheckOrderAt {
    /// The order.
    pub check: CheckOrder,
    /// The step.
    pub checkpoint: Checkpoint,
}

impl Command for CheckOrderAt {
    type Facts = Check;
    type Done = OrderView;

    fn account(&self) -> Option<AccountId> {
        self.check.account()
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Check> {
        self.check.read(read, attempt, Some(self.checkpoint)).await
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        self.check.asks(plugins)
    }

    fn ask(&self, check: &Check, attempt: &Attempt) -> Asked {
        check.ask(attempt)
    }

    fn decide(&self, check: &Check, asked: &Asked, attempt: &Attempt) -> Result<Decided<OrderView>> {
        self.check.decide(check, asked, attempt)
    }
}
