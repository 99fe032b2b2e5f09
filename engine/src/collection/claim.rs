//! The claim of a change that leaves the books alone.

use crate::account::claimed;
use crate::account::rows::account;
use crate::doors::store::AccountClaim;
use chrono::NaiveDate;

/// The account as it was read, to be reviewed again on this day at the latest; unchanged while no run has ever finished.
pub(super) fn claim_for_review(row: &account::Model, on: Option<NaiveDate>) -> AccountClaim {
    AccountClaim { next_review_on: row.next_review_on.into_iter().chain(on).min(), ..claimed(row) }
}
