//! Cash on an order (decision 24): what came before the order is taken to it, and goes back to its payments when the order ends.

use crate::command::Attempt;
use crate::doors::store::{Changes, Read, failed};
use crate::invoice::rows::invoice;
use crate::order::rows::{deposit, sales_order};
use crate::order::rules::Progress;
use crate::payment::rows::payment;
use crate::tenant::CashApplication;
use crate::words::error::Result;
use crate::words::id::{AllocationId, PaymentId};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use std::collections::BTreeMap;

/// What named an order before it came (decision 45).
#[derive(Clone, Debug, Default)]
pub(super) struct Early {
    payments: Vec<payment::Model>,
    invoiced_minor: i64,
}

impl Early {
    /// Reads invoices that stand and payments with something left, in the order's account, entity and currency.
    pub(super) async fn of(read: &Read, order: &sales_order::Model, attempt: &Attempt) -> Result<Self> {
        let invoices = invoice::find(read.tenant())
            .filter(invoice::Column::OrderExternalId.eq(&order.external_id))
            .filter(invoice::Column::AccountId.eq(order.account_id))
            .filter(invoice::Column::Currency.eq(order.currency))
            .filter(invoice::Column::CancelledOn.is_null());
        let invoices = invoices.all(read.db()).await.map_err(failed)?;
        let invoiced_minor = invoices.iter().fold(0, |sum, row| sum + row.total_minor);
        if attempt.ground.settings.cash_application == CashApplication::Erp {
            return Ok(Self { payments: Vec::new(), invoiced_minor });
        }
        let payments = payment::find(read.tenant())
            .filter(payment::Column::OrderExternalId.eq(&order.external_id))
            .filter(payment::Column::AccountId.eq(order.account_id))
            .filter(payment::Column::Entity.eq(&order.entity))
            .filter(payment::Column::Currency.eq(order.currency))
            .filter(payment::Column::UnallocatedMinor.gt(0))
            .order_by_asc(payment::Column::ReceivedOn)
            .order_by_asc(payment::Column::Id);
        Ok(Self { payments: payments.all(read.db()).await.map_err(failed)?, invoiced_minor })
    }

    /// Writes it into the figures of the new order: what is invoiced, then as much cash as the rest can take.
    pub(super) fn count_on(&self, order: &mut sales_order::Model) {
        order.invoiced_minor = self.invoiced_minor;
        let cash = self.payments.iter().fold(0, |sum, row| sum + row.unallocated_minor);
        order.deposit_minor = cash.min(Progress::from(&*order).deposit_room());
    }

    /// Moves the order's deposit out of its payments, the oldest first.
    pub(super) fn take(&self, mut changes: Changes, order: &sales_order::Model, attempt: &Attempt) -> Changes {
        let mut left = order.deposit_minor;
        for payment in &self.payments {
            let share = payment.unallocated_minor.min(left);
            if share > 0 {
                left -= share;
                changes = changes.save(&moved(payment, share)).add(&booked(order, payment.id, share, attempt));
            }
        }
        changes
    }
}

/// The deposits of an order with the payments they came from.
#[derive(Clone, Debug, Default)]
pub(super) struct Deposits {
    standing: BTreeMap<PaymentId, i64>,
    payments: Vec<payment::Model>,
}

impl Deposits {
    /// Reads them; nothing is asked where the order has no cash on it.
    pub(super) async fn of(read: &Read, order: &sales_order::Model) -> Result<Self> {
        if order.deposit_minor == 0 {
            return Ok(Self::default());
        }
        let mut standing: BTreeMap<PaymentId, i64> = BTreeMap::new();
        let rows = deposit::find(read.tenant()).filter(deposit::Column::OrderId.eq(order.id)).all(read.db()).await.map_err(failed)?;
        for row in rows {
            *standing.entry(row.payment_id).or_default() += row.amount_minor;
        }
        standing.retain(|_, minor| *minor > 0);
        let payments = payment::find(read.tenant()).filter(read.among(payment::Column::Id, standing.keys().copied()));
        Ok(Self { payments: payments.all(read.db()).await.map_err(failed)?, standing })
    }

    /// Gives all of it back to its payments: the order has ended.
    pub(super) fn give_back(&self, mut changes: Changes, order: &mut sales_order::Model, attempt: &Attempt) -> Changes {
        for payment in &self.payments {
            let share = self.standing.get(&payment.id).copied().unwrap_or(0);
            order.deposit_minor -= share;
            changes = changes.save(&moved(payment, -share)).add(&booked(order, payment.id, -share, attempt));
        }
        changes
    }
}

/// The payment with so much more of it on orders.
fn moved(payment: &payment::Model, share: i64) -> payment::Model {
    payment::Model { unallocated_minor: payment.unallocated_minor - share, deposit_minor: payment.deposit_minor + share, ..payment.clone() }
}

fn booked(order: &sales_order::Model, payment: PaymentId, minor: i64, attempt: &Attempt) -> deposit::Model {
    deposit::Model {
        tenant_id: order.tenant_id,
        id: AllocationId(attempt.stamp.id()),
        account_id: order.account_id,
        payment_id: payment,
        order_id: order.id,
        entity: order.entity.clone(),
        currency: order.currency,
        amount_minor: minor,
        booked_on: attempt.stamp.today,
        reverses_id: None,
        created_at: attempt.stamp.at,
    }
}
