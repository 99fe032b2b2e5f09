//! Collection cases, their running custom steps and their tasks, as rows. What moves them is the collection slice's business.

pub mod rows;
mod task;

/// The kind of the task that asks for a credit review.
pub const REVIEW_TASK: &str = "credit_review";

pub(crate) use task::task_row;
pub use task::{TaskFilter, TaskView, list_tasks, task};
