//! The schema as an ordered list of changes. Each is frozen once released; a database newer than the program is refused.

mod m0001_first_engine;
mod m0002_proposals;
mod m0003_limits;
mod m0004_order_life;
mod m0005_contracts;
mod m0006_credit_file;
mod m0007_signals;
mod m0008_queue;
mod m0009_supply;
mod m0010_hooks;
mod m0011_replay;
mod m0012_plugin_state;
mod m0013_contact_roles;
mod m0014_became_overdue;
mod m0015_credit_control;
mod m0016_imported_limits;
mod m0017_outbox;
mod m0018_payment_process;
mod m0019_hours_and_reasons;
mod m0020_group_warnings;
mod m0021_milestones;
mod m0022_plans_and_stock;
mod m0023_findings;
mod m0024_offer_sets;
mod m0025_actions_without_account;
mod table;

use crate::doors::clock::Clock;
use crate::doors::store::{Store, failed};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait};

/// One change of the schema: its name and its statements.
struct Migration {
    name: &'static str,
    statements: fn(DbBackend) -> Vec<String>,
}

const ALL: &[Migration] = &[
    Migration { name: "m0001_first_engine", statements: m0001_first_engine::statements },
    Migration { name: "m0002_proposals", statements: m0002_proposals::statements },
    Migration { name: "m0003_limits", statements: m0003_limits::statements },
    Migration { name: "m0004_order_life", statements: m0004_order_life::statements },
    Migration { name: "m0005_contracts", statements: m0005_contracts::statements },
    Migration { name: "m0006_credit_file", statements: m0006_credit_file::statements },
    Migration { name: "m0007_signals", statements: m0007_signals::statements },
    Migration { name: "m0008_queue", statements: m0008_queue::statements },
    Migration { name: "m0009_supply", statements: m0009_supply::statements },
    Migration { name: "m0010_hooks", statements: m0010_hooks::statements },
    Migration { name: "m0011_replay", statements: m0011_replay::statements },
    Migration { name: "m0012_plugin_state", statements: m0012_plugin_state::statements },
    Migration { name: "m0013_contact_roles", statements: m0013_contact_roles::statements },
    Migration { name: "m0014_became_overdue", statements: m0014_became_overdue::statements },
    Migration { name: "m0015_credit_control", statements: m0015_credit_control::statements },
    Migration { name: "m0016_imported_limits", statements: m0016_imported_limits::statements },
    Migration { name: "m0017_outbox", statements: m0017_outbox::statements },
    Migration { name: "m0018_payment_process", statements: m0018_payment_process::statements },
    Migration { name: "m0019_hours_and_reasons", statements: m0019_hours_and_reasons::statements },
    Migration { name: "m0020_group_warnings", statements: m0020_group_warnings::statements },
    Migration { name: "m0021_milestones", statements: m0021_milestones::statements },
    Migration { name: "m0022_plans_and_stock", statements: m0022_plans_and_stock::statements },
    Migration { name: "m0023_findings", statements: m0023_findings::statements },
    Migration { name: "m0024_offer_sets", statements: m0024_offer_sets::statements },
    Migration { name: "m0025_actions_without_account", statements: m0025_actions_without_account::statements },
];

/// What bringing the schema up to date did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Names of the changes that were made now.
    pub applied: Vec<&'static str>,
}

/// Brings the schema up to date. Safe to call from several processes at once: the second one finds nothing to do.
pub async fn migrate(store: &Store, clock: &dyn Clock) -> Result<Migrated> {
    let db = store.writer();
    let backend = db.get_database_backend();
    let at = table::type_of("at", backend);
    let history = format!("CREATE TABLE IF NOT EXISTS migration (name text NOT NULL PRIMARY KEY, applied_at {at} NOT NULL)");
    if let Err(error) = db.execute_unprepared(&history).await {
        // Two processes may both see no table; the loser finds it on its second try.
        tracing::debug!(%error, "another process made the migration table");
        db.execute_unprepared(&history).await.map_err(failed)?;
    }
    let mut applied = Vec::new();
    for migration in ALL {
        if apply(db, backend, clock, migration).await? {
            applied.push(migration.name);
        }
    }
    Ok(Migrated { applied })
}

