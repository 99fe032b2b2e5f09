//! `hold_placed`: a hold begins: who has to know?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// Asked after the commit; a failure lets nothing happen yet, and it is asked again the next day.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "An order or the whole account was put on hold, after the fact: who has to know?",
    votes: &[],
    effects: &["notice"],
    on_failure: OnFailure::Retry,
    cpu: Duration::from_millis(10),
};
