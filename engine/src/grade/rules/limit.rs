//! The credit limit a grade proposes (numbers.md §3): shown to whoever decides, never set by itself.

use crate::words::day::add_months;
use crate::words::error::Result;
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;

/// Days of a month in a credit period.
const MONTH_DAYS: i128 = 30;

/// Months of history that make an old customer.
const HISTORY_MONTHS: i32 = 12;

/// Sales that a limit is reckoned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sales {
    /// Sales of the months, net of credit notes, in minor units.
    pub minor: i128,
    /// How many months.
    pub months: i64,
    /// Are they what a review expects, and not what was sold?
    pub is_expected: bool,
}

impl Sales {
    /// What to reckon from: the average of the last twelve months for old customers; for new ones what a review expects to sell a
    /// month or, where none does, the average of the months there are. None for whom nothing is known.
    pub fn basis(sold_minor: i128, first_sold_on: Option<NaiveDate>, expected_minor: Option<i64>, day: NaiveDate) -> Option<Self> {
        let is_old = first_sold_on.is_some_and(|first| add_months(first, HISTORY_MONTHS) <= day);
        let expected = expected_minor.filter(|_| !is_old);
        if let Some(minor) = expected {
            return Some(Self { minor: i128::from(minor), months: 1, is_expected: true });
        }
        first_sold_on.map(|first| Self { minor: sold_minor, months: months_since(first, day), is_expected: false })
    }

    /// Average monthly sales, rounded half-up.
    pub fn monthly(&self, currency: Currency) -> Result<Money> {
        rounded(self.minor, i128::from(self.months.max(1)), currency)
    }
}

/// Months that have begun since a day, 1 to 12.
fn months_since(first: NaiveDate, day: NaiveDate) -> i64 {
    let begun = (1..HISTORY_MONTHS).find(|months| add_months(first, *months) > day).unwrap_or(HISTORY_MONTHS);
    i64::from(begun)
}

/// What the limit formula looks at. Amounts in minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitInputs {
    /// The currency.
    pub currency: Currency,
    /// What was sold or is expected.
    pub sales: Sales,
    /// Agreed days to pay.
    pub period_days: i64,
    /// Of the grade, in basis points.
    pub risk_factor_bps: i64,
    /// What the customer can pay a month, where a review found it out (CF-19).
    pub capacity_minor: Option<i64>,
}

impl LimitInputs {
    /// The formula alone: average monthly sales × credit period in months × risk factor, rounded once.
    pub fn formula(&self) -> Result<Money> {
        let part = self.sales.minor.max(0) * i128::from(self.period_days.max(0)) * i128::from(self.risk_factor_bps.max(0));
        rounded(part, i128::from(self.sales.months.max(1)) * MONTH_DAYS * 10_000, self.currency)
    }

    /// What the customer can pay within one credit period: the proposal does not go beyond it (CF-19).
    pub fn affordable(&self) -> Result<Option<Money>> {
        let within = |minor: i64| rounded(i128::from(minor) * i128::from(self.period_days.max(0)), MONTH_DAYS, self.currency);
        self.capacity_minor.map(within).transpose()
    }

    /// The proposed limit.
    pub fn proposed(&self) -> Result<Money> {
        let formula = self.formula()?;
        Ok(self.affordable()?.filter(|most| most.minor() < formula.minor()).unwrap_or(formula))
    }
}

fn rounded(part: i128, whole: i128, currency: Currency) -> Result<Money> {
    let half = if part < 0 { -whole } else { whole };
    Money::from_sum((2 * part + half) / (2 * whole), currency)
}

/// What an account brings (CF-20): the margin on its sales less what it costs to carry what it owes. `margin_bps` of the sales,
/// `carrying_bps` a year on what is open. Both over the same twelve months.
pub fn profit(sales: Money, margin_bps: i64, open: Money, carrying_bps: i64) -> Result<Profit> {
    let margin = sales.share(margin_bps)?;
    let carrying_cost = open.share(carrying_bps)?;
    Ok(Profit { margin, carrying_cost, profit: margin.checked_sub(carrying_cost)? })
}

