//! What an order reserves, moved under the account's claim: a dated movement, and the kept sums of orders beside it.

use crate::account::rows::balance;
use crate::command::Attempt;
use crate::doors::store::Changes;
use crate::order::rows::{reservation, sales_order};
use crate::order::rules::{Progress, Taken};
use crate::words::id::RowId;
use chrono::NaiveDate;

/// An order's place in the kept sums before it is changed, and what else moves with it.
pub(super) struct Moving<'a> {
    before: Taken,
    deposits_before: i64,
    balances: &'a [balance::Model],
}

impl<'a> Moving<'a> {
    /// The order as it stands; nothing of it when it is new.
    pub(super) fn from(order: &sales_order::Model, balances: &'a [balance::Model]) -> Self {
        Self { before: Progress::from(order).taken(), deposits_before: order.deposit_minor, balances }
    }

    /// The same order before it was placed.
    pub(super) fn of_new(balances: &'a [balance::Model]) -> Self {
        Self { before: Taken::default(), deposits_before: 0, balances }
    }

    /// Writes the movement from there to where the order stands now, on this business day. Nothing when it stands as before. Cash that
    /// comes onto the order leaves what is unallocated, and the other way round.
    pub(super) fn write(self, changes: Changes, order: &sales_order::Model, on: NaiveDate, attempt: &Attempt) -> Changes {
        let now = Progress::from(order).taken();
        let (reserved, shipped) = (now.reserved - self.before.reserved, now.shipped - self.before.shipped);
        let deposits = order.deposit_minor - self.deposits_before;
        let changes = if reserved == 0 && shipped == 0 { changes } else { changes.add(&movement(order, reserved, shipped, on, attempt)) };
        if reserved == 0 && shipped == 0 && deposits == 0 {
            return changes;
        }
        // What an order gives back may be what another one waits for.
        let changes = if reserved < 0 { changes.frees_room() } else { changes };
        let first = self.sums_after(order, attempt);
        let is_kept = self.balances.iter().any(|kept| is_of(kept, order));
        match first.iter().find(|kept| is_of(kept, order)) {
            Some(sums) if is_kept => changes.save(sums),
            Some(sums) => changes.add(sums),
            None => changes,
        }
    }

    /// The account's kept sums once the order stands where it does now.
    pub(super) fn sums_after(&self, order: &sales_order::Model, attempt: &Attempt) -> Vec<balance::Model> {
        let now = Progress::from(order).taken();
        let deposits = order.deposit_minor - self.deposits_before;
        let mut sums = self.balances.to_vec();
        if !sums.iter().any(|kept| is_of(kept, order)) {
            let id = RowId(attempt.stamp.id());
            sums.push(balance::Model::first(order.tenant_id, id, order.account_id, &order.entity, order.currency));
        }
        for kept in sums.iter_mut().filter(|kept| is_of(kept, order)) {
            kept.orders_minor += now.reserved - self.before.reserved;
            kept.shipped_minor += now.shipped - self.before.shipped;
            kept.deposits_minor += deposits;
            kept.unallocated_minor -= deposits;
        }
        sums
    }
}

fn is_of(kept: &balance::Model, order: &sales_order::Model) -> bool {
    kept.entity == order.entity && kept.currency == order.currency
}

/// A dated movement of what an order reserves, and of the shipped share of it.
pub(super) fn movement(order: &sales_order::Model, reserved: i64, shipped: i64, on: NaiveDate, attempt: &Attempt) -> reservation::Model {
    reservation::Model {
        tenant_id: order.tenant_id,
        id: RowId(attempt.stamp.id()),
        order_id: order.id,
        account_id: order.account_id,
        entity: order.entity.clone(),
        currency: order.currency,
        amount_minor: reserved,
        reserved_on: on,
        created_at: attempt.stamp.at,
        shipped_minor: shipped,
    }
}
