//! How customers pay: their approval steps, pay days and seasons, what papers they ask for, and which went with an invoice.

use super::table::Table;
use sea_orm::DbBackend;

const TABLES: [Table; 2] = [
    Table {
        name: "payment_process",
        columns: "account_id uuid!, process text!, author text!, version int!, changed_at at!",
        unique: &["account_id"],
        indexes: &[],
        parents: &["account_id account"],
    },
    Table {
        name: "invoice_document",
        columns: "account_id uuid!, invoice_id uuid!, kind text!, sent_on date!, reference text, author text!, created_at at!",
        unique: &[],
        indexes: &["invoice_id, id"],
        parents: &["account_id account", "invoice_id invoice"],
    },
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    TABLES.iter().flat_map(|table| table.statements(backend)).collect()
}
