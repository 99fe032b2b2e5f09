//! The grade table: from which score on a grade is given, what it allows, and how fast a grade moves (numbers.md §1.3, §3, §4; GR-01).

use crate::words::code::Code;
use crate::words::day::add_months;
use crate::words::error::{Error, Fault, Result};
use crate::words::money::Currency;
use crate::words::score::Score;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Grades a table may have.
const GRADES_MAX: usize = 20;

crate::words! {
    /// On which terms a grade buys.
    pub enum Terms {
        /// Goods first, money later, within the credit limit.
        OpenAccount = "open_account",
        /// Money first.
        Prepay = "prepay",
    }
}

/// One grade of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeRule {
    /// Its name, `AA`.
    #[schema(min_length = 1, max_length = 10)]
    pub grade: String,
    /// The least score it is given for, in whole points; the worst grade begins at 0.
    #[schema(minimum = 0, maximum = 100)]
    pub from_score: i64,
    /// Its risk factor in the limit formula, in basis points: 10,000 is 100 %.
    #[schema(minimum = 0, maximum = 100_000)]
    pub risk_factor_bps: i64,
    /// Open account, or prepayment whatever its limit says (CF-02).
    pub terms: Terms,
    /// Months from one credit review to the next (CF-09).
    #[schema(minimum = 1, maximum = 60)]
    pub review_months: i64,
}

/// A grade table: the best grade first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct GradeTable(pub Vec<GradeRule>);

/// AAA ≥ 90, AA ≥ 80, A ≥ 70, B ≥ 60, C below; factors 150, 100, 80, 60, 0 %; C pays first; reviews half-yearly, B quarterly, C monthly.
impl Default for GradeTable {
    fn default() -> Self {
        use Terms::{OpenAccount, Prepay};
        let shipped = [
            ("AAA", 90, 15_000, OpenAccount, 6),
            ("AA", 80, 10_000, OpenAccount, 6),
            ("A", 70, 8_000, OpenAccount, 6),
            ("B", 60, 6_000, OpenAccount, 3),
            ("C", 0, 0, Prepay, 1),
        ];
        let rule = |(grade, from_score, risk_factor_bps, terms, review_months): (&str, i64, i64, Terms, i64)| GradeRule {
            grade: grade.to_owned(),
            from_score,
            risk_factor_bps,
            terms,
            review_months,
        };
        Self(shipped.map(rule).into())
    }
}

/// Months from one review to the next of an account without a grade, or with one the table does not know.
const REVIEW_MONTHS: i64 = 6;

/// What a grade moves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is where the score says, or there is no score.
    Stay,
    /// It changed less than a month ago; the next step may be taken on this day.
    Wait(NaiveDate),
    /// One step, or the first grade.
    To(String),
}

impl GradeTable {
    /// The rule of this grade.
    pub fn rule(&self, grade: &str) -> Option<&GradeRule> {
        self.0.iter().find(|rule| rule.grade == grade)
    }

    fn place(&self, grade: &str) -> Option<usize> {
        self.0.iter().position(|rule| rule.grade == grade)
    }

