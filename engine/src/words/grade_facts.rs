//! What a grade is judged by, as scripts see it beside the common facts: the credit file and how the account has bought and paid.

use crate::words::money::Money;
use crate::words::rate::Rate;
use crate::words::score::Score;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a grade is judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradeFacts {
    /// Names of the grades there are, the best first: an answer names one of them.
    pub grades: Vec<String>,
    /// The credit file.
    pub file: FileFacts,
    /// How the account has bought and paid.
    pub history: HistoryFacts,
    /// The total score of the shipped formula; none when there is nothing to score.
    pub core_score: Option<Score>,
}

/// The credit file, as far as it is judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// What stands in it, in the order it was written.
    pub entries: Vec<FileEntryFacts>,
    /// What the newest score sheet comes to.
    pub sheet_score: Option<Score>,
    /// The day it speaks of.
    pub scored_on: Option<NaiveDate>,
    /// Its points by dimension.
    pub points: BTreeMap<String, i64>,
    /// Contract protections that were found missing.
    pub missing: Vec<String>,
}

/// One entry of a credit file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileEntryFacts {
    /// What it is about.
    pub section: String,
    /// Where it comes from.
    pub source: String,
    /// How far that was trusted, 0 to 100.
    pub reliability: i64,
    /// What it says, in a line.
    pub title: String,
    /// The day it speaks of.
    pub dated_on: NaiveDate,
}

/// How an account has bought and paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryFacts {
    /// Invoices paid in the last twelve months.
    pub paid_invoices: i64,
    /// Days late on average, weighted by amount; early ones count 0.
    pub average_days_late: Rate,
    /// Promises broken in the last 180 days.
    pub broken_promises: i64,
    /// Payments that bounced in the last 90 days.
    pub bounces: i64,
    /// The behaviour score; none while too little was paid to judge by.
    pub score: Option<Score>,
    /// Average monthly sales.
    pub monthly_sales: Money,
    /// Over how many months.
    pub months: i64,
}
