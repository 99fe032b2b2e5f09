//! The orders in the books: an invoice takes the place of what its order reserved, and cash on an order moves to its invoice.

use super::books::{Books, Source};
use super::invoice::InvoiceIn;
use crate::order::rows::{deposit, reservation, sales_order};
use crate::order::rules::{self, Progress};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AllocationId, InstalmentId, OrderId, PaymentId, RowId};
use crate::words::money::{Currency, Money};
use crate::words::stamp::Stamp;
use chrono::NaiveDate;
use std::collections::BTreeMap;

impl Books {
    /// The order an invoice or a payment names, if it is here and in that money.
    pub(super) fn order(&self, number: Option<&String>, currency: Currency) -> Option<&sales_order::Model> {
        number.and_then(|number| self.orders.get(number)).map(|held| &held.row).filter(|row| row.currency == currency)
    }

    /// Refuses an invoice of more than was ordered, before anything is booked.
    pub(super) fn check_order(&self, new: &InvoiceIn) -> Result<()> {
        match self.order(new.order_external_id.as_ref(), new.amount.currency()) {
            Some(order) => rules::invoice(Progress::from(order), new.amount, new.is_final).map(drop),
            None => Ok(()),
        }
    }

    /// Lets an invoice take the place of what its order reserved: each unit of money is counted once (decision 45). Then the cash on
    /// the order moves to the invoice, the oldest first.
    pub(super) fn invoice_order(&mut self, new: &InvoiceIn, items: &[InstalmentId], stamp: &Stamp) -> Result<()> {
        let Some(order) = self.order(new.order_external_id.as_ref(), new.amount.currency()) else { return Ok(()) };
        let number = order.external_id.clone();
        let after = rules::invoice(Progress::from(order), new.amount, new.is_final)?;
        self.move_order(&number, after, new.issued_on, stamp);
        self.deposits_to_invoice(&number, new, items, stamp)?;
        if after.is_closed() {
            self.free_deposits(&number, new.issued_on, stamp)?;
        }
        Ok(())
    }

    /// Gives the value of a cancelled invoice back to its order.
    pub(super) fn uninvoice_order(&mut self, number: &str, amount: Money, on: NaiveDate, stamp: &Stamp) {
        let order = self.orders.get(number).map(|held| &held.row).filter(|row| row.currency == amount.currency());
        if let Some(after) = order.map(|row| rules::uninvoice(Progress::from(row), amount.minor())) {
            self.move_order(number, after, on, stamp);
        }
    }

    /// Brings an order to where it stands from this business day on, with the kept sums beside it.
    fn move_order(&mut self, number: &str, after: Progress, on: NaiveDate, stamp: &Stamp) {
        let Some(held) = self.orders.get_mut(number) else { return };
        let before = Progress::from(&held.row);
        let is_first = !held.is_touched();
        let row = held.change();
        row.put(after);
        // Whatever is booked has the account looked at again, its tasks included.
        let _ = row.keep_waiting(on);
        // A command may move an order in several steps, and is one change of it all the same.
        row.version += i64::from(is_first);
        let (reserved, shipped) = (after.taken().reserved - before.taken().reserved, after.taken().shipped - before.taken().shipped);
        let (order_id, entity, currency) = (row.id, row.entity.clone(), row.currency);
        if reserved == 0 && shipped == 0 {
            return;
        }
        let balance = self.balance(&entity, currency, stamp);
        balance.orders_minor += reserved;
        balance.shipped_minor += shipped;
        self.reservations.push(reservation::Model {
            tenant_id: self.tenant(),
            id: RowId(stamp.id()),
            order_id,
            account_id: self.account.id,
            entity,
            currency,
            amount_minor: reserved,
            reserved_on: on,
            created_at: stamp.at,
            shipped_minor: shipped,
        });
    }

    /// Puts cash of a payment on an order, or takes it back when negative: it nets that order and nothing else (decision 24).
    pub(super) fn deposit(&mut self, payment: PaymentId, number: &str, minor: i64, on: NaiveDate, stamp: &Stamp) -> Result<()> {
        let order = self.orders.get(number).map(|held| held.row.clone());
        let order = order.ok_or_else(|| Error::internal("an order that was not read takes cash"))?;
        let held = self.payments.get_mut(&payment).ok_or_else(|| Error::internal("a payment that was not read is put on an order"))?;
        let row = held.change();
        row.unallocated_minor -= minor;
        row.deposit_minor += minor;
        self.deposits.push(deposit::Model {
            tenant_id: self.tenant(),
            id: AllocationId(stamp.id()),
            account_id: self.account.id,
            payment_id: payment,
            order_id: order.id,
            entity: order.entity.clone(),
            currency: order.currency,
            amount_minor: minor,
            booked_on: on,
            reverses_id: None,
            created_at: stamp.at,
        });
        let balance = self.balance(&order.entity, order.currency, stamp);
        balance.unallocated_minor -= minor;
        balance.deposits_minor += minor;
        let now = Progress::from(&order);
        self.move_order(number, Progress { deposit: now.deposit + minor, ..now }, on, stamp);
        self.matters_on(on, on);
        Ok(())
    }

