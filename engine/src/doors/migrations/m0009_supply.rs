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

/// Limits and securities that begin or end on a day, over all accounts: the run looks at the days since the last one.
const TURNS: [&str; 4] = [
    "CREATE INDEX ix_credit_limit_begins ON credit_limit (tenant_id, valid_from)",
    "CREATE INDEX ix_credit_limit_ends ON credit_limit (tenant_id, valid_to) WHERE valid_to IS NOT NULL",
    "CREATE INDEX ix_security_begins ON security (tenant_id, valid_from) WHERE withdrawn_on IS NULL",
    "CREATE INDEX ix_security_ends ON security (tenant_id, valid_to) WHERE withdrawn_on IS NULL AND valid_to IS NOT NULL",
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let tables = TABLES.iter().flat_map(|table| table.statements(backend));
    tables.chain(TURNS.map(str::to_owned)).collect()
}
