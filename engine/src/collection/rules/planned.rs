//! What the first phase of a review found: the core's own plan for the day, and the questions that go with it.

use super::chase::Book;
use super::outcome::{CaseAfter, ClosedReason};
use crate::words::asked::About;
use crate::words::facts::StepFacts;
use crate::words::id::{HoldId, OfferId};
use chrono::NaiveDate;

/// The plan of a day before plugins were asked. `questions` are to be asked in this order; [`super::settle`] takes the answers
/// in the same order.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What plugins are asked.
    pub questions: Vec<About>,
    pub(super) book: Book,
    pub(super) turn: Turn,
    pub(super) case: Option<CaseAfter>,
    pub(super) acts: Vec<Act>,
    pub(super) wakes: Vec<Wake>,
    pub(super) leads: Vec<Lead>,
    pub(super) daily: Option<usize>,
    pub(super) credit_review: Option<NaiveDate>,
    pub(super) ended_offers: Vec<OfferId>,
    pub(super) ended_holds: Vec<HoldId>,
    pub(super) listeners: Listeners,
}

impl Planned {
    /// Is there nothing to do today, not even to ask?
    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
            && self.turn == Turn::Rest
            && self.acts.is_empty()
            && self.wakes.is_empty()
            && self.credit_review.is_none()
            && self.ended_offers.is_empty()
            && self.ended_holds.is_empty()
    }
}

/// What becomes of the case today, before plugins have their say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing.
    Rest,
    /// It is opened.
    Open,
    /// Its stage, its state or the day it became overdue changes.
    Update,
    /// It is over.
    Close(ClosedReason),
}

/// A step of the policy that is due: for some items, or for the case when it is a clock.
#[derive(Clone, Debug)]
pub(super) struct Act {
    /// Place in the policy.
    pub(super) step: usize,
    /// Its effective date, the earliest of its lines.
    pub(super) on: NaiveDate,
    /// Items with their effective dates; empty for a clock.
    pub(super) lines: Vec<(usize, NaiveDate)>,
    /// Is it about items that are not due yet?
    pub(super) is_upcoming: bool,
    /// Place of the question about it.
    pub(super) question: Option<usize>,
}

/// A custom step that is asked today.
#[derive(Clone, Debug)]
pub(super) struct Wake {
    pub(super) step: StepFacts,
    pub(super) is_new: bool,
    pub(super) question: usize,
}

/// An item for which `before_due` is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lead {
    pub(super) item: usize,
    pub(super) lead: i64,
}

/// On which days somebody wants to be asked although nothing happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listeners {
    /// Lead days of `before_due`, largest first.
    pub lead_days: Vec<i64>,
    /// Days between two `daily_account` questions.
    pub daily_every: Option<i64>,
    /// Places in the policy of custom steps that cannot begin, because no active plugin has their type.
    pub missing_steps: Vec<usize>,
}
