//! Stopping supply of an account, or of one order: hold, notice, deadline and record in one change.

use super::asked::{Founded, SupplyStopIn};
use super::load::stops_among;
use super::rows::{Placed, placed};
use super::view::{SupplyStopView, view};
use crate::account::claimed;
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, pending_about, propose};
use crate::command::{Attempt, Command, Decided};
use crate::credit::order::{ActFacts, read_order, stopped_order, task_created};
use crate::credit::rules::hold_kind::{Owed, overdue};
use crate::credit::rules::supply::{Stop, code_of, told};
use crate::doors::store::{Changes, Claim, Entry, Read};
use crate::facts::{Gathered, Wanted, gather};
use crate::hold::basis::{SupplyLevel, supply_bases};
use crate::order::rules::Progress;
use crate::words::asked::{Asked, Needs};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::facts::Reason;
use crate::words::id::{AccountId, OrderId};
use crate::words::money::Money;
use crate::words::role::Role;
use crate::words::text::Bilingual;
use serde::{Deserialize, Serialize};

/// Open items that are looked at one by one; the sums of the rest are known all the same.
const ITEMS_MAX: u64 = 200;

/// Stops supply. It always takes two persons, whatever the tenant's settings say: a stop without a basis is our own breach (G-SUPPLY). The
/// operator acts alone, and the journal says so.
#[derive(Serialize, Deserialize)]
pub struct StopSupply {
    /// The account, already found.
    pub account: AccountId,
    /// The order, already found; the whole account when none is given.
    pub order: Option<OrderId>,
    /// The stop.
    pub stop: SupplyStopIn,
}

/// What stopping supply looks at.
pub struct StopFacts {
    order: Option<ActFacts>,
    gathered: Gathered,
    /// Stops that are in force already.
    stops: Vec<Stop>,
    /// What is asked about the account and not answered.
    pending: Vec<approval::Model>,
}

impl Command for StopSupply {
    type Facts = StopFacts;
    type Done = Acted<SupplyStopView>;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<StopFacts> {
        // Whichever of the two reads the account first has the version that is claimed.
        let order = match self.order {
            Some(order) => Some(read_order(read, attempt, self.account, order).await?),
            None => None,
        };
        let needs = Needs { open_items: true, holds: true, contacts: true, case: true, ..Needs::default() };
        let wanted = Wanted { day: attempt.stamp.today, items_max: Some(ITEMS_MAX), needs, is_as_of: false };
        let gathered = gather(read, attempt, &[self.account], wanted).await?.into_iter().next();
        let gathered = gathered.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let stops = stops_among(read, &gathered.holds, self.order).await?;
        Ok(StopFacts { order, gathered, stops, pending: pending_about(read, self.account.0).await? })
    }

    fn decide(&self, facts: &StopFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<SupplyStopView>>> {
        let late = overdue(&facts.gathered.facts, 1)?;
        let founded = self.stop.founded(&supply_bases()?, late.amount, attempt.stamp.today)?;
        self.refuse_twice(facts)?;
        let persons = Persons::of(&attempt.who, true);
        if persons == Persons::Waits {
            let claim = Claim::Account(claimed(facts.account()));
            return propose(self.proposal(facts, &founded, &late)?, &facts.pending, claim, attempt);
        }
        let placed = self.placed(facts, &founded, &late, attempt);
        let changes = self.changes(facts, &founded, attempt)?;
        let body = persons.told(serde_json::json!({
            "order_id": self.order, "level": self.stop.level, "basis": founded.basis, "ground": self.stop.ground,
            "reason": self.stop.reason, "hold_id": placed.hold.id, "notice_id": placed.notice.id, "answer_by": founded.answer_by,
        }));
        let entry =
            |kind, subject, subject_id, body| Entry { kind, subject, subject_id, effective_on: attempt.stamp.today, decision: None, body };
        let of_notice = serde_json::json!({
            "channel": placed.notice.channel, "step": placed.notice.step, "state": placed.notice.state, "supply_stop_id": placed.stop.id,
        });
        let changes = changes
            .add(&placed.hold)
            .add_all(&placed.items)
            .add(&placed.notice)
            .add(&placed.task)
            .add(&placed.stop)
            .tell(entry("supply.stopped", "supply_stop", placed.stop.id.0, body))
            .tell(entry("notice.created", "notice", placed.notice.id.0, of_notice))
            .tell(task_created(&placed.task, attempt));
        Ok(Decided::new(Acted::Done(view(&placed.stop, Some(&placed.hold))), changes))
    }
}

impl StopFacts {
    /// The account as it was read first.
    fn account(&self) -> &crate::account::rows::account::Model {
        self.order.as_ref().map_or(&self.gathered.account, |order| &order.account)
    }
}

impl StopSupply {
    /// One stop of a kind is enough, and what is over is not stopped.
    fn refuse_twice(&self, facts: &StopFacts) -> Result<()> {
        if let Some(order) = facts.order.as_ref().filter(|order| Progress::from(&order.row).is_closed()) {
            return Err(Error::new(Code::IllegalState, format!("an order that is {} is not stopped", order.row.state)));
        }
        let is_same = |stop: &Stop| stop.level == self.stop.level && stop.is_of_order == self.order.is_some();
        if self.stop.level == SupplyLevel::All && facts.stops.iter().any(is_same) {
            return Err(Error::new(Code::IllegalState, "supply is stopped already; lift that stop to place another"));
        }
        Ok(())
    }

    fn placed(&self, facts: &StopFacts, founded: &Founded, late: &Owed, attempt: &Attempt) -> Placed {
        let text = self.text(founded, attempt);
        placed(&facts.gathered, self, founded, late, text, attempt)
    }

    fn text(&self, founded: &Founded, attempt: &Attempt) -> Bilingual {
        told(self.stop.level, &founded.scope, self.order.is_some(), &founded.law, attempt.stamp.today)
    }

    /// An order that is stopped may ship nothing from now on, whoever let it; other orders meet the stop in their next check.
    fn changes(&self, facts: &StopFacts, founded: &Founded, attempt: &Attempt) -> Result<Changes> {
        let Some(order) = facts.order.as_ref().filter(|_| self.stop.level == SupplyLevel::All) else {
            return Ok(Changes::on(Claim::Account(claimed(facts.account()))).frees_room());
        };
        let code = code_of(self.stop.level, true);
        stopped_order(order, Reason::core(code, self.text(founded, attempt)), attempt)
    }

    fn proposal(&self, facts: &StopFacts, founded: &Founded, late: &Owed) -> Result<Proposal> {
        let (name, article) = (&facts.gathered.account.name, &founded.law.article);
        let what = match (self.stop.level, &facts.order) {
            (SupplyLevel::KeyItems, _) => Bilingual::new("supply of key items", "重点货品供货"),
            (SupplyLevel::All, None) => Bilingual::new("all supply", "全部供货"),
            (SupplyLevel::All, Some(order)) => {
                let number = &order.row.external_id;
                Bilingual::new(format!("supply of order {number}"), format!("订单 {number} 的供货"))
            }
        };
        let reason = &self.stop.reason;
        Ok(Proposal {
            kind: ApprovalKind::StopSupply,
            account: Some(self.account),
            subject: ("account", self.account.0),
            ask: Ask::always(Role::CreditManager),
            text: Bilingual::new(
                format!("Stop {} to {name} by {}: {reason}", what.en, article.en),
                format!("申请依据{}对{name}中止{}：{reason}", article.zh, what.zh),
            ),
            amount: Some(late.amount).filter(|amount: &Money| amount.is_positive()),
            body: serde_json::to_value(self).map_err(Error::internal)?,
        })
    }
}
