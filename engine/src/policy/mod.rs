//! The collections policy: versioned data that says what is asked of whom and when.

mod check;
mod document;
pub mod holds;
pub mod letters;
pub mod presets;
pub mod rows;
#[cfg(test)]
mod tests;
mod version;

pub use document::{Anchor, Channel, Climb, HoldKind, HoldRule, Policy, PreDue, Roll, Stage, Step, StepKind, TaskKind, Tightness};
pub use version::{calendar, first_version, load};
