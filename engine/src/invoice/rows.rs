//! Tables of invoices and their instalments.

use crate::tenant_rows;
use crate::words::id::{AccountId, InstalmentId, InvoiceId};
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// Invoices.
    "invoice" invoice {
        id: InvoiceId,
        account_id: AccountId,
        external_id: String,
        entity: String,
        currency: Currency,
        total_minor: i64,
        issued_on: NaiveDate,
        order_external_id: Option<String>,
        contract_external_id: Option<String>,
        batch_no: Option<i64>,
        reference: Option<String>,
        salesperson: Option<String>,
        product_line: Option<String>,
        origin: String,
        cancelled_on: Option<NaiveDate>,
        content_hash: String,
        created_at: DateTimeUtc,
    }
    /// Instalments. What the facts of a decision need of the invoice stands here too, so that a review reads one table.
    "instalment" instalment {
        id: InstalmentId,
        invoice_id: InvoiceId,
        account_id: AccountId,
        invoice_external_id: String,
        entity: String,
        currency: Currency,
        no: i64,
        part: String,
        issued_on: NaiveDate,
        due_on: NaiveDate,
        order_external_id: Option<String>,
        contract_external_id: Option<String>,
        batch_no: Option<i64>,
        amount_minor: i64,
        open_minor: i64,
        disputed_minor: i64,
        paid_before_minor: i64,
        cancelled_on: Option<NaiveDate>,
        settled_on: Option<NaiveDate>,
        last_step: Option<String>,
        last_step_on: Option<NaiveDate>,
        draft_step: Option<String>,
        asked_lead_days: Option<i64>,
        milestone: Option<String>,
        milestone_due_days: Option<i64>,
    }
}
