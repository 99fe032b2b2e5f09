//! The outbox carries no index beside its key while nothing is sealed: it would hold every row a second time.

use sea_orm::DbBackend;

/// Every statement, in order.
pub(super) fn statements(_: DbBackend) -> Vec<String> {
    vec!["DROP INDEX ix_outbox_1".to_owned()]
}
