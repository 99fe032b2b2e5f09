//! From a score sheet and from how an account has paid to one score (numbers.md §4). Exact integers, rounded once.

use crate::words::score::Score;

/// The share of the total that the sheet has where behaviour counts too, in percent; behaviour has the rest.
const SHEET_PERCENT: i128 = 60;
/// Invoices paid before behaviour counts.
pub const BEHAVIOUR_FROM_INVOICES: i64 = 6;
/// What a day late takes off, what a broken promise, what a bounce: points.
const POINTS_DAY_LATE: i128 = 2;
const POINTS_BROKEN_PROMISE: i128 = 10;
const POINTS_BOUNCE: i128 = 20;

/// How an account has paid: what the last twelve months came to, bounces of 90 days and broken promises of 180.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// Invoices of which nothing is open any more.
    pub paid_invoices: i64,
    /// What was settled, in minor units.
    pub settled_minor: i64,
    /// Each settled instalment's minor units times the days it came late; early ones count 0.
    pub late_minor_days: i128,
    /// Promises broken in the last 180 days.
    pub broken_promises: i64,
    /// Payments that bounced in the last 90 days.
    pub bounces: i64,
}

impl Behaviour {
    /// Is there enough of it to count?
    pub fn counts(&self) -> bool {
        self.paid_invoices >= BEHAVIOUR_FROM_INVOICES
    }

    /// Points as an exact fraction: 100 − 2 × days late (weighted by amount) − 10 × broken promises − 20 × bounces, not below 0.
    fn points(&self) -> (i128, i128) {
        let whole = i128::from(self.settled_minor.max(0));
        let flat = 100 - POINTS_BROKEN_PROMISE * i128::from(self.broken_promises) - POINTS_BOUNCE * i128::from(self.bounces);
        let (part, whole) = if whole == 0 { (flat, 1) } else { (whole * flat - POINTS_DAY_LATE * self.late_minor_days, whole) };
        (part.max(0), whole)
    }

    /// The behaviour score; none while there is too little of it.
    pub fn score(&self) -> Option<Score> {
        let (part, whole) = self.points();
        self.counts().then(|| Score::of_fraction(part, whole))
    }
}

/// The total: sheet 60 % and behaviour 40 %; the one alone where the other is missing; none where both are.
pub fn total(sheet: Option<Score>, behaviour: &Behaviour) -> Option<Score> {
    let (part, whole) = behaviour.points();
    match (sheet, behaviour.counts()) {
        (None, false) => None,
        (None, true) => Some(Score::of_fraction(part, whole)),
        (Some(sheet), false) => Some(sheet),
        // Both over one denominator, so that nothing is rounded before the end.
        (Some(sheet), true) => {
            let sheet = SHEET_PERCENT * i128::from(sheet.hundredths()) * whole;
            let behaviour = (100 - SHEET_PERCENT) * 100 * part;
            Some(Score::of_fraction(sheet + behaviour, 10_000 * whole))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(invoices: i64, rows: &[(i64, i64)], broken_promises: i64, bounces: i64) -> Behaviour {
        let settled_minor = rows.iter().map(|(minor, _)| minor).sum();
        let late_minor_days = rows.iter().map(|(minor, days)| i128::from(minor * days)).sum();
        Behaviour { paid_invoices: invoices, settled_minor, late_minor_days, broken_promises, bounces }
    }

    #[test]
    fn behaviour_counts_days_late_by_amount_and_needs_six_paid_invoices() {
        for (behaviour, expected) in [
            (paid(5, &[(100, 0)], 0, 0), None),
            (paid(6, &[(100, 0)], 0, 0), Some("100.00")),
            // 10 days late on a tenth of the money is one day on the whole of it.
            (paid(6, &[(900, 0), (100, 10)], 0, 0), Some("98.00")),
            (paid(6, &[(2, 0), (1, 1)], 0, 0), Some("99.33")),
            (paid(6, &[(100, 0)], 1, 2), Some("50.00")),
            (paid(6, &[(100, 60)], 0, 0), Some("0.00")),
            (paid(6, &[(100, 0)], 9, 3), Some("0.00")),
        ] {
            assert_eq!(behaviour.score().map(|score| score.to_string()).as_deref(), expected, "{behaviour:?}");
        }
    }

    #[test]
    fn the_total_is_sixty_to_forty_and_rounded_once() {
        let sheet = Score::of_hundredths(7_150);
        for (sheet, behaviour, expected) in [
            (sheet, paid(5, &[(100, 90)], 0, 0), Some("71.50")),
            (sheet, paid(6, &[(100, 0)], 0, 0), Some("82.90")),
            (sheet, paid(6, &[(100, 0)], 0, 1), Some("74.90")),
            (None, paid(6, &[(100, 0)], 0, 1), Some("80.00")),
            (None, paid(5, &[(100, 0)], 0, 0), None),
            // 0.6 × 71.50 + 0.4 × 99.333… is 82.6333…; rounding behaviour first would give the same only by luck.
            (sheet, paid(6, &[(2, 0), (1, 1)], 0, 0), Some("82.63")),
            (Score::of_hundredths(0), paid(6, &[(799, 0), (1, 1)], 0, 0), Some("40.00")),
        ] {
            assert_eq!(total(sheet, &behaviour).map(|score| score.to_string()).as_deref(), expected, "{sheet:?} {behaviour:?}");
        }
    }
}
