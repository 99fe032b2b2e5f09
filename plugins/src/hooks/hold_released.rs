//! `hold_released`: a hold has ended: who has to know?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// Asked after the commit; a failure lets nothing happen yet, and it is asked again the next day.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A hold has ended, after the fact: who has to know?",
    votes: &[],
    effects: &["notice"],
    on_failure: OnFailure::Retry,
    cpu: Duration::from_millis(10),
};
