//! Payments: money received, and its shares booked against instalments.

pub mod rows;
pub mod rules;
