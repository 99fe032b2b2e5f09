//! Answers by idempotency key: written in the transaction of the command they answer.

use crate::tenant_rows;
use crate::words::id::RowId;

tenant_rows! {
    /// Answers by idempotency key.
    "idempotency" idempotency {
        id: RowId,
        scope: String,
        fingerprint: String,
        answer: String,
        created_at: DateTimeUtc,
    }
}
