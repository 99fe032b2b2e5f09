//! What a grade is and what it means: a file per question. What an account scores, which grade that earns and how fast it moves,
//! what limit it proposes, and who may not buy on open account.

pub mod judge;
pub mod limit;
pub mod open_account;
pub mod score;
pub mod table;
