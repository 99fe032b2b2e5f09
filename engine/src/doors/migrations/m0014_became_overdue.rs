//! An instalment becomes overdue once: of two workers that note it, the second one is refused.

use sea_orm::DbBackend;

/// Every statement, in order.
pub(super) fn statements(_: DbBackend) -> Vec<String> {
    vec!["CREATE UNIQUE INDEX uq_plugin_event_overdue ON plugin_event (tenant_id, subject_id) WHERE hook = 'became_overdue'".to_owned()]
}
