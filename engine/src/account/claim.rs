//! What a change claims of an account.

use super::rows::account;
use crate::doors::store::AccountClaim;

/// The claim on an account at the version it was read at, with everything kept on it as it is: a change says what of it moves.
pub(crate) fn claimed(row: &account::Model) -> AccountClaim {
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
