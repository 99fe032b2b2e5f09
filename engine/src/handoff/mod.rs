//! Handoffs: cases given to legal, with their evidence.

pub mod rows;
