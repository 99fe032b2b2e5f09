//! Contracts as the rules see them: how goods go against money, and what a contract stands at when an order of it is checked.

use crate::words::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

crate::words! {
    /// How goods go against money (numbers.md §2, GR-08): the algorithm that says how much of an order may ship now.
    pub enum ReleaseMode {
        /// 先款后货: an order ships whole once cleared cash covers it.
        Prepay = "prepay",
        /// 同款同货: goods up to the cleared cash of the contract.
        ProRata = "pro_rata",
        /// 尾款尾货: the last goods stay until the last money has come.
        TailHold = "tail_hold",
        /// 先货后款: nothing beyond the ordinary credit check.
        OpenAccount = "open_account",
        /// 压批付款: a batch ships once the batch so many before it is paid.
        BatchLag = "batch_lag",
        /// 货到付款: a delivery ships once the one before it is settled.
        PerDelivery = "per_delivery",
        /// 月结: nothing ships from the day after the settlement day until what fell due by it is paid.
        MonthlySettlement = "monthly_settlement",
    }
}

crate::words! {
    /// Where a contract stands.
    pub enum ContractState {
        /// Being written: it may have blanks, and nothing ships under it.
        Draft = "draft",
        /// In force.
        Active = "active",
        /// Over.
        Ended = "ended",
    }
}

/// The contract an order names. Money is in the order's currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContractFacts {
    /// Its number in the ERP, as the order names it.
    pub external_id: String,
    /// What was agreed; none while the contract is only a name here (decision 45).
    pub agreed: Option<Agreed>,
    /// Cleared cash for this very order, booked on its invoices or waiting and naming it, less what of it is invoiced already.
    pub cash_for_order: Money,
    /// Cleared cash of the contract: booked on its invoices, or waiting and naming it or one of its orders.
    pub cash: Money,
    /// Value let go already: invoiced, or reserved by its other orders, less credit notes.
    pub released: Money,
    /// What its other orders reserve: let go, and not invoiced yet.
    pub reserved: Money,
    /// What has been settled of its tail instalments.
    pub tail_settled: Money,
    /// What is open on its invoices, by batch, part and due date.
    pub open: Vec<ContractOpen>,
    /// The batch that this order's batch has to wait for.
    pub awaited_batch: Option<AwaitedBatch>,
}

/// What was agreed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreed {
    /// Where it stands.
    pub state: ContractState,
    /// Is it a contract with the account that orders?
    pub is_of_account: bool,
    /// How goods go against money; none in a draft that does not say yet.
    pub mode: Option<ReleaseMode>,
    /// All the contract is worth.
    pub amount: Option<Money>,
    /// The last money.
    pub tail: Option<Money>,
    /// Day of the month on which is settled, 31 for its last day.
    pub settlement_day: Option<i64>,
    /// Agreed days to pay.
    pub due_days: Option<i64>,
    /// The last day of an approved extension of the settlement day that has passed.
    pub extended_until: Option<NaiveDate>,
}

/// What is open of a contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContractOpen {
    /// Delivery batch.
    pub batch_no: Option<i64>,
    /// `whole`, `first`, `middle` or `tail`.
    pub part: String,
    /// Due date.
    pub due_on: NaiveDate,
    /// Open and undisputed.
    pub amount: Money,
}

/// A batch that has to be paid before the next one ships.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AwaitedBatch {
    /// Its number; below 1 there is none to wait for.
    pub no: i64,
    /// Has any of it been invoiced?
    pub is_invoiced: bool,
    /// What of it was let go and is not invoiced yet.
    pub reserved: Money,
}
