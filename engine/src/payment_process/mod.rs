//! How a customer pays: who approves an invoice there and how long that takes, on which days it pays, in which months it is short of
//! cash, and which papers it asks for (CF-13, CF-14, CF-17). From this follows on which day the money of an open item is expected.

mod document;
mod expected;
mod process;
pub mod rows;
pub mod rules;

pub use document::{InvoiceDocumentIn, InvoiceDocumentView, SendDocument, invoice_documents};
pub use expected::{CalendarDay, CalendarMonth, ExpectedItemView, PaymentCalendarView, list_expected, payment_calendar};
pub use process::{ApprovalStep, PaymentProcess, PaymentProcessNow, PutPaymentProcess, Season, payment_process, payment_processes};

crate::words! {
    /// A paper that a customer asks for before it pays an invoice (CF-14).
    pub enum DocumentKind {
        /// The invoice itself, signed or stamped.
        InvoiceOriginal = "invoice_original",
        /// A copy of the invoice; the original will do as well.
        InvoiceCopy = "invoice_copy",
        /// Proof that the goods were carried to the customer: a waybill, a delivery note.
        TransportProof = "transport_proof",
        /// The customer's own purchase order.
        PurchaseOrder = "purchase_order",
        /// The customer's word that goods or work were accepted.
        Acceptance = "acceptance",
    }
}

crate::words! {
    /// How a customer pays in a month of the year (EW-13).
    pub enum Pace {
        /// Cash comes in: a good time to ask.
        Well = "well",
        /// Cash is short: money comes so many days after the pay day.
        Slow = "slow",
    }
}

crate::text_column!(DocumentKind);
