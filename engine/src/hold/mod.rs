//! Holds: why an order or a whole account may not ship.

pub mod basis;
pub mod rows;
