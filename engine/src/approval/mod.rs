//! The inbox of the second person.

pub mod rows;
mod view;

pub(crate) use view::approval_row;
pub use view::{ApprovalFilter, ApprovalView, approval, list_approvals};
