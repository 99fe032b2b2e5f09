//! Sell-out: what a distributor has sold on to its own customers, as it was told for a period.

pub mod rows;
pub mod rules;
