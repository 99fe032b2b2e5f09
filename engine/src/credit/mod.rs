//! Credit: limits, exposure, orders and the holds that keep them from shipping.

mod claim;
mod exposure;
mod hold;
mod limit;
mod overrides;
pub mod order;
pub mod rules;

pub use exposure::{CurrencyExposure, ExposureView, exposure};
pub use hold::{HeldOrder, HoldFilter, HoldIn, HoldView, PlaceAccountHold, ReleaseHold, hold, list_holds};
pub use limit::{CreditLimitIn, CreditLimitView, PutLimit, limit_row, list_limits};
pub use order::{
    CancelOrder, CheckOrder, OrderFilter, OrderIn, OrderView, PlaceOrder, ReleaseOrder, find_order, list_orders, order_account, order_view,
};
