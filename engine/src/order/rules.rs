//! What an order takes of the credit limit on its way from approval to shipment to invoice: every unit of money is in one place.
//!
//! All figures are minor units of the order's currency.

use super::OrderState;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::facts::OrderLine;
use crate::words::money::{Currency, Money};

/// How far the value of an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Where the order stands.
    pub state: OrderState,
    /// Its value.
    pub amount: i64,
    /// What may ship in all, what has shipped included.
    pub approved: i64,
    /// What has shipped.
    pub shipped: i64,
    /// What is on invoices that stand.
    pub invoiced: i64,
    /// Cash on the order that has not moved to an invoice (decision 24).
    pub deposit: i64,
}

/// What an order takes of the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// All of it.
    pub reserved: i64,
    /// The share that has shipped and is not invoiced yet.
    pub shipped: i64,
}

impl Progress {
    /// Nothing more comes of it: it takes nothing of the limit.
    pub fn is_closed(self) -> bool {
        matches!(self.state, OrderState::Rejected | OrderState::Cancelled | OrderState::Invoiced)
    }

    /// What has left as goods or as an invoice, whichever came further: invoices are taken to bill what shipped first.
    pub fn gone(self) -> i64 {
        self.shipped.max(self.invoiced)
    }

    /// What still asks to ship.
    pub fn waiting(self) -> i64 {
        (self.amount - self.gone()).max(0)
    }

    /// What is approved and has neither shipped nor been invoiced.
    pub fn ready(self) -> i64 {
        (self.approved - self.gone()).max(0)
    }

    /// What may ship now. Goods that were invoiced first may follow their invoice.
    pub fn may_ship(self) -> i64 {
        let covered = if self.state == OrderState::Invoiced { self.approved.max(self.invoiced) } else { self.approved };
        (covered - self.shipped).max(0)
    }

    /// What it takes of the limit: all that is approved or gone and not invoiced, less the deposit, which covers what shipped first.
    pub fn taken(self) -> Taken {
        if self.is_closed() {
            return Taken::default();
        }
        let reserved = (self.approved.max(self.shipped) - self.invoiced - self.deposit).max(0);
        let shipped = (self.shipped - self.invoiced - self.deposit).clamp(0, reserved);
        Taken { reserved, shipped }
    }

    /// The share of the deposit that is left for what still asks to ship.
    pub fn spare_deposit(self) -> i64 {
        (self.deposit - (self.shipped - self.invoiced).max(0)).max(0)
    }

    /// How much more cash the order can take.
    pub fn deposit_room(self) -> i64 {
        if self.is_closed() { 0 } else { (self.amount - self.invoiced - self.deposit).max(0) }
    }

    /// What is approved once so much of what still waits may ship. Where nothing may, what was gone under an approval stays covered.
    #[must_use]
    pub fn approve(self, may_ship: i64) -> Self {
        let approved = if may_ship > 0 { self.gone() + may_ship } else { self.approved.min(self.gone()) };
        Self { approved, ..self }
    }
}

/// Ships goods: refuses `over_shipped` beyond what the approval or release covers.
pub fn ship(before: Progress, amount: Money) -> Result<Progress> {
    let may_ship = Money::new(before.may_ship(), amount.currency());
    if amount.minor() > may_ship.minor() {
        let detail = format!("{amount} would ship, {may_ship} of the order may");
        return Err(Error::new(Code::OverShipped, detail).at("#/amount"));
    }
    Ok(Progress { shipped: before.shipped + amount.minor(), ..before })
}

/// Puts an invoice in the place of what its order reserved (decision 45); `is_last` frees the rest (decision 25).
/// Refuses `over_invoiced` beyond what was ordered, or after the last invoice.
pub fn invoice(before: Progress, amount: Money, is_last: bool) -> Result<Progress> {
    let left = Money::new(before.amount - before.invoiced, amount.currency());
    if before.state == OrderState::Invoiced || amount.minor() > left.minor() {
        let why = if before.state == OrderState::Invoiced { "its last invoice has come" } else { "no more was ordered" };
        let detail = format!("{amount} would be invoiced, {left} of the order is not invoiced yet; {why}");
        return Err(Error::new(Code::OverInvoiced, detail).at("#/amount"));
    }
    let invoiced = before.invoiced + amount.minor();
    let is_over = is_last || invoiced >= before.amount;
    if matches!(before.state, OrderState::Cancelled | OrderState::Rejected) {
        // Goods may leave without asking us; the invoice is a fact all the same, and the order takes nothing any more.
        return Ok(Progress { invoiced, ..before });
    }
    // What the last invoice leaves is given up: a cancellation of that invoice brings back its own value and no more.
    let approved = if is_last { before.approved.min(invoiced) } else { before.approved };
    Ok(Progress { invoiced, approved, state: if is_over { OrderState::Invoiced } else { before.state }, ..before })
}

/// Gives the value of a cancelled invoice back to its order (decision 2), so far as it had been approved.
pub fn uninvoice(before: Progress, amount: i64) -> Progress {
    let after = Progress { invoiced: (before.invoiced - amount).max(0), ..before };
    if before.state != OrderState::Invoiced {
        return after;
    }
    let state = match (after.approved >= after.amount, after.ready() > 0) {
        (true, _) => OrderState::Approved,
        (false, true) => OrderState::PartiallyReleased,
        (false, false) => OrderState::Held,
    };
    Progress { state, ..after }
}

/// An approval or release whose last day has passed: what has not shipped under it must be asked for again, what has is not undone.
/// `None` where nothing is left that could run out.
pub fn lapse(before: Progress) -> Option<Progress> {
    let is_over = before.ready() > 0 && !before.is_closed();
    is_over.then(|| Progress { approved: before.approved.min(before.gone()), state: OrderState::Held, ..before })
}

/// Ends an order: cancelled or rejected. Refuses `already_shipped` once goods have left.
pub fn end(before: Progress, state: OrderState, currency: Currency) -> Result<Progress> {
    if before.shipped > 0 {
        let shipped = Money::new(before.shipped, currency);
        let detail = format!("{shipped} of the order has shipped: revise it down to that, or send its last invoice as final");
        return Err(Error::new(Code::AlreadyShipped, detail));
    }
    Ok(Progress { state, approved: 0, ..before })
}

/// The value of the lines that fit into an amount, whole lines only, in the order given: their order is the caller's priority. What a stop
/// of key items keeps back fits into none.
pub fn whole_lines(lines: &[OrderLine], most: i64) -> i64 {
    fitting(lines, most).iter().zip(lines).filter(|(fits, _)| **fits).fold(0, |sum, (_, line)| sum + line.amount.minor())
}

/// Marks the lines that may ship with so much approved in all: those that shipped, then whole lines in their order, but for those that
/// are stopped.
pub fn approve_lines(lines: &mut [OrderLine], approved: i64) {
    let shipped = lines.iter().filter(|line| line.is_shipped).fold(0, |sum, line| sum + line.amount.minor());
    let mut left = approved - shipped;
    for line in lines.iter_mut() {
        let fits = line.is_shipped || (!line.is_stopped && line.amount.minor() <= left);
        left -= if fits && !line.is_shipped { line.amount.minor() } else { 0 };
        line.is_approved = fits;
    }
}

fn fitting(lines: &[OrderLine], most: i64) -> Vec<bool> {
    let mut left = most;
    let fits = |line: &OrderLine| {
        let fits = !line.is_stopped && line.amount.minor() <= left;
        left -= if fits { line.amount.minor() } else { 0 };
        fits
    };
    lines.iter().map(fits).collect()
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
