//! The danger an account is in: signals come in, its plan level and its place on the watch-list follow, and its credit standing is told.

mod behaviour;
mod keep;
mod lists;
mod now;
mod proposal;
mod record;
pub mod rules;
mod stop;
mod view;

pub use lists::{AccountPlanFilter, AccountPlanView, WatchedAccount, list_account_plans, list_watched};
pub use record::{RecordSignal, WithdrawSignal};
pub use stop::{LetCreditGo, StopCredit};
pub use view::{CreditStandingView, PlanView, credit_standing};

pub(crate) use behaviour::with_bounce;
pub(crate) use keep::{Kept, is_kept, keep};
pub(crate) use proposal::proposed;
