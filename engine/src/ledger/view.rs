//! What outsiders see of the ledger, and the lists of it.

use super::allocation::of_payment;
use super::books::Books;
use crate::adjustment::rows::credit_note;
use crate::doors::store::{Read, failed};
use crate::invoice::rows::{instalment, invoice};
use crate::invoice::rules::Warning;
use crate::order::rows::deposit;
use crate::payment::rows::{allocation, payment};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, AllocationId, CreditNoteId, InstalmentId, InvoiceId, OrderId, PaymentId};
use crate::words::money::Money;
use crate::words::page::{Order, Page, PageOf};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Something odd that was taken all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WarningView {
    /// Its name: `due_before_issue`.
    pub code: String,
    /// One sentence.
    pub detail: String,
}

impl From<&Warning> for WarningView {
    fn from(warning: &Warning) -> Self {
        Self { code: warning.code.to_owned(), detail: warning.detail.clone() }
    }
}

/// One instalment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InstalmentView {
    /// Its id.
    pub id: InstalmentId,
    /// Its place in the invoice, from 1.
    pub instalment_no: i64,
    /// `whole`, `first`, `middle` or `tail`.
    pub part: String,
    /// Due date; the last day there is, 2999-12-31, while it waits for its milestone.
    pub due_on: NaiveDate,
    /// The milestone of its contract that makes it fall due.
    #[serde(default)]
    pub milestone: Option<String>,
    /// Amount.
    pub amount: Money,
    /// Left to pay.
    pub open: Money,
    /// Disputed share of what is open.
    pub disputed: Money,
    /// The day it was settled.
    pub settled_on: Option<NaiveDate>,
    /// The last reminder step taken for it.
    pub last_step: Option<String>,
    /// The day of that step.
    pub last_step_on: Option<NaiveDate>,
}

/// An invoice with its instalments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceView {
    /// Its id.
    pub id: InvoiceId,
    /// Its number in the ERP.
    pub external_id: String,
    /// The account.
    pub account_id: AccountId,
    /// The legal entity of ours that is owed.
    pub entity: String,
    /// Total.
    pub amount: Money,
    /// Left to pay.
    pub open: Money,
    /// Its date.
    pub issued_on: NaiveDate,
    /// `open`, `settled` or `cancelled`.
    pub state: String,
    /// The day it was cancelled.
    pub cancelled_on: Option<NaiveDate>,
    /// Its order, as the ERP calls it.
    pub order_external_id: Option<String>,
    /// Its contract, as the ERP calls it.
    pub contract_external_id: Option<String>,
    /// Its delivery batch.
    pub batch_no: Option<i64>,
    /// The customer's reference.
    pub reference: Option<String>,
    /// Its instalments.
    pub instalments: Vec<InstalmentView>,
    /// What was odd about it when it came.
    pub warnings: Vec<WarningView>,
}

/// A share of a payment on an instalment or on an order; negative when it undoes another, or leaves the order for its invoice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AllocationView {
    /// Its id.
    pub id: AllocationId,
    /// The invoice; `null` where the share lies on an order.
    pub invoice_id: Option<InvoiceId>,
    /// The instalment; `null` where the share lies on an order.
    pub instalment_id: Option<InstalmentId>,
    /// The order the share lies on as its deposit (decision 24).
    pub order_id: Option<OrderId>,
    /// How much.
    pub amount: Money,
    /// The business date it counts from.
    pub allocated_on: NaiveDate,
    /// The allocation this one undoes.
    pub reverses_id: Option<AllocationId>,
}

/// A payment with its shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PaymentView {
    /// Its id.
    pub id: PaymentId,
    /// Its number in the ERP or at the bank.
    pub external_id: String,
    /// The account.
    pub account_id: AccountId,
    /// The legal entity of ours that received it.
    pub entity: String,
    /// Amount.
    pub amount: Money,
    /// Not yet allocated, and on no order.
    pub unallocated: Money,
    /// What of it lies on orders.
    pub deposited: Money,
    /// The day it came.
    pub received_on: NaiveDate,
    /// How it came.
    pub method: String,
    /// `cleared`, `bounced` or `reversed`.
    pub state: String,
    /// From when on it is void.
    pub voided_on: Option<NaiveDate>,
    /// The payer's text.
    pub reference: Option<String>,
    /// The invoice the payer named.
    pub invoice_external_id: Option<String>,
    /// The order the payer named.
    pub order_external_id: Option<String>,
    /// Its shares, oldest first.
    pub allocations: Vec<AllocationView>,
    /// What was odd about it when it came: `invoice_currency`, `method_not_allowed`.
    pub warnings: Vec<WarningView>,
}

