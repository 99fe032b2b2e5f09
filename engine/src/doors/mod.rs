//! The only input and output of the engine: database, clock, lanes, journal.

pub mod clock;
pub mod decision;
pub mod hold_event;
pub mod plugin_event;
pub mod idempotency;
pub mod journal;
pub mod keys;
pub mod lanes;
pub mod migrations;
pub mod precondition;
pub mod recheck;
pub mod store;
