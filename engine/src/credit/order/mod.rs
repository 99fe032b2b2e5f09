//! Orders: placed, checked again, released by a person, cancelled. What an answer stands on is loaded by `load`, decided by the rules,
//! and turned into rows by `checked`, `hold_rows` and `effects`.

mod again;
mod calls;
mod checked;
mod contract;
mod effects;
mod escalate;
mod hold_rows;
mod lapse;
mod load;
mod place;
mod recheck;
mod release;
mod reserve;
mod ties;
mod usable;
mod warn;
mod standing;
mod view;

pub use again::{CheckOrder, CheckOrderAt};
pub(super) use hold_rows::lifted as lifted_hold;
pub use place::{OrderIn, PlaceOrder};
pub use recheck::{RecheckOrder, Rechecked};
pub use release::{CancelOrder, ReleaseOrder};
pub use standing::OrderStanding;
pub(super) use ties::{securities, securities_of};
pub(super) use view::view as view_of;
pub use view::{OrderFilter, OrderView, find_order, list_orders, order_account, order_view};

#[cfg(test)]
mod tests;
