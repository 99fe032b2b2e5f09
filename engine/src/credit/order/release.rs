//! A person lets an order ship against its answer.

use super::act::{ActFacts, entry, read_order};
use super::load::order_facts;
use super::view::{OrderView, answer, view};
use crate::account::claimed;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, propose};
use crate::command::{Attempt, Command, Decided};
use crate::credit::gated::{Gate, Questions, questions};
use crate::credit::overrides::{Overrides, ask, overrides};
use crate::credit::rules::order::{OrderAct, after};
use crate::credit::stake::{measured, rates_to_own};
use crate::credit::supply::stops_of;
use crate::doors::store::{Claim, Entry, Read};
use crate::exchange::rules::Rates;
use crate::hold::rows::hold;
use crate::order::OrderState;
use crate::order::rules::{Progress, approve_lines};
use crate::words::act_facts::Requester;
use crate::words::asked::{About, Asked, Hook, PluginSet};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::facts::HoldFacts;
use crate::words::id::{AccountId, OrderId};
use crate::words::money::Money;
use crate::words::role::Role;
use crate::words::text::{Bilingual, check_reason};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Lets a held order ship, or part of it. A release is for this order and once: what ships under it uses it up. Above the caller's
/// authority it waits for a second person, and always while supply is stopped.
#[derive(Serialize, Deserialize)]
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

/// What a release looks at.
pub struct ReleaseFacts {
    act: ActFacts,
    /// What bears on the release beside the amount.
    overrides: Overrides,
    /// Rates into the tenant's currency.
    rates: Rates,
    /// What plugins are asked about the release, where one listens.
    questions: Option<Questions>,
    /// Is supply of the account, or of the order, stopped?
    is_stopped: bool,
}

impl Command for ReleaseOrder {
    type Facts = ReleaseFacts;
    type Done = Acted<OrderView>;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        let act = read_order(read, attempt, self.account, self.order).await?;
        let questions = questions(read, attempt, self.account, Hook::HoldRelease, self.about(&act, attempt)?).await?;
        let rates = rates_to_own(read, attempt, [act.row.currency]).await?;
        let overrides = overrides(read, self.account, attempt).await?;
        let is_stopped = !stops_of(read, self.account, self.order).await?.is_empty();
        Ok(ReleaseFacts { act, overrides, rates, questions, is_stopped })
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::HoldRelease)
    }

    fn ask(&self, facts: &ReleaseFacts, attempt: &Attempt) -> Asked {
        facts.questions.as_ref().map_or_else(Asked::nobody, |questions| questions.ask(attempt))
    }

    fn decide(&self, all: &ReleaseFacts, asked: &Asked, attempt: &Attempt) -> Result<Decided<Acted<OrderView>>> {
        let facts = &all.act;
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
        let tiers = &attempt.ground.settings.authority.release_order;
        let own = ask(attempt, tiers, Some(measured(amount, &all.rates, tiers, attempt)?), &all.overrides);
        // Whoever lets goods go while supply is stopped gives up a right of ours, and never alone (G-SUPPLY).
        let own = own.or_else(|| all.is_stopped.then(|| Ask::always(Role::CreditManager)));
        let claim = || Claim::Account(claimed(&facts.account));
        let gate = Gate::of((&facts.account, all.questions.as_ref()), asked, own.is_some(), ("order_release", self.order.0), attempt);
        if let Some(refused) = gate.refused(claim(), attempt)? {
            return Ok(refused);
        }
        let ask = gate.ask(own);
        let persons = Persons::of(&attempt.who, ask.is_some());
        if let Some(ask) = ask.filter(|_| persons == Persons::Waits) {
            return gate.waits(propose(self.proposal(facts, amount, ask)?, &facts.approvals, claim(), attempt)?, attempt);
        }
        let is_whole = amount.minor() == waiting.minor();
        let now = before.approve(amount.minor().max(before.ready()));
        // What was not released stays held, with its reasons.
        row.put(Progress { state: if is_whole { state } else { OrderState::PartiallyReleased }, ..now });
        row.released_minor = before.gone() + amount.minor();
        row.valid_until = self.valid_until;
        if is_whole {
            // A person answers for all of it, key items that are stopped among it.
            row.lines.0.iter_mut().for_each(|line| line.is_stopped = false);
        }
        approve_lines(&mut row.lines.0, row.approved_minor);
        let changes = facts.write(&mut row, attempt.stamp.today, is_whole.then_some(&*self.reason), attempt)?;
        let body = persons.told(serde_json::json!({
            "external_id": row.external_id, "amount": amount, "reason": self.reason, "valid_until": self.valid_until,
        }));
        let entry = Entry { decision: gate.decision_id(), ..entry("order.released", self.order, attempt.stamp.today, body) };
        Ok(Decided::new(Acted::Done(view(&row)?), gate.done(changes.tell(entry), attempt)?))
    }
}

impl ReleaseOrder {
    /// One question for each reason that holds the order; one without a hold where none stands any more.
    fn about(&self, facts: &ActFacts, attempt: &Attempt) -> Result<Vec<About>> {
        let waiting = Money::new(Progress::from(&facts.row).waiting(), facts.row.currency);
        let about = |hold: Option<HoldFacts>| -> Result<About> {
            Ok(About::HoldRelease {
                hold,
                order: Some(order_facts(&facts.row, answer(&facts.row)?.checkpoint)),
                amount: Some(self.amount.unwrap_or(waiting)),
                requester: Requester::of(&attempt.who),
            })
        };
        let mut holds: Vec<&hold::Model> = facts.holds.iter().collect();
        holds.sort_by_key(|row| row.id);
        if holds.is_empty() { Ok(vec![about(None)?]) } else { holds.into_iter().map(|row| about(Some(HoldFacts::from(row)))).collect() }
    }

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
