//! SQLite: one writer that begins immediately, readers of their own, write-ahead log, full durability.

use super::changes::{How, TableRows};
use super::recheck::WAITS;
use super::{Hearing, failed, listen};
use crate::words::error::Result;
use crate::words::id::TenantId;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, Value};
use std::fmt::Write as _;
use std::time::Duration;

/// SQLite takes at most 32,766 bound values a statement.
const BINDS_MAX: usize = 30_000;
/// Longer statements cost more to prepare than they save.
const ROWS_MAX: usize = 500;

pub(super) async fn connect(url: &str, connections: u32, hearing: Option<Hearing>) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(|file| {
            file.create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                .pragma("cache_size", "-16000")
                .statement_cache_capacity(200)
        });
    let mut connection = Database::connect(options).await.map_err(failed)?;
    listen(&mut connection, hearing);
    Ok(connection)
}

/// Inserts or replaces rows, in chunks.
pub(super) async fn write_rows(tx: &DatabaseTransaction, tenant: TenantId, rows: &TableRows, kept: &[&Vec<Value>]) -> Result<()> {
    let per_row = rows.columns.len() + 1;
    for chunk in kept.chunks((BINDS_MAX / per_row).min(ROWS_MAX)) {
        let (table, names) = (rows.table, rows.columns.join(", "));
        let is_mark = rows.how == How::Mark;
        let mut sql = if is_mark {
            format!("WITH r (tenant_id, {names}) AS (VALUES ")
        } else {
            format!("INSERT INTO {table} (tenant_id, {names}) VALUES ")
        };
        let mut values = Vec::with_capacity(chunk.len() * per_row);
        for (at, row) in chunk.iter().enumerate() {
            let marks = vec!["?"; per_row].join(", ");
            // Writing to a String cannot fail.
            let _ = write!(sql, "{}({marks})", if at > 0 { ", " } else { "" });
            values.push(Value::from(tenant));
            values.extend(row.iter().cloned());
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
