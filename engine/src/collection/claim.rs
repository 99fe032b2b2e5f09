//! The claim of a change that leaves the books alone.

use crate::account::rows::account;
use crate::doors::store::AccountClaim;
use chrono::NaiveDate;

/// The account as it was read, with everything on it as it is.
pub(super) fn claim(row: &account::Model) -> AccountClaim {
    AccountClaim {
        id: row.id,
        version: row.version,
        next_review_on: row.next_review_on,
        facts_until: row.facts_until,
        daily_asked_on: row.daily_asked_on,
        open_count: row.open_count,
        warning_level: row.warning_level,
        group: None,
    }
}

/// The same, to be reviewed again on this day at the latest; unchanged while no run has ever finished.
pub(super) fn claim_for_review(row: &account::Model, on: Option<NaiveDate>) -> AccountClaim {
    let mut claim = claim(row);
    claim.next_review_on = row.next_review_on.into_iter().chain(on).min();
    claim
}
