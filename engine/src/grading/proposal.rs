//! The limit a grade proposes, with its working: shown to whoever decides, never set by itself (numbers.md §3; CF-19, CF-20).

use super::known::Known;
use crate::grade::rules::limit::{LimitInputs, profit};
use crate::grade::rules::table::{GradeRule, Terms};
use crate::words::error::Result;
use crate::words::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Days to pay where none are agreed (our own figure).
const PERIOD_DAYS: i64 = 30;

/// A proposed credit limit and how it came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LimitProposal {
    /// The proposed limit: what the formula comes to, but no more than the customer can pay within one period.
    pub amount: Money,
    /// Average monthly sales × credit period in months × risk factor.
    pub formula: Money,
    /// The grade whose risk factor was taken.
    pub grade: String,
    /// The risk factor, in basis points: 10,000 is 100 %.
    pub risk_factor_bps: i64,
    /// The terms of the grade.
    pub terms: Terms,
    /// Average monthly sales.
    pub monthly_sales: Money,
    /// Over how many months.
    pub months: i64,
    /// Are they what a review expects, and not what was sold?
    pub is_expected: bool,
    /// The credit period: agreed days to pay, 30 where none are agreed.
    pub period_days: i64,
    /// What the customer can pay within one period, where a review found it out.
    pub affordable: Option<Money>,
    /// What it can pay a month over what it buys a month, in basis points: below 10,000 it buys more than it can pay.
    pub affordability_bps: Option<i64>,
}

/// What an account brings in twelve months, where a review knows the margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfitView {
    /// Sold in the last twelve months, net of credit notes.
    pub sales: Money,
    /// The margin, in basis points of the sales.
    pub margin_bps: i64,
    /// Margin on the sales.
    pub margin: Money,
    /// What carrying what it owes costs a year, as the settings say.
    pub carrying_cost: Money,
    /// The margin less that cost.
    pub profit: Money,
}

impl Known {
    /// The limit this grade proposes; none for whom no sales are known.
    pub fn proposed(&self, rule: &GradeRule, day: NaiveDate) -> Result<Option<LimitProposal>> {
        let Some(sales) = self.sales(day) else { return Ok(None) };
        let currency = self.account.currency;
        let capacity = self.review.as_ref().and_then(|review| review.monthly_capacity_minor);
        let inputs = LimitInputs {
            currency,
            sales,
            period_days: self.account.terms_days.unwrap_or(PERIOD_DAYS),
            risk_factor_bps: rule.risk_factor_bps,
            capacity_minor: capacity,
        };
        let monthly_sales = sales.monthly(currency)?;
        let ratio = |capacity: i64| i128::from(capacity) * 10_000 / i128::from(monthly_sales.minor().max(1));
        Ok(Some(LimitProposal {
            amount: inputs.proposed()?,
            formula: inputs.formula()?,
            grade: rule.grade.clone(),
            risk_factor_bps: rule.risk_factor_bps,
            terms: rule.terms,
            monthly_sales,
            months: sales.months,
            is_expected: sales.is_expected,
            period_days: inputs.period_days,
            affordable: inputs.affordable()?,
            affordability_bps: capacity.map(|capacity| i64::try_from(ratio(capacity)).unwrap_or(i64::MAX)),
        }))
    }

    /// What the account brings, where its newest review knows the margin.
    pub fn profit(&self, open: Money, carrying_cost_bps: i64) -> Result<Option<ProfitView>> {
        let Some(margin_bps) = self.review.as_ref().and_then(|review| review.margin_bps) else { return Ok(None) };
        let sales = Money::from_sum(self.sold_minor, self.account.currency)?;
        let found = profit(sales, margin_bps, open, carrying_cost_bps)?;
        Ok(Some(ProfitView { sales, margin_bps, margin: found.margin, carrying_cost: found.carrying_cost, profit: found.profit }))
    }
}
