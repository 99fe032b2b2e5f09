//! One page of a list: its rows in the order they were made or the other way round, and how many there are where that was asked.

use super::{Read, failed};
use crate::words::error::Result;
use crate::words::page::{After, Order, Page, PageOf, TOTAL_MAX, Total};
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Value};
use uuid::Uuid;

impl Read {
    /// A page of the rows a query finds. Ids are made in the order of time, so that their order is the order rows were made in, and the
    /// key of every table serves it.
    pub async fn page<E: EntityTrait>(&self, query: Select<E>, id: E::Column, usual: Order, page: &PageOf) -> Result<Page<E::Model>>
    where
        E::Model: ModelTrait<Entity = E>,
    {
        let total = self.total(&query, id, page).await?;
        let order = page.order.unwrap_or(usual);
        let query = page.after.iter().fold(query, |query, after| match order {
            Order::OldestFirst => query.filter(id.gt(after.id)),
            Order::NewestFirst => query.filter(id.lt(after.id)),
        });
        let query = match order {
            Order::OldestFirst => query.order_by_asc(id),
            Order::NewestFirst => query.order_by_desc(id),
        };
        let rows = query.limit(page.limit + 1).all(self.db()).await.map_err(failed)?;
        let found = Page::cut(rows, page.limit, |row| After { key: String::new(), id: uuid(row.get(id)) });
        Ok(Page { total, ..found })
    }

    /// How many rows a query finds on all its pages, counted to [`TOTAL_MAX`]; nothing where nobody asked.
    pub async fn total<E: EntityTrait>(&self, query: &Select<E>, id: E::Column, page: &PageOf) -> Result<Option<Total>> {
        if !page.is_counted {
            return Ok(None);
        }
        let some = query.clone().select_only().column(id).limit(TOTAL_MAX + 1).into_query();
        let mut count = Query::select();
        count.expr_as(Expr::cust("COUNT(*)"), Alias::new("rows")).from_subquery(some, Alias::new("found"));
        let row = self.db().query_one(&count).await.map_err(failed)?;
        let rows: i64 = row.map_or(Ok(0), |row| row.try_get("", "rows")).map_err(failed)?;
        let rows = u64::try_from(rows).unwrap_or(0);
        Ok(Some(Total { total: Ord::min(rows, TOTAL_MAX), total_capped: rows > TOTAL_MAX }))
    }
}

/// The id of a row; tables of which lists are made have no others.
fn uuid(value: Value) -> Uuid {
    if let Value::Uuid(Some(id)) = value { id } else { Uuid::nil() }
}
