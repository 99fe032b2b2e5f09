//! The queue of held orders: since when they wait and how far they were escalated, which accounts are to be checked again, and what
//! event hooks are still to be asked.

use super::table::{Table, add_column};
use sea_orm::DbBackend;

const OF_TENANTS: &[Table] = &[
    Table {
        name: "recheck",
        columns: "event_id uuid!, kind text!, effective_on date!, tries int!, marked_at at!",
        unique: &[],
        indexes: &["tries, marked_at, id"],
        parents: &["id account"],
    },
    Table {
        name: "hold_event",
        columns: "account_id uuid!, hook text!, hold_id uuid!, order_id uuid, happened_on date!, wake_on date!, tries int!, is_done bool!, created_at at!",
        unique: &[],
        indexes: &["wake_on, id : NOT is_done", "account_id, id : NOT is_done"],
        parents: &["account_id account"],
    },
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let mut all: Vec<String> = OF_TENANTS.iter().flat_map(|table| table.statements(backend)).collect();
    all.extend(
        ["held_since date", "escalation_level int! 0", "escalated_on date"].map(|column| add_column("sales_order", column, backend)),
    );
    all.extend([
        "UPDATE sales_order SET held_since = placed_on WHERE state IN ('held', 'partially_released')".to_owned(),
        "CREATE INDEX ix_sales_order_held ON sales_order (tenant_id, account_id, id) WHERE state IN ('held', 'partially_released')".to_owned(),
        "CREATE INDEX ix_sales_order_waiting ON sales_order (tenant_id, escalation_level, held_since, id) WHERE state IN ('held', 'partially_released')"
            .to_owned(),
        "CREATE INDEX ix_hold_dated ON hold (tenant_id, expires_on, id) WHERE state = 'active' AND expires_on IS NOT NULL".to_owned(),
        "CREATE INDEX ix_task_of_orders ON task (tenant_id, account_id, kind) WHERE state = 'open' AND kind IN ('collect_now', 'held_order')".to_owned(),
    ]);
    all
}
