//! Reads the books of a list of accounts, in a fixed number of queries.

use super::books::{Books, Held};
use crate::account::rows::{account, balance, due_sum};
use crate::adjustment::rows::credit_note;
use crate::command::Attempt;
use crate::credit::gauges;
use crate::doors::store::{Read, failed};
use crate::invoice::rows::{instalment, invoice};
use crate::offer::rows::offer;
use crate::order::rows::{deposit, sales_order};
use crate::payment::rows::{allocation, payment};
use crate::words::error::Result;
use crate::words::id::{AccountId, AllocationId, InstalmentId, InvoiceId, OrderId, PaymentId};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// What of the books a command looks at, beside the kept sums.
#[derive(Clone, Copy, Debug, Default)]
pub struct Looking {
    /// Open instalments, and offers on them: to allocate cash.
    pub at_open_items: bool,
    /// Cash that waits for an invoice it named: when an invoice comes.
    pub at_waiting_cash: bool,
}

/// The books of these accounts. Accounts that do not exist are left out.
pub async fn load_books(
    read: &Read,
    attempt: &Attempt,
    accounts: &[AccountId],
    orders: &[String],
    looking: Looking,
) -> Result<HashMap<AccountId, Books>> {
    let ids = || accounts.iter().copied();
    let tenant = read.tenant();
    let rows = account::find(tenant).filter(read.among(account::Column::Id, ids())).all(read.db()).await.map_err(failed)?;
    let mut books: HashMap<AccountId, Books> = rows.into_iter().map(|row| (row.id, Books::new(row))).collect();
    for row in balance::find(tenant).filter(read.among(balance::Column::AccountId, ids())).all(read.db()).await.map_err(failed)? {
        if let Some(books) = books.get_mut(&row.account_id) {
            books.balances.insert((row.entity.clone(), row.currency), Held::read(row));
        }
    }
    let rows: Vec<&account::Model> = books.values().map(|books| &books.account).collect();
    let kept: Vec<&balance::Model> = books.values().flat_map(Books::kept).collect();
    for (account, gauge) in gauges(read, attempt, &rows, &kept).await? {
        if let Some(books) = books.get_mut(&account) {
            books.measured_by(gauge);
        }
    }
    for row in due_sum::find(tenant).filter(read.among(due_sum::Column::AccountId, ids())).all(read.db()).await.map_err(failed)? {
        if let Some(books) = books.get_mut(&row.account_id) {
            books.due_sums.insert(((row.entity.clone(), row.currency), row.due_on), Held::read(row));
        }
    }
    if looking.at_open_items {
        let open =
            instalment::find(tenant).filter(read.among(instalment::Column::AccountId, ids())).filter(instalment::Column::OpenMinor.gt(0));
        take_items(&mut books, open.all(read.db()).await.map_err(failed)?);
        let offers = offer::find(tenant).filter(read.among(offer::Column::AccountId, ids())).filter(offer::Column::State.eq("open"));
        for row in offers.all(read.db()).await.map_err(failed)? {
            if let Some(books) = books.get_mut(&row.account_id) {
                books.offers.insert(row.instalment_id, Held::read(row));
            }
        }
    }
    if looking.at_waiting_cash {
        let waiting = payment::find(tenant)
            .filter(read.among(payment::Column::AccountId, ids()))
            .filter(payment::Column::UnallocatedMinor.gt(0))
            .filter(payment::Column::InvoiceExternalId.is_not_null());
        for row in waiting.all(read.db()).await.map_err(failed)? {
            if let Some(books) = books.get_mut(&row.account_id) {
                books.payments.insert(row.id, Held::read(row));
            }
        }
    }
    if !orders.is_empty() {
        let named = sales_order::find(tenant).filter(sales_order::Column::ExternalId.is_in(orders.iter().map(String::as_str)));
        for row in named.all(read.db()).await.map_err(failed)? {
            if let Some(books) = books.get_mut(&row.account_id) {
                books.orders.insert(row.external_id.clone(), Held::read(row));
            }
        }
        load_deposits(read, &mut books).await?;
    }
    Ok(books)
}

