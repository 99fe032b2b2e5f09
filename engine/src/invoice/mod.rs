//! Invoices: claims with an issue date and one or more instalments.

pub mod rows;
pub mod rules;