/// A credit note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CreditNoteView {
    /// Its id.
    pub id: CreditNoteId,
    /// Its number in the ERP.
    pub external_id: String,
    /// The account.
    pub account_id: AccountId,
    /// The legal entity of ours.
    pub entity: String,
    /// Amount.
    pub amount: Money,
    /// Not yet booked on invoices.
    pub open: Money,
    /// Its date.
    pub issued_on: NaiveDate,
    /// The invoice it credits.
    pub invoice_external_id: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl From<&credit_note::Model> for CreditNoteView {
    fn from(row: &credit_note::Model) -> Self {
        Self {
            id: row.id,
            external_id: row.external_id.clone(),
            account_id: row.account_id,
            entity: row.entity.clone(),
            amount: Money::new(row.amount_minor, row.currency),
            open: Money::new(row.open_minor, row.currency),
            issued_on: row.issued_on,
            invoice_external_id: row.invoice_external_id.clone(),
            reason: row.reason.clone(),
        }
    }
}

fn instalment_view(row: &instalment::Model) -> InstalmentView {
    InstalmentView {
        id: row.id,
        instalment_no: row.no,
        part: row.part.clone(),
        due_on: row.due_on,
        milestone: row.milestone.clone(),
        amount: Money::new(row.amount_minor, row.currency),
        open: Money::new(row.open_minor, row.currency),
        disputed: Money::new(row.disputed_minor, row.currency),
        settled_on: row.settled_on,
        last_step: row.last_step.clone(),
        last_step_on: row.last_step_on,
    }
}

fn invoice_view(row: &invoice::Model, mut items: Vec<&instalment::Model>) -> InvoiceView {
    items.sort_by_key(|item| item.no);
    let open = items.iter().fold(0, |open, item| open + item.open_minor);
    let state = if row.cancelled_on.is_some() {
        "cancelled"
    } else if open > 0 {
        "open"
    } else {
        "settled"
    };
    InvoiceView {
        id: row.id,
        external_id: row.external_id.clone(),
        account_id: row.account_id,
        entity: row.entity.clone(),
        amount: Money::new(row.total_minor, row.currency),
        open: Money::new(open, row.currency),
        issued_on: row.issued_on,
        state: state.to_owned(),
        cancelled_on: row.cancelled_on,
        order_external_id: row.order_external_id.clone(),
        contract_external_id: row.contract_external_id.clone(),
        batch_no: row.batch_no,
        reference: row.reference.clone(),
        instalments: items.into_iter().map(instalment_view).collect(),
        warnings: Vec::new(),
    }
}

fn allocation_view(row: &allocation::Model) -> AllocationView {
    AllocationView {
        id: row.id,
        invoice_id: Some(row.invoice_id),
        instalment_id: Some(row.instalment_id),
        order_id: None,
        amount: Money::new(row.amount_minor, row.currency),
        allocated_on: row.allocated_on,
        reverses_id: row.reverses_id,
    }
}

fn deposit_view(row: &deposit::Model) -> AllocationView {
    AllocationView {
        id: row.id,
        invoice_id: None,
        instalment_id: None,
        order_id: Some(row.order_id),
        amount: Money::new(row.amount_minor, row.currency),
        allocated_on: row.booked_on,
        reverses_id: row.reverses_id,
    }
}

fn payment_view<'a>(
    row: &payment::Model,
    shares: impl Iterator<Item = &'a allocation::Model>,
    deposits: impl Iterator<Item = &'a deposit::Model>,
) -> PaymentView {
    let mut allocations: Vec<AllocationView> = shares.map(allocation_view).chain(deposits.map(deposit_view)).collect();
    allocations.sort_by_key(|share| share.id);
    PaymentView {
        id: row.id,
        external_id: row.external_id.clone(),
        account_id: row.account_id,
        entity: row.entity.clone(),
        amount: Money::new(row.amount_minor, row.currency),
        unallocated: Money::new(row.unallocated_minor, row.currency),
        deposited: Money::new(row.deposit_minor, row.currency),
        received_on: row.received_on,
        method: row.method.clone(),
        state: row.state.clone(),
        voided_on: row.voided_on,
        reference: row.reference.clone(),
        invoice_external_id: row.invoice_external_id.clone(),
        order_external_id: row.order_external_id.clone(),
        allocations,
        warnings: Vec::new(),
    }
}

impl Books {
    /// An invoice in hand.
    pub(super) fn invoice_view(&self, id: InvoiceId) -> Result<InvoiceView> {
        let row = self
            .invoices
            .iter()
            .map(|held| &held.row)
            .find(|row| row.id == id)
            .ok_or_else(|| Error::internal("the invoice is not in the books"))?;
        Ok(invoice_view(row, self.items.values().map(|held| &held.row).filter(|item| item.invoice_id == id).collect()))
    }

    /// A payment in hand, with all its shares.
    pub(super) fn payment_view(&self, id: PaymentId) -> Result<PaymentView> {
        let held = self.payments.get(&id).ok_or_else(|| Error::internal("the payment is not in the books"))?;
        let shares = self.booked_before.iter().chain(&self.allocations).filter(|share| share.payment_id == Some(id));
        let deposits = self.deposits_before.iter().chain(&self.deposits).filter(|share| share.payment_id == id);
        Ok(payment_view(&held.row, shares, deposits))
    }
}

