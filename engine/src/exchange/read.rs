//! Reading exchange rates.

use super::rows::{dated, exchange_rate};
use super::rules::Rates;
use super::set::ExchangeRateView;
use crate::doors::store::{Read, failed};
use crate::words::error::Result;
use crate::words::money::Currency;
use crate::words::page::{Order, Page, PageOf};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter};
use std::collections::BTreeSet;

/// The rates in force on a day between the currencies of these pairs, whichever way round they were set; asked in one statement, and not
/// at all without a pair.
pub async fn rates_on(read: &Read, day: NaiveDate, pairs: &BTreeSet<(Currency, Currency)>) -> Result<Rates> {
    let newest = |from: usize, to: usize| {
        format!(
            "SELECT * FROM (SELECT * FROM exchange_rate WHERE tenant_id = $1 AND valid_from <= $2 AND from_currency = ${from} \
             AND to_currency = ${to} ORDER BY valid_from DESC LIMIT 1) r{from}"
        )
    };
    let ways: Vec<(Currency, Currency)> = pairs.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]).collect();
    if ways.is_empty() {
        return Ok(Rates::default());
    }
    let parts: Vec<String> = (0..ways.len()).map(|at| newest(3 + 2 * at, 4 + 2 * at)).collect();
    let values = std::iter::once(day.into()).chain(ways.iter().flat_map(|(from, to)| [(*from).into(), (*to).into()]));
    let rows = read.rows(&parts.join(" UNION ALL "), values.collect::<Vec<_>>()).await?;
    let rates = rows.iter().map(|row| exchange_rate::Model::from_query_result(row, "").map_err(failed).and_then(|row| dated(&row)));
    Ok(Rates::on(day, rates.collect::<Result<_>>()?))
}

/// Which rates are wanted.
#[derive(Clone, Debug, Default)]
pub struct RateFilter {
    /// For one of this currency.
    pub from: Option<Currency>,
    /// In this currency.
    pub to: Option<Currency>,
}

/// Rates in the order they were set.
pub async fn list_rates(read: &Read, filter: &RateFilter, page: &PageOf) -> Result<Page<ExchangeRateView>> {
    let mut query = exchange_rate::find(read.tenant());
    query = filter.from.into_iter().fold(query, |query, currency| query.filter(exchange_rate::Column::FromCurrency.eq(currency)));
    query = filter.to.into_iter().fold(query, |query, currency| query.filter(exchange_rate::Column::ToCurrency.eq(currency)));
    Ok(read.page(query, exchange_rate::Column::Id, Order::OldestFirst, page).await?.map(|row| ExchangeRateView::from(&row)))
}
