//! Stopping supply (OR-07, OR-11): on a legal basis with evidence, by two persons, told to the customer at once, and lifted again.

mod asked;
mod engine;
mod lift;
mod load;
mod rows;
mod stop;
mod view;

pub use asked::SupplyStopIn;
pub use lift::{ResumeSupply, SupplyResumed};
pub(in crate::credit) use load::{deadlines_of, stops_among, stops_of, without_deadline};
pub use stop::StopSupply;
pub use view::{SupplyStopFilter, SupplyStopView, list_supply_stops, supply_bases_today, supply_stop, supply_stop_account};
