//! Key figures of receivables as exact fractions (numbers.md §5, contract §4): six decimals, half-up (decision 48); a figure with
//! nothing to divide by is `None`, never 0. Money is in minor units of one currency.

mod late;
mod said;

pub use late::late_probability_bps;
pub use said::{Outcome, Said, credible_bps, outcome};

use crate::words::code::Code;
use crate::words::day::{add_days, add_months, days_between};
use crate::words::effect::FactValue;
use crate::words::error::{Error, Result};
use crate::words::money::{Currency, Money};
use crate::words::rate::Rate;
use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

/// What the figures of a day are worked out from: sums over the ledger with business dates up to that day only (contract choice 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// The currency of all sums.
    pub currency: Currency,
    /// The day.
    pub as_of: NaiveDate,
    /// Length of the window, which begins after `as_of − days` and ends on `as_of`.
    pub days: i64,
    /// Open on the day.
    pub receivables: i128,
    /// Of it due that day or later.
    pub not_due: i128,
    /// Number of open items.
    pub open_count: i128,
    /// Of them past due.
    pub overdue_count: i128,
    /// Open on the day before the window begins.
    pub receivables_before: i128,
    /// Issued in the window, net of cancellations and credit notes by their date (decision 36).
    pub sales: i128,
    /// Sales by calendar month up to the day, in any order; a month that is missing had none.
    pub sales_by_month: Vec<MonthSales>,
    /// The first day there is any data of; count-back stops with its month.
    pub first_day: Option<NaiveDate>,
    /// What was settled in the window.
    pub settled: SettledSums,
}

/// Sales of one calendar month, up to the day of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthSales {
    /// Any day of the month.
    pub month: NaiveDate,
    /// Sales.
    pub sales: i128,
}

/// How late the instalments were that were settled in the window. Days late are settled − due, early ones below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettledSums {
    /// Number of instalments settled in full.
    pub count: i128,
    /// Their amounts.
    pub amount: i128,
    /// Amounts settled on or before their due date.
    pub on_time_amount: i128,
    /// Days late, early ones counting 0.
    pub days_late: i128,
    /// Days late, early ones counting below 0.
    pub days_signed: i128,
    /// Amount times days late, early ones counting 0.
    pub amount_days_late: i128,
    /// Amount times days late, early ones counting below 0.
    pub amount_days_signed: i128,
}

impl SettledSums {
    /// Adds so many settled instalments with these dates, of so many minor units together.
    pub fn add_many(&mut self, count: i64, amount_minor: i64, due_on: NaiveDate, settled_on: NaiveDate) {
        let (count, amount, days) = (i128::from(count), i128::from(amount_minor), i128::from(days_between(due_on, settled_on)));
        self.count += count;
        self.amount += amount;
        self.on_time_amount += if days <= 0 { amount } else { 0 };
        self.days_late += count * days.max(0);
        self.days_signed += count * days;
        self.amount_days_late += amount * days.max(0);
        self.amount_days_signed += amount * days;
    }
}

/// One key figure with the formula and what went into it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Figure {
    /// The figure with six decimals; none when there is nothing to divide by.
    pub value: Option<Rate>,
    /// The formula in words.
    pub formula: &'static str,
    /// What went in, by name.
    #[schema(value_type = Object)]
    pub inputs: Inputs,
}

/// What went into a figure, by name.
pub type Inputs = std::collections::BTreeMap<&'static str, FactValue>;

/// The key figures of a day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Kpis {
    /// Overdue share of what is open.
    pub overdue_ratio: Figure,
    /// The same by number of items.
    pub overdue_ratio_by_count: Figure,
    /// Days sales outstanding.
    pub dso_simple: Figure,
    /// Days sales outstanding if nobody were late.
    pub dso_best_possible: Figure,
    /// The difference of the two.
    pub average_days_delinquent: Figure,
    /// Days sales outstanding, counted back month by month.
    pub dso_countback: Figure,
    /// Collection effectiveness, in percent.
    pub cei: Figure,
    /// Mean days late, early payers counting 0.
    pub average_days_late: Figure,
    /// Mean days late, early payers counting below 0.
    pub average_days_late_signed: Figure,
    /// Days late weighted by amount, early payers counting 0.
    pub weighted_days_late: Figure,
    /// Days late weighted by amount, early payers counting below 0.
    pub weighted_days_late_signed: Figure,
    /// Share of settled money that came on or before its due date.
    pub on_time_share: Figure,
}

