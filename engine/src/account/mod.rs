//! Customer accounts: who owes us, on what terms, and whom to talk to.

pub mod rows;