    /// Names of the grades, the best first.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|rule| rule.grade.clone()).collect()
    }

    /// The grade this score earns: what is shown, to the hundredth, is what decides.
    pub fn earned(&self, score: Score) -> Option<&str> {
        self.0.iter().find(|rule| score.hundredths() >= rule.from_score * 100).map(|rule| rule.grade.as_str())
    }

    /// The grade one step below; the worst one stays.
    pub fn below<'a>(&'a self, grade: &'a str) -> &'a str {
        self.place(grade).and_then(|at| self.0.get(at + 1)).map_or(grade, |rule| rule.grade.as_str())
    }

    /// Where a grade moves today on its way to the one its score earned: one step a month at most (numbers.md §4). An account without
    /// a grade, or with one the table does not know, gets the earned one at once.
    pub fn step(&self, from: Option<&str>, earned: &str, changed_on: Option<NaiveDate>, today: NaiveDate) -> Step {
        let Some(to) = self.place(earned) else { return Step::Stay };
        let Some(at) = from.and_then(|grade| self.place(grade)) else { return Step::To(earned.to_owned()) };
        let next = match at.cmp(&to) {
            std::cmp::Ordering::Equal => return Step::Stay,
            std::cmp::Ordering::Less => at + 1,
            std::cmp::Ordering::Greater => at - 1,
        };
        match changed_on.map(|on| add_months(on, 1)).filter(|from| today < *from) {
            Some(from) => Step::Wait(from),
            None => self.0.get(next).map_or(Step::Stay, |rule| Step::To(rule.grade.clone())),
        }
    }

    /// The day of the review after one on this day.
    pub fn next_review(&self, grade: Option<&str>, reviewed_on: NaiveDate) -> NaiveDate {
        let months = grade.and_then(|grade| self.rule(grade)).map_or(REVIEW_MONTHS, |rule| rule.review_months);
        add_months(reviewed_on, i32::try_from(months).unwrap_or(i32::MAX))
    }

    /// Refuses a table that does not say what every score earns: all faults at once.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let mut wrong = |pointer: String, detail: &str| {
            faults.push(Fault { pointer, code: Code::ValidationFailed, detail: detail.to_owned() });
        };
        if self.0.is_empty() || self.0.len() > GRADES_MAX {
            wrong("#/grades".to_owned(), "a grade table has 1 to 20 grades");
        }
        for (at, rule) in self.0.iter().enumerate() {
            let length = rule.grade.chars().count();
            if length == 0 || length > 10 || rule.grade.chars().any(char::is_control) || self.place(&rule.grade) != Some(at) {
                wrong(format!("#/grades/{at}/grade"), "a grade has a name of its own, 1 to 10 characters");
            }
            let is_lower = at.checked_sub(1).and_then(|above| self.0.get(above)).is_none_or(|above| rule.from_score < above.from_score);
            let is_last = at + 1 == self.0.len();
            if !(0..=100).contains(&rule.from_score) || !is_lower || (is_last && rule.from_score != 0) {
                wrong(
                    format!("#/grades/{at}/from_score"),
                    "the best grade comes first, each begins lower than the one before, the last at 0",
                );
            }
            if !(0..=100_000).contains(&rule.risk_factor_bps) {
                wrong(format!("#/grades/{at}/risk_factor_bps"), "a risk factor is 0 to 100,000 basis points");
            }
            if !(1..=60).contains(&rule.review_months) {
                wrong(format!("#/grades/{at}/review_months"), "a review follows after 1 to 60 months");
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

/// A grade table with its dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedTable {
    /// For accounts in this currency; for all others when absent.
    pub currency: Option<Currency>,
    /// The first day it is in force; until the next one of its currency begins.
    pub valid_from: NaiveDate,
    /// The table.
    pub table: GradeTable,
}

/// Every grade table of a tenant, and the one that ships.
#[derive(Clone, Debug, Default)]
pub struct GradeTables {
    dated: Vec<DatedTable>,
    shipped: GradeTable,
}

impl GradeTables {
    /// These, with the shipped one beneath them.
    pub fn of(dated: Vec<DatedTable>) -> Self {
        Self { dated, shipped: GradeTable::default() }
    }

    /// The table in force on a day for accounts in this currency: its own newest one, else the newest for all, else the shipped one.
    pub fn on(&self, day: NaiveDate, currency: Currency) -> &GradeTable {
        let newest = |of: Option<Currency>| {
            let in_force = self.dated.iter().filter(|dated| dated.currency == of && dated.valid_from <= day);
            in_force.max_by_key(|dated| dated.valid_from).map(|dated| &dated.table)
        };
        newest(Some(currency)).or_else(|| newest(None)).unwrap_or(&self.shipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    #[test]
    fn a_score_earns_the_grade_of_its_band() {
        let table = GradeTable::default();
        for (hundredths, expected) in [
            (10_000, "AAA"),
            (9_000, "AAA"),
            (8_999, "AA"),
            (8_000, "AA"),
            (7_999, "A"),
            (7_000, "A"),
            (6_000, "B"),
            (5_999, "C"),
            (0, "C"),
        ] {
            assert_eq!(table.earned(Score::of_hundredths(hundredths).unwrap()), Some(expected), "{hundredths}");
        }
    }

    #[test]
    fn a_grade_moves_one_step_a_month() {
        let table = GradeTable::default();
        let to = |grade: &str| Step::To(grade.to_owned());
        for (from, earned, changed_on, today, expected) in [
            (None, "AA", None, "2026-03-02", to("AA")),
            (Some("gold"), "AA", None, "2026-03-02", to("AA")),
            (Some("A"), "A", None, "2026-03-02", Step::Stay),
            (Some("C"), "AAA", None, "2026-03-02", to("B")),
            (Some("AAA"), "C", None, "2026-03-02", to("AA")),
            (Some("AA"), "C", Some("2026-02-03"), "2026-03-02", Step::Wait(day("2026-03-03"))),
            (Some("AA"), "C", Some("2026-02-03"), "2026-03-03", to("A")),
            (Some("AA"), "C", Some("2026-01-31"), "2026-02-28", to("A")),
            (Some("AA"), "gold", None, "2026-03-02", Step::Stay),
        ] {
            assert_eq!(table.step(from, earned, changed_on.map(day), day(today)), expected, "{from:?} {earned} {changed_on:?} {today}");
        }
    }

    #[test]
    fn reviews_come_half_yearly_quarterly_for_b_and_monthly_for_c() {
        let table = GradeTable::default();
        for (grade, expected) in [
            (Some("AAA"), "2026-02-28"),
            (Some("A"), "2026-02-28"),
            (Some("B"), "2025-11-30"),
            (Some("C"), "2025-09-30"),
            (None, "2026-02-28"),
        ] {
            assert_eq!(table.next_review(grade, day("2025-08-31")), day(expected), "{grade:?}");
        }
    }

    #[test]
    fn the_newest_table_of_the_currency_is_in_force() {
        let (cny, usd): (Currency, Currency) = ("CNY".parse().unwrap(), "USD".parse().unwrap());
        let table =
            |name: &str| GradeTable(vec![GradeRule { grade: name.to_owned(), from_score: 0, ..GradeTable::default().0[0].clone() }]);
        let dated = |currency, from: &str, name: &str| DatedTable { currency, valid_from: day(from), table: table(name) };
        let tables = GradeTables::of(vec![
            dated(None, "2026-01-01", "all"),
            dated(Some(usd), "2026-02-01", "usd"),
            dated(None, "2026-03-01", "all2"),
            dated(Some(usd), "2026-04-01", "usd2"),
        ]);
        for (on, currency, expected) in [
            ("2025-12-31", cny, "AAA"),
            ("2026-01-01", usd, "all"),
            ("2026-02-01", usd, "usd"),
            ("2026-03-15", usd, "usd"),
            ("2026-03-15", cny, "all2"),
            ("2026-04-01", usd, "usd2"),
        ] {
            assert_eq!(tables.on(day(on), currency).0[0].grade, expected, "{on} {currency}");
        }
    }

    #[test]
    fn a_table_that_leaves_a_score_without_a_grade_is_refused() {
        let shipped = GradeTable::default();
        shipped.check().unwrap();
        let spoilt = |spoil: fn(&mut Vec<GradeRule>)| {
            let mut table = shipped.clone();
            spoil(&mut table.0);
            let error = table.check().unwrap_err();
            error.faults().iter().map(|fault| fault.pointer.clone()).collect::<Vec<_>>()
        };
        assert_eq!(spoilt(|grades| grades.clear()), ["#/grades"]);
        assert_eq!(spoilt(|grades| grades[4].from_score = 1), ["#/grades/4/from_score"]);
        assert_eq!(spoilt(|grades| grades[1].from_score = 90), ["#/grades/1/from_score"]);
        assert_eq!(spoilt(|grades| grades[1].grade = "AAA".to_owned()), ["#/grades/1/grade"]);
        assert_eq!(spoilt(|grades| grades[0].risk_factor_bps = -1), ["#/grades/0/risk_factor_bps"]);
        assert_eq!(spoilt(|grades| grades[0].review_months = 0), ["#/grades/0/review_months"]);
    }
}
