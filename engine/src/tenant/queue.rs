//! What a tenant chooses about orders that wait: when money is asked for, and before whom they are brought.

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most levels of escalation.
const LEVELS_MAX: usize = 5;

crate::words! {
    /// When a collector is told to ask for money because an order came in (OR-12).
    pub enum CollectNow {
        /// Never.
        Off = "off",
        /// When money releases the order, or something is overdue.
        Overdue = "overdue",
        /// Whenever anything is open.
        Open = "open",
    }
}

/// Before whom a held order is brought once it has waited too long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationLevel {
    /// It has waited longer than so many working days.
    #[schema(minimum = 0, maximum = 60)]
    pub after_days: i64,
    /// The role that gets the task.
    #[schema(pattern = "^[a-z][a-z_]{1,39}$")]
    pub role: String,
}

impl EscalationLevel {
    /// What is shipped: the credit manager after two working days, the finance manager after five.
    pub(super) fn shipped() -> Vec<Self> {
        let level = |after_days, role: &str| Self { after_days, role: role.to_owned() };
        vec![level(2, "credit_manager"), level(5, "finance_manager")]
    }

    fn is_good(&self) -> bool {
        let role = self.role.as_str();
        let is_role = (2..=40).contains(&role.len())
            && role.starts_with(|c: char| c.is_ascii_lowercase())
            && role.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        is_role && (0..=60).contains(&self.after_days)
    }
}

/// Refuses levels that do not rise: each waits longer than the one before, and there are at most five.
pub(super) fn check_escalation(levels: &[EscalationLevel]) -> Result<()> {
    let rises = levels.windows(2).all(|pair| pair[0].after_days < pair[1].after_days);
    if rises && levels.len() <= LEVELS_MAX && levels.iter().all(EscalationLevel::is_good) {
        return Ok(());
    }
    let detail = "at most five levels after 0 to 60 working days, each waiting longer than the one before, for a role like credit_manager";
    Err(Error::new(Code::ValidationFailed, detail).at("#/hold_escalation"))
}
