//! Which open items a payment pays, and how that is undone. Cash stays inside one legal entity and one currency.

use crate::words::code::Code;
use crate::words::day::days_between;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::InstalmentId;
use crate::words::money::Money;
use chrono::NaiveDate;
use std::cmp::Reverse;

crate::words! {
    /// What an open item is part of: the claim itself, or what came on top of it.
    pub enum ClaimPart {
        /// What it cost to press for the money.
        Cost = "cost",
        /// Interest for paying late.
        Interest = "interest",
        /// The invoice itself.
        Principal = "principal",
    }
}

/// Money waiting to be allocated, with what the remittance says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cash {
    /// What is left of the payment.
    pub amount: Money,
    /// The day it came.
    pub received_on: NaiveDate,
    /// The legal entity of ours that received it.
    pub entity: String,
    /// Invoices the payer named, in the payer's order.
    pub named: Vec<NamedInvoice>,
    /// The contract the payer named, as the ERP calls it.
    pub contract: Option<String>,
}

/// An invoice a payer named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedInvoice {
    /// The invoice's number in the ERP.
    pub external_id: String,
    /// How much of the cash is for it; as much as it has open when absent.
    pub amount: Option<Money>,
}

/// An instalment that may take cash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenItem {
    /// Its id.
    pub instalment: InstalmentId,
    /// Its invoice's number in the ERP.
    pub invoice_external_id: String,
    /// The contract it belongs to, as the ERP calls it.
    pub contract_external_id: Option<String>,
    /// The legal entity of ours that is owed.
    pub entity: String,
    /// Principal, interest or cost.
    pub claim: ClaimPart,
    /// Date of the invoice.
    pub issued_on: NaiveDate,
    /// Due date.
    pub due_on: NaiveDate,
    /// Left to pay, disputed share included.
    pub open: Money,
    /// The share of it the customer contests.
    pub disputed: Money,
}

/// A share of a payment on an instalment; negative when it undoes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The instalment.
    pub instalment: InstalmentId,
    /// How much.
    pub amount: Money,
    /// The business date it counts from.
    pub allocated_on: NaiveDate,
}

/// What somebody asks to book by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedShare {
    /// The instalment.
    pub instalment: InstalmentId,
    /// How much.
    pub amount: Money,
    /// The business date, when it is not simply the later of receipt and issue.
    pub allocated_on: Option<NaiveDate>,
}

/// Shares out cash by itself: invoices the payer named, principal first; then what the contract the payer named is owed; then one item of
/// exactly what is left, the older of two; then what is oldest by due date (contract choice 9, decision 5).
///
/// What a customer contests is paid only when named (decision 5), the uncontested rest of the same item as any other; cash without a
/// name pays only what was issued when it came (decision 46); inside one claim it goes to cost, then interest, then principal.
pub fn allocate(cash: &Cash, open: &[OpenItem]) -> Vec<Share> {
    let mut purse = Purse::new(cash, open);
    for named in &cash.named {
        purse.pay_named(named);
    }
    if let Some(contract) = &cash.contract {
        let is_its = |item: &OpenItem| item.contract_external_id.as_ref() == Some(contract);
        purse.pay_exact_match(is_its);
        purse.pay_oldest(is_its);
    }
    purse.pay_exact_match(|_| true);
    purse.pay_oldest(|_| true);
    purse.shares()
}

/// Shares out cash to the invoices the payer named and to nothing else: what is left waits for what else the payment is for.
pub fn allocate_named(cash: &Cash, open: &[OpenItem]) -> Vec<Share> {
    let mut purse = Purse::new(cash, open);
    for named in &cash.named {
        purse.pay_named(named);
    }
    purse.shares()
}

