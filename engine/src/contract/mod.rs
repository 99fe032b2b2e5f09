//! Contracts: what was agreed about goods and money, and how goods go against money (decision 23). What an order check makes of one is
//! the credit slice's business.

mod change;
mod create;
mod extension;
pub mod paper;
pub mod rows;
pub mod rules;
mod view;

pub use change::{ChangeContract, ContractPatch};
pub use create::{ContractIn, CreateContract};
pub use extension::{ErosionRow, ErosionView, ExtendSettlement, ExtensionIn, ExtensionView, erosion, list_extensions};
pub use view::{ContractFilter, ContractView, contract_account, contract_view, list_contracts};

use crate::words::contract::{ContractState, ReleaseMode};

crate::text_column!(ReleaseMode, ContractState);
