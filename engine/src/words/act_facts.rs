//! What a person wants done and who wants it, and what a letter is about, as plugins see it that are asked before it happens.

use crate::words::caller::Caller;
use crate::words::id::InstalmentId;
use crate::words::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A credit limit of an account, or of a group it belongs to, as it would become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitChange {
    /// `standing` or `temporary`; `security` for an insurance or guarantee that adds to the limit; `group` for the limit that the account
    /// shares with the other members of its group.
    pub kind: String,
    /// The new limit; none for no credit check. Of a security, what it adds.
    pub amount: Option<Money>,
    /// What was set for its first day before; none where nothing was, or nobody checked.
    pub before: Option<Money>,
    /// The first day of the limit before.
    pub before_since: Option<NaiveDate>,
    /// Is it more credit on any day than there was before?
    pub is_raise: bool,
    /// The first day it is in force.
    pub valid_from: NaiveDate,
    /// The last day it is in force; for ever when absent.
    pub valid_to: Option<NaiveDate>,
    /// Why it is wanted.
    pub reason: String,
    /// Why it is wanted although a collection case is open.
    pub override_reason: Option<String>,
}

/// A letter as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFacts {
    /// The letter's text by name: one of the policy's, or `plugin/KEY`.
    pub template: String,
    /// The policy step it belongs to, or the question it came from.
    pub step: String,
    /// `email`, `sms`, `letter` or `registered`.
    pub channel: String,
    /// BCP 47 language it is written in.
    pub language: String,
    /// Is it a formal notice?
    pub is_formal: bool,
    /// Is it about an offer?
    pub has_offer: bool,
    /// What it asks for.
    pub amount: Money,
    /// The instalments it is about.
    pub items: Vec<InstalmentId>,
}

/// The person who wants something done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// Who it is.
    pub actor: String,
    /// The jobs in whose name he asks. Empty once the act has waited for its second person: then `approved_by` tells who said yes.
    pub roles: Vec<String>,
    /// The second person who said yes; none while nobody has.
    pub approved_by: Option<String>,
}

impl Requester {
    /// Whoever calls.
    pub fn of(who: &Caller) -> Self {
        Self {
            actor: who.actor.to_string(),
            roles: who.roles.iter().map(|role| role.as_str().to_owned()).collect(),
            approved_by: who.second.as_ref().map(|second| second.actor.to_string()),
        }
    }
}
