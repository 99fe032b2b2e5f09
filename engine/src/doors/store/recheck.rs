//! Marks on accounts whose held orders must be checked again: something they stand on has moved. A mark is written by the statement
//! that moves it, and only where something waits, so that a posting costs nothing where nothing does.

use super::failure::from_sqlx;
use super::{Entry, Store, failed};
use crate::doors::recheck::recheck;
use crate::words::error::Result;
use crate::words::id::{AccountId, EventId, TenantId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sqlx;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};

/// What moved something that held orders stand on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moved {
    /// The line of the journal that tells of it, or the run that began a day.
    pub(crate) event: EventId,
    /// What happened: `payment.received`.
    pub(crate) kind: String,
    /// The business day it takes effect on.
    pub(crate) on: NaiveDate,
    /// When it was written.
    pub(crate) at: DateTime<Utc>,
}

impl Moved {
    /// The mark it leaves on an account.
    pub(super) fn row(&self, tenant_id: TenantId, id: AccountId) -> recheck::Model {
        recheck::Model { tenant_id, id, event_id: self.event, kind: self.kind.clone(), effective_on: self.on, tries: 0, marked_at: self.at }
    }
}

/// Subjects of journal entries on which no order stands. An order's own entries are among them: an order that gives room back says so
/// with `Changes::frees_room`.
const QUIET: [&str; 15] = [
    "order",
    "case",
    "task",
    "notice",
    "offer",
    "offer_set",
    "handoff",
    "approval",
    "proposal",
    "step",
    "contact",
    "note",
    "import",
    "run",
    "statement",
];

/// Events that only tell of what another entry has moved, or of an account that has no orders yet.
const QUIET_EVENTS: [&str; 5] =
    ["account.created", "credit_limit.line_crossed", "credit_group.line_crossed", "payment_process.changed", "action.applied"];

/// May a held order stand differently after this? What is not known to be quiet counts: a check for nothing leaves no trace.
pub(super) fn moves_orders(entry: &Entry) -> bool {
    !QUIET.contains(&entry.subject) && !QUIET_EVENTS.contains(&entry.kind)
}

/// Does the account `r.id` of tenant `$1` have something that waits: an order that is held, a task that ends when money comes or its order
/// moves on, or others with whom it shares a limit?
pub(super) const WAITS: &str = "(EXISTS (SELECT 1 FROM sales_order o WHERE o.tenant_id = $1 AND o.account_id = r.id \
     AND o.state IN ('held', 'partially_released')) \
     OR EXISTS (SELECT 1 FROM task w WHERE w.tenant_id = $1 AND w.account_id = r.id AND w.state = 'open' AND w.kind IN ('collect_now', 'held_order')) \
     OR EXISTS (SELECT 1 FROM account m WHERE m.tenant_id = $1 AND m.id = r.id AND m.credit_group_id IS NOT NULL))";

/// Marks every other account under the same group limit that has a held order.
const MARK_GROUP: &str = "INSERT INTO recheck (tenant_id, id, event_id, kind, effective_on, tries, marked_at) \
     SELECT $1, h.account_id, $3, $4, $5, 0, $6 FROM (SELECT DISTINCT o.account_id FROM sales_order o \
     JOIN account m ON m.tenant_id = o.tenant_id AND m.id = o.account_id \
     JOIN credit_group g ON g.tenant_id = m.tenant_id AND g.id = m.credit_group_id \
     WHERE o.tenant_id = $1 AND o.account_id <> $2 AND o.state IN ('held', 'partially_released') \
     AND g.root_id = (SELECT own.root_id FROM account me JOIN credit_group own ON own.tenant_id = me.tenant_id AND own.id = me.credit_group_id \
     WHERE me.tenant_id = $1 AND me.id = $2)) h WHERE h.account_id IS NOT NULL ORDER BY h.account_id \
     ON CONFLICT (tenant_id, id) DO UPDATE SET event_id = excluded.event_id, kind = excluded.kind, effective_on = excluded.effective_on, tries = 0";

/// Marks every account of the tenant that has a held order, in the order of their ids, so that two who mark meet without a deadlock.
const MARK_HELD: &str = "INSERT INTO recheck (tenant_id, id, event_id, kind, effective_on, tries, marked_at) \
     SELECT $1, h.account_id, $2, $3, $4, 0, $5 FROM (SELECT DISTINCT o.account_id FROM sales_order o \
     WHERE o.tenant_id = $1 AND o.state IN ('held', 'partially_released')) h WHERE h.account_id IS NOT NULL ORDER BY h.account_id \
     ON CONFLICT (tenant_id, id) DO UPDATE SET event_id = excluded.event_id, kind = excluded.kind, effective_on = excluded.effective_on, tries = 0";

fn values(tenant: TenantId, moved: &Moved) -> [Value; 5] {
    [tenant.into(), moved.event.into(), moved.kind.clone().into(), moved.on.into(), moved.at.into()]
}

pub(super) async fn mark_held_sqlite(tx: &DatabaseTransaction, tenant: TenantId, moved: &Moved) -> Result<()> {
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, MARK_HELD, values(tenant, moved));
    tx.execute_raw(statement).await.map(drop).map_err(failed)
}

pub(super) async fn mark_held_postgres(tx: &mut sqlx::PgConnection, tenant: TenantId, moved: &Moved) -> Result<()> {
    let query = sqlx::query(MARK_HELD).bind(tenant.0).bind(moved.event.0).bind(&moved.kind).bind(moved.on).bind(moved.at);
    query.execute(tx).await.map(drop).map_err(|error| from_sqlx(&error))
}

impl Store {
    /// Has every held order of the tenant checked again: a day has begun.
    pub(crate) async fn mark_held(&self, tenant: TenantId, moved: &Moved) -> Result<()> {
        self.execute(MARK_HELD, values(tenant, moved)).await.map(drop)
    }

    /// Has held orders of accounts that share a limit with a marked one checked again too.
    pub(crate) async fn mark_group(&self, tenant: TenantId, mark: &recheck::Model, kind: &str) -> Result<()> {
        let values: [Value; 6] =
            [tenant.into(), mark.id.into(), mark.event_id.into(), kind.into(), mark.effective_on.into(), mark.marked_at.into()];
        self.execute(MARK_GROUP, values).await.map(drop)
    }

    /// Takes a mark off, unless something has moved since it was read.
    pub(crate) async fn unmark(&self, tenant: TenantId, account: AccountId, event: EventId) -> Result<()> {
        let sql = "DELETE FROM recheck WHERE tenant_id = $1 AND id = $2 AND event_id = $3";
        self.execute(sql, [tenant.into(), account.into(), event.into()]).await.map(drop)
    }

    /// Puts a mark behind those that were tried less often: its account could not be worked.
    pub(crate) async fn put_off_mark(&self, tenant: TenantId, account: AccountId, event: EventId) -> Result<()> {
        let sql = "UPDATE recheck SET tries = tries + 1 WHERE tenant_id = $1 AND id = $2 AND event_id = $3";
        self.execute(sql, [tenant.into(), account.into(), event.into()]).await.map(drop)
    }
}
