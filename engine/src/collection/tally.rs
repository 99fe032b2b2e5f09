//! What reviews came to, counted.

use super::rules::{CaseMove, Review};
use std::ops::AddAssign;

/// How many accounts were reviewed, and what followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Accounts reviewed.
    pub done: i64,
    /// Accounts that could not be reviewed and were put off a day.
    pub failed: i64,
    /// Notices.
    pub notices: i64,
    /// Tasks.
    pub tasks: i64,
    /// Cases that began.
    pub cases_opened: i64,
    /// Cases that ended.
    pub cases_closed: i64,
    /// Early-payment offers.
    pub offers: i64,
    /// Holds on whole accounts.
    pub holds: i64,
    /// Cases given to legal.
    pub handoffs: i64,
}

fn count<T>(list: &[T]) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}

impl Tally {
    /// One account and its review; `tasks` is how many of them are new.
    pub(super) fn of(review: &Review, tasks: i64) -> Self {
        Self {
            done: 1,
            failed: 0,
            notices: count(&review.notices),
            tasks,
            cases_opened: i64::from(review.case == CaseMove::Open),
            cases_closed: i64::from(matches!(review.case, CaseMove::Close(_))),
            offers: count(&review.offers),
            holds: count(&review.holds),
            handoffs: count(&review.handoffs),
        }
    }

    /// One account that was put off.
    pub(super) fn failure() -> Self {
        Self { failed: 1, ..Self::default() }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.done += other.done;
        self.failed += other.failed;
        self.notices += other.notices;
        self.tasks += other.tasks;
        self.cases_opened += other.cases_opened;
        self.cases_closed += other.cases_closed;
        self.offers += other.offers;
        self.holds += other.holds;
        self.handoffs += other.handoffs;
    }
}
