//! Small conditional updates that belong to no single change: numbers for people, and the work list of reviews.

use super::{Store, failed};
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, RowId, TenantId};
use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, Statement, Value};

impl Store {
    pub(super) async fn execute(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        let db = self.writer();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        db.execute_raw(statement).await.map(|done| done.rows_affected()).map_err(failed)
    }

    /// Takes a block of numbers from a tenant's counter and gives the first of them. Numbers of a change that is refused stay unused.
    pub(crate) async fn take_numbers(&self, tenant: TenantId, name: &str, count: i64, id: RowId) -> Result<i64> {
        let db = self.writer();
        let sql = "INSERT INTO counter (tenant_id, id, name, value) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + excluded.value RETURNING value";
        let values: [Value; 4] = [tenant.into(), id.into(), name.into(), count.into()];
        let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.map_err(failed)?;
        let last: i64 = row.ok_or_else(|| Error::internal("a counter gave no number"))?.try_get("", "value").map_err(failed)?;
        Ok(last - count + 1)
    }

    /// Puts an account that is due by `day` off to a later one: it could not be reviewed, and the others go on.
    pub(crate) async fn put_off(&self, tenant: TenantId, account: AccountId, day: NaiveDate, until: NaiveDate) -> Result<()> {
        let sql = "UPDATE account SET version = version + 1, next_review_on = $4 WHERE tenant_id = $1 AND id = $2 AND next_review_on <= $3";
        self.execute(sql, [tenant.into(), account.into(), day.into(), until.into()]).await.map(drop)
    }
}
