//! The credit file: what is known about an account, from whom, since when, and how it was scored.

mod checklist;
mod entry;
pub mod rows;
pub mod rules;
mod sheet;
mod template;

pub use checklist::{AnswerChecklist, ChecklistAnswerIn, ChecklistItemView, ChecklistView, checklist, missing_protections};
pub use entry::{
    AddFileEntry, ComparisonView, CreditFileView, FileEntryIn, FileEntryView, ReplacedView, comparison, credit_file, file_facts,
};
pub use sheet::{DimensionIn, FillSheet, FilledDimension, ScoreSheetIn, ScoreSheetView, newest_sheets, score_sheets};
pub use template::{CreateTemplate, Dimension, ScoreTemplateIn, ScoreTemplateView, score_templates};

crate::words! {
    /// What an entry is about: the five C, the six dimensions, and the sections beside them (CF-06, CF-07, CF-08).
    pub enum Section {
        /// History and owners: character.
        Background = "background",
        /// Who runs it.
        Management = "management",
        /// What it does, and how well: capacity.
        Operations = "operations",
        /// Can it pay what it owes?
        Solvency = "solvency",
        /// How it has paid others.
        CreditRecord = "credit_record",
        /// Its form in law and what is behind it.
        OrganisationForm = "organisation_form",
        /// Equity and figures: capital.
        Finances = "finances",
        /// What secures our claim: collateral.
        Collateral = "collateral",
        /// The market around it: conditions.
        Conditions = "conditions",
        /// What it has bought from us and how it paid.
        TradeHistory = "trade_history",
        /// How large it is.
        Size = "size",
        /// What will become of it.
        Prospects = "prospects",
        /// What its industry risks.
        IndustryRisk = "industry_risk",
        /// Anything else.
        Other = "other",
    }
}

crate::words! {
    /// Why we may hold what an entry says: nothing is written down without one (`G-PRIV`).
    pub enum Basis {
        /// Our own records.
        OwnRecord = "own_record",
        /// The customer told us.
        CustomerTold = "customer_told",
        /// A public register.
        PublicRegister = "public_register",
        /// A contract.
        Contract = "contract",
        /// The person's consent.
        Consent = "consent",
        /// A court.
        Court = "court",
    }
}

crate::text_column!(Section, Basis);
