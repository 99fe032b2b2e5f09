//! The words of the business: pure values without input, output, clock or database.

pub mod action;
pub mod asked;
pub mod caller;
pub mod checkpoint;
pub mod code;
pub mod contract;
pub mod day;
pub mod effect;
pub mod error;
pub mod facts;
pub mod fixture;
pub mod grade_facts;
pub mod hash;
pub mod id;
pub mod money;
mod nobody;
pub mod page;
pub mod quantity;
pub mod rate;
pub mod role;
pub mod schema;
pub mod score;
pub mod signal;
pub mod stamp;
pub mod text;
pub mod traced;
pub mod trouble;
