//! Requests that nobody answered in time.

use super::kind::ApprovalKind;
use super::rows::approval;
use crate::doors::store::{Changes, Claim, Entry, failed};
use crate::engine::Engine;
use crate::words::caller::Caller;
use crate::words::day::add_days;
use crate::words::error::Result;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};

/// Requests marked in one transaction.
const PAGE_ROWS: u64 = 500;

impl Engine {
    /// Marks requests whose last day has passed as expired, those of steps by the day of the run, and gives how many. Nothing waits for it:
    /// from that day on no answer counts and every list says so. The day after the last is left alone, so that no answer of its last
    /// minute can still be on its way.
    pub(crate) async fn expire_approvals(&self, tenant: &Caller, run_day: NaiveDate) -> Result<u64> {
        let read = self.store.read(tenant.tenant);
        let ground = self.ground(tenant.tenant).await?;
        let mut marked = 0;
        loop {
            let stamp = ground.stamp(&*self.clock);
            let query = approval::find(read.tenant())
                .filter(approval::Column::State.eq("pending"))
                .filter(is_over(add_days(stamp.today, -1), add_days(run_day, -1)));
            let rows = query.order_by_asc(approval::Column::Id).limit(PAGE_ROWS).all(read.db()).await.map_err(failed)?;
            if rows.is_empty() {
                return Ok(marked);
            }
            let mut changes = Changes::on(Claim::Nothing);
            for row in rows {
                marked += 1;
                let (row, entry) = expired(&row, stamp.today);
                changes = changes.save(&row).tell(entry);
            }
            self.store.write(tenant, &stamp, ground.revision, changes).await?;
        }
    }
}

/// A request that nobody answered in time, and the line of the journal about it.
pub(super) fn expired(row: &approval::Model, today: NaiveDate) -> (approval::Model, Entry) {
    let entry = Entry {
        kind: "approval.expired",
        subject: "approval",
        subject_id: row.id.0,
        effective_on: today,
        decision: None,
        body: serde_json::json!({ "kind": row.kind, "account_id": row.account_id, "asked_by": row.asked_by }),
    };
    (approval::Model { state: "expired".to_owned(), version: row.version + 1, ..row.clone() }, entry)
}

/// Has its last day passed, before `today` or, for what a step asks, before the day of the run?
fn is_over(today: NaiveDate, run_day: NaiveDate) -> Condition {
    use approval::Column as C;
    let of_steps = Condition::all().add(C::Kind.eq(ApprovalKind::Step)).add(C::ExpiresOn.lt(run_day));
    let others = Condition::all().add(C::Kind.ne(ApprovalKind::Step)).add(C::ExpiresOn.lt(today));
    Condition::any().add(of_steps).add(others)
}
