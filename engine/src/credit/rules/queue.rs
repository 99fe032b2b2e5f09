//! How long a held order may wait before a higher role is called.

use crate::words::day::Calendar;
use chrono::NaiveDate;

/// An order has waited longer than `after` working days by the day when it waits since before the day this gives: the working days
/// between are counted without the first, so that one held on a Monday, with two days, is due on Thursday.
pub fn waits_too_long_before(calendar: &Calendar, day: NaiveDate, after: i64) -> NaiveDate {
    calendar.add_business_days(day, -after.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::{add_days, parse_date};

    #[test]
    fn working_days_are_counted_over_weekends_and_holidays() {
        let day = |text: &str| parse_date(text).unwrap();
        let calendar = Calendar { holidays: [day("2025-03-20")].into(), ..Calendar::default() };
        for (since, after, first) in [
            ("2025-03-10", 2, "2025-03-13"), // a Monday: due on Thursday
            ("2025-03-13", 2, "2025-03-18"), // a Thursday: Friday and Monday go by
            ("2025-03-14", 1, "2025-03-18"),
            ("2025-03-15", 1, "2025-03-18"), // a Saturday counts like the Friday before
            ("2025-03-19", 1, "2025-03-22"), // Thursday is a holiday, so Friday is the one working day
            ("2025-03-10", 0, "2025-03-11"),
        ] {
            let is_due = |on: NaiveDate| day(since) < waits_too_long_before(&calendar, on, after);
            assert!(is_due(day(first)) && !is_due(add_days(day(first), -1)), "{since} {after}: {first}");
        }
    }
}
