//! Did what was announced follow?

use crate::words::day::add_days;
use chrono::NaiveDate;

/// A formal letter after its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Was any of what it asks for unpaid when the deadline was over?
    pub is_unpaid: bool,
    /// The day by which it asked for the money.
    pub answer_by: NaiveDate,
    /// The first day since it was made on which a step followed.
    pub followed_on: Option<NaiveDate>,
}

/// What came of a formal letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The money came in time.
    Met,
    /// The step followed in time.
    CarriedOut,
    /// It did not.
    NotCarriedOut,
}

/// What came of a letter whose step had to follow within so many days after the deadline.
pub fn outcome(said: Said, within_days: i64) -> Outcome {
    match said.followed_on {
        _ if !said.is_unpaid => Outcome::Met,
        Some(on) if on <= add_days(said.answer_by, within_days) => Outcome::CarriedOut,
        Some(_) | None => Outcome::NotCarriedOut,
    }
}

/// The share that was carried out, in basis points, half-up; none where nothing had to be.
pub fn credible_bps(carried_out: i64, not_carried_out: i64) -> Option<i64> {
    let (done, all) = (i128::from(carried_out), i128::from(carried_out) + i128::from(not_carried_out));
    if all <= 0 {
        return None;
    }
    i64::try_from((done * 20_000 + all).div_euclid(all * 2)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;

    #[test]
    fn or_21_a_step_that_follows_too_late_was_not_carried_out() {
        let day = |text: &str| parse_date(text).unwrap();
        for (is_unpaid, followed_on, expected) in [
            (false, None, Outcome::Met),
            (true, None, Outcome::NotCarriedOut),
            (true, Some("2026-03-01"), Outcome::CarriedOut),
            (true, Some("2026-03-17"), Outcome::CarriedOut),
            (true, Some("2026-03-18"), Outcome::NotCarriedOut),
        ] {
            let said = Said { is_unpaid, answer_by: day("2026-03-10"), followed_on: followed_on.map(day) };
            assert_eq!(outcome(said, 7), expected, "{said:?}");
        }
        assert_eq!((credible_bps(0, 0), credible_bps(2, 1), credible_bps(0, 3)), (None, Some(6_667), Some(0)));
    }
}
