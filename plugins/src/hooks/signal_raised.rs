//! `signal_raised`: what follows from this early warning?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// Asked after the commit; a failure lets nothing happen yet, and it is asked again the next day.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "An early-warning signal was noticed, after the fact: what follows?",
    votes: &[],
    effects: &["escalate", "place_hold", "propose_limit", "assign"],
    on_failure: OnFailure::Retry,
    cpu: Duration::from_millis(20),
};
