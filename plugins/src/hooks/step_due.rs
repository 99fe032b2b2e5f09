//! `step_due`: may this built-in policy step be taken today?

use super::HookSpec;
use recoup_engine::words::asked::{OnFailure, VoteKind};
use std::time::Duration;

/// A failure leaves the core verdict: the policy goes on.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A built-in policy step is due: take it today?",
    votes: &[VoteKind::Approve, VoteKind::Defer, VoteKind::Skip],
    effects: &["place_hold"],
    on_failure: OnFailure::Core,
    cpu: Duration::from_millis(20),
};
