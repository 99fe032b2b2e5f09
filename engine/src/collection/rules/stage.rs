//! How late the case is, and what that makes of its place in the worklist.

use super::chase::Book;
use crate::policy::Policy;
use crate::words::day::add_days;
use chrono::NaiveDate;

/// The next day on which the oldest chased item alone would bring the case to another stage.
pub(super) fn changes_on(policy: &Policy, book: &Book, today: NaiveDate) -> Option<NaiveDate> {
    let late = book.days_past_due();
    let next = policy.stages.iter().map(|stage| stage.from_days).find(|from| *from > late.max(0))?;
    book.has_overdue().then(|| add_days(today, next - late))
}

/// The day the account became overdue: the day after the due date of its oldest overdue item.
pub(super) fn overdue_since(book: &Book) -> Option<NaiveDate> {
    book.overdue().map(|at| add_days(book.items[at].due_on, 1)).min()
}

/// Order in the worklist, 0 to 100: the parts of numbers §6 that an account knows by itself, `40 × age + 10 × grade`.
pub(super) fn priority(stage_no: usize, grade: Option<&str>) -> i64 {
    let age = i64::try_from(stage_no.min(4)).unwrap_or(4) * 10;
    let grade = ["AAA", "AA", "A", "B", "C"].iter().position(|known| Some(*known) == grade).unwrap_or(2);
    age + i64::try_from(grade).unwrap_or(2) * 10 / 4
}
