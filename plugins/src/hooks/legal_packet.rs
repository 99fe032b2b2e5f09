//! `legal_packet`: what belongs into the evidence packet?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// A failure blocks the packet: a handoff without its evidence must not leave.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "An evidence packet is put together: what belongs into it, what is missing?",
    votes: &[],
    effects: &["include", "missing"],
    on_failure: OnFailure::Block,
    cpu: Duration::from_millis(50),
};
