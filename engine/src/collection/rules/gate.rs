//! The last word before anything leaves the house. It comes after plugins, which cannot change it (contract choice 13).

use crate::words::facts::{ContactFacts, Facts};
use chrono::NaiveDateTime;

/// Something done towards the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A notice.
    Message,
    /// A telephone call.
    Call,
    /// A visit.
    Visit,
    /// Giving the case to legal or to an agency.
    Handoff,
}

/// The rule that forbids this act towards this person now. For the present that is the stop flag, `G-STOP` of compliance §2: a
/// blocked account is left alone. Counters and the other rules take their place here, so contact and
/// moment are given. The hours of a person (`G-QUIET`) forbid nothing: what is written waits for them (`notice::rules`).
pub fn gate(facts: &Facts, action: Action, _contact: Option<&ContactFacts>, _at: NaiveDateTime) -> Result<(), &'static str> {
    match action {
        Action::Message | Action::Call | Action::Visit if facts.account.is_blocked => Err("gate:G-STOP"),
        Action::Message | Action::Call | Action::Visit | Action::Handoff => Ok(()),
    }
}
