//! Tables of stock checks.

use super::rules::StockLine;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::{AccountId, RowId, StockCheckId};
use chrono::NaiveDate;

tenant_rows! {
    /// Whose stock is counted: every so many days, and next on this one; null when it is counted no more.
    "stock_duty" stock_duty {
        id: RowId,
        account_id: AccountId,
        every_days: i64,
        next_on: Option<NaiveDate>,
        version: i64,
        created_at: DateTimeUtc,
    }
    /// Counts of the stock, never changed. `days_since` is the days since the count before.
    "stock_check" stock_check {
        id: StockCheckId,
        account_id: AccountId,
        counted_on: NaiveDate,
        days_since: Option<i64>,
        lines: Payload<Vec<StockLine>>,
        source: String,
        author: String,
        created_at: DateTimeUtc,
    }
}
