//! What a contract says: the words of its members, as they are sent, kept and shown.

use crate::words::day::strict_date;
use crate::words::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

crate::words! {
    /// How often is settled.
    pub enum SettlementCycle {
        /// Order by order.
        PerOrder = "per_order",
        /// Delivery by delivery.
        PerDelivery = "per_delivery",
        /// Batch by batch.
        PerBatch = "per_batch",
        /// Once a month.
        Monthly = "monthly",
        /// As milestones are reached.
        Milestone = "milestone",
    }
}

crate::words! {
    /// What the days to pay are counted from.
    pub enum DueBasis {
        /// The date of the invoice.
        Invoice = "invoice",
        /// The delivery.
        Delivery = "delivery",
        /// The day the invoice or the goods' papers were received.
        DocumentReceived = "document_received",
        /// The signed acceptance.
        Acceptance = "acceptance",
    }
}

/// Terms of payment (CT-01). Every member left out is a blank, and a contract with blanks stays a draft.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentTerms {
    /// How often is settled.
    #[serde(default)]
    pub cycle: Option<SettlementCycle>,
    /// Agreed way to pay.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub method: Option<String>,
    /// What the days to pay are counted from.
    #[serde(default)]
    pub due_basis: Option<DueBasis>,
    /// Days to pay.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 730)]
    pub due_days: Option<i64>,
    /// Days of grace after the due date.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 90)]
    pub grace_days: Option<i64>,
}

/// The last money of a contract: an amount, or a share of the contract's amount.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// What share of the contract's amount, in basis points: 2000 is 20 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 9999)]
    pub share_bps: Option<i64>,
}

crate::words! {
    /// The place of an instalment among those of its contract.
    pub enum Part {
        /// There is only this one.
        Whole = "whole",
        /// 首款.
        First = "first",
        /// 中款.
        Middle = "middle",
        /// 尾款.
        Tail = "tail",
    }
}

/// One instalment of the schedule (CT-02).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledInstalment {
    /// Its place.
    pub part: Part,
    /// How much.
    pub amount: Money,
    /// When it falls due, where a day was agreed.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub due_on: Option<NaiveDate>,
    /// What makes it fall due, where no day was agreed.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub milestone: Option<String>,
}

/// Names of clauses and what they say, or where they stand: `withholding`, `late_interest`, `title_retention`.
pub type Clauses = BTreeMap<String, String>;

/// What is kept of a contract beside the columns that order checks look for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    /// The number of the template it was written on.
    pub template: Option<String>,
    /// The tail as it was agreed: its share is kept, so that a new amount gives a new tail.
    pub tail: Option<Tail>,
    /// The instalments agreed.
    pub schedule: Vec<ScheduledInstalment>,
    /// Terms of payment.
    pub terms: PaymentTerms,
    /// Clauses.
    pub clauses: Clauses,
    /// The customer's own word that it knows the terms, the newest (CT-08).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<Acknowledgement>,
}

/// Who at the customer acknowledged the terms, when, and of which document (CT-08).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who signed.
    pub signed_by: String,
    /// On which day.
    pub signed_on: NaiveDate,
    /// SHA-256 of the document, in lower-case hexadecimal.
    pub sha256: String,
    /// Where the document lies.
    pub reference: Option<String>,
    /// Who wrote it down.
    pub recorded_by: String,
    /// The version of the contract this made: while it is the newest, the terms are those that were acknowledged.
    pub version: i64,
}
