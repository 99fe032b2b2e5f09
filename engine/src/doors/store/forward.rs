//! Bringing reviews forward when the rules of a tenant have changed.

use super::{Store, failed};
use crate::words::error::Result;
use crate::words::id::TenantId;
use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, Statement};

impl Store {
    /// Has every account that owes something, or is being worked, looked at again on this day; never later than it was to be.
    ///
    /// Called after the rules have moved: whoever decides from then on stands on the new revision. The version moves too, so that a
    /// change that was on its way at that moment loses its claim and cannot put the day back.
    pub async fn bring_reviews_forward(&self, tenant: TenantId, day: NaiveDate) -> Result<u64> {
        let db = self.writer();
        let sql = "UPDATE account SET version = version + 1, next_review_on = $2 WHERE tenant_id = $1 AND (open_count > 0 OR next_review_on IS NOT NULL) \
                   AND (next_review_on IS NULL OR next_review_on > $2)";
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [tenant.into(), day.into()]);
        Ok(db.execute_raw(statement).await.map_err(failed)?.rows_affected())
    }
}
