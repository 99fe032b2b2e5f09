//! Tables of exchange rates.

use super::rules::DatedRate;
use crate::tenant_rows;
use crate::words::error::{Error, Result};
use crate::words::id::ExchangeRateId;
use crate::words::money::Currency;
use crate::words::rate::Rate;
use chrono::NaiveDate;

tenant_rows! {
    /// So many of one currency for one of another, from a day on. The rate is exact decimal text.
    "exchange_rate" exchange_rate {
        id: ExchangeRateId,
        from_currency: Currency,
        to_currency: Currency,
        rate: String,
        valid_from: NaiveDate,
        source: Option<String>,
        author: String,
        created_at: DateTimeUtc,
    }
}

/// The rate as the rules know it. Fails only on a row that another program wrote.
pub(super) fn dated(row: &exchange_rate::Model) -> Result<DatedRate> {
    let rate: Rate = row.rate.parse().map_err(Error::internal)?;
    Ok(DatedRate { from: row.from_currency, to: row.to_currency, rate: rate.0, valid_from: row.valid_from })
}
