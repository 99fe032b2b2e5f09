//! A person lets an order ship against its answer, or takes it back.

use super::checked::withdrawn;
use super::hold_rows::lifted;
use super::load::pending_approvals;
use super::reserve::{moved, reserve};
use super::view::{OrderView, row, view};
use crate::account::rows::{account, balance};
use crate::approval::rows::approval;
use crate::command::{Attempt, Command, Decided};
use crate::credit::claim::claimed;
use crate::credit::gauge::{gauges, warned};
use crate::credit::limit::check_reason;
use crate::credit::rules::order::{OrderAct, after};
use crate::credit::rules::warning::Gauge;
use crate::doors::store::{AccountClaim, Changes, Claim, Entry, Read, failed};
use crate::hold::rows::hold;
use crate::order::OrderState;
use crate::order::rows::sales_order;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, OrderId};
use crate::words::money::Money;
use sea_orm::{ColumnTrait, QueryFilter};

/// What ending an order's holds looks at.
pub struct ActFacts {
    account: account::Model,
    balances: Vec<balance::Model>,
    row: sales_order::Model,
    holds: Vec<hold::Model>,
    approvals: Vec<approval::Model>,
    /// What the account's warning lines are measured by, where it has a limit.
    gauge: Option<Gauge>,
}

async fn read_order(read: &Read, attempt: &Attempt, account_id: AccountId, order: OrderId) -> Result<ActFacts> {
    let tenant = read.tenant();
    let account = account::find(tenant).filter(account::Column::Id.eq(account_id)).one(read.db()).await.map_err(failed)?;
    let account = account.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
    let row = row(read, order).await?;
    let active = hold::find(tenant).filter(hold::Column::OrderId.eq(order)).filter(hold::Column::State.eq("active"));
    let balances = balance::find(tenant).filter(balance::Column::AccountId.eq(account_id)).all(read.db()).await.map_err(failed)?;
    let gauge = gauges(read, attempt, &[&account], &balances.iter().collect::<Vec<_>>()).await?.remove(&account_id);
    Ok(ActFacts {
        balances,
        gauge,
        holds: active.all(read.db()).await.map_err(failed)?,
        approvals: pending_approvals(read, order).await?,
        account,
        row,
    })
}

impl ActFacts {
    /// Writes the order at its new reservation; where its holds end, they and what was asked about it end with it.
    fn close(
        &self,
        mut row: sales_order::Model,
        target_minor: i64,
        ending: Option<&str>,
        attempt: &Attempt,
    ) -> Result<(OrderView, Changes)> {
        row.version += 1;
        let has_task = row.keep_waiting(attempt.stamp.today);
        let by = target_minor - row.reserved_minor;
        let (warning_level, warnings) = match &self.gauge {
            Some(gauge) => warned(gauge, moved(&self.balances, &row, by, attempt).iter(), attempt)?,
            None => (self.account.warning_level, Vec::new()),
        };
        let changes = Changes::on(Claim::Account(AccountClaim { warning_level, ..claimed(&self.account) }));
        let changes = warnings.into_iter().fold(changes, Changes::tell);
        let changes = if has_task { changes.frees_room() } else { changes };
        let mut changes = reserve(changes, &mut row, target_minor, &self.balances, attempt)?;
        if let Some(reason) = ending {
            let holds: Vec<hold::Model> =
                self.holds.iter().map(|hold| lifted(hold, "lifted", &attempt.who.actor, reason, attempt)).collect();
            let approvals: Vec<approval::Model> = self.approvals.iter().map(|row| withdrawn(row, "the order has moved on")).collect();
            changes = changes.save_all(&holds).save_all(&approvals);
        }
        Ok((view(&row)?, changes.save(&row)))
    }
}

/// Lets a held order ship, or part of it. Who may do that is the caller's to know: here a person has answered for it.
pub struct ReleaseOrder {
    /// The account, already found.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
    /// How much of it; all that is not invoiced when absent.
    pub amount: Option<Money>,
    /// Why.
    pub reason: String,
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
        let rest = Money::new(row.amount_minor - row.invoiced_minor, row.currency);
        row.state = after(row.state, OrderAct::Release)?;
        let amount = self.amount.unwrap_or(rest);
        if amount.currency() != rest.currency() {
            return Err(Error::new(Code::CurrencyMismatch, format!("the order is in {}", rest.currency())).at("#/amount"));
        }
        if !amount.is_positive() || amount.minor() > rest.minor() {
            return Err(Error::new(Code::AmountOutOfRange, format!("more than zero and at most {rest} is released")).at("#/amount"));
        }
        let is_whole = amount.minor() == rest.minor();
        if !is_whole {
            // What was not released stays held, with its reasons.
            row.state = OrderState::PartiallyReleased;
        }
        row.released_minor = row.invoiced_minor + amount.minor();
        let (done, changes) = facts.close(row, amount.minor(), is_whole.then_some(&*self.reason), attempt)?;
        let body = serde_json::json!({ "external_id": done.external_id, "amount": amount, "reason": self.reason });
        Ok(Decided::new(done, changes.tell(entry("order.released", self.order, body, attempt))))
    }
}

/// Takes an order back: it reserves nothing any more.
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
        let mut row = facts.row.clone();
        row.state = after(row.state, OrderAct::Cancel)?;
        let (done, changes) = facts.close(row, 0, Some(self.reason.as_deref().unwrap_or("cancelled")), attempt)?;
        let body = serde_json::json!({ "external_id": done.external_id, "reason": self.reason });
        Ok(Decided::new(done, changes.tell(entry("order.cancelled", self.order, body, attempt))))
    }
}

fn entry(kind: &'static str, order: OrderId, body: serde_json::Value, attempt: &Attempt) -> Entry {
    Entry { kind, subject: "order", subject_id: order.0, effective_on: attempt.stamp.today, decision: None, body }
}
