//! The collections policy: versioned data that says what is asked of whom and when.

mod calendar;
mod check;
mod document;
pub mod holds;
pub mod letters;
mod manage;
pub mod presets;
mod risk;
pub mod rows;
#[cfg(test)]
mod tests;
mod version;

pub use calendar::{CalendarIn, CalendarView, PutCalendar, calendar_view, list_calendars};
pub use document::{Anchor, Channel, Climb, HoldKind, HoldRule, Policy, PreDue, Roll, Stage, Step, StepKind, TaskKind, Tightness};
pub use manage::{ActivatePolicy, CreatePolicy, PolicyIn, PolicyView, list_policies, policy};
pub use risk::{
    BehaviourRules, PlanHold, PlanLevel, PlanMeasures, PlanRelease, PlanTask, PlanTrigger, RiskRules, SignalDays, WatchCriteria,
};
pub use version::{calendar, first_version, load};
