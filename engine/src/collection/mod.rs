//! Collections: the case of an account, its review, and what follows from it.

pub mod rules;
