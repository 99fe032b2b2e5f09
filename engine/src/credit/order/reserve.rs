//! What an order reserves, moved under the account's claim: a dated movement, and the kept sum of orders beside it.

use crate::account::rows::balance;
use crate::command::Attempt;
use crate::credit::rules::reservation;
use crate::doors::store::Changes;
use crate::order::rows::{reservation as reservation_rows, sales_order};
use crate::words::error::Result;
use crate::words::id::RowId;
use crate::words::money::Money;

/// Brings what the order reserves to `target_minor`, in the order's currency. Writes nothing when it reserves that much already.
pub(super) fn reserve(
    changes: Changes,
    order: &mut sales_order::Model,
    target_minor: i64,
    balances: &[balance::Model],
    attempt: &Attempt,
) -> Result<Changes> {
    let money = |minor| Money::new(minor, order.currency);
    let Some(movement) = reservation::to(money(target_minor), money(order.reserved_minor), attempt.stamp.today)? else {
        return Ok(changes);
    };
    let by = movement.amount.minor();
    order.reserved_minor = target_minor;
    // What an order gives back may be what another one waits for.
    let changes = if by < 0 { changes.frees_room() } else { changes };
    let row = reservation_rows::Model {
        tenant_id: order.tenant_id,
        id: RowId(attempt.stamp.id()),
        order_id: order.id,
        account_id: order.account_id,
        entity: order.entity.clone(),
        currency: order.currency,
        amount_minor: by,
        reserved_on: movement.on,
        created_at: attempt.stamp.at,
    };
    let kept = balances.iter().find(|balance| balance.entity == order.entity && balance.currency == order.currency);
    Ok(match kept {
        Some(balance) => changes.save(&balance::Model { orders_minor: balance.orders_minor + by, ..balance.clone() }),
        None => changes.add(&first_balance(order, by, attempt)),
    }
    .add(&row))
}

/// The account's kept sums once the order reserves so much more, or less.
pub(super) fn moved(balances: &[balance::Model], order: &sales_order::Model, by_minor: i64, attempt: &Attempt) -> Vec<balance::Model> {
    let mut moved = balances.to_vec();
    match moved.iter_mut().find(|kept| kept.entity == order.entity && kept.currency == order.currency) {
        Some(kept) => kept.orders_minor += by_minor,
        None => moved.push(first_balance(order, by_minor, attempt)),
    }
    moved
}

/// The kept sums of a legal entity and currency in which the account had nothing so far.
fn first_balance(order: &sales_order::Model, orders_minor: i64, attempt: &Attempt) -> balance::Model {
    balance::Model {
        tenant_id: order.tenant_id,
        id: RowId(attempt.stamp.id()),
        account_id: order.account_id,
        entity: order.entity.clone(),
        currency: order.currency,
        open_minor: 0,
        disputed_minor: 0,
        orders_minor,
        unallocated_minor: 0,
        credit_notes_minor: 0,
        lifetime_paid_minor: 0,
        settled_minor: 0,
        on_time_minor: 0,
        settled_count: 0,
        late_days: 0,
    }
}
