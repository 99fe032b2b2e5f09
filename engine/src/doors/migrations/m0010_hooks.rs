//! What hooks leave behind: the words that plugins add to letters, and what has happened while a plugin listened.

use super::table::{Table, add_column};
use sea_orm::DbBackend;

const OF_TENANTS: &[Table] = &[Table {
    name: "plugin_event",
    columns: "account_id uuid!, hook text!, subject_id uuid!, stage text, happened_on date!, wake_on date!, tries int!, is_done bool!, created_at at!",
    unique: &[],
    indexes: &["wake_on, id : NOT is_done", "account_id, id : NOT is_done"],
    parents: &["account_id account"],
}];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let tables = OF_TENANTS.iter().flat_map(|table| table.statements(backend));
    tables.chain([add_column("notice", "variables text", backend)]).collect()
}
