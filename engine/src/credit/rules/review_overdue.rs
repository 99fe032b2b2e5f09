//! The hold rule `review_overdue` (numbers.md §2; CF-09): a credit review that nobody did holds orders until somebody does it.

use super::{Cause, WayOut};
use crate::words::day::days_between;
use crate::words::facts::{Facts, Reason};
use crate::words::text::Bilingual;

/// The reason, where the review has been due for more than so many days. No payment ends it: a person reviews the account.
pub(super) fn cause(days: i64, facts: &Facts) -> Option<Cause> {
    let due_on = facts.account.credit_review_on?;
    let late = days_between(due_on, facts.today);
    if late <= days.max(0) {
        return None;
    }
    let en = format!("The credit review was due on {due_on}, {late} days ago, and has not been done.");
    let zh = format!("信用复评应于 {due_on} 完成，已逾期 {late} 天。");
    Some(Cause { reason: Reason::core("review_overdue", Bilingual::new(en, zh)), way_out: WayOut::person() })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{day, facts};
    use super::*;

    #[test]
    fn a_review_that_was_ignored_for_longer_than_the_rule_allows_holds() {
        // Today is 14 March.
        for (due_on, days, expected) in [
            (None, 0, false),
            (Some("2025-03-15"), 0, false),
            (Some("2025-03-14"), 0, false),
            (Some("2025-03-13"), 0, true),
            (Some("2025-02-12"), 30, false),
            (Some("2025-02-11"), 30, true),
        ] {
            let mut facts = facts(0);
            facts.account.credit_review_on = due_on.map(day);
            let found = cause(days, &facts);
            assert_eq!(found.is_some(), expected, "{due_on:?} {days}");
            assert!(found.is_none_or(|cause| !cause.way_out.is_payable()));
        }
    }
}
