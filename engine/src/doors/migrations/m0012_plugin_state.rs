//! What packages remember about accounts, and which processes ask them.

use super::table::Table;
use sea_orm::DbBackend;

const OF_TENANTS: &[Table] = &[
    Table {
        name: "plugin_state",
        columns: "account_id uuid!, plugin text!, state text!, changed_at at!",
        unique: &["account_id, plugin"],
        indexes: &[],
        parents: &["account_id account"],
    },
    Table {
        name: "plugin_node",
        columns: "name text!, revision int!, troubles text!, last_call_at at, seen_at at!",
        unique: &[],
        indexes: &["seen_at, id"],
        parents: &[],
    },
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    OF_TENANTS.iter().flat_map(|table| table.statements(backend)).collect()
}
