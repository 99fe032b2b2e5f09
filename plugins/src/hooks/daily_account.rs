//! `daily_account`: anything about this account today?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// Any effect, no vote; a failure does nothing.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "An account is reviewed: anything about it today?",
    votes: &[],
    effects: &[
        "notice",
        "pause",
        "place_hold",
        "release_hold",
        "open_case",
        "assign",
        "set_priority",
        "escalate",
        "schedule_step",
        "request_approval",
        "handoff",
    ],
    on_failure: OnFailure::None,
    cpu: Duration::from_millis(20),
};
