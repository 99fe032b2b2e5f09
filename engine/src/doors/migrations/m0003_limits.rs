//! Groups of accounts with their limits, securities, dated exchange rates, warning lines and part limits.

use super::table::{Table, add_column};
use sea_orm::DbBackend;

const TABLES: &[Table] = &[
    Table {
        name: "credit_group",
        columns: "external_id text!, name text!, currency text!, parent_id uuid, root_id uuid!, turn int!, version int!, created_at at!",
        unique: &["external_id"],
        indexes: &["root_id"],
        parents: &[],
    },
    Table {
        name: "group_limit",
        columns: "group_id uuid!, currency text!, amount_minor int!, valid_from date!, valid_to date!, reason text!, author text!, created_at at!",
        unique: &["group_id, valid_from"],
        indexes: &[],
        parents: &["group_id credit_group"],
    },
    Table {
        name: "security",
        columns: "account_id uuid!, kind text!, currency text!, amount_minor int!, share_bps int!, valid_from date!, valid_to date, \
                  reference text, author text!, withdrawn_on date, withdraw_reason text, version int!, created_at at!",
        unique: &[],
        indexes: &["account_id, id"],
        parents: &["account_id account"],
    },
    Table {
        name: "exchange_rate",
        columns: "from_currency text!, to_currency text!, rate text!, valid_from date!, source text, author text!, created_at at!",
        unique: &["from_currency, to_currency, valid_from"],
        indexes: &[],
        parents: &[],
    },
];

/// On the account, so that a check of one that has none of it asks no further.
const OF_ACCOUNTS: [&str; 7] = [
    "credit_group_id uuid",
    "security_count int! 0",
    "warning_level int! 0",
    "open_limit_minor int",
    "overdue_limit_minor int",
    "orders_limit_minor int",
    "overdue_margin_days int",
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let tables = TABLES.iter().flat_map(|table| table.statements(backend));
    let columns = OF_ACCOUNTS.iter().map(|column| add_column("account", column, backend));
    let members = "CREATE INDEX ix_account_credit_group ON account (tenant_id, credit_group_id) WHERE credit_group_id IS NOT NULL";
    tables.chain(columns).chain([members.to_owned()]).collect()
}
