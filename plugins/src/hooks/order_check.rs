//! `order_check`: may this order ship?

use super::HookSpec;
use recoup_engine::words::asked::{OnFailure, VoteKind};
use std::time::Duration;

/// A failure leaves the core verdict as it is: the limit is still checked.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "An order is placed or checked again: may it ship?",
    votes: &[VoteKind::Approve, VoteKind::Hold, VoteKind::ReleasePartial, VoteKind::Deny, VoteKind::RequestApproval],
    effects: &[],
    on_failure: OnFailure::Core,
    cpu: Duration::from_millis(10),
};
