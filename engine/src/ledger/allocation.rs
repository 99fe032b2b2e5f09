//! Allocating cash by hand or on request, and taking an allocation back.

use super::books::{Books, Held, Source};
use super::load::{Looking, load_books};
use super::view::PaymentView;
use crate::adjustment::rows::credit_note;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Entry, Read, failed};
use crate::order::rows::deposit;
use crate::payment::rows::{allocation, payment};
use crate::payment::rules::{Cash, OpenItem, WantedShare, allocate_by_hand};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, AllocationId, CreditNoteId, InstalmentId, PaymentId};
use crate::words::money::Money;
use chrono::NaiveDate;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A share asked for by hand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedAllocation {
    /// The instalment, by id.
    #[serde(default)]
    pub instalment_id: Option<InstalmentId>,
    /// The invoice, by its number in the ERP: its oldest open instalment is meant.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub invoice_external_id: Option<String>,
    /// The order it is a deposit of, by its number in the ERP, instead of an instalment: it nets that order only, and moves to its
    /// invoice when that comes (decision 24).
    #[serde(default)]
    #[schema(max_length = 100)]
    pub order_external_id: Option<String>,
    /// How much.
    pub amount: Money,
    /// The business date; the later of receipt and issue when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub allocated_on: Option<NaiveDate>,
}

/// Allocates a payment: the shares given, or by the automatic order when there are none.
pub struct AllocatePayment {
    /// The account, already found.
    pub account: AccountId,
    /// The payment.
    pub payment: PaymentId,
    /// The shares asked for; the automatic order when empty.
    pub shares: Vec<WantedAllocation>,
}

impl Command for AllocatePayment {
    type Facts = (payment::Model, Books);
    type Done = PaymentView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        let looking = Looking { at_open_items: true, ..Looking::default() };
        let row = payment::find(read.tenant()).filter(payment::Column::Id.eq(self.payment)).one(read.db()).await.map_err(failed)?;
        let orders = self.shares.iter().filter_map(|share| share.order_external_id.clone());
        let orders: BTreeSet<String> = orders.chain(row.iter().filter_map(|row| row.order_external_id.clone())).collect();
        let orders: Vec<String> = orders.into_iter().collect();
        let books = load_books(read, attempt, &[self.account], &orders, looking).await?.remove(&self.account);
        // The account with its version comes before everything that is decided on.
        let row = match row {
            Some(row) => payment::find(read.tenant()).filter(payment::Column::Id.eq(row.id)).one(read.db()).await.map_err(failed)?,
            None => None,
        };
        let (Some(books), Some(row)) = (books, row) else { return Err(Error::new(Code::NotFound, "there is no such payment")) };
        let named: Vec<InstalmentId> = self.shares.iter().filter_map(|share| share.instalment_id).collect();
        let invoices: Vec<String> = self.shares.iter().filter_map(|share| share.invoice_external_id.clone()).collect();
        let shares = of_payment(read, row.id).await?;
        let books = books.with_payment(row.clone(), shares).with_items(read, &named).await?;
        let books = books.with_settled_invoices(read, &invoices).await?.with_deposits_of(read, row.id).await?;
        Ok((row, books))
    }

    fn decide(&self, (row, books): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<PaymentView>> {
        if row.voided_on.is_some() {
            return Err(Error::new(Code::IllegalState, "the payment was bounced or reversed"));
        }
        let mut books = books.clone();
        if self.shares.is_empty() {
            books.apply_cash(row.id, Vec::new(), attempt)?;
        } else {
            self.by_hand(&mut books, row, attempt)?;
        }
        let booked: Vec<NaiveDate> = books.allocations.iter().map(|share| share.allocated_on).collect();
        booked.into_iter().for_each(|on| books.matters_on(on, on));
        books.tell(Entry {
            kind: "payment.allocated",
            subject: "payment",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "shares": books.allocations.len() + books.deposits.len() }),
        });
        let view = books.payment_view(row.id)?;
        Ok(Decided::new(view, books.into_changes(attempt)?))
    }
}

