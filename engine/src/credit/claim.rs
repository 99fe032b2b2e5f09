//! What credit commands claim where cash moves.

use crate::doors::store::AccountClaim;
use chrono::NaiveDate;

/// The same claim of an account where cash of the account moves today: its case may have to be looked at, and its past is told from dated rows.
pub(super) fn with_cash(claim: AccountClaim, today: NaiveDate) -> AccountClaim {
    AccountClaim {
        next_review_on: Some(claim.next_review_on.map_or(today, |known| known.min(today))),
        facts_until: claim.facts_until.max(Some(today)),
        ..claim
    }
}
