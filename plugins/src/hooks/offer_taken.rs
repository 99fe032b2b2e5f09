//! `offer_taken`: what follows from an offer that was taken?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// Asked after the commit; a failure lets nothing happen yet, and it is asked again the next day.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "An early-payment offer was taken, after the fact: what follows?",
    votes: &[],
    effects: &["notice", "schedule_step"],
    on_failure: OnFailure::Retry,
    cpu: Duration::from_millis(10),
};
