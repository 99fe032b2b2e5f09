//! The receivables and collections engine: every business rule, and the database. It has never heard of HTTP or of a script language.

pub mod collection;
pub mod policy;
pub mod words;