/// What an account brings in twelve months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profit {
    /// Margin on its sales.
    pub margin: Money,
    /// What carrying its receivables costs.
    pub carrying_cost: Money,
    /// The difference.
    pub profit: Money,
}

#[cfg(test)]
mod tests {
    use super::super::table::{GradeTable, Terms};
    use super::*;

    fn cny() -> Currency {
        "CNY".parse().unwrap()
    }

    fn sold(minor: i128, months: i64) -> Sales {
        Sales { minor, months, is_expected: false }
    }

    /// Average sales of 100,000 a month over a year, 60 days to pay.
    fn inputs(grade: &str) -> LimitInputs {
        let risk_factor_bps = GradeTable::default().rule(grade).unwrap().risk_factor_bps;
        LimitInputs { currency: cny(), sales: sold(120_000_000, 12), period_days: 60, risk_factor_bps, capacity_minor: None }
    }

    #[test]
    fn c_23_average_sales_times_period_times_risk_factor() {
        assert_eq!(inputs("A").proposed().unwrap().amount(), "160000.00");
    }

    #[test]
    fn c_24_grade_c_gets_nothing_and_pays_first_and_aaa_half_as_much_again() {
        assert_eq!(inputs("C").proposed().unwrap().amount(), "0.00");
        assert_eq!(GradeTable::default().rule("C").unwrap().terms, Terms::Prepay);
        assert_eq!(inputs("AAA").proposed().unwrap().amount(), "300000.00");
    }

    #[test]
    fn the_formula_is_rounded_once_and_stops_at_what_the_customer_can_pay() {
        // 100.00 in 7 months, 45 days, 80 %: 1714.28… hundredths.
        let odd = LimitInputs { sales: sold(10_000, 7), period_days: 45, ..inputs("A") };
        assert_eq!(odd.proposed().unwrap().amount(), "17.14");
        assert_eq!(odd.sales.monthly(cny()).unwrap().amount(), "14.29");
        let poor = LimitInputs { capacity_minor: Some(5_000_000), ..inputs("A") };
        assert_eq!(poor.proposed().unwrap().amount(), "100000.00", "50,000 a month for two months");
        let rich = LimitInputs { capacity_minor: Some(50_000_000), ..inputs("A") };
        assert_eq!(rich.proposed().unwrap().amount(), "160000.00");
        assert_eq!(LimitInputs { sales: sold(-5, 12), ..inputs("A") }.proposed().unwrap().amount(), "0.00", "more credited than sold");
    }

    #[test]
    fn old_customers_are_reckoned_by_what_they_bought_and_new_ones_by_what_is_expected() {
        let day = |text: &str| crate::words::day::parse_date(text).unwrap();
        let today = day("2026-03-02");
        for (first, expected, found) in [
            (None, None, None),
            (None, Some(900), Some((900, 1, true))),
            (Some("2025-03-03"), Some(900), Some((900, 1, true))),
            (Some("2025-03-02"), Some(900), Some((1_200, 12, false))),
            (Some("2019-01-01"), None, Some((1_200, 12, false))),
            (Some("2026-03-02"), None, Some((1_200, 1, false))),
            (Some("2026-01-15"), None, Some((1_200, 2, false))),
            (Some("2025-03-03"), None, Some((1_200, 12, false))),
        ] {
            let basis = Sales::basis(1_200, first.map(day), expected, today);
            assert_eq!(basis.map(|sales| (sales.minor, sales.months, sales.is_expected)), found, "{first:?} {expected:?}");
        }
    }

    #[test]
    fn profit_is_margin_less_the_cost_of_what_is_owed() {
        let money = |units: i64| Money::new(units * 100, cny());
        let found = profit(money(1_200_000), 800, money(500_000), 600).unwrap();
        assert_eq!(
            (found.margin.amount(), found.carrying_cost.amount(), found.profit.amount()),
            ("96000.00".into(), "30000.00".into(), "66000.00".into())
        );
    }
}