impl Kpis {
    /// The same figures without what went into them: for a report that has none of its own.
    pub fn without_inputs(mut self) -> Self {
        for figure in [
            &mut self.overdue_ratio,
            &mut self.overdue_ratio_by_count,
            &mut self.dso_simple,
            &mut self.dso_best_possible,
            &mut self.average_days_delinquent,
            &mut self.dso_countback,
            &mut self.cei,
            &mut self.average_days_late,
            &mut self.average_days_late_signed,
            &mut self.weighted_days_late,
            &mut self.weighted_days_late_signed,
            &mut self.on_time_share,
        ] {
            figure.inputs.clear();
        }
        self
    }
}

/// Works out every key figure. Refuses `amount_out_of_range` when a sum is larger than figures can be.
pub fn kpis(sums: &Sums) -> Result<Kpis> {
    Ok(Kpis {
        overdue_ratio: overdue_ratio(sums)?,
        overdue_ratio_by_count: overdue_ratio_by_count(sums)?,
        dso_simple: dso_simple(sums)?,
        dso_best_possible: dso_best_possible(sums)?,
        average_days_delinquent: average_days_delinquent(sums)?,
        dso_countback: dso_countback(sums)?,
        cei: cei(sums)?,
        average_days_late: of_settled(sums, "Σ max(0, settled − due) ÷ instalments settled", |s| (s.days_late, s.count))?,
        average_days_late_signed: of_settled(sums, "Σ (settled − due) ÷ instalments settled", |s| (s.days_signed, s.count))?,
        weighted_days_late: of_settled(sums, "Σ amount × max(0, settled − due) ÷ amount settled", |s| (s.amount_days_late, s.amount))?,
        weighted_days_late_signed: of_settled(sums, "Σ amount × (settled − due) ÷ amount settled", |s| {
            (s.amount_days_signed, s.amount)
        })?,
        on_time_share: on_time_share(sums)?,
    })
}

fn overdue_ratio(sums: &Sums) -> Result<Figure> {
    let inputs = [("overdue", money(sums, sums.receivables - sums.not_due)?), ("receivables", money(sums, sums.receivables)?)];
    figure(sums.receivables - sums.not_due, sums.receivables, "overdue ÷ receivables", inputs)
}

fn overdue_ratio_by_count(sums: &Sums) -> Result<Figure> {
    let inputs = [("overdue_count", count(sums.overdue_count)?), ("open_count", count(sums.open_count)?)];
    figure(sums.overdue_count, sums.open_count, "overdue items ÷ open items", inputs)
}

fn dso_simple(sums: &Sums) -> Result<Figure> {
    let inputs =
        [("receivables", money(sums, sums.receivables)?), ("sales", money(sums, sums.sales)?), ("days", FactValue::Int(sums.days))];
    figure(sums.receivables * i128::from(sums.days), sums.sales, "receivables ÷ sales in the window × days", inputs)
}

fn dso_best_possible(sums: &Sums) -> Result<Figure> {
    let not_due = money(sums, sums.not_due)?;
    let inputs = [("receivables_not_due", not_due), ("sales", money(sums, sums.sales)?), ("days", FactValue::Int(sums.days))];
    figure(sums.not_due * i128::from(sums.days), sums.sales, "receivables not due ÷ sales in the window × days", inputs)
}

/// The difference of the exact fractions, rounded once: the difference of the rounded figures may be off in the last place.
fn average_days_delinquent(sums: &Sums) -> Result<Figure> {
    let overdue = sums.receivables - sums.not_due;
    let inputs = [
        ("receivables", money(sums, sums.receivables)?),
        ("receivables_not_due", money(sums, sums.not_due)?),
        ("sales", money(sums, sums.sales)?),
        ("days", FactValue::Int(sums.days)),
    ];
    figure(overdue * i128::from(sums.days), sums.sales, "dso_simple − dso_best_possible", inputs)
}

