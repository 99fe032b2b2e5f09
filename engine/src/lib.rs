//! The receivables and collections engine: every business rule, and the database. It has never heard of HTTP or of a script language.

pub mod command;
pub mod doors;
pub mod engine;
pub mod ground;
pub mod proposal;
#[cfg(test)]
pub(crate) mod testing;
pub mod words;

// The slices, in order: each may use the words, the doors and the slices above it.
pub mod approval;
pub mod tenant;
pub mod policy;
pub mod plugin;
pub mod exchange;
pub mod account;
pub mod credit_file;
pub mod grade;
pub mod invoice;
pub mod payment;
pub mod adjustment;
pub mod payment_process;
pub mod contract;
pub mod order;
pub mod sell_out;
pub mod limit;
pub mod hold;
pub mod offer;
pub mod offer_set;
pub mod case;
pub mod year_plan;
pub mod stock;
pub mod notice;
pub mod handoff;
pub mod signal;
pub mod profile;
pub mod facts;
pub mod risk;
pub mod credit;
pub mod grading;
pub mod ledger;
pub mod collection;
pub mod run;
pub mod import;
pub mod report;
pub mod explain;
pub mod trial;
pub mod finding;
pub mod audit;

pub use command::{Command, Decided, Outcome};
pub use engine::Engine;
