//! Sets of three proposals for a negotiation (CT-10): the least we accept, what we want, and the anchor beside which that looks good. A set
//! is about the terms of one contract, or about settling named invoices. Which proposal is which stays in the house: the customer is shown
//! A, B and C.

mod choose;
mod create;
mod letter;
mod options;
pub mod rows;
pub mod rules;
mod view;
mod withdraw;

pub(crate) use choose::refused;
pub use choose::{ChooseOption, OfferChoiceIn};
pub use create::{CreateOfferSet, OfferSetIn};
pub use options::{OfferOption, OfferPayment};
pub use view::{
    OfferChoiceView, OfferOptionView, OfferSetFilter, OfferSetInvoiceView, OfferSetView, list_offer_sets, live_offer_sets, offer_set,
    offer_set_subject,
};
pub use withdraw::WithdrawOfferSet;

crate::words! {
    /// What a set of proposals is about.
    pub enum OfferPurpose {
        /// The terms of payment of a contract.
        Terms = "terms",
        /// Settling invoices that are open, in instalments or for less than is open.
        Settlement = "settlement",
    }
}

crate::words! {
    /// What a proposal is for us. The customer is never told.
    pub enum OptionKind {
        /// 基础型: the least we accept.
        Base = "base",
        /// 最优型: what we want.
        Best = "best",
        /// 参照型: the anchor beside which the best one looks good.
        Reference = "reference",
    }
}

crate::words! {
    /// Where a set of proposals stands.
    pub enum OfferSetState {
        /// The customer may choose.
        Open = "open",
        /// The customer has chosen, and a second person has not answered yet.
        Chosen = "chosen",
        /// What was chosen is agreed.
        Agreed = "agreed",
        /// The second person said no.
        Refused = "refused",
        /// We took it back.
        Withdrawn = "withdrawn",
        /// Its last day has passed without a choice. Follows from the day and is never written.
        Expired = "expired",
    }
}
crate::text_column!(OfferPurpose, OptionKind, OfferSetState);