/// Checks shares asked for by hand and dates them. `items` are the instalments named; every fault is answered at once:
/// `over_allocation`, `currency_mismatch`, `entity_mismatch`, `amount_out_of_range`, `unknown_reference`, and `validation_failed`
/// for a date before the money came or the invoice was issued.
pub fn allocate_by_hand(cash: &Cash, wanted: &[WantedShare], items: &[OpenItem]) -> Result<Vec<Share>> {
    let mut left = cash.amount;
    let mut open: Vec<(InstalmentId, Money)> = items.iter().map(|item| (item.instalment, item.open)).collect();
    let (mut shares, mut faults) = (Vec::new(), Vec::new());
    for (at, want) in wanted.iter().enumerate() {
        match book(cash, want, items, &mut open, &mut left) {
            Ok(share) => shares.push(share),
            Err((member, error)) => {
                let pointer = format!("#/allocations/{at}/{member}");
                faults.push(Fault { pointer, code: error.code(), detail: error.detail().to_owned() });
            }
        }
    }
    if faults.is_empty() { Ok(shares) } else { Err(Error::all(faults)) }
}

fn book(
    cash: &Cash,
    want: &WantedShare,
    items: &[OpenItem],
    open: &mut [(InstalmentId, Money)],
    left: &mut Money,
) -> std::result::Result<Share, (&'static str, Error)> {
    let refuse = |member, code, detail: String| Err((member, Error::new(code, detail)));
    let Some(item) = items.iter().find(|item| item.instalment == want.instalment) else {
        return refuse("instalment_id", Code::UnknownReference, format!("{} is not an open item of this account", want.instalment));
    };
    if item.entity != cash.entity {
        let detail = format!("the payment belongs to {}, the item to {}", cash.entity, item.entity);
        return refuse("instalment_id", Code::EntityMismatch, detail);
    }
    if want.amount.currency() != cash.amount.currency() || item.open.currency() != cash.amount.currency() {
        let detail = format!("the payment is in {}, the item in {}", cash.amount.currency(), item.open.currency());
        return refuse("amount", Code::CurrencyMismatch, detail);
    }
    if !want.amount.is_positive() {
        return refuse("amount", Code::AmountOutOfRange, "a share is more than zero".to_owned());
    }
    let first_day = cash.received_on.max(item.issued_on);
    let allocated_on = want.allocated_on.unwrap_or(first_day);
    if days_between(first_day, allocated_on) < 0 {
        let detail = format!("the share cannot count before {first_day}, when both money and invoice were there");
        return refuse("allocated_on", Code::ValidationFailed, detail);
    }
    let Some((_, rest)) = open.iter_mut().find(|(id, _)| *id == want.instalment) else {
        return refuse("instalment_id", Code::UnknownReference, format!("{} is not an open item of this account", want.instalment));
    };
    for (has, what) in [(*rest, "the item has"), (*left, "the payment has")] {
        if want.amount.minor() > has.minor() {
            return refuse("amount", Code::OverAllocation, format!("{} is asked, {what} {has} left", want.amount));
        }
    }
    *rest = less(*rest, want.amount.minor());
    *left = less(*left, want.amount.minor());
    Ok(Share { instalment: want.instalment, amount: want.amount, allocated_on })
}

/// Undoes a mis-posting: everything the payment still pays, dated like what it takes back (decision 3).
/// `booked` are all shares of the payment so far, reversals included, so a second call finds nothing.
pub fn reverse(booked: &[Share]) -> Vec<Share> {
    take_back(booked, |share| share.allocated_on)
}

/// A payment that bounced: its items are open again from the day of the bounce (contract choice 9, decision 3).
/// Refuses `validation_failed` for a bounce before the money came.
pub fn bounce(booked: &[Share], received_on: NaiveDate, bounced_on: NaiveDate) -> Result<Vec<Share>> {
    if bounced_on < received_on {
        let detail = format!("a payment received on {received_on} cannot bounce on {bounced_on}");
        return Err(Error::new(Code::ValidationFailed, detail).at("#/bounced_on"));
    }
    Ok(take_back(booked, |share| share.allocated_on.max(bounced_on)))
}

