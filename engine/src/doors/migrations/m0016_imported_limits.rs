//! Limits that came with an import and wait for a second person.

use super::table::Table;
use sea_orm::DbBackend;

const WAITING: Table = Table {
    name: "imported_limit",
    columns: "import_id uuid!, account_id uuid!, currency text!, amount_minor int",
    unique: &["account_id"],
    indexes: &["import_id"],
    parents: &["account_id account", "import_id import"],
};

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    WAITING.statements(backend)
}
