//! Credit limits: dated amounts, where none, zero and "no check" are three different things.

pub mod rows;
pub mod rules;

crate::text_column!(rules::LimitKind);
