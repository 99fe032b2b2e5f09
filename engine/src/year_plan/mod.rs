//! Year plans: what an account is to take and to pay in the periods of a year, and the day on which it is to owe nothing. How they are set
//! is the credit slice's business.

pub mod rows;
pub mod rules;
