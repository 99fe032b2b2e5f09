//! Posting payments: the remittance first, then the contract that is named, then an exact match, then oldest due first.

use super::MAIN_ENTITY;
use super::books::{Books, Held, Source};
use super::invoice::{check_external_id, check_has_come, check_texts, same_or_conflict};
use super::load::{Looking, load_books};
use super::view::{self, PaymentView, WarningView};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Entry, Read, failed};
use crate::invoice::rows::instalment;
use crate::order::rules::Progress;
use crate::payment::rows::payment;
use crate::payment::rules::{Cash, NamedInvoice, Share, allocate, allocate_named};
use crate::payment_process::{PaymentProcess, payment_process};
use crate::tenant::CashApplication;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, PaymentId};
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::payment::PaymentMethod;

/// An invoice the payer named.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedInvoiceIn {
    /// Its number in the ERP.
    #[schema(max_length = 100)]
    pub invoice_external_id: String,
    /// How much of the money is for it; as much as it has open when absent.
    #[serde(default)]
    pub amount: Option<Money>,
}

/// New money received.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentIn {
    /// Its number in the ERP or at the bank: unique for ever.
    #[schema(min_length = 1, max_length = 100)]
    pub external_id: String,
    /// The account, by id or external id.
    #[serde(default)]
    pub account_id: Option<AccountId>,
    /// The account's number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub account_external_id: Option<String>,
    /// The day it came.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub received_on: NaiveDate,
    /// How much, above zero.
    pub amount: Money,
    /// The one invoice the payer named.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub invoice_external_id: Option<String>,
    /// Several invoices the payer named.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub remittance: Vec<NamedInvoiceIn>,
    /// The legal entity of ours that received it; `main` when absent.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub entity: Option<String>,
    /// How it came; `transfer` when absent.
    #[serde(default)]
    pub method: Option<PaymentMethod>,
    /// The payer's text.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reference: Option<String>,
    /// The order it is for, as the ERP calls it.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub order_external_id: Option<String>,
    /// The contract it is for, as the ERP calls it: what that contract is owed is settled first.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub contract_external_id: Option<String>,
}

impl PaymentIn {
    /// Checks the payment by itself, on this ground: amount, and no date in the future of a live tenant (decision 39).
    pub fn check(&self, attempt: &Attempt) -> Result<()> {
        check_external_id(&self.external_id)?;
        if !self.amount.is_positive() {
            return Err(Error::new(Code::AmountOutOfRange, "a payment is more than zero").at("#/amount"));
        }
        let named = self.remittance.iter().filter_map(|named| named.amount);
        if let Some(at) = named.clone().position(|amount| amount.currency() != self.amount.currency()) {
            let detail = format!("the payment is in {}, this share is not", self.amount.currency());
            return Err(Error::new(Code::CurrencyMismatch, detail).at(format!("#/remittance/{at}/amount")));
        }
        check_texts(&[
            ("invoice_external_id", &self.invoice_external_id, 100),
            ("entity", &self.entity, 40),
            ("reference", &self.reference, 500),
            ("order_external_id", &self.order_external_id, 100),
            ("contract_external_id", &self.contract_external_id, 100),
        ])?;
        check_has_come(self.received_on, "received_on", attempt)
    }

    /// Hash of the content, with defaults filled in and the account resolved.
    pub fn hash(&self, account: AccountId) -> Result<String> {
        let normal = Self {
            account_id: Some(account),
            account_external_id: None,
            entity: Some(self.entity().to_owned()),
            method: Some(self.method.unwrap_or(PaymentMethod::Transfer)),
            ..self.clone()
        };
        content_hash(&normal)
    }

    /// The legal entity that received it.
    pub fn entity(&self) -> &str {
        self.entity.as_deref().unwrap_or(MAIN_ENTITY)
    }

    fn named(&self) -> Vec<NamedInvoice> {
        let one = self.invoice_external_id.iter().map(|number| NamedInvoice { external_id: number.clone(), amount: None });
        let many =
            self.remittance.iter().map(|named| NamedInvoice { external_id: named.invoice_external_id.clone(), amount: named.amount });
        one.chain(many).collect()
    }
}

