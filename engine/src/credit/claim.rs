//! What credit commands claim: the account as it was read, its calendar untouched unless the command says otherwise.

use crate::account::rows::account;
use crate::doors::store::AccountClaim;
use chrono::NaiveDate;

/// The same claim where cash of the account moves today: its case may have to be looked at, and its past is told from dated rows.
pub(super) fn with_cash(claim: AccountClaim, today: NaiveDate) -> AccountClaim {
    AccountClaim {
        next_review_on: Some(claim.next_review_on.map_or(today, |known| known.min(today))),
        facts_until: claim.facts_until.max(Some(today)),
        ..claim
    }
}

/// The claim on an account at the version it was read at. Orders and holds change nothing about when its case is looked at.
pub(super) fn claimed(row: &account::Model) -> AccountClaim {
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
