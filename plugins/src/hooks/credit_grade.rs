//! `credit_grade`: which grade does this account earn?

use super::HookSpec;
use recoup_engine::words::asked::OnFailure;
use std::time::Duration;

/// A failure leaves the shipped formula as it is.
pub(super) const SPEC: HookSpec = HookSpec {
    doc: "A grade is judged, in a grade run or a credit review: which one does this account earn?",
    votes: &[],
    effects: &["grade"],
    on_failure: OnFailure::Core,
    cpu: Duration::from_millis(50),
};
