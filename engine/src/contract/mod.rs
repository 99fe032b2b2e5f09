//! Contracts: what was agreed about goods and money, and how goods go against money (decision 23). What an order check makes of one is
//! the credit slice's business.

mod acknowledge;
mod change;
mod create;
mod extension;
pub mod milestone;
pub mod paper;
pub mod rows;
pub mod rules;
mod view;

pub use acknowledge::{AcknowledgeTerms, AcknowledgementIn};
pub use change::{ChangeContract, ContractPatch};
pub use create::{ContractIn, CreateContract};
pub use extension::{ErosionRow, ErosionView, ExtendSettlement, ExtensionIn, ExtensionView, erosion, list_extensions};
pub use milestone::{
    AcceptanceIn, AcceptanceKind, AcceptanceView, MilestoneIn, MilestoneView, PlanMilestone, SignedPaper, list_acceptances,
    list_milestones, milestone, milestone_account,
};
pub use view::{AcknowledgementView, ContractFilter, ContractView, contract_account, contract_view, list_contracts};

use crate::words::contract::{ContractState, ReleaseMode};

crate::text_column!(ReleaseMode, ContractState, AcceptanceKind);
