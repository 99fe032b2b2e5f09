//! The database, SQLite or PostgreSQL. Every difference between the two is in this folder.

mod changes;
pub mod columns;
mod failure;
mod forget;
mod forward;
mod hold_events;
mod page;
mod plugin_events;
mod postgres;
mod recheck;
pub mod rows;
mod sqlite;
mod together;
mod work;
mod write;

pub use changes::{AccountClaim, Changes, Claim, Entry, GroupClaim};

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::TenantId;
use sea_orm::sea_query::{ArrayType, Expr, ExprTrait, IntoColumnRef, Value, extension::postgres::PgFunc};
use sea_orm::sqlx::PgPool;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, Statement};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub(crate) use failure::failed;
pub(crate) use recheck::Moved;

/// Hears every statement that is executed, with its bound values: how a test proves that each names its tenant.
pub type Hearing = Arc<dyn Fn(&str, &[Value]) + Send + Sync>;

/// How to reach the database.
#[derive(Clone)]
pub struct StoreOptions {
    /// `sqlite://recoup.db` or `postgres://…`.
    pub url: String,
    /// Connections for reading and, on PostgreSQL, for writing.
    pub connections: u32,
    /// Told of every statement, in tests.
    pub hearing: Option<Hearing>,
}

impl StoreOptions {
    /// The usual number of connections for this address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: 16, hearing: None }
    }
}

/// The database: one writer and many readers.
#[derive(Clone)]
pub struct Store {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    /// Present on PostgreSQL: the writer's own pool, for statements that take whole columns.
    pool: Option<PgPool>,
    texts: Arc<postgres::Texts>,
    /// Present on PostgreSQL: the writer whose transactions concurrent changes share.
    together: Option<Arc<together::Together>>,
    hearing: Option<Hearing>,
}

impl Store {
    /// Connects; a SQLite file is made when absent.
    pub async fn connect(options: &StoreOptions) -> Result<Self> {
        if options.url.starts_with("sqlite:") {
            let writer = sqlite::writer(&options.url, options.hearing.clone()).await?;
            let reader = sqlite::readers(&options.url, Ord::min(options.connections, 8), options.hearing.clone()).await?;
            return Ok(Self { reader, writer, pool: None, texts: Arc::default(), together: None, hearing: options.hearing.clone() });
        }
        if !options.url.starts_with("postgres://") && !options.url.starts_with("postgresql://") {
            return Err(Error::new(Code::DatabaseUnavailable, "a database address begins with sqlite:// or postgres://"));
        }
        let mut connect = ConnectOptions::new(options.url.clone());
        connect
            .max_connections(options.connections)
            .acquire_timeout(Duration::from_secs(10))
            .statement_timeout(Duration::from_secs(15))
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            .test_before_acquire(false);
        let mut both = Database::connect(connect).await.map_err(failed)?;
        let pool = both.get_postgres_connection_pool().clone();
        listen(&mut both, options.hearing.clone());
        let (texts, hearing) = (Arc::<postgres::Texts>::default(), options.hearing.clone());
        let together = Some(together::Together::new(pool.clone(), texts.clone(), hearing.clone()));
        Ok(Self { reader: both.clone(), writer: both, pool: Some(pool), texts, together, hearing })
    }

    /// Is this PostgreSQL? For reports and messages only: rules never ask.
    pub fn is_postgres(&self) -> bool {
        self.pool.is_some()
    }

    /// Does the database answer?
    pub async fn ping(&self) -> Result<()> {
        self.reader.ping().await.map_err(failed)
    }

    /// Closes the connections after the work in hand.
    pub async fn close(&self) {
        // Closing twice, or a connection already lost, is no failure of a program that is about to end.
        let _ = self.reader.close_by_ref().await;
        let _ = self.writer.close_by_ref().await;
    }

    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Reads bound to this tenant.
    pub fn read(&self, tenant: TenantId) -> Read {
        Read { db: self.reader.clone(), tenant }
    }
}

/// Tells a connection to report every statement.
pub(crate) fn listen(connection: &mut DatabaseConnection, hearing: Option<Hearing>) {
    if let Some(hearing) = hearing {
        connection.set_metric_callback(move |heard| {
            let values = heard.statement.values.as_ref().map_or(&[][..], |values| values.0.as_slice());
            hearing(&heard.statement.sql, values);
        });
    }
}

/// Reads of one tenant. Every query starts from a table's `find(tenant)` or names the tenant itself.
#[derive(Clone)]
pub struct Read {
    db: DatabaseConnection,
    tenant: TenantId,
}

impl Read {
    /// The tenant whose rows are read.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The connection, for queries that began at a starting query.
    pub fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Rows of a written query whose first bound value `$1` is this tenant. The text must be good for both databases.
    pub async fn rows(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<QueryResult>> {
        let bound: Vec<Value> = std::iter::once(Value::from(self.tenant)).chain(values).collect();
        let statement = Statement::from_sql_and_values(self.db.get_database_backend(), sql, bound);
        self.db.query_all_raw(statement).await.map_err(failed)
    }

    /// Is a text column one of these words?
    pub fn among_texts<C: IntoColumnRef>(&self, column: C, texts: &[String]) -> Expr {
        self.one_of(column, ArrayType::String, texts.iter().map(|text| Value::from(text.clone())).collect())
    }

    /// Is a column one of these ids? One bound value on PostgreSQL, so that the statement is always the same text.
    pub fn among<C: IntoColumnRef>(&self, column: C, ids: impl IntoIterator<Item = impl Into<Value>>) -> Expr {
        self.one_of(column, ArrayType::Uuid, ids.into_iter().map(Into::into).collect())
    }

    fn one_of<C: IntoColumnRef>(&self, column: C, of: ArrayType, values: Vec<Value>) -> Expr {
        let column = Expr::col(column);
        if self.db.get_database_backend() == DbBackend::Postgres {
            return column.eq(PgFunc::any(Value::Array(of, Some(Box::new(values)))));
        }
        column.is_in(values)
    }
}

/// A total as the databases return it: PostgreSQL widens sums to numeric, so queries cast them to bigint with this.
pub fn sum_minor(column: &str) -> String {
    format!("CAST(COALESCE(SUM({column}), 0) AS BIGINT)")
}

/// A UUID column of a row, by name.
pub fn uuid_at(row: &QueryResult, column: &str) -> Result<Uuid> {
    row.try_get("", column).map_err(failed)
}
