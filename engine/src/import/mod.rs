//! Bulk import: CSV lines become the same commands as JSON, in batches. A bad line is told and stops no good one.

mod accounts;
mod begin;
mod bookings;
mod contacts;
mod csv_lines;
mod invoices;
mod job;
mod line;
mod payments;
pub mod rows;
mod view;

pub use begin::BeginImport;
pub use csv_lines::{CsvLines, Delimited};
pub use job::{GoOn, ImportOptions, Progress};
pub use view::{FaultView, Faulty, ImportView, faults, find, list};

crate::words! {
    /// What a file holds.
    pub enum ImportKind {
        /// Accounts.
        Accounts = "accounts",
        /// People at accounts.
        Contacts = "contacts",
        /// Invoices of one instalment each.
        Invoices = "invoices",
        /// Payments.
        Payments = "payments",
    }
}
crate::text_column!(ImportKind);