    /// What stands on an order by payment, with the last day anything was booked there.
    pub(super) fn standing(&self, order: OrderId) -> BTreeMap<PaymentId, (i64, NaiveDate)> {
        let mut standing: BTreeMap<PaymentId, (i64, NaiveDate)> = BTreeMap::new();
        for row in self.deposits_before.iter().chain(&self.deposits).filter(|row| row.order_id == order) {
            let (minor, last) = standing.entry(row.payment_id).or_insert((0, row.booked_on));
            *minor += row.amount_minor;
            *last = row.booked_on.max(*last);
        }
        standing.retain(|_, (minor, _)| *minor > 0);
        standing
    }

    fn deposits_to_invoice(&mut self, number: &str, new: &InvoiceIn, items: &[InstalmentId], stamp: &Stamp) -> Result<()> {
        let Some(order) = self.orders.get(number).map(|held| held.row.clone()).filter(|row| row.entity == new.entity()) else {
            return Ok(());
        };
        for (payment, (mut cash, last)) in self.standing(order.id) {
            let on = last.max(new.issued_on);
            for item in items {
                let open = self.items.get(item).map_or(0, |held| held.row.open_minor);
                let share = open.min(cash);
                if share > 0 {
                    self.deposit(payment, number, -share, on, stamp)?;
                    self.book(Source::Cash(payment), *item, share, on, None, stamp)?;
                    cash -= share;
                }
            }
        }
        Ok(())
    }

    /// An order that has ended keeps no cash: what is left on it is unallocated again.
    fn free_deposits(&mut self, number: &str, on: NaiveDate, stamp: &Stamp) -> Result<()> {
        let Some(order) = self.orders.get(number).map(|held| held.row.id) else { return Ok(()) };
        for (payment, (minor, last)) in self.standing(order) {
            self.deposit(payment, number, -minor, last.max(on), stamp)?;
        }
        Ok(())
    }

    /// Takes back all that a payment has on orders, dated by what stands: it is void.
    pub(super) fn undo_deposits(&mut self, payment: PaymentId, dated: impl Fn(NaiveDate) -> NaiveDate, stamp: &Stamp) -> Result<()> {
        let orders: Vec<(OrderId, String)> = self.orders.values().map(|held| (held.row.id, held.row.external_id.clone())).collect();
        for (order, number) in orders {
            if let Some((minor, last)) = self.standing(order).get(&payment).copied() {
                self.deposit(payment, &number, -minor, dated(last), stamp)?;
            }
        }
        Ok(())
    }

    /// Puts what is asked by hand on orders; each share with its place in the request.
    pub(super) fn deposit_by_hand(
        &mut self,
        payment: PaymentId,
        asked: &[(usize, String, Money)],
        on: NaiveDate,
        stamp: &Stamp,
    ) -> Result<()> {
        for (at, number, amount) in asked {
            let pointer = |member: &str| format!("#/allocations/{at}/{member}");
            let unknown = || Error::new(Code::UnknownReference, "there is no such order of this account").at(pointer("order_external_id"));
            let order = self.orders.get(number).map(|held| held.row.clone()).ok_or_else(unknown)?;
            let cash = self.payments.get(&payment).map(|held| held.row.clone()).ok_or_else(|| Error::internal("no payment"))?;
            if amount.currency() != order.currency || cash.currency != order.currency {
                return Err(Error::new(Code::CurrencyMismatch, format!("the order is in {}", order.currency)).at(pointer("amount")));
            }
            if cash.entity != order.entity {
                let detail = format!("the payment belongs to {}, the order to {}", cash.entity, order.entity);
                return Err(Error::new(Code::EntityMismatch, detail).at(pointer("order_external_id")));
            }
            if !amount.is_positive() {
                return Err(Error::new(Code::AmountOutOfRange, "a share is more than zero").at(pointer("amount")));
            }
            for (has, what) in [(Progress::from(&order).deposit_room(), "the order can take"), (cash.unallocated_minor, "the payment has")]
            {
                if amount.minor() > has {
                    let detail = format!("{amount} is asked, {what} {}", Money::new(has, order.currency));
                    return Err(Error::new(Code::OverAllocation, detail).at(pointer("amount")));
                }
            }
            self.deposit(payment, number, amount.minor(), on.max(order.placed_on), stamp)?;
        }
        Ok(())
    }
}
