//! Contracts, extensions of their settlement days, the way from a contract's number to what was booked under it, and exclusions.

use super::table::{Table, add_column};
use sea_orm::DbBackend;

const TABLES: &[Table] = &[
    Table {
        name: "contract",
        columns: "account_id uuid!, external_id text!, entity text!, state text!, currency text!, amount_minor int, mode text, tail_minor int, \
                  lag int, settlement_day int, paper text!, content_hash text!, version int!, created_at at!",
        unique: &["external_id"],
        indexes: &["account_id, id"],
        parents: &["account_id account"],
    },
    Table {
        name: "contract_extension",
        columns: "contract_id uuid!, account_id uuid!, settlement_on date!, days int!, until_on date!, reason text!, approved_by text!, \
                  granted_on date!, created_at at!",
        unique: &["contract_id, settlement_on"],
        indexes: &["account_id, granted_on", "granted_on"],
        parents: &["contract_id contract"],
    },
    Table {
        name: "hold_exclusion",
        columns: "account_id uuid!, rule text!, is_release_and_stop bool!, valid_from date!, valid_to date, reason text!, author text!, \
                  cancelled_on date, cancelled_by text, created_at at!",
        unique: &[],
        indexes: &["account_id, id"],
        parents: &["account_id account"],
    },
];

/// Few rows name a contract, so its indexes hold those only.
const BY_CONTRACT: [&str; 3] = ["sales_order", "instalment", "invoice"];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let tables = TABLES.iter().flat_map(|table| table.statements(backend));
    let by_contract = BY_CONTRACT.iter().map(|table| {
        let columns = "tenant_id, account_id, contract_external_id";
        format!("CREATE INDEX ix_{table}_contract ON {table} ({columns}) WHERE contract_external_id IS NOT NULL")
    });
    let counted = [add_column("account", "exclusion_count int! 0", backend)];
    tables.chain(by_contract).chain(counted).collect()
}
