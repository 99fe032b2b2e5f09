//! Orders: placed, checked again, revised, released or refused by a person, shipped, cancelled, expired. What an answer stands on is loaded by `load`, decided by the rules,
//! and turned into rows by `checked`, `hold_rows` and `effects`.

mod act;
mod again;
mod calls;
mod checked;
mod close;
mod contract;
mod deposit;
mod effects;
mod escalate;
mod expire;
mod hold_rows;
mod lapse;
mod line;
mod load;
mod place;
mod recheck;
mod release;
mod reserve;
mod revise;
mod ship;
mod ties;
mod usable;
mod standing;
mod stopped;
mod view;
mod warn;

pub(super) use act::{ActFacts, read_order};
pub use again::{CheckOrder, CheckOrderAt};
pub(super) use calls::{blank as blank_task, created};
pub use close::{CancelOrder, RejectOrder};
pub(super) use hold_rows::lifted as lifted_hold;
pub(super) use lapse::{paid_of, received};
pub use line::{LineState, OrderLineIn, OrderLineView};
pub use place::{OrderIn, PlaceOrder};
pub use recheck::{RecheckOrder, Rechecked};
pub use release::ReleaseOrder;
pub use revise::{OrderTerms, ReviseOrder, RevisionIn, RevisionView, list_revisions};
pub use ship::{ShipOrder, ShipmentIn, ShipmentView, list_shipments};
pub use standing::OrderStanding;
pub(super) use stopped::stopped_order;
pub(super) use ties::{securities, securities_of};
pub(super) use view::view as view_of;
pub use view::{OrderFilter, OrderView, find_order, list_orders, order_account, order_view};

#[cfg(test)]
mod tests;
