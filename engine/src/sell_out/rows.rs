//! Tables of sell-out.

use crate::tenant_rows;
use crate::words::id::{AccountId, SellOutId};
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// What an account sold on in a period, both days counted in. Periods of one account do not overlap; the same period told again takes
    /// the place of what was told before, which stays as it was.
    "sell_out" sell_out {
        id: SellOutId,
        account_id: AccountId,
        from_on: NaiveDate,
        to_on: NaiveDate,
        currency: Currency,
        amount_minor: i64,
        source: String,
        author: String,
        created_at: DateTimeUtc,
    }
}
