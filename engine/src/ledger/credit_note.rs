//! Credit notes, and the discounts that early payment earns.

use super::MAIN_ENTITY;
use super::books::{Books, Held, Source};
use super::invoice::{check_external_id, check_has_come, check_texts, same_or_conflict};
use super::load::{Looking, load_books};
use super::view::{self, CreditNoteView};
use crate::adjustment::rows::credit_note;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, CreditNoteId, InstalmentId};
use crate::words::money::Money;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new credit note.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditNoteIn {
    /// Its number in the ERP: unique for ever.
    #[schema(min_length = 1, max_length = 100)]
    pub external_id: String,
    /// The account, by id or external id.
    #[serde(default)]
    pub account_id: Option<AccountId>,
    /// The account's number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub account_external_id: Option<String>,
    /// Its date.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub issued_on: NaiveDate,
    /// How much, above zero.
    pub amount: Money,
    /// The invoice it credits: it books there at once. Without one it stays open and counts as credit (decision 5).
    #[serde(default)]
    #[schema(max_length = 100)]
    pub invoice_external_id: Option<String>,
    /// The legal entity of ours; `main` when absent.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub entity: Option<String>,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

impl CreditNoteIn {
    fn entity(&self) -> &str {
        self.entity.as_deref().unwrap_or(MAIN_ENTITY)
    }

    fn hash(&self, account: AccountId) -> Result<String> {
        let entity = Some(self.entity().to_owned());
        content_hash(&Self { account_id: Some(account), account_external_id: None, entity, ..self.clone() })
    }
}

impl Books {
    fn post_credit_note(&mut self, row: credit_note::Model, attempt: &Attempt) -> Result<()> {
        let stamp = &*attempt.stamp;
        let (id, mut credit, issued_on) = (row.id, row.amount_minor, row.issued_on);
        self.balance(&row.entity, row.currency, stamp).credit_notes_minor += credit;
        let of_invoice = |item: &&crate::invoice::rows::instalment::Model| {
            Some(&item.invoice_external_id) == row.invoice_external_id.as_ref()
                && item.entity == row.entity
                && item.currency == row.currency
                && item.open_minor > 0
        };
        let mut items: Vec<(NaiveDate, i64, InstalmentId, i64, NaiveDate)> = self
            .items
            .values()
            .map(|held| &held.row)
            .filter(of_invoice)
            .map(|item| (item.due_on, item.no, item.id, item.open_minor, item.issued_on))
            .collect();
        items.sort();
        self.credit_notes.insert(id, Held::made(row));
        for (_, _, item, open, invoiced_on) in items {
            let share = open.min(credit);
            if share > 0 {
                self.book(Source::Credit(id), item, share, issued_on.max(invoiced_on), None, stamp)?;
                credit -= share;
            }
        }
        self.matters_on(issued_on, issued_on);
        Ok(())
    }

    /// Settles the discount of a live offer once everything but the discount is paid in time; in full only (numbers.md §7).
    pub(super) fn take_offer(&mut self, item: InstalmentId, paid_on: NaiveDate, attempt: &Attempt) -> Result<()> {
        let Some(offer) = self.offers.get(&item).map(|held| held.row.clone()) else { return Ok(()) };
        let Some(row) = self.items.get(&item).map(|held| held.row.clone()) else { return Ok(()) };
        if offer.state != "open" || paid_on > offer.pay_by || row.open_minor == 0 || row.open_minor > offer.discount_minor {
            return Ok(());
        }
        let note = credit_note::Model {
            tenant_id: self.account.tenant_id,
            id: CreditNoteId(attempt.stamp.id()),
            account_id: self.account.id,
            external_id: format!("discount:{}", offer.id),
            entity: row.entity.clone(),
            currency: row.currency,
            amount_minor: row.open_minor,
            open_minor: row.open_minor,
            issued_on: paid_on,
            invoice_external_id: Some(row.invoice_external_id.clone()),
            reason: Some(format!("early payment discount of {}", offer.rate)),
            content_hash: offer.id.to_string(),
            created_at: attempt.stamp.at,
        };
        self.post_credit_note(note, attempt)?;
        if let Some(held) = self.offers.get_mut(&item) {
            held.change().state = "taken".to_owned();
        }
        self.tell(Entry {
            kind: "offer.taken",
            subject: "offer",
            subject_id: offer.id.0,
            effective_on: paid_on,
            decision: offer.decision_id,
            body: serde_json::json!({"discount": Money::new(row.open_minor, row.currency)}),
        });
        Ok(())
    }
}

/// Posts one credit note on an account.
pub struct PostCreditNote {
    /// The account, already found.
    pub account: AccountId,
    /// The credit note.
    pub credit_note: CreditNoteIn,
}

impl Command for PostCreditNote {
    type Facts = (Option<(CreditNoteView, String)>, Books);
    type Done = CreditNoteView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        let number = credit_note::Column::ExternalId.eq(&self.credit_note.external_id);
        let before = credit_note::find(read.tenant()).filter(number).one(read.db()).await.map_err(failed)?;
        let before = before.map(|row| (CreditNoteView::from(&row), row.content_hash));
        let looking = Looking { at_open_items: true, ..Looking::default() };
        let books = load_books(read, attempt, &[self.account], &[], looking).await?.remove(&self.account);
        Ok((before, books.ok_or_else(|| Error::new(Code::UnknownReference, "there is no such account").at("#/account_id"))?))
    }

    fn decide(&self, (before, books): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<CreditNoteView>> {
        let new = &self.credit_note;
        check_external_id(&new.external_id)?;
        if !new.amount.is_positive() {
            return Err(Error::new(Code::AmountOutOfRange, "a credit note is more than zero").at("#/amount"));
        }
        check_texts(&[("invoice_external_id", &new.invoice_external_id, 100), ("entity", &new.entity, 40), ("reason", &new.reason, 500)])?;
        check_has_come(new.issued_on, "issued_on", attempt)?;
        let hash = new.hash(self.account)?;
        if let Some((before, before_hash)) = before {
            return same_or_conflict(*before_hash == hash, before.clone(), &before.id.to_string());
        }
        let id = CreditNoteId(attempt.stamp.id());
        let mut books = books.clone();
        let row = credit_note::Model {
            tenant_id: attempt.who.tenant,
            id,
            account_id: self.account,
            external_id: new.external_id.clone(),
            entity: new.entity().to_owned(),
            currency: new.amount.currency(),
            amount_minor: new.amount.minor(),
            open_minor: new.amount.minor(),
            issued_on: new.issued_on,
            invoice_external_id: new.invoice_external_id.clone(),
            reason: new.reason.clone(),
            content_hash: hash,
            created_at: attempt.stamp.at,
        };
        books.post_credit_note(row, attempt)?;
        let view = books
            .credit_notes
            .get(&id)
            .map(|held| view::CreditNoteView::from(&held.row))
            .ok_or_else(|| Error::internal("the credit note is not in the books"))?;
        books.tell(Entry {
            kind: "credit_note.registered",
            subject: "credit_note",
            subject_id: id.0,
            effective_on: new.issued_on,
            decision: None,
            body: serde_json::json!({"external_id": new.external_id, "amount": new.amount}),
        });
        Ok(Decided::new(view, books.into_changes(attempt)?))
    }
}
