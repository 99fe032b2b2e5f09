//! Credit: limits, exposure, orders and the holds that keep them from shipping.

mod claim;
mod expiry;
mod exclusion;
mod exposure;
mod gated;
mod gauge;
mod group;
mod group_levels;
mod hold;
mod imported;
mod limit;
mod limit_guard;
mod limit_turns;
mod overrides;
pub mod on_day;
mod order;
mod part_limits;
pub mod rules;
mod security;
mod sell_out;
mod stake;
mod stock_check;
mod supply;
mod year_plan;

pub use exclusion::{CancelExclusion, ExcludeFromRule, ExclusionIn, ExclusionView, exclusion_account, list_exclusions};
pub use exposure::{CurrencyExposure, ExposureView, exposure};
pub use gauge::{gauges, warned};
pub use group::{
    AddMember, CreateGroup, CreditGroupIn, CreditGroupPatch, CreditGroupView, GroupExposureView, GroupLimitIn, GroupLimitView,
    GroupMemberView, PatchGroup, PutGroupLimit, RemoveMember, find_group, group_exposure, group_view, list_group_limits, list_groups,
    list_members,
};
pub use hold::{HeldOrder, HoldFilter, HoldIn, HoldView, PlaceAccountHold, ReleaseHold, hold, list_holds};
pub use imported::{FirstLimit, ImportedLimits, Judged, SetImportedLimits, rates_of_limits};
pub use limit::{CreditLimitIn, CreditLimitView, PutLimit, list_limits};
pub use order::{
    CancelOrder, CheckOrder, CheckOrderAt, LineState, OrderFilter, OrderIn, OrderLineIn, OrderLineView, OrderStanding, OrderTerms,
    OrderView, PlaceOrder, RecheckOrder, Rechecked, RejectOrder, ReleaseOrder, ReviseOrder, RevisionIn, RevisionView, ShipOrder,
    ShipmentIn, ShipmentView, find_order, list_orders, list_revisions, list_shipments, order_account, order_view,
};
pub use part_limits::{AccountPartLimits, PartLimitsNow, PutPartLimits, part_limits};
pub use security::{AddSecurity, SecurityIn, SecurityView, WithdrawSecurity, list_securities, security_account};
pub use sell_out::{RecordSellOut, SellOutIn, SellOutView, list_sell_outs};
pub use stock_check::{
    PutStockDuty, RecordStockCheck, StockCheckIn, StockCheckView, StockDutyIn, StockDutyView, StockLineView, list_stock_checks, stock_duty,
};
pub use supply::{
    ResumeSupply, StopSupply, SupplyResumed, SupplyStopFilter, SupplyStopIn, SupplyStopView, list_supply_stops, supply_bases_today,
    supply_stop, supply_stop_account,
};
pub use year_plan::{PlanPeriodIn, PlanPeriodView, PutYearPlan, TargetView, YearPlanIn, YearPlanSet, YearPlanView, year_plan};
