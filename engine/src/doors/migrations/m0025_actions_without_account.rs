//! A call of an action about no account is a decision too: it names none.

use super::table::Table;
use sea_orm::DbBackend;

/// As it was made, but for the account.
const DECISION: Table = Table {
    name: "decision",
    columns: "account_id uuid, cause text!, cause_id uuid!, effective_on date!, at at!, actor text!, request_id text!, attempts int!, revision int!, \
              policy_id uuid!, outcome text!, record text!, facts_id uuid!, facts_slot int!",
    unique: &[],
    indexes: &["account_id, id"],
    parents: &[],
};

/// Every statement, in order. SQLite cannot let go of a NOT NULL, so there the table is written anew, with the rows it had.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    if backend == DbBackend::Postgres {
        return vec!["ALTER TABLE decision ALTER COLUMN account_id DROP NOT NULL".to_owned()];
    }
    let names = DECISION.columns.split(',').filter_map(|column| column.split_whitespace().next()).collect::<Vec<_>>().join(", ");
    let mut all = vec!["ALTER TABLE decision RENAME TO decision_before".to_owned(), "DROP INDEX ix_decision_1".to_owned()];
    all.extend(DECISION.statements(backend));
    all.push(format!("INSERT INTO decision (tenant_id, id, {names}) SELECT tenant_id, id, {names} FROM decision_before"));
    all.push("DROP TABLE decision_before".to_owned());
    all
}