impl AllocatePayment {
    /// Shares for orders first, then those for instalments out of what is left.
    fn by_hand(&self, books: &mut Books, row: &payment::Model, attempt: &Attempt) -> Result<()> {
        let mut for_orders = Vec::new();
        let mut for_items = Vec::new();
        for (at, share) in self.shares.iter().enumerate() {
            match &share.order_external_id {
                Some(_) if share.instalment_id.is_some() || share.invoice_external_id.is_some() => {
                    let detail = "a share is either for an order or for an instalment";
                    return Err(Error::new(Code::ValidationFailed, detail).at(format!("#/allocations/{at}")));
                }
                Some(number) => for_orders.push((at, number.clone(), share.amount)),
                None => for_items.push(share.clone()),
            }
        }
        books.deposit_by_hand(row.id, &for_orders, row.received_on, &attempt.stamp)?;
        let cash = Cash {
            amount: Money::new(books.payments.get(&row.id).map_or(0, |held| held.row.unallocated_minor), row.currency),
            received_on: row.received_on,
            entity: row.entity.clone(),
            named: Vec::new(),
            contract: None,
        };
        let shares = allocate_by_hand(&cash, &books.wanted(&for_items)?, &books.all_items())?;
        books.book_cash(row.id, &shares, attempt)
    }
}

impl Books {
    /// Every instalment in hand as the allocation rules see it, settled ones too.
    fn all_items(&self) -> Vec<OpenItem> {
        let settled = self.items.values().map(|held| &held.row).filter(|row| row.open_minor == 0 || row.cancelled_on.is_some());
        let settled = settled.map(|row| OpenItem {
            instalment: row.id,
            invoice_external_id: row.invoice_external_id.clone(),
            contract_external_id: row.contract_external_id.clone(),
            entity: row.entity.clone(),
            claim: crate::payment::rules::ClaimPart::Principal,
            issued_on: row.issued_on,
            due_on: row.due_on,
            open: Money::zero(row.currency),
            disputed: Money::zero(row.currency),
        });
        self.open_items().into_iter().chain(settled).collect()
    }

    fn wanted(&self, shares: &[WantedAllocation]) -> Result<Vec<WantedShare>> {
        // The oldest with something open; where none has, the refusal is about the amount.
        let oldest_open = |number: &str| {
            let of_invoice = self.items.values().map(|held| &held.row).filter(|row| row.invoice_external_id == number);
            of_invoice.min_by_key(|row| (row.open_minor == 0, row.due_on, row.no)).map(|row| row.id)
        };
        let each = shares.iter().enumerate().map(|(at, share)| {
            let unknown = |what: &str| {
                Error::new(Code::UnknownReference, format!("the account has no such {what}")).at(format!("#/allocations/{at}"))
            };
            let instalment = match (share.instalment_id, &share.invoice_external_id) {
                (Some(id), _) => self.items.contains_key(&id).then_some(id).ok_or_else(|| unknown("instalment"))?,
                (None, Some(number)) => oldest_open(number).ok_or_else(|| unknown("invoice"))?,
                (None, None) => {
                    return Err(
                        Error::new(Code::MissingField, "a share names an instalment or an invoice").at(format!("#/allocations/{at}"))
                    );
                }
            };
            Ok(WantedShare { instalment, amount: share.amount, allocated_on: share.allocated_on })
        });
        each.collect()
    }

    /// Adds the payments and credit notes that these allocations came from.
    pub(super) async fn with_sources_of(mut self, read: &Read, booked: &[allocation::Model]) -> Result<Self> {
        let payments: BTreeSet<PaymentId> = booked.iter().filter_map(|row| row.payment_id).collect();
        if !payments.is_empty() {
            for row in
                payment::find(read.tenant()).filter(read.among(payment::Column::Id, payments)).all(read.db()).await.map_err(failed)?
            {
                self.payments.insert(row.id, Held::read(row));
            }
        }
        let notes: BTreeSet<CreditNoteId> = booked.iter().filter_map(|row| row.credit_note_id).collect();
        if !notes.is_empty() {
            for row in
                credit_note::find(read.tenant()).filter(read.among(credit_note::Column::Id, notes)).all(read.db()).await.map_err(failed)?
            {
                self = self.with_credit_note(row);
            }
        }
        Ok(self)
    }

