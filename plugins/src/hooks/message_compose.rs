//! `message_compose`: what does this letter say beside what the engine says?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// A failure leaves the letter as it is.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A letter is written: words for it, links, names and ways to pay. What it says about money and days is the engine's.",
    votes: &[],
    effects: &["variables"],
    on_failure: OnFailure::Core,
    cpu: Duration::from_millis(10),
};
