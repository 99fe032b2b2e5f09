//! Lifting a stop of supply: because the customer has performed, given security, got back on its feet, or because we take it back.

use super::load::{deadlines_of, without_deadline};
use super::view::{SupplyStopView, stop_row, view};
use crate::account::claimed;
use crate::account::rows::{account, balance, due_sum};
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Persons, Proposal, pending_about, propose};
use crate::case::rows::task;
use crate::command::{Attempt, Command, Decided};
use crate::credit::order::{lifted_hold, securities};
use crate::credit::overrides::{Overrides, ask, overrides};
use crate::credit::stake::{rates_to_own, stake};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::exchange::rules::Rates;
use crate::hold::rows::{hold, supply_stop};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, SupplyStopId};
use crate::words::money::Money;
use crate::words::text::{Bilingual, check_reason};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};

crate::words! {
    /// Why supply goes on.
    pub enum SupplyResumed {
        /// What was overdue is paid.
        Performed = "performed",
        /// The customer has given security.
        SecurityGiven = "security_given",
        /// It is able to perform again.
        AbilityRestored = "ability_restored",
        /// We take the stop back.
        Withdrawn = "withdrawn",
    }
}

/// Lifts a stop of supply. Where the account owes more than the caller's authority, it waits for a second person.
#[derive(Serialize, Deserialize)]
pub struct ResumeSupply {
    /// The account, already found.
    pub account: AccountId,
    /// The stop.
    pub stop: SupplyStopId,
    /// Why supply goes on.
    pub because: SupplyResumed,
    /// In whose words.
    pub reason: String,
}

/// What lifting a stop looks at.
pub struct ResumeFacts {
    account: account::Model,
    balances: Vec<balance::Model>,
    /// Money that was due before today and is neither paid nor disputed, in the account's currency.
    overdue: Money,
    has_security: bool,
    stop: supply_stop::Model,
    hold: hold::Model,
    tasks: Vec<task::Model>,
    pending: Vec<approval::Model>,
    overrides: Overrides,
    rates: Rates,
}

impl Command for ResumeSupply {
    type Facts = ResumeFacts;
    type Done = Acted<SupplyStopView>;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<ResumeFacts> {
        let (of, db, id, today) = (read.tenant(), read.db(), self.account, attempt.stamp.today);
        let account = account::find(of).filter(account::Column::Id.eq(id)).one(db).await.map_err(failed)?;
        let account = account.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let stop = stop_row(read, self.stop).await?;
        let hold = hold::find(of).filter(hold::Column::Id.eq(stop.hold_id)).one(db).await.map_err(failed)?;
        let balances = balance::find(of).filter(balance::Column::AccountId.eq(id)).all(db).await.map_err(failed)?;
        let late = due_sum::find(of).filter(due_sum::Column::AccountId.eq(id)).filter(due_sum::Column::DueOn.lt(today));
        let late = late.filter(due_sum::Column::Currency.eq(account.currency)).all(db).await.map_err(failed)?;
        let overdue = late.iter().fold(0_i64, |sum, due| sum.saturating_add(due.open_minor - due.disputed_minor));
        let in_force = |row: &crate::limit::security::SecurityRow| row.holds_on(today);
        Ok(ResumeFacts {
            has_security: securities(read, &account).await?.iter().any(in_force),
            overdue: Money::new(overdue, account.currency),
            hold: hold.ok_or_else(|| Error::internal("a stop has its hold"))?,
            tasks: deadlines_of(read, vec![stop.hold_id]).await?,
            pending: pending_about(read, self.stop.0).await?,
            overrides: overrides(read, id, attempt).await?,
            rates: rates_to_own(read, attempt, balances.iter().map(|sum| sum.currency)).await?,
            account,
            balances,
            stop,
        })
    }

    fn decide(&self, facts: &ResumeFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<SupplyStopView>>> {
        check_reason(&self.reason)?;
        if facts.hold.state != "active" {
            return Err(Error::new(Code::IllegalState, format!("the stop is {} already", facts.hold.state)));
        }
        self.refuse_untrue(facts)?;
        let tiers = &attempt.ground.settings.authority.release_hold;
        let stake = stake(&facts.balances, &facts.rates, tiers, attempt)?;
        let ask = ask(attempt, tiers, stake, &facts.overrides);
        let persons = Persons::of(&attempt.who, ask.is_some());
        if let Some(ask) = ask.filter(|_| persons == Persons::Waits) {
            let (name, reason) = (&facts.account.name, &self.reason);
            let proposal = Proposal {
                kind: ApprovalKind::ResumeSupply,
                account: Some(self.account),
                subject: ("supply_stop", self.stop.0),
                ask,
                text: Bilingual::new(format!("Resume supply to {name}: {reason}"), format!("申请恢复对{name}供货：{reason}")),
                amount: stake,
                body: serde_json::to_value(self).map_err(Error::internal)?,
            };
            return propose(proposal, &facts.pending, Claim::Account(claimed(&facts.account)), attempt);
        }
        let hold = lifted_hold(&facts.hold, "lifted", &attempt.who.actor, &self.reason, attempt);
        let body = persons.told(serde_json::json!({ "because": self.because, "reason": self.reason, "hold_id": hold.id }));
        let entry = Entry {
            kind: "supply.resumed",
            subject: "supply_stop",
            subject_id: self.stop.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body,
        };
        let changes = Changes::on(Claim::Account(claimed(&facts.account))).save(&hold).tell(entry);
        let changes = facts.tasks.iter().fold(changes, |changes, task| changes.save(&without_deadline(task)));
        Ok(Decided::new(Acted::Done(view(&facts.stop, Some(&hold))), changes))
    }
}

impl ResumeSupply {
    /// What the books say is not said against them.
    fn refuse_untrue(&self, facts: &ResumeFacts) -> Result<()> {
        let detail = match self.because {
            SupplyResumed::Performed if facts.overdue.is_positive() => {
                format!("{} is overdue: the customer has not performed", facts.overdue)
            }
            SupplyResumed::SecurityGiven if !facts.has_security => {
                "no insurance or guarantee behind the account is in force: put it there first".to_owned()
            }
            SupplyResumed::Performed | SupplyResumed::SecurityGiven | SupplyResumed::AbilityRestored | SupplyResumed::Withdrawn => {
                return Ok(());
            }
        };
        Err(Error::new(Code::ValidationFailed, detail).at("#/because"))
    }
}