    /// Undoes what is still standing of these allocations, each dated as told.
    pub(super) fn undo(
        &mut self,
        booked: &[allocation::Model],
        dated: impl Fn(&allocation::Model) -> NaiveDate,
        attempt: &Attempt,
    ) -> Result<()> {
        let undone: BTreeSet<AllocationId> = booked.iter().filter_map(|row| row.reverses_id).collect();
        for row in booked.iter().filter(|row| row.reverses_id.is_none() && !undone.contains(&row.id)) {
            let source = match (row.payment_id, row.credit_note_id) {
                (Some(payment), _) => Source::Cash(payment),
                (None, Some(note)) => Source::Credit(note),
                (None, None) => return Err(Error::internal("an allocation has no source")),
            };
            let on = dated(row);
            self.book(source, row.instalment_id, -row.amount_minor, on, Some(row.id), &attempt.stamp)?;
            self.matters_on(on, on);
        }
        Ok(())
    }
}

/// Takes one allocation back: the cash is unallocated again, the instalment open again.
pub struct ReverseAllocation {
    /// The account, already found.
    pub account: AccountId,
    /// The allocation.
    pub allocation: AllocationId,
}

impl Command for ReverseAllocation {
    type Facts = (Vec<allocation::Model>, Books);
    type Done = PaymentView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        let own = allocation::Column::Id.eq(self.allocation).or(allocation::Column::ReversesId.eq(self.allocation));
        let rows = allocation::find(read.tenant()).filter(own).order_by_asc(allocation::Column::Id).all(read.db()).await.map_err(failed)?;
        let books = load_books(read, attempt, &[self.account], &[], Looking::default()).await?.remove(&self.account);
        let (Some(books), Some(first)) = (books, rows.first()) else {
            return Err(Error::new(Code::NotFound, "there is no such allocation"));
        };
        let of_same = match first.payment_id {
            Some(payment) => of_payment(read, payment).await?,
            None => Vec::new(),
        };
        let books = books.with_items(read, &[first.instalment_id]).await?.with_sources_of(read, &rows).await?.with_shares(of_same);
        Ok((rows, books))
    }

    fn decide(&self, (rows, books): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<PaymentView>> {
        let row =
            rows.iter().find(|row| row.id == self.allocation).ok_or_else(|| Error::new(Code::NotFound, "there is no such allocation"))?;
        if rows.len() > 1 || row.reverses_id.is_some() {
            return Err(Error::new(Code::IllegalState, "the allocation is reversed already, or is a reversal itself"));
        }
        let Some(payment) = row.payment_id else {
            return Err(Error::new(Code::IllegalState, "only allocations of payments are taken back one by one"));
        };
        let mut books = books.clone();
        // The reversal of an error is dated like what it reverses (decision 3).
        books.undo(rows, |row| row.allocated_on, attempt)?;
        books.tell(Entry {
            kind: "allocation.reversed",
            subject: "allocation",
            subject_id: self.allocation.0,
            effective_on: row.allocated_on,
            decision: None,
            body: serde_json::json!({"amount": Money::new(row.amount_minor, row.currency)}),
        });
        let view = books.payment_view(payment)?;
        Ok(Decided::new(view, books.into_changes(attempt)?))
    }
}

/// What a share of a payment lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiesOn {
    /// An instalment of an invoice.
    Instalment,
    /// An order, as its deposit.
    Order,
}

/// The account an allocation belongs to and what it lies on; `not_found` when there is no such allocation.
pub async fn account_of_allocation(read: &Read, id: AllocationId) -> Result<(AccountId, LiesOn)> {
    let row = allocation::find(read.tenant()).filter(allocation::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    if let Some(row) = row {
        return Ok((row.account_id, LiesOn::Instalment));
    }
    let row = deposit::find(read.tenant()).filter(deposit::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.map(|row| (row.account_id, LiesOn::Order)).ok_or_else(|| Error::new(Code::NotFound, "there is no such allocation"))
}

/// The allocations of a payment, oldest first.
pub(super) async fn of_payment(read: &Read, payment: PaymentId) -> Result<Vec<allocation::Model>> {
    let query = allocation::find(read.tenant()).filter(allocation::Column::PaymentId.eq(payment)).order_by_asc(allocation::Column::Id);
    query.all(read.db()).await.map_err(failed)
}
