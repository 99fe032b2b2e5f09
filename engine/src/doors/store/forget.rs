//! Letting go of records whose time is over.

use super::{Store, failed};
use crate::words::error::Result;
use crate::words::id::TenantId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

impl Store {
    /// Deletes decisions, facts that were kept for them, and events plugins have been asked about, with an id below this one: at most so many
    /// of each. Tells how many of the larger
    /// number there were, so that whoever reads the most knows that there may be more.
    ///
    /// Ids are of the moment they were made, and a decision and its facts are made in one. The oldest go first, and each statement is short.
    pub async fn forget_decisions(&self, tenant: TenantId, below: Uuid, most: i64) -> Result<u64> {
        let db = self.writer();
        let mut gone = 0;
        for (table, and) in [("decision", ""), ("decision_facts", ""), ("plugin_event", " AND is_done"), ("hold_event", " AND is_done")] {
            let sql = format!(
                "DELETE FROM {table} WHERE tenant_id = $1 AND id IN \
                 (SELECT id FROM {table} WHERE tenant_id = $1 AND id < $2{and} ORDER BY id LIMIT $3)"
            );
            let values = [tenant.into(), below.into(), most.into()];
            let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
            gone = gone.max(db.execute_raw(statement).await.map_err(failed)?.rows_affected());
        }
        Ok(gone)
    }

    /// Deletes processes that were last heard of before this moment. Tells how many.
    pub async fn forget_nodes(&self, tenant: TenantId, before: DateTime<Utc>) -> Result<u64> {
        let db = self.writer();
        let values = [tenant.into(), before.into()];
        let sql = "DELETE FROM plugin_node WHERE tenant_id = $1 AND seen_at < $2";
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        Ok(db.execute_raw(statement).await.map_err(failed)?.rows_affected())
    }
}
