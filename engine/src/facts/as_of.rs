//! Looking back: what was open, unallocated and settled on a past day, for accounts with later bookings (contract choice 8, decision 38).

use super::gather::Lists;
use crate::doors::store::{Read, failed, sum_minor};
use crate::invoice::rows::instalment;
use crate::words::error::Result;
use crate::words::id::{AccountId, InstalmentId};
use crate::words::money::Currency;
use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;

/// What an account's sums were on the day.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// Open on the day, by instalment. One that is not here was not open then.
    pub(super) open: HashMap<InstalmentId, i64>,
    /// Cash and credit notes not allocated on the day.
    pub(super) unallocated: HashMap<(String, Currency), i64>,
    /// Settled instalments, days late, on-time money, settled money: behaviour up to the day, in the account's currency.
    pub(super) settled: HashMap<Currency, Settled>,
}

/// How instalments were settled up to a day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settled {
    pub(super) count: i64,
    pub(super) late_days: i64,
    pub(super) on_time_minor: i64,
    pub(super) minor: i64,
}

/// Replaces the instalments of these accounts by those open on the day, and remembers the day's sums beside them.
pub(super) async fn look_back(read: &Read, accounts: &[AccountId], day: NaiveDate, lists: &mut Lists) -> Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let later = allocated_later(read, accounts, day).await?;
    let rows = instalment::find(read.tenant())
        .filter(read.among(instalment::Column::AccountId, accounts.iter().copied()))
        .filter(instalment::Column::IssuedOn.lte(day))
        .filter(instalment::Column::CancelledOn.is_null().or(instalment::Column::CancelledOn.gt(day)))
        .filter(instalment::Column::OpenMinor.gt(0).or(instalment::Column::SettledOn.gt(day)).or(instalment::Column::CancelledOn.gt(day)))
        .all(read.db())
        .await
        .map_err(failed)?;
    for account in accounts {
        lists.instalments.insert(*account, Vec::new());
        lists.past.insert(*account, Past::default());
    }
    for row in rows {
        let cancelled_later = if row.cancelled_on.is_some() { row.amount_minor - row.paid_before_minor } else { row.open_minor };
        let open = cancelled_later + later.get(&row.id).copied().unwrap_or(0);
        if open > 0 {
            lists.past.entry(row.account_id).or_default().open.insert(row.id, open);
            lists.instalments.entry(row.account_id).or_default().push(row);
        }
    }
    unallocated(read, accounts, day, lists).await?;
    behaviour(read, accounts, day, lists).await
}

/// For each account, the earliest business date after the day among what was booked on it.
pub(super) async fn look_ahead(read: &Read, accounts: &[AccountId], day: NaiveDate, lists: &mut Lists) -> Result<()> {
    use crate::adjustment::rows::credit_note;
    use crate::order::rows::deposit;
    use crate::payment::rows::{allocation, payment};
    if accounts.is_empty() {
        return Ok(());
    }
    macro_rules! earliest {
        ($table:ident, $($column:ident),+) => { $(
            let rows: Vec<(AccountId, NaiveDate)> = $table::find(read.tenant())
                .select_only()
                .column($table::Column::AccountId)
                .column_as(ColumnTrait::min(&$table::Column::$column), "earliest")
                .filter(read.among($table::Column::AccountId, accounts.iter().copied()))
                .filter($table::Column::$column.gt(day))
                .group_by($table::Column::AccountId)
                .into_tuple()
                .all(read.db())
                .await
                .map_err(failed)?;
            for (account, on) in rows {
                lists.next_facts.entry(account).and_modify(|known| *known = Ord::min(on, *known)).or_insert(on);
            }
        )+ };
    }
    earliest!(instalment, IssuedOn, CancelledOn);
    earliest!(payment, ReceivedOn, VoidedOn);
    earliest!(credit_note, IssuedOn);
    earliest!(allocation, AllocatedOn);
    earliest!(deposit, BookedOn);
    Ok(())
}

/// Allocated to each instalment after the day: what was still open on it then.
async fn allocated_later(read: &Read, accounts: &[AccountId], day: NaiveDate) -> Result<HashMap<InstalmentId, i64>> {
    use crate::payment::rows::allocation;
    let rows: Vec<(InstalmentId, i64)> = allocation::find(read.tenant())
        .select_only()
        .column(allocation::Column::InstalmentId)
        .column_as(Expr::cust(sum_minor("amount_minor")), "amount_minor")
        .filter(read.among(allocation::Column::AccountId, accounts.iter().copied()))
        .filter(allocation::Column::AllocatedOn.gt(day))
        .group_by(allocation::Column::InstalmentId)
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    Ok(rows.into_iter().collect())
}

