//! `invoice_registered`: is there anything to do about this invoice?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// Asked after the commit; a failure lets nothing happen yet, and it is asked again the next day.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "An invoice was booked, after the fact: what follows?",
    votes: &[],
    effects: &["schedule_step", "offer"],
    on_failure: OnFailure::Retry,
    cpu: Duration::from_millis(20),
};
