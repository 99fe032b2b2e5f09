//! Credit: limits, exposure, orders and the holds that keep them from shipping.

mod claim;
mod exposure;
mod hold;
mod limit;
pub mod order;
pub mod rules;

pub use exposure::{CurrencyExposure, ExposureView, exposure};
pub use hold::{HeldOrder, HoldFilter, HoldIn, HoldView, PlaceAccountHold, ReleaseHold, hold, list_holds};
pub use limit::{CreditLimitIn, CreditLimitView, PutLimit, is_beyond_authority, limit_row, list_limits};
pub use order::{
    CancelOrder, CheckOrder, LineState, OrderFilter, OrderIn, OrderLineIn, OrderLineView, OrderTerms, OrderView, PlaceOrder, RejectOrder,
    ReleaseOrder, ReviseOrder, RevisionIn, RevisionView, ShipOrder, ShipmentIn, ShipmentView, find_order, list_orders, list_revisions,
    list_shipments, order_account, order_view,
};