/// Cash received up to the day and not voided by then, with credit notes issued by then, less what was allocated of them or put on
/// orders by then.
async fn unallocated(read: &Read, accounts: &[AccountId], day: NaiveDate, lists: &mut Lists) -> Result<()> {
    use crate::adjustment::rows::credit_note;
    use crate::order::rows::deposit;
    use crate::payment::rows::{allocation, payment};
    let cash: Vec<(AccountId, String, Currency, i64)> = payment::find(read.tenant())
        .select_only()
        .columns([payment::Column::AccountId, payment::Column::Entity, payment::Column::Currency])
        .column_as(Expr::cust(sum_minor("amount_minor")), "amount_minor")
        .filter(read.among(payment::Column::AccountId, accounts.iter().copied()))
        .filter(payment::Column::ReceivedOn.lte(day))
        .filter(payment::Column::VoidedOn.is_null().or(payment::Column::VoidedOn.gt(day)))
        .group_by(payment::Column::AccountId)
        .group_by(payment::Column::Entity)
        .group_by(payment::Column::Currency)
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    let credits: Vec<(AccountId, String, Currency, i64)> = credit_note::find(read.tenant())
        .select_only()
        .columns([credit_note::Column::AccountId, credit_note::Column::Entity, credit_note::Column::Currency])
        .column_as(Expr::cust(sum_minor("amount_minor")), "amount_minor")
        .filter(read.among(credit_note::Column::AccountId, accounts.iter().copied()))
        .filter(credit_note::Column::IssuedOn.lte(day))
        .group_by(credit_note::Column::AccountId)
        .group_by(credit_note::Column::Entity)
        .group_by(credit_note::Column::Currency)
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    for (account, entity, currency, minor) in cash.into_iter().chain(credits) {
        *lists.past.entry(account).or_default().unallocated.entry((entity, currency)).or_default() += minor;
    }
    let of_account = read.among(allocation::Column::AccountId, accounts.iter().copied());
    let taken: Vec<(AccountId, String, Currency, i64)> = allocation::find(read.tenant())
        .select_only()
        .column(allocation::Column::AccountId)
        .column_as(
            Expr::cust("(SELECT i.entity FROM instalment i WHERE i.tenant_id = allocation.tenant_id AND i.id = allocation.instalment_id)"),
            "entity",
        )
        .column(allocation::Column::Currency)
        .column_as(Expr::cust(sum_minor("amount_minor")), "amount_minor")
        .filter(of_account)
        .filter(allocation::Column::AllocatedOn.lte(day))
        .group_by(allocation::Column::AccountId)
        .group_by(Expr::cust("2"))
        .group_by(allocation::Column::Currency)
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    let on_orders: Vec<(AccountId, String, Currency, i64)> = deposit::find(read.tenant())
        .select_only()
        .columns([deposit::Column::AccountId, deposit::Column::Entity, deposit::Column::Currency])
        .column_as(Expr::cust(sum_minor("amount_minor")), "amount_minor")
        .filter(read.among(deposit::Column::AccountId, accounts.iter().copied()))
        .filter(deposit::Column::BookedOn.lte(day))
        .group_by(deposit::Column::AccountId)
        .group_by(deposit::Column::Entity)
        .group_by(deposit::Column::Currency)
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    for (account, entity, currency, minor) in taken.into_iter().chain(on_orders) {
        *lists.past.entry(account).or_default().unallocated.entry((entity, currency)).or_default() -= minor;
    }
    Ok(())
}

/// How the instalments settled up to the day were settled.
async fn behaviour(read: &Read, accounts: &[AccountId], day: NaiveDate, lists: &mut Lists) -> Result<()> {
    let rows: Vec<(AccountId, Currency, NaiveDate, NaiveDate, i64)> = instalment::find(read.tenant())
        .select_only()
        .columns([
            instalment::Column::AccountId,
            instalment::Column::Currency,
            instalment::Column::DueOn,
            instalment::Column::SettledOn,
            instalment::Column::AmountMinor,
        ])
        .filter(read.among(instalment::Column::AccountId, accounts.iter().copied()))
        .filter(instalment::Column::SettledOn.lte(day))
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    for (account, currency, due_on, settled_on, minor) in rows {
        let settled = lists.past.entry(account).or_default().settled.entry(currency).or_default();
        let late = crate::words::day::days_between(due_on, settled_on);
        settled.count += 1;
        settled.late_days += Ord::max(late, 0);
        settled.minor += minor;
        settled.on_time_minor += if late <= 0 { minor } else { 0 };
    }
    Ok(())
}
