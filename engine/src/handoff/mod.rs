//! Handoffs: cases given to legal, with their evidence.

pub mod rows;
mod view;

pub use view::{HandoffFilter, HandoffView, handoff, list_handoffs};
