//! Groups with their past: who belonged to one from when to when.

use super::table::Table;
use sea_orm::DbBackend;

const STAY: Table = Table {
    name: "group_stay",
    columns: "account_id uuid!, group_id uuid!, joined_on date, left_on date",
    unique: &["account_id : left_on IS NULL"],
    indexes: &["group_id, joined_on"],
    parents: &["account_id account", "group_id credit_group"],
};

/// Who belongs to a group already has belonged to it for as long as anybody knows; an account belongs to one, so its id names the row.
const STAYS: &str = "INSERT INTO group_stay (tenant_id, id, account_id, group_id)
SELECT tenant_id, id, id, credit_group_id FROM account WHERE credit_group_id IS NOT NULL";

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    STAY.statements(backend).into_iter().chain([STAYS.to_owned()]).collect()
}
