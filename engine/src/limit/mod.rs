//! Credit limits: dated amounts, where none, zero and "no check" are three different things; what stands behind them, and who shares them.

pub mod group;
pub mod rows;
pub mod rules;
pub mod security;

crate::text_column!(rules::LimitKind, security::SecurityKind);
