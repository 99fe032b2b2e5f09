//! `became_overdue`: what follows from an instalment that was not paid in time?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// Asked after the run that found it; a failure lets nothing happen yet, and it is asked again the next day.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "An instalment became overdue, found by the day's run: what follows?",
    votes: &[],
    effects: &["open_case", "notice", "place_hold"],
    on_failure: OnFailure::Retry,
    cpu: Duration::from_millis(20),
};