impl Books {
    /// Books a checked payment and allocates it, unless the ERP applies cash (decision 4).
    pub fn post_payment(&mut self, new: &PaymentIn, hash: String, attempt: &Attempt) -> Result<PaymentId> {
        let stamp = &*attempt.stamp;
        let id = PaymentId(stamp.id());
        // With one invoice in the remittance the payment can wait for it as if it were named directly.
        let waits_for = new.invoice_external_id.clone().or_else(|| match new.remittance.as_slice() {
            [one] => Some(one.invoice_external_id.clone()),
            _ => None,
        });
        let row = payment::Model {
            tenant_id: self.account.tenant_id,
            id,
            account_id: self.account.id,
            external_id: new.external_id.clone(),
            entity: new.entity().to_owned(),
            currency: new.amount.currency(),
            amount_minor: new.amount.minor(),
            unallocated_minor: new.amount.minor(),
            received_on: new.received_on,
            method: new.method.unwrap_or(PaymentMethod::Transfer).as_str().to_owned(),
            state: "cleared".to_owned(),
            reference: new.reference.clone(),
            invoice_external_id: waits_for,
            order_external_id: new.order_external_id.clone(),
            contract_external_id: new.contract_external_id.clone(),
            origin: "erp".to_owned(),
            voided_on: None,
            void_kind: None,
            void_reason: None,
            content_hash: hash,
            created_at: stamp.at,
            deposit_minor: 0,
        };
        self.balance(new.entity(), new.amount.currency(), stamp).unallocated_minor += new.amount.minor();
        self.payments.insert(id, Held::made(row));
        self.matters_on(new.received_on, new.received_on);
        if attempt.ground.settings.cash_application == CashApplication::Engine {
            self.apply_cash(id, new.named(), attempt)?;
        }
        Ok(id)
    }

    /// Allocates what is left of a payment by itself. One that names an order pays that order's invoices and then lies on the order as
    /// its deposit; where the order has not come yet, it waits for it (decisions 24 and 45).
    pub(super) fn apply_cash(&mut self, id: PaymentId, mut named: Vec<NamedInvoice>, attempt: &Attempt) -> Result<()> {
        let row = self.payments.get(&id).map(|held| held.row.clone()).ok_or_else(|| Error::internal("the payment is not in the books"))?;
        let cash = |books: &Self, named| Cash {
            amount: Money::new(books.payments.get(&id).map_or(0, |held| held.row.unallocated_minor), row.currency),
            received_on: row.received_on,
            entity: row.entity.clone(),
            named,
            contract: row.contract_external_id.clone(),
        };
        if let Some(number) = &row.order_external_id {
            named.extend(self.invoices_of_order(number));
            let shares = allocate_named(&cash(self, named), &self.open_items());
            self.book_cash(id, &shares, attempt)?;
            let Some(order) = self.orders.get(number).map(|held| held.row.clone()) else { return Ok(()) };
            let left = cash(self, Vec::new()).amount.minor();
            let is_its_money = order.currency == row.currency && order.entity == row.entity;
            let share = if is_its_money { Progress::from(&order).deposit_room().min(left) } else { 0 };
            if share > 0 {
                self.deposit(id, number, share, row.received_on.max(order.placed_on), &attempt.stamp)?;
            }
            named = Vec::new();
        }
        let shares = allocate(&cash(self, named), &self.open_items());
        self.book_cash(id, &shares, attempt)
    }

    /// The open invoices of an order, as a payer would name them.
    fn invoices_of_order(&self, number: &str) -> Vec<NamedInvoice> {
        let open = self.items.values().map(|held| &held.row).filter(|row| row.open_minor > 0 && row.cancelled_on.is_none());
        let mut of_order: Vec<_> =
            open.filter(|row| row.order_external_id.as_deref() == Some(number)).map(|row| (row.due_on, &row.invoice_external_id)).collect();
        of_order.sort();
        of_order.dedup_by_key(|(_, number)| *number);
        of_order.into_iter().map(|(_, number)| NamedInvoice { external_id: number.clone(), amount: None }).collect()
    }

