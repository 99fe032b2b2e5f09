//! The hours in which a contact may be turned to; why a customer does not pay: what it says, and what we have proof of.

use super::table::add_column;
use sea_orm::DbBackend;

const OF_CASES: [&str; 8] = [
    "claimed_reason text",
    "claimed_note text",
    "claimed_on date",
    "claimed_by text",
    "verified_reason text",
    "verified_evidence text",
    "verified_on date",
    "verified_by text",
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let cases = OF_CASES.iter().map(|column| add_column("collection_case", column, backend));
    cases.chain([add_column("contact", "hours text", backend)]).collect()
}
