//! Credit: limits, exposure, orders and the holds that keep them from shipping.

pub mod rules;
