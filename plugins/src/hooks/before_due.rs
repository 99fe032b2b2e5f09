//! `before_due`: is there something to offer before this instalment comes due?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// A failure offers nothing.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "An instalment comes within a lead day of its due date: is there something to offer?",
    votes: &[],
    effects: &["offer", "notice", "schedule_step"],
    on_failure: OnFailure::None,
    cpu: Duration::from_millis(20),
};
