//! What an account needs on a day: pure rules, in two phases around the questions to plugins.
//!
//! [`plan`] says what the core would do and what is to be asked; [`settle`] merges the answers into one [`Review`]. Both look at
//! dates only and never count runs, so a day may be run twice and a night may be missed.

pub mod addressee;
mod apply;
mod chase;
mod clocks;
mod credit_review;
mod custom;
mod events;
pub mod gate;
mod merge;
mod next;
mod notices;
mod outcome;
mod planned;
mod review;
mod settle;
mod stage;
mod standing;
mod steps;
#[cfg(test)]
mod tests;

pub use events::{Heard, follow, hear};
pub use next::next_review_on;
pub use outcome::{
    CaseAfter, CaseMove, CaseState, ClockDone, ClosedReason, Fate, ItemProgress, NoticeLine, NoticeState, PlannedApproval, PlannedHandoff,
    PlannedHold, PlannedNotice, PlannedOffer, PlannedTask, Review, StepChange,
};
pub use planned::{Listeners, Planned};
pub use review::plan;
pub use settle::settle;
pub use standing::{Standing, standing};
