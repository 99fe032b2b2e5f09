//! Collection cases, their running custom steps and their tasks, as rows. What moves them is the collection slice's business.

pub mod rows;
mod task;

crate::words! {
    /// Why a customer does not pay (GR-14).
    pub enum NonPaymentReason {
        /// It has no cash.
        NoCash = "no_cash",
        /// It waits for its own customers to pay.
        WaitsForItsCustomers = "waits_for_its_customers",
        /// The invoice is in its approval.
        InApproval = "in_approval",
        /// It misses papers.
        DocumentsMissing = "documents_missing",
        /// Goods or work are not what was agreed.
        GoodsDisputed = "goods_disputed",
        /// Price or amount are not what was agreed.
        AmountDisputed = "amount_disputed",
        /// It overlooked the invoice.
        Overlooked = "overlooked",
        /// It is insolvent or winding up.
        Insolvent = "insolvent",
        /// It can pay and does not want to.
        Unwilling = "unwilling",
        /// Something else; the note says what.
        Other = "other",
    }
}

crate::text_column!(NonPaymentReason);

/// The kind of the task that asks for a credit review.
pub const REVIEW_TASK: &str = "credit_review";

pub(crate) use task::task_row;
pub use task::{TaskFilter, TaskView, list_tasks, task};
