//! Insurances and guarantees behind an account: what they add to its limit, and which have run out (numbers.md §3, decision 26).

use super::rules::InForce;
use crate::tenant::SecurityMode;
use crate::words::error::Result;
use crate::words::money::Money;
use chrono::NaiveDate;

crate::words! {
    /// What stands behind an account beside its own limit.
    pub enum SecurityKind {
        /// A credit insurance.
        Insurance = "insurance",
        /// A guarantee of a bank or of another company.
        Guarantee = "guarantee",
    }
}

/// A security as it was set; withdrawn ones are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityRow {
    /// Its kind.
    pub kind: SecurityKind,
    /// The insured or guaranteed amount, in the account's currency.
    pub amount: Money,
    /// The share of it that counts, in basis points.
    pub share_bps: i64,
    /// The first day it is in force.
    pub valid_from: NaiveDate,
    /// The last day it is in force; for ever when absent.
    pub valid_to: Option<NaiveDate>,
}

impl SecurityRow {
    /// Is it in force on this day?
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }
}

/// The own limit with what the securities of the day add to it: `A + Σ B × C`, and `− Σ B` where secured money is kept apart from the
/// exposure (A own limit, B amount, C share; public Dynamics 365 rule). Zero stays no credit at all, and no check stays no check. A
/// limit never falls below zero.
pub fn secured(limit: InForce, securities: &[SecurityRow], day: NaiveDate, mode: SecurityMode) -> Result<InForce> {
    let InForce::Amount { amount } = limit else { return Ok(limit) };
    if amount.minor() == 0 {
        return Ok(limit);
    }
    let total = securities.iter().filter(|row| row.holds_on(day)).try_fold(amount, |sum, row| {
        let sum = sum.checked_add(row.amount.share(row.share_bps)?)?;
        match mode {
            SecurityMode::InLimit => Ok(sum),
            SecurityMode::InExposure => sum.checked_sub(row.amount),
        }
    })?;
    Ok(InForce::Amount { amount: Money::new(total.minor().max(0), total.currency()) })
}

/// Securities that ran out before the day and were neither renewed nor withdrawn: their kind, and its latest last day.
pub fn run_out(securities: &[SecurityRow], day: NaiveDate) -> Vec<(SecurityKind, NaiveDate)> {
    let over = |kind: SecurityKind| {
        let of_kind = || securities.iter().filter(move |row| row.kind == kind);
        let is_renewed = of_kind().any(|row| row.holds_on(day));
        let ended_on = of_kind().filter_map(|row| row.valid_to).filter(|last| *last < day).max();
        ended_on.filter(|_| !is_renewed).map(|ended_on| (kind, ended_on))
    };
    SecurityKind::ALL.iter().copied().filter_map(over).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;
    use SecurityKind::{Guarantee, Insurance};

    fn day(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    fn cny(units: i64) -> Money {
        Money::new(units * 100, "CNY".parse().unwrap())
    }

    fn row(kind: SecurityKind, units: i64, share_bps: i64, to: Option<&str>) -> SecurityRow {
        SecurityRow { kind, amount: cny(units), share_bps, valid_from: day("2025-01-01"), valid_to: to.map(day) }
    }

    fn total(own: i64, securities: &[SecurityRow], mode: SecurityMode) -> String {
        let limit = secured(InForce::Amount { amount: cny(own) }, securities, day("2025-03-14"), mode).unwrap();
        limit.figure().map_or("-".into(), Money::amount)
    }

    #[test]
    fn c_12_what_is_insured_in_full_is_added_in_full() {
        assert_eq!(total(100, &[row(Insurance, 50, 10_000, None)], SecurityMode::InLimit), "150.00");
    }

    #[test]
    fn c_18_half_of_a_guarantee_counts_and_secured_money_may_stand_apart() {
        let half = [row(Guarantee, 50_000, 5_000, None)];
        assert_eq!(total(100_000, &half, SecurityMode::InLimit), "125000.00");
        assert_eq!(total(100_000, &half, SecurityMode::InExposure), "75000.00");
    }

    #[test]
    fn zero_stays_no_credit_no_check_stays_no_check_and_what_ran_out_adds_nothing() {
        let insured = [row(Insurance, 50, 10_000, None)];
        assert_eq!(total(0, &insured, SecurityMode::InLimit), "0.00");
        assert_eq!(secured(InForce::NoCheck, &insured, day("2025-03-14"), SecurityMode::InLimit).unwrap(), InForce::NoCheck);
        assert_eq!(total(100, &[row(Insurance, 50, 10_000, Some("2025-03-13"))], SecurityMode::InLimit), "100.00");
        assert_eq!(total(100, &[row(Insurance, 50, 10_000, Some("2025-03-14"))], SecurityMode::InLimit), "150.00");
        assert_eq!(total(10, &[row(Guarantee, 50, 0, None)], SecurityMode::InExposure), "0.00");
    }

    #[test]
    fn a_security_that_ran_out_counts_until_one_of_its_kind_follows() {
        let over = row(Insurance, 50, 10_000, Some("2025-03-13"));
        assert_eq!(run_out(&[over], day("2025-03-13")), []);
        assert_eq!(run_out(&[over], day("2025-03-14")), [(Insurance, day("2025-03-13"))]);
        assert_eq!(run_out(&[over, row(Guarantee, 9, 1, None)], day("2025-03-14")), [(Insurance, day("2025-03-13"))]);
        assert_eq!(run_out(&[over, row(Insurance, 9, 1, None)], day("2025-03-14")), []);
    }
}
