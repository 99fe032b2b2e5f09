//! Year plans of accounts, and counts of the stock of distributors.

use super::table::Table;
use sea_orm::DbBackend;

const TABLES: &[Table] = &[
    Table {
        name: "year_plan",
        columns: "account_id uuid!, year int!, currency text!, clear_on date, exempt_reason text, author text!, version int!, created_at at!",
        unique: &["account_id, year"],
        indexes: &["clear_on : clear_on IS NOT NULL"],
        parents: &["account_id account"],
    },
    Table {
        name: "year_plan_period",
        columns: "plan_id uuid!, plan_version int!, no int!, from_on date!, to_on date!, shipment_minor int!, collection_minor int!",
        unique: &["plan_id, plan_version, no"],
        indexes: &[],
        parents: &["plan_id year_plan"],
    },
    Table {
        name: "stock_duty",
        columns: "account_id uuid!, every_days int!, next_on date, version int!, created_at at!",
        unique: &["account_id"],
        indexes: &["next_on : next_on IS NOT NULL"],
        parents: &["account_id account"],
    },
    Table {
        name: "stock_check",
        columns: "account_id uuid!, counted_on date!, days_since int, lines text!, source text!, author text!, created_at at!",
        unique: &[],
        indexes: &["account_id, counted_on, id"],
        parents: &["account_id account"],
    },
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let shipped = "CREATE INDEX ix_shipment_account ON shipment (tenant_id, account_id, shipped_on)".to_owned();
    TABLES.iter().flat_map(|table| table.statements(backend)).chain([shipped]).collect()
}
