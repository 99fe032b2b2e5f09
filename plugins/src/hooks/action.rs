//! `action_<name>`: a custom action that somebody calls.

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// It answers, and may propose what its own list in the manifest allows. A failure is told to the caller, and nothing happens.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "Somebody calls the action of this name: what is the answer, and what follows?",
    votes: &[],
    effects: &["answer", "notice", "pause", "place_hold", "release_hold", "assign", "set_priority", "escalate", "schedule_step"],
    on_failure: OnFailure::None,
    cpu: Duration::from_millis(50),
};
