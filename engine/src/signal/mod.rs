//! Early-warning signals: what was noticed about a customer, by whom and on what basis, how grave it is, and how it fades.

mod catalogue;
mod create;
mod found;
pub mod rows;
pub mod rules;
mod view;

pub use catalogue::{Entry, SignalTypeView, catalogue, entry};
pub use create::SignalIn;
pub use found::{found_row, recorded};
pub use view::{SignalFilter, SignalView, list_signals, signal_row, view_of};

use crate::words::signal::{Severity, SignalType};

crate::words! {
    /// Where a signal comes from.
    pub enum SignalSource {
        /// A person saw or heard it.
        Person = "person",
        /// The engine found it in payments or orders.
        Behaviour = "behaviour",
        /// A service that watches registers, courts or the press.
        Feed = "feed",
    }
}

crate::words! {
    /// On what basis we may know it: nothing else may be written down about a customer (`G-PRIV`).
    pub enum SourceBasis {
        /// Our own records.
        OwnRecord = "own_record",
        /// The customer told us.
        CustomerTold = "customer_told",
        /// A public register, a public tender, the press.
        PublicRegister = "public_register",
        /// A contract gives us the right.
        Contract = "contract",
        /// The customer agreed.
        Consent = "consent",
        /// A court told us.
        Court = "court",
    }
}

crate::text_column!(Severity, SignalType, SignalSource, SourceBasis);
