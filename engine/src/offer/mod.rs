//! Offers: a discount for paying early.

pub mod rows;
