//! Stopping an account's credit, and letting go again: acts of people alone (numbers.md §3).

use super::now::AccountNow;
use super::view::{CreditStandingView, view};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::Read;
use crate::profile::rows::risk_profile;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::facts::Facts;
use crate::words::id::AccountId;
use crate::words::text::check_reason;
use std::sync::Arc;

/// Stops all credit of an account: every order is held with this reason until a person lets go.
pub struct StopCredit {
    /// The account, already found.
    pub account: AccountId,
    /// Why.
    pub reason: String,
}

/// Lets an account buy on credit again, as far as its limit goes.
pub struct LetCreditGo {
    /// The account, already found.
    pub account: AccountId,
    /// Why.
    pub reason: String,
}

impl Command for StopCredit {
    type Facts = AccountNow;
    type Done = CreditStandingView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<AccountNow> {
        AccountNow::read(read, attempt, self.account).await
    }

    fn decide(&self, now: &AccountNow, _: &Asked, attempt: &Attempt) -> Result<Decided<CreditStandingView>> {
        check_reason(&self.reason)?;
        let mut profile = now.profile(attempt);
        if profile.stopped_on.is_some() {
            return Err(Error::new(Code::IllegalState, "the credit of this account is stopped already"));
        }
        profile.stopped_on = Some(attempt.stamp.today);
        profile.stopped_by = Some(attempt.who.actor.to_string());
        profile.stop_reason = Some(self.reason.clone());
        changed(now, &profile, "credit.stopped", &self.reason, attempt)
    }
}

impl Command for LetCreditGo {
    type Facts = AccountNow;
    type Done = CreditStandingView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<AccountNow> {
        AccountNow::read(read, attempt, self.account).await
    }

    fn decide(&self, now: &AccountNow, _: &Asked, attempt: &Attempt) -> Result<Decided<CreditStandingView>> {
        check_reason(&self.reason)?;
        let mut profile = now.profile(attempt);
        if profile.stopped_on.is_none() {
            return Err(Error::new(Code::IllegalState, "the credit of this account is not stopped"));
        }
        (profile.stopped_on, profile.stopped_by, profile.stop_reason) = (None, None, None);
        changed(now, &profile, "credit.resumed", &self.reason, attempt)
    }
}

/// The profile as it is now, told and shown.
fn changed(
    now: &AccountNow,
    profile: &risk_profile::Model,
    kind: &'static str,
    reason: &str,
    attempt: &Attempt,
) -> Result<Decided<CreditStandingView>> {
    let mut facts = Facts::clone(&now.gathered.facts);
    facts.risk.credit_stop = profile.credit_stop();
    let entry = now.entry(kind, "account", now.account().id.0, serde_json::json!({ "reason": reason }), attempt);
    let changes = now.judged(&facts, profile, Vec::new(), attempt)?.tell(entry);
    let gathered = crate::facts::Gathered { facts: Arc::new(facts), ..now.gathered.clone() };
    Ok(Decided::new(view(&gathered, attempt)?, changes))
}
