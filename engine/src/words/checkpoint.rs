//! The named steps of an order's life at which it is checked.

crate::words! {
    /// A step of an order's life at which hold rules run (OR-01). Each rule says at which; the credit limit, holds on the whole account
    /// and what the contract says are looked at in every one.
    #[derive(Default)]
    pub enum Checkpoint {
        /// The order is taken: the authorisation standard (OR-02).
        #[default]
        OrderAccept = "order_accept",
        /// Credit is approved.
        CreditApprove = "credit_approve",
        /// Goods are bought or made for it.
        Supply = "supply",
        /// Goods leave.
        Ship = "ship",
        /// It is invoiced.
        Invoice = "invoice",
        /// The claim is recorded.
        Record = "record",
        /// Money is collected.
        Collect = "collect",
    }
}
