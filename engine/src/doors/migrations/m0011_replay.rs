//! What it takes to decide again what was decided: working days that are no longer in force.

use super::table::Table;
use sea_orm::DbBackend;

const CALENDAR_PAST: Table =
    Table { name: "calendar_past", columns: "last_revision int!, document text!", unique: &["last_revision"], indexes: &[], parents: &[] };

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    CALENDAR_PAST.statements(backend)
}
