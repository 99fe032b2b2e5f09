//! Days: business calendars, due dates, and how dates are written.

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Reads `2026-12-31`; refuses impossible dates and years outside 1900 to 2999 with `malformed_date`.
pub fn parse_date(text: &str) -> Result<NaiveDate> {
    let shaped =
        text.len() == 10 && text.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    let date = if shaped { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok() } else { None };
    date.filter(|date| (1900..=2999).contains(&date.year()))
        .ok_or_else(|| Error::new(Code::MalformedDate, format!("{text:?} is not a date like 2026-12-31 between 1900 and 2999")))
}

/// Serde for dates in a request: the same reading as [`parse_date`].
pub mod strict_date {
    use chrono::NaiveDate;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer};

    /// Reads a required date.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
        super::parse_date(&String::deserialize(from)?).map_err(D::Error::custom)
    }

    /// Serde for a date that may be absent or `null`; use with `#[serde(default)]`.
    pub mod optional {
        use super::{Deserialize, Deserializer, NaiveDate};
        use serde::de::Error as _;

        /// Reads an optional date.
        pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
            Option::<String>::deserialize(from)?.map(|text| super::super::parse_date(&text).map_err(D::Error::custom)).transpose()
        }
    }
}

/// The first days of history and the last one a date may have, as neutral starting points for comparisons.
pub const FAR_FUTURE: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a date that exists");

/// Days from `from` to `to`; negative when `to` lies before it.
pub fn days_between(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}

/// The date some days later, or earlier when negative. Stays at the edge of time instead of overflowing.
pub fn add_days(date: NaiveDate, days: i64) -> NaiveDate {
    let size = Days::new(days.unsigned_abs());
    let moved = if days < 0 { date.checked_sub_days(size) } else { date.checked_add_days(size) };
    moved.unwrap_or(if days < 0 { NaiveDate::MIN } else { FAR_FUTURE })
}

/// The date some months later; a month step never overflows: 31 January + 1 month is the last day of February.
pub fn add_months(date: NaiveDate, months: i32) -> NaiveDate {
    let size = Months::new(months.unsigned_abs());
    let moved = if months < 0 { date.checked_sub_months(size) } else { date.checked_add_months(size) };
    moved.unwrap_or(if months < 0 { NaiveDate::MIN } else { FAR_FUTURE })
}

/// The last day of the date's month.
pub fn end_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).map_or(date, |first| add_days(add_months(first, 1), -1))
}

/// Working days: weekends, holidays, and weekend days that the state made working days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// What people call it: `CN`.
    pub name: String,
    /// Free weekdays, 1 is Monday and 7 is Sunday.
    pub weekend: BTreeSet<u8>,
    /// Days off that would be working days.
    pub holidays: BTreeSet<NaiveDate>,
    /// Working days that would be weekend (China's make-up days).
    pub workdays: BTreeSet<NaiveDate>,
}

impl Default for Calendar {
    /// Monday to Friday, no holidays.
    fn default() -> Self {
        Self { name: "weekdays".into(), weekend: BTreeSet::from([6, 7]), holidays: BTreeSet::new(), workdays: BTreeSet::new() }
    }
}

impl Calendar {
    /// Is this a working day?
    pub fn is_business_day(&self, date: NaiveDate) -> bool {
        let weekday = u8::try_from(date.weekday().number_from_monday()).unwrap_or(0);
        self.workdays.contains(&date) || (!self.weekend.contains(&weekday) && !self.holidays.contains(&date))
    }

    /// The date itself if it is a working day, else the next one.
    pub fn following(&self, date: NaiveDate) -> NaiveDate {
        self.walk(date, 1)
    }

    /// The date itself if it is a working day, else the one before.
    pub fn preceding(&self, date: NaiveDate) -> NaiveDate {
        self.walk(date, -1)
    }

    /// Following, unless that lies in another month; then preceding.
    pub fn modified_following(&self, date: NaiveDate) -> NaiveDate {
        let next = self.following(date);
        if next.month() == date.month() { next } else { self.preceding(date) }
    }

    /// The n-th working day after the date; before it when negative; the date itself for 0.
    pub fn add_business_days(&self, date: NaiveDate, days: i64) -> NaiveDate {
        let step = days.signum();
        (0..days.unsigned_abs().min(10_000)).fold(date, |at, _| self.walk(add_days(at, step), step))
    }

    /// A calendar without any working day would walk for ever, so a walk ends after 400 days.
    fn walk(&self, from: NaiveDate, step: i64) -> NaiveDate {
        (0..400).map(|days| add_days(from, days * step)).find(|date| self.is_business_day(*date)).unwrap_or(from)
    }
}

/// Monday is 1, Sunday is 7.
pub fn weekday_no(date: NaiveDate) -> i64 {
    i64::from(Weekday::number_from_monday(&date.weekday()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    #[test]
    fn only_real_dates_are_read() {
        for text in ["2025-02-29", "2025-13-01", "1899-12-31", "3000-01-01", "2025-1-01", "20250101", "2025-01-01T00:00:00Z", ""] {
            assert_eq!(parse_date(text).unwrap_err().code(), Code::MalformedDate, "{text}");
        }
        assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
    }

    #[test]
    fn working_days_know_holidays_and_make_up_days() {
        let calendar = Calendar {
            holidays: [day("2025-10-01"), day("2025-10-02"), day("2025-10-03"), day("2025-10-06"), day("2025-10-07"), day("2025-10-08")]
                .into(),
            workdays: [day("2025-10-11")].into(),
            ..Calendar::default()
        };
        assert_eq!(calendar.following(day("2025-10-01")), day("2025-10-09"));
        assert_eq!(calendar.add_business_days(day("2025-09-30"), 3), day("2025-10-11"));
        assert_eq!(calendar.preceding(day("2025-10-08")), day("2025-09-30"));
        assert_eq!(calendar.modified_following(day("2025-08-31")), day("2025-08-29"));
        assert_eq!(calendar.add_business_days(day("2025-10-09"), -1), day("2025-09-30"));
    }

    #[test]
    fn month_steps_never_overflow() {
        assert_eq!(add_months(day("2025-01-31"), 1), day("2025-02-28"));
        assert_eq!(end_of_month(day("2024-02-14")), day("2024-02-29"));
    }
}
