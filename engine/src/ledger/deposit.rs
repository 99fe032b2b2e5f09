//! Taking a deposit back from its order by hand.

use super::allocation::of_payment;
use super::books::Books;
use super::load::{Looking, load_books};
use super::view::PaymentView;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Entry, Read, failed};
use crate::order::rows::deposit;
use crate::payment::rows::payment;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, AllocationId};
use crate::words::money::Money;
use sea_orm::{ColumnTrait, QueryFilter};

/// Takes a share that lies on an order back: the cash is unallocated again, and the order reserves what it had netted.
pub struct ReverseDeposit {
    /// The account, already found.
    pub account: AccountId,
    /// The share.
    pub allocation: AllocationId,
}

impl Command for ReverseDeposit {
    type Facts = (deposit::Model, Books);
    type Done = PaymentView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        let missing = || Error::new(Code::NotFound, "there is no such allocation");
        let books = load_books(read, attempt, &[self.account], &[], Looking::default()).await?.remove(&self.account).ok_or_else(missing)?;
        let row = deposit::find(read.tenant()).filter(deposit::Column::Id.eq(self.allocation)).one(read.db()).await.map_err(failed)?;
        let row = row.ok_or_else(missing)?;
        let payment = payment::find(read.tenant()).filter(payment::Column::Id.eq(row.payment_id)).one(read.db()).await.map_err(failed)?;
        let shares = of_payment(read, row.payment_id).await?;
        let books = books.with_payment(payment.ok_or_else(missing)?, shares).with_deposits_of(read, row.payment_id).await?;
        Ok((row, books))
    }

    fn decide(&self, (row, books): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<PaymentView>> {
        let is_undone = books.deposits_before.iter().any(|other| other.reverses_id == Some(row.id));
        let (standing, _) = books.standing(row.order_id).get(&row.payment_id).copied().unwrap_or((0, row.booked_on));
        if row.amount_minor <= 0 || is_undone || standing < row.amount_minor {
            let detail = "the share has left its order already: for its invoice, or by a reversal";
            return Err(Error::new(Code::IllegalState, detail));
        }
        let mut books = books.clone();
        let number = books.orders.values().find(|held| held.row.id == row.order_id).map(|held| held.row.external_id.clone());
        let number = number.ok_or_else(|| Error::internal("the order of a deposit was not read"))?;
        // The reversal of an error is dated like what it reverses (decision 3).
        books.deposit(row.payment_id, &number, -row.amount_minor, row.booked_on, &attempt.stamp)?;
        if let Some(undoing) = books.deposits.last_mut() {
            undoing.reverses_id = Some(row.id);
        }
        books.tell(Entry {
            kind: "allocation.reversed",
            subject: "allocation",
            subject_id: self.allocation.0,
            effective_on: row.booked_on,
            decision: None,
            body: serde_json::json!({ "amount": Money::new(row.amount_minor, row.currency), "order": number }),
        });
        let view = books.payment_view(row.payment_id)?;
        Ok(Decided::new(view, books.into_changes(attempt)?))
    }
}
