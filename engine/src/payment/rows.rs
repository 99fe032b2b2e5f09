//! Tables of payments and their shares.

use crate::tenant_rows;
use crate::words::id::{AccountId, AllocationId, CreditNoteId, InstalmentId, InvoiceId, PaymentId};
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// Money received. What of it is on orders is `deposit`. A bounce or reversal voids it from its own day on.
    "payment" payment {
        id: PaymentId,
        account_id: AccountId,
        external_id: String,
        entity: String,
        currency: Currency,
        amount_minor: i64,
        unallocated_minor: i64,
        received_on: NaiveDate,
        method: String,
        state: String,
        reference: Option<String>,
        invoice_external_id: Option<String>,
        order_external_id: Option<String>,
        contract_external_id: Option<String>,
        origin: String,
        voided_on: Option<NaiveDate>,
        void_kind: Option<String>,
        void_reason: Option<String>,
        content_hash: String,
        created_at: DateTimeUtc,
        deposit_minor: i64,
    }
    /// Shares of payments and credit notes on instalments, dated and never changed; a negative one undoes another.
    "allocation" allocation {
        id: AllocationId,
        account_id: AccountId,
        payment_id: Option<PaymentId>,
        credit_note_id: Option<CreditNoteId>,
        invoice_id: InvoiceId,
        instalment_id: InstalmentId,
        currency: Currency,
        amount_minor: i64,
        allocated_on: NaiveDate,
        reverses_id: Option<AllocationId>,
        created_at: DateTimeUtc,
    }
}
