//! Credit notes: what lowers a claim without being paid.

pub mod rows;
