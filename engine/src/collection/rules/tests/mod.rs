//! The review against a small world in memory: tables by name, merging, and properties over random books.

mod golden;
mod merging;
mod properties;
mod world;
