//! Customer accounts: who owes us, on what terms, and whom to talk to.

mod change;
mod contact;
mod create;
mod find;
mod numbers;
pub mod rows;
mod view;

pub use change::{AccountPatch, PatchAccount};
pub use contact::{AddContact, AddNote, ContactIn, ContactView, NoteIn, NoteView, contacts, contacts_by_number, notes};
pub use create::{AccountIn, AccountKind, CreateAccount};
pub use find::{AccountFilter, account, find_account, list_accounts, resolve, resolve_many};
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
