//! Payments: money received, and its shares booked against instalments.

pub mod rows;
pub mod rules;

crate::words! {
    /// How money came (decision 7).
    pub enum PaymentMethod {
        /// A bank transfer, cleared at once.
        Transfer = "transfer",
        /// Cash.
        Cash = "cash",
        /// A card.
        Card = "card",
        /// Drawn from the customer's account.
        DirectDebit = "direct_debit",
        /// A bill of exchange.
        Bill = "bill",
        /// A cheque.
        Cheque = "cheque",
        /// Set off against what we owe.
        SetOff = "set_off",
        /// A rebate.
        Rebate = "rebate",
        /// Goods taken in payment.
        Goods = "goods",
        /// Tax withheld by the customer.
        TaxWithheld = "tax_withheld",
    }
}
