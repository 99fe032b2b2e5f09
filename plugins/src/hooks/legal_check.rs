//! `legal_check`: may this case be given to legal?

use super::HookSpec;
use recoup_engine::words::asked::{OnFailure, VoteKind};
use std::time::Duration;

/// A failure lets it not happen; the plugin's owner is told.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A case is to be given to legal, with the yes of a second person: may it be?",
    votes: &[VoteKind::Approve, VoteKind::Deny, VoteKind::RequestApproval],
    effects: &[],
    on_failure: OnFailure::Block,
    cpu: Duration::from_millis(20),
};
