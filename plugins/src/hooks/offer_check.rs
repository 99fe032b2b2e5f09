//! `offer_check`: may this discount be offered?

use super::HookSpec;
use recoup_engine::words::asked::{OnFailure, VoteKind};
use std::time::Duration;

/// A failure lets it not happen; the plugin's owner is told.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A discount is to be offered for early payment: may it be, and at which rate at most?",
    votes: &[VoteKind::Approve, VoteKind::Deny],
    effects: &["cap_rate"],
    on_failure: OnFailure::Block,
    cpu: Duration::from_millis(20),
};
