//! Reports: figures over the ledger as of a day.

pub mod rules;