/// Collection effectiveness: of what could have been collected in the window, how much was, in percent.
fn cei(sums: &Sums) -> Result<Figure> {
    let at_most = sums.receivables_before + sums.sales;
    let inputs = [
        ("receivables_before", money(sums, sums.receivables_before)?),
        ("sales", money(sums, sums.sales)?),
        ("receivables", money(sums, sums.receivables)?),
        ("receivables_not_due", money(sums, sums.not_due)?),
    ];
    let formula = "100 × (receivables before + sales − receivables) ÷ (receivables before + sales − receivables not due)";
    figure(100 * (at_most - sums.receivables), at_most - sums.not_due, formula, inputs)
}

/// Walks back over calendar months, the month of the day first and only up to the day, taking off each month's sales until what is
/// left is less than a month's; that month counts in proportion. Stops with the first month there is data of.
fn dso_countback(sums: &Sums) -> Result<Figure> {
    let mut inputs = vec![("receivables", money(sums, sums.receivables)?)];
    let formula = "days of the latest months whose sales make up the receivables, the last month in proportion";
    let Some(first_day) = sums.first_day else {
        return figure(0, 0, formula, inputs);
    };
    let (mut left, mut whole_days) = (sums.receivables, 0);
    let (mut month_start, mut month_end) = (month_of(sums.as_of), sums.as_of);
    while left > 0 && month_end >= month_of(first_day) {
        let days = i128::from(days_between(month_start, month_end)) + 1;
        let in_month = |one: &&MonthSales| month_of(one.month) == month_start;
        let sales: i128 = sums.sales_by_month.iter().filter(in_month).fold(0, |sum, one| sum + one.sales);
        if left < sales {
            inputs.extend([("last_month", FactValue::Text(month_start.to_string())), ("last_month_sales", money(sums, sales)?)]);
            inputs.push(("whole_days", count(whole_days)?));
            return figure(whole_days * sales + left * days, sales, formula, inputs);
        }
        left -= sales;
        whole_days += days;
        (month_start, month_end) = (add_months(month_start, -1), add_days(month_start, -1));
    }
    inputs.push(("whole_days", count(whole_days)?));
    figure(whole_days, 1, formula, inputs)
}

fn of_settled(sums: &Sums, formula: &'static str, parts: fn(&SettledSums) -> (i128, i128)) -> Result<Figure> {
    let (part, whole) = parts(&sums.settled);
    let inputs = [("settled_count", count(sums.settled.count)?), ("settled_amount", money(sums, sums.settled.amount)?)];
    figure(part, whole, formula, inputs)
}

fn on_time_share(sums: &Sums) -> Result<Figure> {
    let settled = &sums.settled;
    let inputs = [("on_time_amount", money(sums, settled.on_time_amount)?), ("settled_amount", money(sums, settled.amount)?)];
    figure(settled.on_time_amount, settled.amount, "amount settled on or before its due date ÷ amount settled", inputs)
}

fn month_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

fn figure(part: i128, whole: i128, formula: &'static str, inputs: impl IntoIterator<Item = (&'static str, FactValue)>) -> Result<Figure> {
    Ok(Figure { value: fraction(part, whole)?, formula, inputs: inputs.into_iter().collect() })
}

/// A fraction with six decimals, the half going away from zero; rounded once, from the exact fraction.
fn fraction(part: i128, whole: i128) -> Result<Option<Rate>> {
    if whole == 0 {
        return Ok(None);
    }
    let (size, of) = (part.unsigned_abs(), whole.unsigned_abs());
    let millionths = size.checked_mul(2_000_000).zip(of.checked_mul(2)).and_then(|(twice, double)| Some(twice.checked_add(of)? / double));
    let millionths = millionths.and_then(|value| i128::try_from(value).ok()).ok_or_else(too_large)?;
    let signed = if part.signum() * whole.signum() < 0 { -millionths } else { millionths };
    Decimal::try_from_i128_with_scale(signed, 6).map(|value| Some(Rate(value))).map_err(|_| too_large())
}

fn too_large() -> Error {
    Error::new(Code::AmountOutOfRange, "the sums of this report are larger than figures can be")
}

fn money(sums: &Sums, minor: i128) -> Result<FactValue> {
    i64::try_from(minor).map(|minor| FactValue::Money(Money::new(minor, sums.currency))).map_err(|_| too_large())
}

fn count(number: i128) -> Result<FactValue> {
    i64::try_from(number).map(FactValue::Int).map_err(|_| too_large())
}

#[cfg(test)]
mod tests;
