//! Tables of runs.

use crate::tenant_rows;
use crate::words::id::RunId;
use chrono::NaiveDate;

tenant_rows! {
    /// Runs, one a tenant and day, with the lease of whoever works on it. States: `running done`.
    "run" run {
        id: RunId,
        day: NaiveDate,
        state: String,
        accounts_due: i64,
        accounts_done: i64,
        failed: i64,
        notices: i64,
        tasks: i64,
        cases_opened: i64,
        cases_closed: i64,
        offers: i64,
        holds: i64,
        handoffs: i64,
        lease_owner: Option<String>,
        lease_until: Option<DateTimeUtc>,
        epoch: i64,
        started_at: DateTimeUtc,
        finished_at: Option<DateTimeUtc>,
    }
}
