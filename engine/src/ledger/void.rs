//! A payment that bounced at the bank, or that was never meant for us: its shares are undone and it is void from a day on.

use super::allocation::of_payment;
use super::books::Books;
use super::invoice::check_has_come;
use super::load::{Looking, load_books};
use super::view::PaymentView;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Entry, Read, failed};
use crate::payment::rows::{allocation, payment};
use crate::profile::rows::risk_profile;
use crate::risk::with_bounce;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, InstalmentId, PaymentId};
use crate::words::money::Money;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};

crate::words! {
    /// Why a payment is void.
    pub enum VoidKind {
        /// The bank took it back: dated the day it did, and the customer's doing.
        Bounce = "bounced",
        /// We booked it by mistake: void from its own date, and no mark on the customer (decision 2).
        Reversal = "reversed",
    }
}

/// Voids a payment.
pub struct VoidPayment {
    /// The account, already found.
    pub account: AccountId,
    /// The payment.
    pub payment: PaymentId,
    /// Bounce or mis-posting.
    pub kind: VoidKind,
    /// The day it bounced; a reversal needs none.
    pub on: Option<NaiveDate>,
    /// Why, in words.
    pub reason: Option<String>,
}

/// What voiding a payment looks at.
pub struct VoidFacts {
    row: payment::Model,
    booked: Vec<allocation::Model>,
    books: Books,
    profile: Option<risk_profile::Model>,
}

impl Command for VoidPayment {
    type Facts = VoidFacts;
    type Done = PaymentView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        let books = load_books(read, attempt, &[self.account], &[], Looking::default()).await?.remove(&self.account);
        let row = payment::find(read.tenant()).filter(payment::Column::Id.eq(self.payment)).one(read.db()).await.map_err(failed)?;
        let (Some(books), Some(row)) = (books, row) else { return Err(Error::new(Code::NotFound, "there is no such payment")) };
        let booked = of_payment(read, row.id).await?;
        let items: Vec<InstalmentId> = booked.iter().map(|share| share.instalment_id).collect();
        let books = books.with_payment(row.clone(), booked.clone()).with_items(read, &items).await?;
        let books = books.with_deposits_of(read, row.id).await?;
        let profile = risk_profile::find(read.tenant()).filter(risk_profile::Column::AccountId.eq(self.account));
        Ok(VoidFacts { row, booked, books, profile: profile.one(read.db()).await.map_err(failed)? })
    }

    fn decide(&self, facts: &VoidFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<PaymentView>> {
        let VoidFacts { row, booked, books, profile } = facts;
        if row.voided_on.is_some() {
            return Err(Error::new(Code::IllegalState, "the payment was bounced or reversed already"));
        }
        let on = match self.kind {
            VoidKind::Bounce => self.on.ok_or_else(|| Error::new(Code::MissingField, "a bounce has its day").at("#/bounced_on"))?,
            VoidKind::Reversal => row.received_on,
        };
        check_has_come(on, "bounced_on", attempt)?;
        if on < row.received_on {
            return Err(Error::new(Code::ValidationFailed, "a payment does not bounce before it came").at("#/bounced_on"));
        }
        let mut books = books.clone();
        let kind = self.kind;
        // A bounce is dated the day it bounced, a reversal like what it reverses (decision 3).
        books.undo(booked, |share| if kind == VoidKind::Bounce { on.max(share.allocated_on) } else { share.allocated_on }, attempt)?;
        books.undo_deposits(row.id, |last| if kind == VoidKind::Bounce { on.max(last) } else { last }, &attempt.stamp)?;
        books.void(row, on, self, attempt)?;
        books.tell(Entry {
            kind: if kind == VoidKind::Bounce { "payment.bounced" } else { "payment.reversed" },
            subject: "payment",
            subject_id: row.id.0,
            effective_on: on,
            decision: None,
            body: serde_json::json!({"amount": Money::new(row.amount_minor, row.currency), "reason": self.reason}),
        });
        let view = books.payment_view(row.id)?;
        let changes = books.into_changes(attempt)?;
        let changes = match self.kind {
            VoidKind::Bounce => with_bounce(changes, row, on, profile.as_ref(), attempt)?,
            VoidKind::Reversal => changes,
        };
        Ok(Decided::new(view, changes))
    }
}

impl Books {
    fn void(&mut self, row: &payment::Model, on: NaiveDate, act: &VoidPayment, attempt: &Attempt) -> Result<()> {
        self.balance(&row.entity, row.currency, &attempt.stamp).unallocated_minor -= row.amount_minor;
        let held = self.payments.get_mut(&row.id).ok_or_else(|| Error::internal("the payment was not read"))?;
        let payment = held.change();
        payment.unallocated_minor = 0;
        payment.voided_on = Some(on);
        payment.void_kind = Some(act.kind.as_str().to_owned());
        payment.void_reason = act.reason.clone();
        payment.state = act.kind.as_str().to_owned();
        self.matters_on(on, on);
        Ok(())
    }
}
