//! The collections policy: versioned data that says what is asked of whom and when.

mod check;
mod document;
pub mod holds;
pub mod letters;
pub mod presets;
#[cfg(test)]
mod tests;

pub use document::{Anchor, Channel, Climb, HoldKind, HoldRule, Policy, PreDue, Roll, Stage, Step, StepKind, TaskKind, Tightness};
