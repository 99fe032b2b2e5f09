//! `usable_limit`: how much of the limit may be used now?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// A failure leaves the whole limit: it was approved by people.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "An order is to be checked against a limit: how much of it may be used now?",
    votes: &[],
    effects: &["usable"],
    on_failure: OnFailure::Core,
    cpu: Duration::from_millis(5),
};
