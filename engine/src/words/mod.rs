//! The words of the business: pure values without input, output, clock or database.

pub mod act_facts;
pub mod asked;
pub mod caller;
pub mod checkpoint;
pub mod code;
pub mod contract;
pub mod day;
pub mod effect;
pub mod error;
pub mod event_facts;
pub mod facts;
pub mod grade_facts;
pub mod hash;
pub mod id;
pub mod money;
pub mod page;
pub mod quantity;
pub mod question;
pub mod rate;
pub mod role;
pub mod schema;
pub mod score;
pub mod signal;
pub mod stamp;
pub mod text;
