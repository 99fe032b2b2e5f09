//! Credit: limits, exposure, orders and the holds that keep them from shipping.

mod claim;
mod expiry;
mod exposure;
mod hold;
mod limit;
pub mod order;
pub mod rules;

pub use exposure::{CurrencyExposure, ExposureView, exposure};
pub use hold::{HeldOrder, HoldFilter, HoldIn, HoldView, PlaceAccountHold, ReleaseHold, hold, list_holds};
pub use limit::{CreditLimitIn, CreditLimitView, PutLimit, is_beyond_authority, limit_row, list_limits};
pub use order::{
    CancelOrder, CheckOrder, OrderFilter, OrderIn, OrderView, PlaceOrder, RecheckOrder, Rechecked, ReleaseOrder, find_order, list_orders,
    order_account, order_view,
};
