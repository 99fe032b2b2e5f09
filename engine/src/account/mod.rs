//! Customer accounts: who owes us, on what terms, and whom to talk to.

mod change;
mod claim;
mod contact;
mod contact_change;
mod create;
mod find;
mod grade;
mod numbers;
pub mod rows;
mod view;

pub use change::{AccountPatch, PatchAccount};
pub(crate) use claim::claimed;
pub use contact::{AddContact, AddNote, ContactIn, ContactView, NoteIn, NoteView, contacts, contacts_by_number, notes};
pub use contact_change::{ContactPatch, PatchContact, contact, contact_account};
pub use create::{AccountIn, AccountKind, CreateAccount};
pub use find::{AccountFilter, account, find_account, list_accounts, resolve, resolve_many};
pub use grade::{GradeChangeView, GradeSource, graded, list_grade_changes};
pub(crate) use numbers::Numbers;
pub use view::AccountView;

crate::words! {
    /// How far an account has come (CF-01).
    pub enum AccountState {
        /// Not yet a customer.
        Prospect = "prospect",
        /// Being looked at.
        UnderReview = "under_review",
        /// May buy on credit.
        Approved = "approved",
        /// May not.
        Declined = "declined",
    }
}

impl AccountState {
    /// May this be set without a credit review? To look at it (again), always: it buys nothing on credit meanwhile. Back to prospect,
    /// when nobody looks any more. Approved and declined are said by a review alone (CF-01).
    pub(crate) fn may_be_set(self, to: Self) -> bool {
        self == to || to == Self::UnderReview || (self == Self::UnderReview && to == Self::Prospect)
    }
}

crate::words! {
    /// What a contact does in the customer's payments (CF-11).
    pub enum ContactRole {
        /// Pays.
        Payer = "payer",
        /// Decides.
        DecisionMaker = "decision_maker",
        /// Approves.
        Approver = "approver",
        /// Handles the paperwork.
        Handler = "handler",
        /// Holds the cash.
        Cashier = "cashier",
        /// Speaks for the customer in law.
        Legal = "legal",
    }
}
