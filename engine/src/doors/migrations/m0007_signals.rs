//! Early-warning signals, and what is kept of the danger an account is in: plan level, place on the watch-list, stopped credit.

use super::table::Table;
use sea_orm::DbBackend;

const TABLES: [Table; 2] = [
    Table {
        name: "signal",
        columns: "account_id uuid!, external_id text, kind text!, severity text!, source text!, source_basis text!, evidence text!, \
            observed_on date!, step_days int!, ends_on date!, cause text, author text!, withdrawn_on date, withdrawn_by text, \
            withdraw_reason text, content_hash text!, version int!, created_at at!",
        unique: &["external_id : external_id IS NOT NULL", "account_id, kind, cause : cause IS NOT NULL"],
        indexes: &["account_id, id"],
        parents: &["account_id account"],
    },
    Table {
        name: "risk_profile",
        columns: "account_id uuid!, has_signals bool!, plan_level text, plan_since date, plan_reasons text!, watched_since date, \
            watch_reasons text!, stopped_on date, stopped_by text, stop_reason text",
        unique: &["account_id"],
        indexes: &["id : watched_since IS NOT NULL", "plan_level, id : plan_level IS NOT NULL"],
        parents: &["account_id account"],
    },
];

/// Money that came on a day, over all accounts: the run looks at the days since the last one.
const BY_DAY: &str = "CREATE INDEX ix_payment_by_day ON payment (tenant_id, received_on)";

pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let tables = TABLES.iter().flat_map(|table| table.statements(backend));
    tables.chain([BY_DAY.to_owned()]).collect()
}
