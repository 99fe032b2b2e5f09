//! Which warning line of its limit the members of a group are above together.

use super::table::Table;
use sea_orm::DbBackend;

const GROUP_WARNING: Table = Table {
    name: "group_warning",
    columns: "group_id uuid!, level int!",
    unique: &["group_id"],
    indexes: &[],
    parents: &["group_id credit_group"],
};

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    GROUP_WARNING.statements(backend)
}
