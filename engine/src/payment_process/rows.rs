//! Tables of how customers pay.

use super::DocumentKind;
use super::process::PaymentProcess;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::{AccountId, InvoiceId, RowId};
use chrono::NaiveDate;

tenant_rows! {
    /// How an account pays. One row an account at most, changed only under its claim.
    "payment_process" payment_process {
        id: RowId,
        account_id: AccountId,
        process: Payload<PaymentProcess>,
        author: String,
        version: i64,
        changed_at: DateTimeUtc,
    }
    /// Which papers went with an invoice, and when: only ever added. Of several of a kind the first one counts.
    "invoice_document" invoice_document {
        id: RowId,
        account_id: AccountId,
        invoice_id: InvoiceId,
        kind: DocumentKind,
        sent_on: NaiveDate,
        reference: Option<String>,
        author: String,
        created_at: DateTimeUtc,
    }
}
