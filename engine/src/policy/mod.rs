//! The collections policy: versioned data that says what is asked of whom and when.

mod calendar;
mod check;
mod document;
mod hold_rule;
pub mod letters;
mod manage;
mod part_limits;
mod quantity_cap;
pub mod presets;
mod risk;
pub mod rows;
#[cfg(test)]
mod tests;
mod version;

pub use calendar::{CalendarIn, CalendarView, PutCalendar, calendar_view, list_calendars};
pub use document::{Anchor, Channel, Climb, Newcomers, Pace, Policy, PreDue, Roll, Stage, Step, StepKind, TaskKind, Tightness};
pub use hold_rule::{HoldKind, HoldRule};
pub use manage::{ActivatePolicy, CreatePolicy, PolicyIn, PolicyView, list_policies, policy};
pub(crate) use manage::{persons, proposal};
pub use part_limits::PartLimits;
pub use quantity_cap::QuantityCap;
pub use risk::{
    BehaviourRules, PlanHold, PlanLevel, PlanMeasures, PlanProposal, PlanRelease, PlanTask, PlanTrigger, RiskRules, SignalDays,
    WatchCriteria,
};
pub use version::{calendar, first_version, load};
