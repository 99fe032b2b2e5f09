//! Facts of accounts: read for a list of accounts at once, one account being a list of one.

mod as_of;
mod at_once;
mod gather;
mod risk;
mod rules;
mod took;

pub use at_once::{Glance, gather_one, glance};
pub(crate) use gather::facts_of_new;
pub use gather::{Gathered, Wanted, gather, with_items};
pub use took::Gathering;
