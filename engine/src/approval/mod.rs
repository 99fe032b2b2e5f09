//! The inbox of the second person: what waits for a yes, who may say it, and until when.

mod answer;
mod expire;
mod kind;
mod propose;
mod request;
pub mod rows;
mod view;

pub(crate) use answer::{answered, refuse_answer, told};
pub use kind::ApprovalKind;
pub use propose::{Acted, Needed, Waiting};
pub(crate) use propose::{Proposal, WAITS_DAYS, pending_about, propose, refuse_altered};
pub(crate) use request::{Ask, Persons, Request};
pub(crate) use view::approval_row;
pub use view::{ApprovalFilter, ApprovalView, approval, list_approvals};
