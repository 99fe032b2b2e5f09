//! Orders and what they reserve of the credit limit. How they are checked is the credit slice's business.

pub mod rows;
pub mod rules;

crate::words! {
    /// Where an order stands.
    pub enum OrderState {
        /// May ship in full; its rest is reserved.
        Approved = "approved",
        /// May not ship; reserves nothing.
        Held = "held",
        /// Part of it may ship; that part is reserved.
        PartiallyReleased = "partially_released",
        /// A person let it ship; its rest is reserved.
        Released = "released",
        /// Refused for good.
        Rejected = "rejected",
        /// Taken back.
        Cancelled = "cancelled",
        /// Invoiced in full or for the last time; nothing is reserved any more.
        Invoiced = "invoiced",
    }
}
crate::text_column!(OrderState);
