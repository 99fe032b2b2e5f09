//! `stage_entered`: what follows from the stage a case came to?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// Asked after the commit; a failure lets nothing happen yet, and it is asked again the next day.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A case came to another stage, after the fact: what follows?",
    votes: &[],
    effects: &["assign", "set_priority", "schedule_step", "escalate", "notice", "place_hold"],
    on_failure: OnFailure::Retry,
    cpu: Duration::from_millis(20),
};
