//! Stops of supply: the law they stand on, their evidence and their notice. And what distributors sell on.

use super::table::Table;
use sea_orm::DbBackend;

const TABLES: &[Table] = &[
    Table {
        name: "supply_stop",
        columns: "account_id uuid!, order_id uuid, hold_id uuid!, level text!, basis text!, law text!, scope text!, evidence text!, \
                  reason text!, notice_id uuid!, task_id uuid!, answer_by date!, author text!, second_person text, stopped_on date!, created_at at!",
        unique: &["hold_id", "notice_id"],
        indexes: &["account_id, id"],
        parents: &["account_id account"],
    },
    Table {
        name: "sell_out",
        columns: "account_id uuid!, from_on date!, to_on date!, currency text!, amount_minor int!, source text!, author text!, created_at at!",
        unique: &[],
        indexes: &["account_id, to_on, id"],
        parents: &["account_id account"],
    },
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    TABLES.iter().flat_map(|table| table.statements(backend)).collect()
}
