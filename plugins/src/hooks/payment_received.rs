//! `payment_received`: what follows from this payment?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// Asked after the commit; a failure lets nothing happen yet, and it is asked again the next day.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A payment came, after the fact: what follows?",
    votes: &[],
    effects: &["release_hold", "place_hold", "notice"],
    on_failure: OnFailure::Retry,
    cpu: Duration::from_millis(20),
};
