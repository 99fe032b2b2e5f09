//! What has happened on an account, as plugins see it that listen.

use crate::words::id::{CaseId, InstalmentId, InvoiceId, PaymentId};
use crate::words::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// An invoice that was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceFacts {
    /// Its id.
    pub id: InvoiceId,
    /// Its number in the ERP.
    pub external_id: String,
    /// Its total.
    pub amount: Money,
    /// Its date.
    pub issued_on: NaiveDate,
    /// The order it bills, as the ERP calls it.
    pub order_external_id: Option<String>,
    /// Its contract, as the ERP calls it.
    pub contract_external_id: Option<String>,
    /// Its delivery batch.
    pub batch_no: Option<i64>,
    /// Those of its instalments that are open, the oldest due first.
    pub items: Vec<InstalmentId>,
}

/// A payment that came, or was taken back by the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentFacts {
    /// Its id.
    pub id: PaymentId,
    /// Its number in the ERP or at the bank.
    pub external_id: String,
    /// How much.
    pub amount: Money,
    /// What of it is booked on nothing.
    pub unallocated: Money,
    /// The day it came.
    pub received_on: NaiveDate,
    /// How it came.
    pub method: String,
    /// The order it names, as the ERP calls it.
    pub order_external_id: Option<String>,
    /// The day it was taken back.
    pub voided_on: Option<NaiveDate>,
    /// Why it was taken back.
    pub void_reason: Option<String>,
}

/// The stage a case came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageFacts {
    /// The case.
    pub case_id: CaseId,
    /// The stage before; none where the case begins.
    pub from_stage: Option<String>,
    /// The stage it came to.
    pub to_stage: String,
}
