//! Accounts on which something moved while orders of theirs waited: the work list of checks that nobody asks for.

use crate::tenant_rows;
use crate::words::id::{AccountId, EventId};
use chrono::NaiveDate;

tenant_rows! {
    /// One row an account, under the account's own id; it goes when the account's held orders have been checked. `event_id` is the line
    /// of the journal that tells what moved last, or the run that began a day.
    "recheck" recheck {
        id: AccountId,
        event_id: EventId,
        kind: String,
        effective_on: NaiveDate,
        tries: i64,
        marked_at: DateTimeUtc,
    }
}
