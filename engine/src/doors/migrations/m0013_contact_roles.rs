//! Who counts for what at the customer, and who stands in for whom on which days.

use super::table::add_column;
use sea_orm::DbBackend;

const OF_CONTACTS: [&str; 5] = ["influence int", "persona text", "delegate_of_id uuid", "absent_from date", "absent_to date"];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let contacts = OF_CONTACTS.iter().map(|column| add_column("contact", column, backend));
    contacts.chain([add_column("task", "contact_id uuid", backend)]).collect()
}
