//! The danger an account is in: signals come in, its plan level and its place on the watch-list follow, and its credit standing is told.

mod behaviour;
mod keep;
mod lists;
mod now;
mod proposal;
mod record;
pub mod rules;
mod stop;
mod view;

pub use lists::{AccountPlanFilter, AccountPlanView, WatchedAccount, list_account_plans, list_watched};
pub use record::{RecordSignal, WithdrawSignal};
pub use stop::{LetCreditGo, StopCredit};
pub use view::{CreditStandingView, PlanView, credit_standing};

pub(crate) use behaviour::with_bounce;
pub(crate) use keep::{Kept, is_kept, keep};
pub(crate) use proposal::proposed;

use crate::words::code::Code;
use crate::words::error::{Error, Result};

/// A reason that people will read later: 1 to 500 characters.
fn check_reason(reason: &str) -> Result<()> {
    let is_plain = |c: char| !c.is_control() || c == '\n' || c == '\t';
    if (1..=500).contains(&reason.chars().count()) && reason.chars().all(is_plain) {
        return Ok(());
    }
    Err(Error::new(Code::ValidationFailed, "a reason has 1 to 500 characters").at("#/reason"))
}
