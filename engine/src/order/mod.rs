//! Orders and what they reserve of the credit limit. How they are checked is the credit slice's business.

pub mod rows;
pub mod rules;

use chrono::NaiveDate;

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

impl OrderState {
    /// Does it wait, whole or in part, for something to be let go?
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Held | Self::PartiallyReleased)
    }
}

impl rows::sales_order::Model {
    /// Keeps the day from which it waits: the first day of this wait, and none when nothing of it waits any more. True when a wait ends
    /// that somebody was called to: there is a task to end.
    pub fn keep_waiting(&mut self, today: NaiveDate) -> bool {
        if self.state.is_waiting() {
            self.held_since = self.held_since.or(Some(today));
            return false;
        }
        let was_called = self.escalation_level > 0;
        (self.held_since, self.escalation_level, self.escalated_on) = (None, 0, None);
        was_called
    }
}
