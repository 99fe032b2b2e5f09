//! Looking into a database from outside, past the engine: for checks that must not ask the program whether it did well.

use recoup_engine::tenant::Tenant;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Executor, Row, TypeInfo, ValueRef};
use std::collections::BTreeMap;

/// One row: its values as text, `None` for NULL, bytes in hexadecimal.
pub type Cells = Vec<Option<String>>;

/// Runs statements on either database and gives the rows of the last one that has some.
pub async fn sql(url: &str, statements: &str) -> Result<Vec<Cells>, String> {
    let text = AssertSqlSafe(statements.to_owned());
    if let Some(file) = url.strip_prefix("sqlite://") {
        let file = file.split('?').next().unwrap_or(file);
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let mut connection: SqliteConnection = options.connect().await.map_err(|e| e.to_string())?;
        let rows = connection.fetch_all(sqlx::raw_sql(text)).await.map_err(|e| format!("{statements}: {e}"))?;
        let _ = connection.close().await;
        return Ok(rows.iter().map(of_sqlite).collect());
    }
    let mut connection = PgConnection::connect(url).await.map_err(|e| e.to_string())?;
    let rows = connection.fetch_all(sqlx::raw_sql(text)).await.map_err(|e| format!("{statements}: {e}"))?;
    let _ = connection.close().await;
    Ok(rows.iter().map(of_postgres).collect())
}

fn of_postgres(row: &PgRow) -> Cells {
    // An unprepared statement answers in text, whatever the type.
    row.columns().iter().map(|column| row.try_get_raw(column.ordinal()).ok()?.as_str().ok().map(str::to_owned)).collect()
}

fn of_sqlite(row: &SqliteRow) -> Cells {
    let text = |at: usize| {
        let value = row.try_get_raw(at).ok()?;
        if value.is_null() {
            return None;
        }
        match value.type_info().name() {
            "TEXT" => row.try_get_unchecked::<String, _>(at).ok(),
            "BLOB" => row.try_get_unchecked::<Vec<u8>, _>(at).ok().map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            "REAL" => row.try_get_unchecked::<f64, _>(at).ok().map(|number| number.to_string()),
            _ => row.try_get_unchecked::<i64, _>(at).ok().map(|number| number.to_string()),
        }
    };
    row.columns().iter().map(|column| text(column.ordinal())).collect()
}

/// How the database would run a read, whatever its bound values: a line for each way into a table. Tables are small in tests, so
/// PostgreSQL is told that reading one whole is dear.
pub async fn plan(url: &str, read: &str) -> Vec<String> {
    if url.starts_with("sqlite") {
        let rows = sql(url, &format!("EXPLAIN QUERY PLAN {read}")).await.expect("a plan");
        return rows.into_iter().filter_map(|row| row.into_iter().nth(3).flatten()).collect();
    }
    let bound = (1..=40).take_while(|no| read.contains(&format!("${no}"))).count();
    let nothing = if bound == 0 { String::new() } else { format!("({})", vec!["NULL"; bound].join(", ")) };
    let ask = format!(
        "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE asked AS {read}; EXPLAIN EXECUTE asked{nothing}"
    );
    let rows = sql(url, &ask).await.expect("a plan");
    rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
}

/// Tables in which processes tell of themselves: nothing of the tenant's business stands in them.
const OF_PROCESSES: [&str; 1] = ["plugin_node"];

/// Everything a tenant has, table by table, in a fixed order.
pub async fn tenant_dump(url: &str, tenant: &Tenant) -> BTreeMap<String, Vec<Cells>> {
    let plain = tenant.id.0.to_string();
    let ours = [Some(plain.replace('-', "")), Some(plain)];
    let mut dump = BTreeMap::new();
    for table in tenant_tables(url).await.into_iter().filter(|table| !OF_PROCESSES.contains(&table.as_str())) {
        let rows = sql(url, &format!("SELECT * FROM {table} ORDER BY id")).await.expect("a table can be read");
        dump.insert(table, rows.into_iter().filter(|row| ours.contains(&row[0])).collect());
    }
    dump
}

/// The tables that have a tenant.
pub async fn tenant_tables(url: &str) -> Vec<String> {
    const POSTGRES: &str =
        "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id'";
    const SQLITE: &str = "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'tenant_id'";
    let names = sql(url, if url.starts_with("sqlite") { SQLITE } else { POSTGRES }).await.expect("the catalogue can be read");
    names.into_iter().flatten().flatten().collect()
}
