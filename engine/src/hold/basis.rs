//! On what supply may be stopped: laws are dated data with their source, never figures in a program (compliance.md, G-SUPPLY).

use crate::words::error::{Error, Result};
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The rows that are shipped. None of them is verified by a lawyer; each says so.
const SHIPPED: &str = include_str!("supply_bases.json");

crate::words! {
    /// What a legal basis asks for, and what ends a stop that stands on it.
    pub enum BasisKind {
        /// The customer has to perform first and has not: ends when what is overdue is paid.
        OrderOfPerformance = "order_of_performance",
        /// Firm evidence that the customer will not be able to perform: ends when security is given or the ability returns.
        Insecurity = "insecurity",
        /// The contract allows it.
        Clause = "clause",
    }
}

crate::words! {
    /// How much of the goods a stop keeps back, the milder first.
    pub enum SupplyLevel {
        /// The items that are named, or those that orders mark as key items.
        KeyItems = "key_items",
        /// Everything.
        All = "all",
    }
}
crate::text_column!(SupplyLevel);

/// A legal basis on which supply may be stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SupplyBasis {
    /// Its name.
    pub key: String,
    /// What it asks for.
    pub kind: BasisKind,
    /// Where it is law; `null` where it is agreed.
    pub jurisdiction: Option<String>,
    /// What it is cited as.
    pub article: Bilingual,
    /// Where its text was read.
    pub source: String,
    /// The first day it is in force.
    pub valid_from: NaiveDate,
    /// The last day it is in force; for ever when `null`.
    pub valid_to: Option<NaiveDate>,
    /// The day a lawyer of the tenant's has verified it; `null` as shipped: these are engineering defaults, not legal advice.
    pub verified_on: Option<NaiveDate>,
    /// Days the customer is given to pay, or to give security, where the stop says no day.
    pub answer_days: i64,
    /// The grounds it knows; a stop names one of them where there are some.
    pub grounds: Vec<SupplyGround>,
}

/// A ground that a legal basis knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SupplyGround {
    /// Its name.
    pub key: String,
    /// What it says, as part of a sentence about the customer.
    pub title: Bilingual,
}

impl SupplyBasis {
    /// Is it in force on this day?
    pub fn is_in_force(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }
}

/// Every basis there is. Fails only on a program that was built with rows it cannot read, which a test rules out.
pub fn supply_bases() -> Result<Vec<SupplyBasis>> {
    serde_json::from_str(SHIPPED).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;

    #[test]
    fn every_shipped_basis_can_be_read_and_says_where_it_stands() {
        let all = supply_bases().unwrap();
        let told: Vec<(&str, BasisKind, usize)> = all.iter().map(|row| (row.key.as_str(), row.kind, row.grounds.len())).collect();
        assert_eq!(
            told,
            [("cn_526", BasisKind::OrderOfPerformance, 0), ("cn_527", BasisKind::Insecurity, 4), ("contract_clause", BasisKind::Clause, 0)]
        );
        let day = |text: &str| parse_date(text).unwrap();
        assert!(!all[0].is_in_force(day("2020-12-31")) && all[0].is_in_force(day("2021-01-01")));
        assert!(all.iter().all(|row| row.verified_on.is_none() && !row.source.is_empty() && row.answer_days > 0));
    }
}
