//! Collection cases, their running custom steps and their tasks, as rows. What moves them is the collection slice's business.

pub mod rows;
mod task;

pub(crate) use task::task_row;
pub use task::{TaskFilter, TaskView, list_tasks, task};
