//! The findings register of internal control.

use super::table::Table;
use sea_orm::DbBackend;

const TABLES: &[Table] = &[
    Table {
        name: "finding",
        columns: "title text!, detail text!, account_id uuid, owner text!, due_on date!, state text!, resolution text, closed_on date, \
                  author text!, version int!, created_at at!",
        unique: &[],
        indexes: &["state, due_on"],
        parents: &[],
    },
    Table {
        name: "finding_version",
        columns: "finding_id uuid!, version int!, state text!, owner text!, due_on date!, author text!, created_at at!",
        unique: &["finding_id, version"],
        indexes: &[],
        parents: &["finding_id finding"],
    },
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    TABLES.iter().flat_map(|table| table.statements(backend)).collect()
}
