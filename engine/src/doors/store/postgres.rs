//! PostgreSQL: whole columns travel as arrays, and a page of changes is one statement, so a command costs one round trip.

use super::changes::{AccountClaim, How, TableRows};
use super::failure::from_sqlx;
use super::recheck;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, TenantId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::Value;
use sea_orm::sqlx::postgres::PgArguments;
use sea_orm::sqlx::{self, Arguments, AssertSqlSafe, PgPool, Row};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, RwLock};
use uuid::Uuid;

/// Statement texts by whether groups are claimed and by the tables they write, so that each is put together once and prepared once a connection.
#[derive(Default)]
pub(super) struct Texts(RwLock<HashMap<(bool, Tables), Arc<str>>>);

/// Which tables a statement writes, and how.
type Tables = Vec<(&'static str, How)>;

/// One column of many rows.
enum Column {
    Uuid(Vec<Option<Uuid>>),
    Text(Vec<Option<String>>),
    Int(Vec<Option<i64>>),
    Bool(Vec<Option<bool>>),
    Date(Vec<Option<NaiveDate>>),
    At(Vec<Option<DateTime<Utc>>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the schema uses these types only; another one is our fault")]
    fn like(value: &Value, rows: usize) -> Result<Self> {
        Ok(match value {
            Value::Uuid(_) => Self::Uuid(Vec::with_capacity(rows)),
            Value::String(_) => Self::Text(Vec::with_capacity(rows)),
            Value::BigInt(_) => Self::Int(Vec::with_capacity(rows)),
            Value::Bool(_) => Self::Bool(Vec::with_capacity(rows)),
            Value::ChronoDate(_) => Self::Date(Vec::with_capacity(rows)),
            Value::ChronoDateTimeUtc(_) => Self::At(Vec::with_capacity(rows)),
            Value::Bytes(_) => Self::Bytes(Vec::with_capacity(rows)),
            other => return Err(Error::internal(format!("a column of {other:?} has no array form"))),
        })
    }

    fn push(&mut self, value: Value) -> Result<()> {
        match (self, value) {
            (Self::Uuid(column), Value::Uuid(value)) => column.push(value),
            (Self::Text(column), Value::String(value)) => column.push(value),
            (Self::Int(column), Value::BigInt(value)) => column.push(value),
            (Self::Bool(column), Value::Bool(value)) => column.push(value),
            (Self::Date(column), Value::ChronoDate(value)) => column.push(value),
            (Self::At(column), Value::ChronoDateTimeUtc(value)) => column.push(value),
            (Self::Bytes(column), Value::Bytes(value)) => column.push(value),
            (_, other) => return Err(Error::internal(format!("{other:?} does not fit its column"))),
        }
        Ok(())
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Uuid(_) => "uuid",
            Self::Text(_) => "text",
            Self::Int(_) => "bigint",
            Self::Bool(_) => "boolean",
            Self::Date(_) => "date",
            Self::At(_) => "timestamptz",
            Self::Bytes(_) => "bytea",
        }
    }

    fn bind(self, to: &mut PgArguments) -> Result<()> {
        match self {
            Self::Uuid(column) => to.add(column),
            Self::Text(column) => to.add(column),
            Self::Int(column) => to.add(column),
            Self::Bool(column) => to.add(column),
            Self::Date(column) => to.add(column),
            Self::At(column) => to.add(column),
            Self::Bytes(column) => to.add(column),
        }
        .map_err(Error::internal)
    }
}

/// Rows of one table with the account each belongs to, turned into columns.
pub(super) struct Columns {
    pub(super) table: &'static str,
    pub(super) how: How,
    names: Vec<&'static str>,
    owners: Vec<Option<Uuid>>,
    columns: Vec<Column>,
}

impl Columns {
    pub(super) fn of(rows: &TableRows) -> Self {
        Self { table: rows.table, how: rows.how, names: rows.columns.clone(), owners: Vec::new(), columns: Vec::new() }
    }

    pub(super) fn take(&mut self, owner: Option<AccountId>, rows: Vec<Vec<Value>>) -> Result<()> {
        for row in rows {
            if self.columns.is_empty() {
                self.columns = row.iter().map(|value| Column::like(value, 16)).collect::<Result<_>>()?;
            }
            self.owners.push(owner.map(|account| account.0));
            for (column, value) in self.columns.iter_mut().zip(row) {
                column.push(value)?;
            }
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.columns.len() + 1
    }

    /// `INSERT … SELECT … FROM UNNEST(…)`, only for rows that pass the condition, with bound values from `$first` on.
    fn text(&self, first: usize, condition: Option<&str>) -> String {
        let names = self.names.join(", ");
        let arrays: Vec<String> =
            self.columns.iter().enumerate().map(|(at, c)| format!("${}::{}[]", first + 1 + at, c.type_name())).collect();
        let waits = (self.how == How::Mark).then_some(recheck::WAITS);
        let conditions: Vec<&str> = condition.into_iter().chain(waits).collect();
        let filter = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
        let mut sql = format!(
            "INSERT INTO {} (tenant_id, {names}) SELECT $1, {names} FROM UNNEST(${first}::uuid[], {}) AS r(owner_of_row, {names}){filter}",
            self.table,
            arrays.join(", "),
        );
        sql.push_str(&TableRows::over(self.table, self.how, &self.names));
        sql
    }

    fn bind(self, to: &mut PgArguments) -> Result<()> {
        to.add(self.owners).map_err(Error::internal)?;
        self.columns.into_iter().try_for_each(|column| column.bind(to))
    }
}

/// Claims the accounts and writes everything of those that were won, in one statement. Returns who won.
pub(super) async fn write_claimed(
    pool: &PgPool,
    texts: &Texts,
    tenant: TenantId,
    revision: i64,
    claims: &[&AccountClaim],
    tables: Vec<Columns>,
) -> Result<Vec<AccountId>> {
    let has_groups = claims.iter().any(|claim| claim.group.is_some());
    let key = (has_groups, tables.iter().map(|table| (table.table, table.how)).collect());
    let known = texts.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&key).cloned();
    let sql = known.unwrap_or_else(|| {
        let sql: Arc<str> = claim_and_write(&tables, has_groups).into();
        texts.0.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(key, sql.clone());
        sql
    });
    let mut bound = PgArguments::default();
    let add = |to: &mut PgArguments| -> std::result::Result<(), sqlx::error::BoxDynError> {
        to.add(tenant.0)?;
        to.add(revision)?;
        to.add(claims.iter().map(|claim| claim.id.0).collect::<Vec<_>>())?;
        to.add(claims.iter().map(|claim| claim.version).collect::<Vec<_>>())?;
        to.add(claims.iter().map(|claim| claim.next_review_on).collect::<Vec<_>>())?;
        to.add(claims.iter().map(|claim| claim.facts_until).collect::<Vec<_>>())?;
        to.add(claims.iter().map(|claim| claim.open_count).collect::<Vec<_>>())?;
        to.add(claims.iter().map(|claim| claim.daily_asked_on).collect::<Vec<_>>())?;
        to.add(claims.iter().map(|claim| claim.warning_level).collect::<Vec<_>>())?;
        if has_groups {
            to.add(claims.iter().map(|claim| claim.group.map(|group| group.root.0)).collect::<Vec<_>>())?;
            to.add(claims.iter().map(|claim| claim.group.map(|group| group.turn)).collect::<Vec<_>>())?;
        }
        Ok(())
    };
    add(&mut bound).map_err(Error::internal)?;
    tables.into_iter().try_for_each(|table| table.bind(&mut bound))?;
    let rows = sqlx::query_with(AssertSqlSafe(sql), bound).fetch_all(pool).await.map_err(|error| from_sqlx(&error))?;
    rows.iter().map(|row| row.try_get::<Uuid, _>(0).map(AccountId).map_err(|error| from_sqlx(&error))).collect()
}

/// The text of the one statement. All parts of it see the same moment, and foreign keys are checked when it ends. Only where a page has
/// accounts that share limits does it claim groups, each before the account that needs it.
fn claim_and_write(tables: &[Columns], has_groups: bool) -> String {
    let (shared, own_arrays, own_names, own_filter) = if has_groups {
        (
            "shared AS (UPDATE credit_group SET turn = credit_group.turn + 1 FROM UNNEST($10::uuid[], $11::bigint[]) AS g(root, turn) \
             WHERE credit_group.tenant_id = $1 AND credit_group.id = g.root AND credit_group.turn = g.turn RETURNING credit_group.id), ",
            ", $10::uuid[]",
            ", root",
            " AND (c.root IS NULL OR c.root IN (SELECT id FROM shared))",
        )
    } else {
        ("", "", "", "")
    };
    let mut sql = format!(
        "WITH {shared}claimed AS (UPDATE account SET version = account.version + 1, next_review_on = c.next_review_on, \
         facts_until = c.facts_until, open_count = c.open_count, daily_asked_on = c.daily_asked_on, warning_level = c.warning_level \
         FROM UNNEST($3::uuid[], $4::bigint[], $5::date[], $6::date[], $7::bigint[], $8::date[], $9::bigint[]{own_arrays}) \
         AS c(id, version, next_review_on, facts_until, open_count, daily_asked_on, warning_level{own_names}) \
         WHERE account.tenant_id = $1 AND account.id = c.id AND account.version = c.version \
         AND (SELECT revision FROM tenant_state WHERE tenant_id = $1) = $2{own_filter} RETURNING account.id)",
    );
    let mut first = if has_groups { 12 } else { 10 };
    for (at, table) in tables.iter().enumerate() {
        let of_winners = "(r.owner_of_row IS NULL OR r.owner_of_row IN (SELECT id FROM claimed))";
        // Writing to a String cannot fail.
        let _ = write!(sql, ", t{at} AS ({})", table.text(first, Some(of_winners)));
        first += table.len();
    }
    sql.push_str(" SELECT id FROM claimed");
    sql
}

/// Writes rows inside an open transaction, for changes that claim something else than accounts.
pub(super) async fn write_rows(tx: &mut sqlx::PgConnection, tenant: TenantId, table: Columns) -> Result<()> {
    let sql = table.text(2, None);
    let mut bound = PgArguments::default();
    bound.add(tenant.0).map_err(Error::internal)?;
    table.bind(&mut bound)?;
    sqlx::query_with(AssertSqlSafe(sql), bound).execute(tx).await.map(drop).map_err(|error| from_sqlx(&error))
}
