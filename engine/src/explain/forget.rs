//! Decisions are kept for as long as the tenant says, and not for ever.

use crate::engine::Engine;
use crate::words::day::add_days;
use crate::words::error::Result;
use crate::words::id::TenantId;
use crate::words::stamp::least_id;
use chrono::NaiveTime;

impl Engine {
    /// Lets go of a tenant's decisions that are older than it keeps them, the oldest first and at most so many at once. Tells how many there
    /// were. What they led to stays: orders, cases, and the journal.
    pub async fn forget_decisions(&self, tenant: TenantId, most: i64) -> Result<u64> {
        let ground = self.refresh_ground(tenant).await?;
        let today = ground.stamp(self.clock()).at.date_naive();
        let first_kept = add_days(today, -ground.settings.decision_days).and_time(NaiveTime::MIN).and_utc();
        self.store.forget_decisions(tenant, least_id(first_kept), most).await
    }
}