    /// What a payment names in vain: an invoice in other money takes nothing of it, for cash is allocated only in its own (decision 44), and
    /// what is named beyond the payment is not there.
    fn odd_names(&self, new: &PaymentIn) -> Vec<WarningView> {
        let named = new.named();
        let strange = |row: &&instalment::Model| {
            row.currency != new.amount.currency() && named.iter().any(|named| named.external_id == row.invoice_external_id)
        };
        let mut numbers: Vec<(&str, Currency)> =
            self.items.values().map(|held| &held.row).filter(strange).map(|row| (row.invoice_external_id.as_str(), row.currency)).collect();
        numbers.sort();
        numbers.dedup();
        let warning = |(number, currency): (&str, Currency)| WarningView {
            code: "invoice_currency".to_owned(),
            detail: format!(
                "invoice {number} is in {currency}, the payment in {}: nothing of it was allocated there",
                new.amount.currency()
            ),
        };
        let wanted: i64 = named.iter().filter_map(|named| named.amount).map(Money::minor).fold(0, i64::saturating_add);
        let beyond = (wanted > new.amount.minor()).then(|| WarningView {
            code: "remittance_beyond_payment".to_owned(),
            detail: format!("the remittance names {}, the payment is {}", Money::new(wanted, new.amount.currency()), new.amount),
        });
        numbers.into_iter().map(warning).chain(beyond).collect()
    }

    /// Books shares of a payment, and the discounts they earn.
    pub(super) fn book_cash(&mut self, payment: PaymentId, shares: &[Share], attempt: &Attempt) -> Result<()> {
        for share in shares {
            self.book(Source::Cash(payment), share.instalment, share.amount.minor(), share.allocated_on, None, &attempt.stamp)?;
            self.take_offer(share.instalment, share.allocated_on, attempt)?;
        }
        Ok(())
    }
}

/// Money that came in a way that was not agreed with the customer is booked like any other, and said (CF-14).
pub(crate) fn odd_method(new: &PaymentIn, process: &PaymentProcess) -> Option<WarningView> {
    let method = new.method.unwrap_or(PaymentMethod::Transfer);
    let agreed: Vec<&str> = process.allowed_methods.iter().map(|method| method.as_str()).collect();
    (!process.allows(method)).then(|| WarningView {
        code: "method_not_allowed".to_owned(),
        detail: format!("the customer was to pay by {}, this came by {method}", agreed.join(", ")),
    })
}

/// Posts one payment on an account.
pub struct PostPayment {
    /// The account, already found.
    pub account: AccountId,
    /// The payment.
    pub payment: PaymentIn,
}

/// What posting a payment looks at.
pub struct PaymentFacts {
    before: Option<PaymentView>,
    before_hash: Option<String>,
    books: Books,
    process: PaymentProcess,
}

impl Command for PostPayment {
    type Facts = PaymentFacts;
    type Done = PaymentView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<PaymentFacts> {
        let before = payment::find(read.tenant())
            .filter(payment::Column::ExternalId.eq(&self.payment.external_id))
            .one(read.db())
            .await
            .map_err(failed)?;
        let before_hash = before.as_ref().map(|row| row.content_hash.clone());
        let before = match before {
            Some(row) => Some(view::payment(read, row.id).await?),
            None => None,
        };
        let looking = Looking { at_open_items: true, ..Looking::default() };
        let orders: Vec<String> = self.payment.order_external_id.iter().cloned().collect();
        let books = load_books(read, attempt, &[self.account], &orders, looking).await?.remove(&self.account);
        let books = books.ok_or_else(|| Error::new(Code::UnknownReference, "there is no such account").at("#/account_id"))?;
        let process = payment_process(read, self.account).await?.process;
        Ok(PaymentFacts { before, before_hash, books, process })
    }

    fn decide(&self, facts: &PaymentFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<PaymentView>> {
        self.payment.check(attempt)?;
        let hash = self.payment.hash(self.account)?;
        if let (Some(before), Some(before_hash)) = (&facts.before, &facts.before_hash) {
            return same_or_conflict(*before_hash == hash, before.clone(), &before.id.to_string());
        }
        let mut books = facts.books.clone();
        let id = books.post_payment(&self.payment, hash, attempt)?;
        let mut view = books.payment_view(id)?;
        view.warnings = books.odd_names(&self.payment);
        view.warnings.extend(odd_method(&self.payment, &facts.process));
        books.tell(Entry {
            kind: "payment.received",
            subject: "payment",
            subject_id: id.0,
            effective_on: self.payment.received_on,
            decision: None,
            body: serde_json::json!({"external_id": view.external_id, "amount": view.amount, "unallocated": view.unallocated}),
        });
        Ok(Decided::new(view, books.into_changes(attempt)?))
    }
}
