//! Acts that wait for a second person: the stored command, its fingerprint and amount; and in the journal, who said yes.

use super::table::add_column;
use sea_orm::DbBackend;

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let columns = ["body text", "fingerprint text", "currency text", "amount_minor int"];
    let mut all: Vec<String> = columns.iter().map(|column| add_column("approval", column, backend)).collect();
    // The same act waits once, however often it is asked for. The day is there so that one that expired makes room for asking anew.
    let waits_once = "CREATE UNIQUE INDEX uq_approval_1 ON approval (tenant_id, fingerprint, asked_on) \
                      WHERE state = 'pending' AND fingerprint IS NOT NULL";
    all.push(waits_once.to_owned());
    all.push(add_column("journal", "approved_by text", backend));
    all
}
