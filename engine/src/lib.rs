//! The receivables and collections engine: every business rule, and the database. It has never heard of HTTP or of a script language.

pub mod credit;
pub mod explain;
pub mod invoice;
pub mod payment;
pub mod report;
pub mod words;
