//! Holds that were placed or have ended, for plugins that want to hear of it: written with the hold, asked about after the commit, and
//! done in the same change as what follows. So what follows happens once, whatever dies in between.

use crate::tenant_rows;
use crate::words::id::{AccountId, HoldId, OrderId, RowId};
use chrono::NaiveDate;

tenant_rows! {
    /// One row for each hold that was placed or has ended while a plugin listened. `hook` is the question: `hold_placed` or `hold_released`.
    "hold_event" hold_event {
        id: RowId,
        account_id: AccountId,
        hook: String,
        hold_id: HoldId,
        order_id: Option<OrderId>,
        happened_on: NaiveDate,
        wake_on: NaiveDate,
        tries: i64,
        is_done: bool,
        created_at: DateTimeUtc,
    }
}
