//! A person lets an order ship against its answer, or takes it back.

use super::checked::withdrawn;
use super::hold_rows::lifted;
use super::reserve::{moved, reserve};
use super::view::{OrderView, row, view};
use crate::account::rows::{account, balance};
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, pending_about, propose};
use crate::command::{Attempt, Command, Decided};
use crate::credit::claim::claimed;
use crate::credit::gauge::{gauges, warned};
use crate::credit::limit::check_reason;
use crate::credit::overrides::{ask, was_overridden};
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
use crate::words::text::Bilingual;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};

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
        approvals: pending_about(read, order.0).await?,
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
            // The request this act was approved by is written by whoever runs it.
            let own = attempt.who.second.as_ref().map(|second| second.approval);
            let others = self.approvals.iter().filter(|row| Some(row.id) != own);
            let approvals: Vec<approval::Model> = others.map(|row| withdrawn(row, "the order has moved on")).collect();
            changes = changes.save_all(&holds).save_all(&approvals);
        }
        Ok((view(&row)?, changes.save(&row)))
    }
}

/// Lets a held order ship, or part of it. Above the caller's authority it waits for a second person.
#[derive(Serialize, Deserialize)]
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
    /// The order, and whether its account was let ship against its answer not long ago.
    type Facts = (ActFacts, bool);
    type Done = Acted<OrderView>;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        let facts = read_order(read, attempt, self.account, self.order).await?;
        Ok((facts, was_overridden(read, self.account, attempt).await?))
    }

    fn decide(&self, (facts, was_overridden): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<OrderView>>> {
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
        let ask = ask(attempt, &attempt.ground.settings.authority.release_order, Some(amount), *was_overridden);
        let persons = Persons::of(&attempt.who, ask.is_some());
        if let Some(ask) = ask.filter(|_| persons == Persons::Waits) {
            let claim = Claim::Account(claimed(&facts.account));
            return propose(self.proposal(facts, amount, ask)?, &facts.approvals, claim, attempt);
        }
        let is_whole = amount.minor() == rest.minor();
        if !is_whole {
            // What was not released stays held, with its reasons.
            row.state = OrderState::PartiallyReleased;
        }
        row.released_minor = row.invoiced_minor + amount.minor();
        let (done, changes) = facts.close(row, amount.minor(), is_whole.then_some(&*self.reason), attempt)?;
        let body = persons.told(serde_json::json!({ "external_id": done.external_id, "amount": amount, "reason": self.reason }));
        Ok(Decided::new(Acted::Done(done), changes.tell(entry("order.released", self.order, body, attempt))))
    }
}

impl ReleaseOrder {
    /// The act as it waits. Its amount is written down even where the caller named none: exactly that much is approved.
    fn proposal(&self, facts: &ActFacts, amount: Money, ask: Ask) -> Result<Proposal> {
        let (name, order) = (&facts.account.name, &facts.row.external_id);
        let exact = Self { amount: Some(amount), reason: self.reason.clone(), ..*self };
        Ok(Proposal {
            kind: ApprovalKind::ReleaseOrder,
            account: Some(self.account),
            subject: ("order", self.order.0),
            ask,
            text: Bilingual::new(
                format!("Let {amount} of the held order {order} of {name} ship: {}", self.reason),
                format!("申请放行{name}被控货的订单 {order}，金额 {amount}：{}", self.reason),
            ),
            amount: Some(amount),
            body: serde_json::to_value(exact).map_err(Error::internal)?,
        })
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
