//! Who works on a run: a lease on its row, taken and kept by conditional updates. Good manners; the version of each account is the law.

use super::rows::run;
use crate::doors::store::{Store, failed};
use crate::words::error::Result;
use crate::words::id::{RunId, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

/// How long a worker may be silent before another takes over.
const LEASE_SECONDS: i64 = 30;

fn until(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::seconds(LEASE_SECONDS)
}

/// Takes the lease if nobody holds it. Gives the epoch under which the work goes on.
pub(super) async fn take(store: &Store, tenant: TenantId, id: RunId, owner: &str, now: DateTime<Utc>) -> Result<Option<i64>> {
    let sql = "UPDATE run SET lease_owner = $3, lease_until = $4, epoch = epoch + 1 \
               WHERE tenant_id = $1 AND id = $2 AND state = 'running' AND (lease_until IS NULL OR lease_until < $5) RETURNING epoch";
    let values: [Value; 5] = [tenant.into(), id.into(), owner.into(), until(now).into(), now.into()];
    let db = store.writer();
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.map_err(failed)?;
    row.map(|row| row.try_get("", "epoch").map_err(failed)).transpose()
}

/// Writes how far the run has come and keeps the lease. False when another worker has taken over.
pub(super) async fn keep(store: &Store, row: &run::Model, now: DateTime<Utc>) -> Result<bool> {
    save(store, row, Some(until(now))).await
}

/// Writes how the run stands and gives the lease back. False when another worker has taken over.
pub(super) async fn give_back(store: &Store, row: &run::Model) -> Result<bool> {
    save(store, row, None).await
}

async fn save(store: &Store, row: &run::Model, until: Option<DateTime<Utc>>) -> Result<bool> {
    let sql = "UPDATE run SET state = $4, lease_until = $5, finished_at = $6, accounts_due = $7, accounts_done = $8, failed = $9, \
               notices = $10, tasks = $11, cases_opened = $12, cases_closed = $13, offers = $14, holds = $15, handoffs = $16 \
               WHERE tenant_id = $1 AND id = $2 AND epoch = $3";
    let values: [Value; 16] = [
        row.tenant_id.into(),
        row.id.into(),
        row.epoch.into(),
        row.state.clone().into(),
        until.into(),
        row.finished_at.into(),
        row.accounts_due.into(),
        row.accounts_done.into(),
        row.failed.into(),
        row.notices.into(),
        row.tasks.into(),
        row.cases_opened.into(),
        row.cases_closed.into(),
        row.offers.into(),
        row.holds.into(),
        row.handoffs.into(),
    ];
    let db = store.writer();
    let done = db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.map_err(failed)?;
    Ok(done.rows_affected() == 1)
}
