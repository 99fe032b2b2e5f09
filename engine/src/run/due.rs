//! The work list: the index on `next_review_on`. Who has nothing due costs an index entry.

use crate::account::rows::account;
use crate::doors::store::{Read, failed};
use crate::words::error::Result;
use crate::words::id::AccountId;
use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

/// A page ends at so many accounts …
const PAGE_ACCOUNTS_MAX: usize = 500;
/// … or at so many open items.
const PAGE_ITEMS_MAX: i64 = 20_000;
/// Accounts looked up at once.
const BATCH: u64 = 8_000;

/// An account that is due, and where it stands in the index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Due {
    on: NaiveDate,
    shard: i64,
    pub(super) account: AccountId,
    open_count: i64,
}

/// How many accounts are due by the day.
pub(super) async fn count(read: &Read, day: NaiveDate) -> Result<i64> {
    let count: Option<i64> = account::find(read.tenant())
        .select_only()
        .column_as(account::Column::Id.count(), "accounts")
        .filter(account::Column::NextReviewOn.lte(day))
        .into_tuple()
        .one(read.db())
        .await
        .map_err(failed)?;
    Ok(count.unwrap_or(0))
}

/// Accounts due by the day, in the order of the index, behind a place in it. The place only saves the look at entries that were
/// worked on a moment ago; who is due is told by the dates alone.
pub(super) async fn batch(read: &Read, day: NaiveDate, behind: Option<Due>, most: Option<u64>) -> Result<Vec<Due>> {
    use account::Column as C;
    let mut query = account::find(read.tenant())
        .select_only()
        .columns([C::NextReviewOn, C::Shard, C::Id, C::OpenCount])
        .filter(C::NextReviewOn.lte(day));
    if let Some(last) = behind {
        let place = Expr::tuple([Expr::col(C::NextReviewOn), Expr::col(C::Shard), Expr::col(C::Id)]);
        query = query.filter(place.gt(Expr::tuple([Expr::value(last.on), Expr::value(last.shard), Expr::value(last.account)])));
    }
    let rows: Vec<(NaiveDate, i64, AccountId, i64)> = query
        .order_by_asc(C::NextReviewOn)
        .order_by_asc(C::Shard)
        .order_by_asc(C::Id)
        .limit(most.map_or(BATCH, |most| Ord::min(most, BATCH)))
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    Ok(rows.into_iter().map(|(on, shard, account, open_count)| Due { on, shard, account, open_count }).collect())
}

/// Cuts a list into pages.
pub(super) fn pages(due: &[Due]) -> Vec<Vec<AccountId>> {
    let mut pages: Vec<Vec<AccountId>> = Vec::new();
    let mut items = 0;
    for one in due {
        let is_full = pages.last().is_none_or(|page| page.len() >= PAGE_ACCOUNTS_MAX || items + one.open_count > PAGE_ITEMS_MAX);
        if is_full {
            pages.push(Vec::new());
            items = 0;
        }
        items += one.open_count;
        if let Some(page) = pages.last_mut() {
            page.push(one.account);
        }
    }
    pages
}
