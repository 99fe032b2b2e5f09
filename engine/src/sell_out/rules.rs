//! The average of what was sold on.

use crate::words::day::{add_days, days_between};
use crate::words::error::Result;
use crate::words::money::Money;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// What was sold on in a period, both days counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// How much.
    pub amount: Money,
}

impl Period {
    fn days(&self) -> i64 {
        days_between(self.from, self.to) + 1
    }
}

/// What is sold on in so many days on average, half-up; none where nothing was told. Only the latest periods count: those that end in the
/// last so many days before the latest one ends, so that nobody gets rid of a cap by telling nothing any more. The caller gives the
/// periods the latest told first: of one that was told twice the later word counts.
pub fn average(told: &[Period], days: i64, look_back_days: i64) -> Result<Option<Money>> {
    let Some(latest) = told.iter().map(|period| period.to).max() else { return Ok(None) };
    let after = add_days(latest, -look_back_days.max(1));
    let mut counted: Vec<&Period> = Vec::new();
    for period in told.iter().filter(|period| period.to > after) {
        if !counted.iter().any(|known| known.from == period.from && known.to == period.to) {
            counted.push(period);
        }
    }
    let Some(first) = counted.first() else { return Ok(None) };
    let sum = counted.iter().try_fold(Money::zero(first.amount.currency()), |sum, period| sum.checked_add(period.amount))?;
    let of_days = counted.iter().fold(0_i64, |sum, period| sum.saturating_add(period.days().max(1)));
    let average = sum.decimal() * Decimal::from(days) / Decimal::from(of_days.max(1));
    Money::round_half_up(average, sum.currency()).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;

    #[test]
    fn or_09_the_average_is_of_the_latest_periods_each_once() {
        let day = |text: &str| parse_date(text).unwrap();
        let told = |from: &str, to: &str, units: i64| Period {
            from: day(from),
            to: day(to),
            amount: Money::new(units * 100, "CNY".parse().unwrap()),
        };
        let (january, february) = (told("2026-01-01", "2026-01-31", 310), told("2026-02-01", "2026-02-28", 560));
        for (told, days, look_back, expected) in [
            (vec![], 30, 90, None),
            (vec![january], 30, 90, Some("300.00")),
            (vec![february, january], 30, 90, Some("442.37")),
            (vec![february, january], 30, 28, Some("600.00")),
            (vec![told("2026-01-01", "2026-01-31", 620), january], 30, 90, Some("600.00")),
            (vec![told("2026-01-01", "2026-01-01", 7)], 1, 1, Some("7.00")),
        ] {
            let found = average(&told, days, look_back).unwrap().map(Money::amount);
            assert_eq!(found.as_deref(), expected, "{told:?}");
        }
    }
}
