//! Tables of credit notes.

use crate::tenant_rows;
use crate::words::id::{AccountId, CreditNoteId};
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// Credit notes: one that names an invoice books at once, another stays open and counts as credit (decision 5).
    "credit_note" credit_note {
        id: CreditNoteId,
        account_id: AccountId,
        external_id: String,
        entity: String,
        currency: Currency,
        amount_minor: i64,
        open_minor: i64,
        issued_on: NaiveDate,
        invoice_external_id: Option<String>,
        reason: Option<String>,
        content_hash: String,
        created_at: DateTimeUtc,
    }
}
