//! May this order ship? A file per question: which limit is in force, what the account stands at, what the core rule says,
//! what it becomes with the votes of plugins, what frees it, and when a hold ends by itself.

pub mod authority;
pub mod check;
pub mod collect;
pub mod danger;
pub mod exposure;
pub mod hold_kind;
pub mod hold_rule;
pub mod lift;
pub mod limits;
pub mod order;
pub mod pays_first;
pub mod part_limit;
pub mod quantity_cap;
pub mod queue;
pub mod release;
pub mod release_mode;
pub mod review_overdue;
pub mod revision;
pub mod settle;
pub mod supply;
pub mod warning;

use crate::words::facts::Reason;
use crate::words::id::InstalmentId;
use crate::words::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

crate::words! {
    /// The answer to "may this order ship?" (contract §4). A held order is an answer, not an error.
    pub enum OrderDecision {
        /// Ship it.
        Approve = "approve",
        /// Ship so much of it.
        ReleasePartial = "release_partial",
        /// Not yet.
        Hold = "hold",
        /// No.
        Deny = "deny",
    }
}

impl OrderDecision {
    /// The stricter of two answers: deny, then hold, then release_partial, then approve (plugins.md §3).
    pub fn stricter(self, other: Self) -> Self {
        // The values are declared from the mildest to the strictest.
        self.max(other)
    }

    /// A partial release of nothing is a hold.
    fn stricter_than_partial(self) -> Self {
        if self == Self::ReleasePartial { Self::Hold } else { self }
    }
}

/// One reason an order does not simply ship, with what would end it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// The reason as the answer names it.
    pub reason: Reason,
    /// What ends it.
    pub way_out: WayOut,
}

/// What ends a reason by itself: the items are settled, so much money comes, or its last day passes (plugins.md §3).
/// With none of them, only a person ends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayOut {
    /// Paying so much; to these items when there are some.
    pub pay: Option<Money>,
    /// Settling these.
    pub items: Vec<InstalmentId>,
    /// The last day the reason holds.
    pub expires_on: Option<NaiveDate>,
    /// The money is for the order itself and has to name it: paying what is open does not help.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_deposit: bool,
}

impl WayOut {
    /// Only a person, or a change of facts, ends it.
    pub fn person() -> Self {
        Self::default()
    }

    /// So much money ends it.
    pub fn pay(amount: Money) -> Self {
        Self { pay: Some(amount), ..Self::default() }
    }

    /// So much money for the order itself ends it.
    pub fn deposit(amount: Money) -> Self {
        Self { is_deposit: true, ..Self::pay(amount) }
    }

    /// Can a payment end it?
    pub fn is_payable(&self) -> bool {
        self.pay.is_some() || !self.items.is_empty()
    }
}

#[cfg(test)]
pub(crate) mod fixture;