/// Negative shares for what is still booked on each instalment, the newest share first.
fn take_back(booked: &[Share], dated: impl Fn(&Share) -> NaiveDate) -> Vec<Share> {
    let mut instalments: Vec<InstalmentId> = Vec::new();
    for share in booked {
        if !instalments.contains(&share.instalment) {
            instalments.push(share.instalment);
        }
    }
    let mut back = Vec::new();
    for instalment in instalments {
        let of_it = || booked.iter().filter(|share| share.instalment == instalment);
        let mut standing = of_it().fold(0_i64, |sum, share| sum.saturating_add(share.amount.minor()));
        let mut paid: Vec<&Share> = of_it().filter(|share| share.amount.is_positive()).collect();
        paid.sort_by_key(|share| Reverse(share.allocated_on));
        for share in paid {
            let taken = share.amount.minor().min(standing);
            if taken > 0 {
                standing -= taken;
                back.push(Share { instalment, amount: Money::new(-taken, share.amount.currency()), allocated_on: dated(share) });
            }
        }
    }
    back
}

/// Cash being shared out: what is left of it, and what each item could still take.
struct Purse<'a> {
    cash: &'a Cash,
    left: i64,
    takes: Vec<Taker<'a>>,
}

struct Taker<'a> {
    item: &'a OpenItem,
    taken: i64,
}

impl<'a> Purse<'a> {
    /// Items of another entity or currency never take part. Oldest due first; then issue date, number, part of the claim.
    fn new(cash: &'a Cash, open: &'a [OpenItem]) -> Self {
        let same = |item: &&OpenItem| item.entity == cash.entity && item.open.currency() == cash.amount.currency();
        let mut takes: Vec<_> = open.iter().filter(same).map(|item| Taker { item, taken: 0 }).collect();
        takes.sort_by(|a, b| {
            let key = |taker: &Taker<'a>| (taker.item.due_on, taker.item.issued_on);
            let number = |taker: &Taker<'a>| taker.item.invoice_external_id.as_str();
            key(a)
                .cmp(&key(b))
                .then_with(|| number(a).cmp(number(b)))
                .then_with(|| (a.item.claim, a.item.instalment).cmp(&(b.item.claim, b.item.instalment)))
        });
        Self { cash, left: cash.amount.minor().max(0), takes }
    }

    /// A named invoice takes its contested share too, its principal before what came on top (decision 4).
    fn pay_named(&mut self, named: &NamedInvoice) {
        if named.amount.is_some_and(|amount| amount.currency() != self.cash.amount.currency()) {
            return;
        }
        let mut budget = named.amount.map_or(self.left, |amount| amount.minor().clamp(0, self.left));
        for principal in [true, false] {
            for taker in &mut self.takes {
                let is_it = taker.item.invoice_external_id == named.external_id;
                if is_it && (taker.item.claim == ClaimPart::Principal) == principal {
                    let share = budget.min(taker.item.open.minor() - taker.taken).max(0);
                    taker.taken += share;
                    budget -= share;
                    self.left -= share;
                }
            }
        }
    }

    fn pay_exact_match(&mut self, counts: impl Fn(&OpenItem) -> bool) {
        let (left, received_on) = (self.left, self.cash.received_on);
        if let Some(taker) = self.takes.iter_mut().find(|taker| counts(taker.item) && taker.unnamed(received_on) == left) {
            taker.taken += left;
            self.left = 0;
        }
    }

    fn pay_oldest(&mut self, counts: impl Fn(&OpenItem) -> bool) {
        for taker in self.takes.iter_mut().filter(|taker| counts(taker.item)) {
            let share = taker.unnamed(self.cash.received_on).min(self.left);
            taker.taken += share;
            self.left -= share;
        }
    }

    fn shares(self) -> Vec<Share> {
        let Self { cash, takes, .. } = self;
        let share = |taker: Taker<'_>| Share {
            instalment: taker.item.instalment,
            amount: Money::new(taker.taken, cash.amount.currency()),
            allocated_on: cash.received_on.max(taker.item.issued_on),
        };
        takes.into_iter().filter(|taker| taker.taken > 0).map(share).collect()
    }
}

impl Taker<'_> {
    /// What cash without a name may still pay here: the uncontested rest of what was issued by then.
    fn unnamed(&self, received_on: NaiveDate) -> i64 {
        let item = self.item;
        if item.issued_on > received_on { 0 } else { (item.open.minor() - self.taken - item.disputed.minor().max(0)).max(0) }
    }
}

/// Taking away what was checked to be there.
fn less(money: Money, minor: i64) -> Money {
    Money::new(money.minor().saturating_sub(minor), money.currency())
}

#[cfg(test)]
mod tests;