/// An invoice; `not_found` when there is none.
pub async fn invoice(read: &Read, id: InvoiceId) -> Result<InvoiceView> {
    let row = invoice::find(read.tenant()).filter(invoice::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such invoice"))?;
    let items = instalment::find(read.tenant()).filter(instalment::Column::InvoiceId.eq(id)).all(read.db()).await.map_err(failed)?;
    Ok(invoice_view(&row, items.iter().collect()))
}

/// A payment; `not_found` when there is none.
pub async fn payment(read: &Read, id: PaymentId) -> Result<PaymentView> {
    let row = payment::find(read.tenant()).filter(payment::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such payment"))?;
    let deposits = deposit::find(read.tenant()).filter(deposit::Column::PaymentId.eq(id)).all(read.db()).await.map_err(failed)?;
    Ok(payment_view(&row, of_payment(read, id).await?.iter(), deposits.iter()))
}

/// A credit note; `not_found` when there is none.
pub async fn credit_note(read: &Read, id: CreditNoteId) -> Result<CreditNoteView> {
    let row = credit_note::find(read.tenant()).filter(credit_note::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.map(|row| CreditNoteView::from(&row)).ok_or_else(|| Error::new(Code::NotFound, "there is no such credit note"))
}

/// Which invoices are wanted.
#[derive(Clone, Debug, Default)]
pub struct InvoiceFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// With this number in the ERP.
    pub external_id: Option<String>,
    /// Issued on this day or later.
    pub issued_on_from: Option<NaiveDate>,
    /// Issued on this day or earlier.
    pub issued_on_to: Option<NaiveDate>,
}

/// Invoices in the order they were made.
pub async fn list_invoices(read: &Read, filter: &InvoiceFilter, page: &PageOf) -> Result<Page<InvoiceView>> {
    let mut query = invoice::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(invoice::Column::AccountId.eq(account)));
    query = filter.external_id.iter().fold(query, |query, number| query.filter(invoice::Column::ExternalId.eq(number)));
    query = filter.issued_on_from.into_iter().fold(query, |query, day| query.filter(invoice::Column::IssuedOn.gte(day)));
    query = filter.issued_on_to.into_iter().fold(query, |query, day| query.filter(invoice::Column::IssuedOn.lte(day)));
    let rows = read.page(query, invoice::Column::Id, Order::OldestFirst, page).await?;
    let ids = rows.data.iter().map(|row| row.id);
    let items =
        instalment::find(read.tenant()).filter(read.among(instalment::Column::InvoiceId, ids)).all(read.db()).await.map_err(failed)?;
    let mut by_invoice: HashMap<InvoiceId, Vec<&instalment::Model>> = HashMap::new();
    items.iter().for_each(|item| by_invoice.entry(item.invoice_id).or_default().push(item));
    Ok(rows.map(|row| invoice_view(&row, by_invoice.remove(&row.id).unwrap_or_default())))
}

/// Which payments are wanted.
#[derive(Clone, Debug, Default)]
pub struct PaymentFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// With this number in the ERP.
    pub external_id: Option<String>,
    /// Only with something not allocated.
    pub is_unallocated: bool,
}

/// Payments in the order they were made.
pub async fn list_payments(read: &Read, filter: &PaymentFilter, page: &PageOf) -> Result<Page<PaymentView>> {
    let mut query = payment::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(payment::Column::AccountId.eq(account)));
    query = filter.external_id.iter().fold(query, |query, number| query.filter(payment::Column::ExternalId.eq(number)));
    query = if filter.is_unallocated { query.filter(payment::Column::UnallocatedMinor.gt(0)) } else { query };
    let rows = read.page(query, payment::Column::Id, Order::OldestFirst, page).await?;
    let ids = || rows.data.iter().map(|row| row.id);
    let deposits = deposit::find(read.tenant()).filter(read.among(deposit::Column::PaymentId, ids()));
    let mut on_orders: HashMap<PaymentId, Vec<deposit::Model>> = HashMap::new();
    for share in deposits.all(read.db()).await.map_err(failed)? {
        on_orders.entry(share.payment_id).or_default().push(share);
    }
    let shares =
        allocation::find(read.tenant()).filter(read.among(allocation::Column::PaymentId, ids())).order_by_asc(allocation::Column::Id);
    let mut by_payment: HashMap<PaymentId, Vec<allocation::Model>> = HashMap::new();
    for share in shares.all(read.db()).await.map_err(failed)? {
        if let Some(payment) = share.payment_id {
            by_payment.entry(payment).or_default().push(share);
        }
    }
    Ok(rows.map(|row| {
        let (shares, deposits) = (by_payment.remove(&row.id).unwrap_or_default(), on_orders.remove(&row.id).unwrap_or_default());
        payment_view(&row, shares.iter(), deposits.iter())
    }))
}

/// Credit notes in the order they were made.
pub async fn list_credit_notes(read: &Read, account: Option<AccountId>, page: &PageOf) -> Result<Page<CreditNoteView>> {
    let mut query = credit_note::find(read.tenant());
    query = account.into_iter().fold(query, |query, account| query.filter(credit_note::Column::AccountId.eq(account)));
    Ok(read.page(query, credit_note::Column::Id, Order::OldestFirst, page).await?.map(|row| CreditNoteView::from(&row)))
}
