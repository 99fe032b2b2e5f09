//! `hold_release`: may this person let go of this hold?

use super::HookSpec;
use recoup_engine::words::asked::{OnFailure, VoteKind};
use std::time::Duration;

/// A failure releases nothing; the plugin's owner is told.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A person wants a held order, or a hold on a whole account, released: may it be? Asked once for each hold of the order.",
    votes: &[VoteKind::Approve, VoteKind::Deny, VoteKind::RequestApproval],
    effects: &[],
    on_failure: OnFailure::Block,
    cpu: Duration::from_millis(10),
};
