//! `credit_review_due`: is there something to propose to whoever does this credit review?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// A failure proposes nothing; the review is asked for all the same.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A credit review falls due: is there a limit or a grade to propose to whoever does it? Nothing is set by a script.",
    votes: &[],
    effects: &["propose_limit", "propose_grade"],
    on_failure: OnFailure::None,
    cpu: Duration::from_millis(50),
};
