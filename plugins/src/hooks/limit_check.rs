//! `limit_check`: may this credit limit be set?

use super::HookSpec;
use recoup_engine::words::asked::{OnFailure, VoteKind};
use std::time::Duration;

/// A failure lets no limit change; the plugin's owner is told.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A credit limit is to be changed, or a security added to it: may it be? A limit of a group is asked about once for each member.",
    votes: &[VoteKind::Approve, VoteKind::Deny, VoteKind::RequestApproval],
    effects: &[],
    on_failure: OnFailure::Block,
    cpu: Duration::from_millis(10),
};
