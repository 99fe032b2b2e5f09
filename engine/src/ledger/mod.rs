//! The ledger: invoices, payments and credit notes moving one set of books per account.
//!
//! They share a slice because they move the same four sums: open, unallocated, reserved by orders, open credit notes.

mod allocation;
mod books;
mod credit_note;
mod deposit;
mod invoice;
mod load;
mod milestone;
mod orders;
mod payment;
mod view;
mod void;

pub use allocation::{AllocatePayment, LiesOn, ReverseAllocation, WantedAllocation, account_of_allocation};
pub use books::Books;
pub use credit_note::{CreditNoteIn, PostCreditNote};
pub use deposit::ReverseDeposit;
pub use invoice::{CancelInvoice, InstalmentIn, InvoiceIn, PostInvoice};
pub use load::{Looking, load_books};
pub use milestone::{CompleteMilestone, CompletionIn, Milestones, RecordAcceptance};
pub(crate) use payment::odd_method;
pub use payment::{NamedInvoiceIn, PaymentIn, PaymentMethod, PostPayment};
pub use view::{
    AllocationView, CreditNoteView, InstalmentView, InvoiceFilter, InvoiceView, PaymentFilter, PaymentView, credit_note, invoice,
    list_credit_notes, list_invoices, list_payments, payment,
};
pub use void::{VoidKind, VoidPayment};

/// The legal entity of ours that money facts belong to when none is named (decision 1).
pub const MAIN_ENTITY: &str = "main";
