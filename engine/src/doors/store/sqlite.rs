//! SQLite: one writer that begins immediately, readers of their own, write-ahead log, full durability.

use super::changes::{AccountClaim, How, TableRows};
use super::recheck::WAITS;
use super::{Hearing, failed, listen};
use crate::words::error::Result;
use crate::words::id::{AccountId, TenantId};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, Value};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

/// SQLite takes at most 32,766 bound values a statement.
const BINDS_MAX: usize = 30_000;
/// Longer statements cost more to prepare than they save.
const ROWS_MAX: usize = 500;
/// Pages of the write-ahead log (4 KiB each) before it is taken over into the file: a page of the run alone writes some thousand, most of
/// them again and again.
const LOG_PAGES: &str = "8000";

/// The one connection that writes keeps more of the file at hand: a page of the run touches every index.
pub(super) async fn writer(url: &str, hearing: Option<Hearing>) -> Result<DatabaseConnection> {
    connect(url, 1, "-64000", hearing).await
}

pub(super) async fn readers(url: &str, connections: u32, hearing: Option<Hearing>) -> Result<DatabaseConnection> {
    connect(url, connections, "-16000", hearing).await
}

/// `cache`: KiB, negative as the pragma wants it.
async fn connect(url: &str, connections: u32, cache: &'static str, hearing: Option<Hearing>) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |file| {
            file.create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                .pragma("cache_size", cache)
                .pragma("temp_store", "memory")
                .pragma("wal_autocheckpoint", LOG_PAGES)
                .statement_cache_capacity(200)
        });
    let mut connection = Database::connect(options).await.map_err(failed)?;
    listen(&mut connection, hearing);
    Ok(connection)
}

/// Claims accounts, each at the version it was read at. Gives those that were won.
pub(super) async fn claim(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    revision: i64,
    claims: &[&AccountClaim],
) -> Result<HashSet<AccountId>> {
    let mut won = HashSet::with_capacity(claims.len());
    for chunk in claims.chunks(ROWS_MAX) {
        let rows = vec!["(?, ?, ?, ?, ?, ?, ?)"; chunk.len()].join(", ");
        let sql = format!(
            "WITH c (id, version, next_review_on, facts_until, open_count, daily_asked_on, warning_level) AS (VALUES {rows}) \
             UPDATE account SET version = account.version + 1, next_review_on = c.next_review_on, facts_until = c.facts_until, \
             open_count = c.open_count, daily_asked_on = c.daily_asked_on, warning_level = c.warning_level FROM c \
             WHERE account.tenant_id = ? AND account.id = c.id AND account.version = c.version \
             AND (SELECT revision FROM tenant_state WHERE tenant_id = ?) = ? RETURNING account.id AS id",
        );
        let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * 7 + 3);
        for claim in chunk {
            values.extend([claim.id.into(), claim.version.into(), claim.next_review_on.into(), claim.facts_until.into()]);
            values.extend([claim.open_count.into(), claim.daily_asked_on.into(), claim.warning_level.into()]);
        }
        values.extend([tenant.into(), tenant.into(), revision.into()]);
        let done = tx.query_all_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await.map_err(failed)?;
        for row in done {
            won.insert(AccountId(row.try_get("", "id").map_err(failed)?));
        }
    }
    Ok(won)
}

/// Inserts or replaces rows, in chunks.
pub(super) async fn write_rows(tx: &DatabaseTransaction, tenant: TenantId, rows: TableRows) -> Result<()> {
    let per_row = rows.columns.len() + 1;
    let (table, names) = (rows.table, rows.columns.join(", "));
    let is_mark = rows.how == How::Mark;
    let most = (BINDS_MAX / per_row).min(ROWS_MAX);
    let mut left = rows.rows.into_iter();
    while left.len() > 0 {
        let chunk = left.len().min(most);
        let mut sql = if is_mark {
            format!("WITH r (tenant_id, {names}) AS (VALUES ")
        } else {
            format!("INSERT INTO {table} (tenant_id, {names}) VALUES ")
        };
        let marks = format!("({})", vec!["?"; per_row].join(", "));
        sql.push_str(&vec![marks.as_str(); chunk].join(", "));
        let mut values = Vec::with_capacity(chunk * per_row);
        for row in left.by_ref().take(chunk) {
            values.push(Value::from(tenant));
            values.extend(row);
        }
        if is_mark {
            let waits = WAITS.replace("$1", "r.tenant_id");
            let _ = write!(sql, ") INSERT INTO {table} (tenant_id, {names}) SELECT tenant_id, {names} FROM r WHERE {waits}");
        }
        sql.push_str(&TableRows::over(table, rows.how, &rows.columns));
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await.map_err(failed)?;
    }
    Ok(())
}
