//! Collections: the case of an account, its review, and what follows from it.

mod apply;
mod claim;
mod decide;
mod load;
mod packet;
mod review;
pub mod rules;
mod tally;

pub use tally::Tally;
