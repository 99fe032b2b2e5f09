//! Which periods make a plan of a year, and how far it has come.

use crate::words::code::Code;
use crate::words::error::{Error, Fault, Result};
use chrono::{Datelike, NaiveDate};

/// The most periods of a year: its weeks.
pub const PERIODS_MAX: usize = 53;

/// Refuses periods that are no parts of the year: outside it, ended before they begin, crossing or out of order. They may leave days out.
pub fn check_periods(year: i32, periods: &[(NaiveDate, NaiveDate)]) -> Result<()> {
    let fault = |pointer: String, detail: String| Fault { pointer, code: Code::ValidationFailed, detail };
    if !(1..=PERIODS_MAX).contains(&periods.len()) {
        return Err(Error::new(Code::ValidationFailed, format!("a plan has 1 to {PERIODS_MAX} periods")).at("#/periods"));
    }
    let mut faults = Vec::new();
    for (at, (from, to)) in periods.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| periods.get(at));
        if from.year() != year || to.year() != year {
            faults.push(fault(format!("#/periods/{at}/from"), format!("a period lies in {year}")));
        } else if to < from {
            faults.push(fault(format!("#/periods/{at}/to"), "a period ends on its first day or later".to_owned()));
        } else if before.is_some_and(|(_, last)| from <= last) {
            faults.push(fault(format!("#/periods/{at}/from"), "periods follow one another".to_owned()));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
}

/// How much of a target was reached, in basis points, half-up; none where there was nothing to reach.
pub fn reached_bps(target: i64, actual: i64) -> Option<i64> {
    let (target, actual) = (i128::from(target), i128::from(actual));
    if target <= 0 {
        return None;
    }
    let bps = (actual * 20_000 + target).div_euclid(target * 2);
    i64::try_from(bps).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;

    #[test]
    fn or_19_periods_follow_one_another_inside_the_year() {
        let told = |periods: &[(&str, &str)]| {
            let periods: Vec<_> = periods.iter().map(|(from, to)| (parse_date(from).unwrap(), parse_date(to).unwrap())).collect();
            check_periods(2026, &periods).map_or_else(|error| error.faults()[0].pointer.clone(), |()| "good".to_owned())
        };
        for (periods, expected) in [
            (&[("2026-01-01", "2026-06-30"), ("2026-07-01", "2026-12-31")][..], "good"),
            (&[("2026-01-01", "2026-01-01"), ("2026-03-01", "2026-12-31")], "good"),
            (&[], "#/periods"),
            (&[("2025-12-31", "2026-06-30")], "#/periods/0/from"),
            (&[("2026-12-01", "2027-01-01")], "#/periods/0/from"),
            (&[("2026-03-01", "2026-02-01")], "#/periods/0/to"),
            (&[("2026-01-01", "2026-03-31"), ("2026-03-31", "2026-06-30")], "#/periods/1/from"),
        ] {
            assert_eq!(told(periods), expected, "{periods:?}");
        }
    }

    #[test]
    fn or_19_a_share_is_rounded_half_up_and_of_nothing_there_is_none() {
        for (target, actual, expected) in
            [(100, 0, Some(0)), (100, 100, Some(10_000)), (3, 2, Some(6_667)), (3, 1, Some(3_333)), (0, 5, None), (200_000, 1, Some(0))]
        {
            assert_eq!(reached_bps(target, actual), expected, "{target} {actual}");
        }
        assert_eq!(reached_bps(20_000, 1), Some(1), "half a basis point goes up");
    }
}
