//! Checking an order again: after a payment, a new limit, because it comes to another step of its life, or because somebody wants to
//! know (decision 52).

use super::load::{Asking, Check, load};
use super::view::{OrderView, answer, row};
use crate::command::{Attempt, Command, Decided};
use crate::credit::rules::OrderDecision;
use crate::credit::rules::order::{OrderAct, after};
use crate::doors::store::Read;
use crate::facts::glance;
use crate::order::rows::sales_order;
use crate::order::rules::Progress;
use crate::words::asked::{Asked, Hook, PluginSet};
use crate::words::checkpoint::Checkpoint;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CreditGroupId, OrderId};
use chrono::NaiveDate;

/// Checks what is left of an order again, at the step of its life where it was checked last. Its reasons that have ended are lifted,
/// the others keep their age.
pub struct CheckOrder {
    /// The account, already found.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
}

/// The order without a person's release whose last day has passed: it covers no more than what is gone.
pub(super) fn with_release_of(mut row: sales_order::Model, today: NaiveDate) -> sales_order::Model {
    if row.valid_until.is_some_and(|last| last < today) {
        row.released_minor = row.released_minor.min(Progress::from(&row).gone());
    }
    row
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
        let now = with_release_of(row.clone(), attempt.stamp.today);
        let checkpoint = checkpoint.map_or_else(|| answer(&row).map(|answer| answer.checkpoint), Ok)?;
        load(read, attempt, seen, now, Asking::Again(row), checkpoint).await
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
        check.decided(asked, attempt)
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