/// Which changes are not made yet. Refuses a database that has changes this program has never heard of.
pub async fn pending(store: &Store) -> Result<Vec<&'static str>> {
    let done = done(store.reader()).await.unwrap_or_default();
    if let Some(newer) = done.iter().find(|name| ALL.iter().all(|known| known.name != name.as_str())) {
        return Err(Error::new(Code::DatabaseUnavailable, format!("the database is newer than this program: it has {newer}")));
    }
    Ok(ALL.iter().map(|migration| migration.name).filter(|name| !done.iter().any(|made| made == name)).collect())
}

async fn done(db: &DatabaseConnection) -> Result<Vec<String>> {
    let query = Statement::from_string(db.get_database_backend(), "SELECT name FROM migration ORDER BY name");
    let rows = db.query_all_raw(query).await.map_err(failed)?;
    rows.iter().map(|row| row.try_get("", "name").map_err(failed)).collect()
}

async fn apply(db: &DatabaseConnection, backend: DbBackend, clock: &dyn Clock, migration: &Migration) -> Result<bool> {
    if done(db).await?.iter().any(|name| name == migration.name) {
        return Ok(false);
    }
    let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let tx = db.begin_with_options(options).await.map_err(failed)?;
    let record = "INSERT INTO migration (name, applied_at) VALUES ($1, $2)";
    let mut outcome =
        tx.execute_raw(Statement::from_sql_and_values(backend, record, [migration.name.into(), clock.now().into()])).await.map(drop);
    for statement in (migration.statements)(backend) {
        if outcome.is_ok() {
            outcome = tx.execute_unprepared(&statement).await.map(drop);
        }
    }
    match outcome {
        Ok(()) => tx.commit().await.map_err(failed).map(|()| true),
        Err(error) => {
            tx.rollback().await.map_err(failed)?;
            let error = failed(error);
            // Another process made this change in the meantime: nothing is left to do.
            if error.is_lost_race() { Ok(false) } else { Err(error) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doors::store::StoreOptions;

    /// SQLite writes the table anew, so what stood in it is worth a look.
    #[tokio::test]
    async fn decisions_stay_as_they_were_when_they_need_no_account_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&StoreOptions::new(format!("sqlite://{}", folder.path().join("old.db").display()))).await.unwrap();
        let db = store.writer();
        let made = (ALL[0].statements)(DbBackend::Sqlite);
        for statement in made.iter().filter(|statement| statement.contains(" decision (")) {
            db.execute_unprepared(statement).await.unwrap();
        }
        let put = |id: &str, account: &str| {
            format!(
                "INSERT INTO decision VALUES (x'01', x'{id}', {account}, 'order', x'04', '2026-03-02', '2026-03-02T00:00:00Z', 'cli', 'req', 1, 7, \
                 x'05', 'hold', '{{}}', x'06', 3)"
            )
        };
        db.execute_unprepared(&put("02", "x'03'")).await.unwrap();
        assert!(db.execute_unprepared(&put("0A", "NULL")).await.is_err(), "it needed one before");
        for statement in m0025_actions_without_account::statements(DbBackend::Sqlite) {
            db.execute_unprepared(&statement).await.unwrap();
        }
        db.execute_unprepared(&put("0A", "NULL")).await.unwrap();
        let count = async |what: &str| {
            let query = Statement::from_string(DbBackend::Sqlite, format!("SELECT COUNT(*) AS n FROM {what}"));
            db.query_one_raw(query).await.unwrap().unwrap().try_get::<i64>("", "n").unwrap()
        };
        let same = "decision WHERE id = x'02' AND account_id = x'03' AND cause_id = x'04' AND revision = 7 AND outcome = 'hold' AND facts_slot = 3";
        assert_eq!((count(same).await, count("decision").await), (1, 2));
        assert_eq!(count("sqlite_master WHERE tbl_name = 'decision' AND name = 'ix_decision_1'").await, 1);
    }
}