/// Cash on the orders in the books, with its payments; nothing is asked where no order has any.
async fn load_deposits(read: &Read, books: &mut HashMap<AccountId, Books>) -> Result<()> {
    let with_cash = books.values().flat_map(|books| books.orders.values()).map(|held| &held.row).filter(|row| row.deposit_minor > 0);
    let orders: Vec<OrderId> = with_cash.map(|row| row.id).collect();
    if orders.is_empty() {
        return Ok(());
    }
    let rows = deposit::find(read.tenant()).filter(read.among(deposit::Column::OrderId, orders));
    let rows = rows.all(read.db()).await.map_err(failed)?;
    let payments: BTreeSet<PaymentId> = rows.iter().map(|row| row.payment_id).collect();
    let payments = payment::find(read.tenant()).filter(read.among(payment::Column::Id, payments)).all(read.db()).await.map_err(failed)?;
    for row in payments {
        if let Some(books) = books.get_mut(&row.account_id) {
            books.payments.entry(row.id).or_insert_with(|| Held::read(row));
        }
    }
    for row in rows {
        if let Some(books) = books.get_mut(&row.account_id) {
            books.deposits_before.push(row);
        }
    }
    Ok(())
}

fn take_items(books: &mut HashMap<AccountId, Books>, rows: Vec<instalment::Model>) {
    for row in rows {
        if let Some(books) = books.get_mut(&row.account_id) {
            books.items.entry(row.id).or_insert_with(|| Held::read(row));
        }
    }
}

impl Books {
    /// Adds instalments that are settled by now, for commands that open them again.
    pub(super) async fn with_items(mut self, read: &Read, items: &[InstalmentId]) -> Result<Self> {
        let rows = instalment::find(read.tenant())
            .filter(read.among(instalment::Column::Id, items.iter().copied()))
            .all(read.db())
            .await
            .map_err(failed)?;
        for row in rows.into_iter().filter(|row| row.account_id == self.account.id) {
            self.items.entry(row.id).or_insert_with(|| Held::read(row));
        }
        Ok(self)
    }

    /// Adds the instalments of invoices that are named and have nothing open: known, and yet nothing can be paid on them.
    pub(super) async fn with_settled_invoices(mut self, read: &Read, named: &[String]) -> Result<Self> {
        let is_open = |number: &String| self.items.values().any(|held| held.row.invoice_external_id == *number);
        let settled: Vec<String> = named.iter().filter(|number| !is_open(number)).cloned().collect();
        if settled.is_empty() {
            return Ok(self);
        }
        let ids = invoice::find(read.tenant()).select_only().column(invoice::Column::Id);
        let ids: Vec<InvoiceId> = ids
            .filter(invoice::Column::AccountId.eq(self.account.id))
            .filter(read.among_texts(invoice::Column::ExternalId, &settled))
            .into_tuple()
            .all(read.db())
            .await
            .map_err(failed)?;
        let rows = instalment::find(read.tenant()).filter(read.among(instalment::Column::InvoiceId, ids));
        for row in rows.all(read.db()).await.map_err(failed)? {
            self.items.entry(row.id).or_insert_with(|| Held::read(row));
        }
        Ok(self)
    }

    /// Adds what a payment has on orders, and those orders: for its answer, and to take it back.
    pub(super) async fn with_deposits_of(mut self, read: &Read, payment: PaymentId) -> Result<Self> {
        let rows = deposit::find(read.tenant()).filter(deposit::Column::PaymentId.eq(payment)).order_by_asc(deposit::Column::Id);
        let known: BTreeSet<AllocationId> = self.deposits_before.iter().map(|row| row.id).collect();
        let rows: Vec<deposit::Model> =
            rows.all(read.db()).await.map_err(failed)?.into_iter().filter(|row| !known.contains(&row.id)).collect();
        if rows.is_empty() {
            return Ok(self);
        }
        let orders: BTreeSet<OrderId> = rows.iter().map(|row| row.order_id).collect();
        let orders = sales_order::find(read.tenant()).filter(read.among(sales_order::Column::Id, orders));
        for row in orders.all(read.db()).await.map_err(failed)? {
            self.orders.entry(row.external_id.clone()).or_insert_with(|| Held::read(row));
        }
        self.deposits_before.extend(rows);
        Ok(self)
    }

    /// Adds a payment with the shares it has already.
    pub(super) fn with_payment(mut self, row: payment::Model, shares: Vec<allocation::Model>) -> Self {
        self.payments.insert(row.id, Held::read(row));
        self.with_shares(shares)
    }

    /// Adds shares booked before, for the answer.
    pub(super) fn with_shares(mut self, shares: Vec<allocation::Model>) -> Self {
        self.booked_before = shares;
        self
    }

    /// Adds a credit note.
    pub(super) fn with_credit_note(mut self, row: credit_note::Model) -> Self {
        self.credit_notes.insert(row.id, Held::read(row));
        self
    }
}
