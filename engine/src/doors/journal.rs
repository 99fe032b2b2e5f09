//! The journal: insert-only, who did what and when; and beside each line the outbox line that says "not sealed yet".

use crate::tenant_rows;
use crate::words::id::{AccountId, DecisionId, EventId};
use chrono::NaiveDate;
use uuid::Uuid;

tenant_rows! {
    /// Lines of the journal.
    "journal" journal {
        id: EventId,
        at: DateTimeUtc,
        actor: String,
        approved_by: Option<String>,
        request_id: String,
        account_id: Option<AccountId>,
        account_version: Option<i64>,
        kind: String,
        subject: String,
        subject_id: Uuid,
        effective_on: NaiveDate,
        decision_id: Option<DecisionId>,
        body: String,
    }
    /// What outsiders have not been told yet. The position is given when lines are sealed, in order and without a gap.
    "outbox" outbox {
        id: EventId,
        account_id: Option<AccountId>,
        account_version: Option<i64>,
        position: Option<i64>,
    }
}
