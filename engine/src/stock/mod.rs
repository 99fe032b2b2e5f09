//! Stock in the channel: what a distributor has in its warehouse, counted every so many days (盘库).

pub mod rows;
pub mod rules;
