//! Milestones of contracts, what is signed about them, and instalments that fall due by one.

use super::table::{Table, add_column};
use sea_orm::DbBackend;

const TABLES: &[Table] = &[
    Table {
        name: "contract_milestone",
        columns: "contract_id uuid!, account_id uuid!, name text!, planned_on date, completed_on date, document text, document_sha256 text, \
                  signed_by text, signed_on date, completed_by text, version int!, created_at at!",
        unique: &["contract_id, name"],
        indexes: &[],
        parents: &["contract_id contract"],
    },
    Table {
        name: "acceptance_record",
        columns: "milestone_id uuid!, account_id uuid!, kind text!, document text!, document_sha256 text, signed_by text!, signed_on date!, \
                  note text, author text!, created_at at!",
        unique: &[],
        indexes: &["milestone_id, id"],
        parents: &["milestone_id contract_milestone"],
    },
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let tables = TABLES.iter().flat_map(|table| table.statements(backend));
    let of_instalments = ["milestone text", "milestone_due_days int"].map(|column| add_column("instalment", column, backend));
    tables.chain(of_instalments).collect()
}
