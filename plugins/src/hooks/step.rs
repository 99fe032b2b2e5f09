//! `step_<type>`: what does this custom policy step do now?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// A failure leaves the step where it is: it is asked again the next day.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A custom policy step is due or wakes: what does it do now? Exactly one of step_to, step_wait and step_done.",
    votes: &[],
    effects: &["step_to", "step_wait", "step_done", "step_data", "notice", "place_hold", "escalate", "request_approval", "handoff"],
    on_failure: OnFailure::Stay,
    cpu: Duration::from_millis(50),
};
