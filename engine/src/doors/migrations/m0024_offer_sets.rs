//! Sets of three proposals, and the invoices a settlement is about.

use super::table::Table;
use sea_orm::DbBackend;

const TABLES: &[Table] = &[
    Table {
        name: "offer_set",
        columns: "account_id uuid!, external_id text!, purpose text!, state text!, contract_id uuid, contract_external_id text, \
                  contract_version int, entity text!, currency text, open_minor int, options text!, made_on date!, valid_to date!, \
                  chosen text, chosen_on date, chosen_by text, evidence text, concession_minor int, approval_id uuid, answer_by date, \
                  ended_on date, reason text, author text!, content_hash text!, version int!, created_at at!",
        unique: &["external_id"],
        indexes: &["account_id, id"],
        parents: &["account_id account", "contract_id contract"],
    },
    Table {
        name: "offer_set_invoice",
        columns: "offer_set_id uuid!, invoice_id uuid!, invoice_external_id text!, no int!, open_minor int!",
        unique: &["offer_set_id, invoice_id"],
        indexes: &[],
        parents: &["offer_set_id offer_set", "invoice_id invoice"],
    },
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    TABLES.iter().flat_map(|table| table.statements(backend)).collect()
}
