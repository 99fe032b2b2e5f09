//! Hears every statement a test executes, and remembers those that touch a tenant's table without binding the tenant.

use crate::inspect;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// What was heard in one world.
pub struct Hearing {
    tables: BTreeSet<String>,
    wrong: Mutex<BTreeSet<String>>,
    reads: Mutex<BTreeSet<String>>,
}

impl Hearing {
    /// Knows the tenant tables of this database.
    pub async fn of(url: &str) -> Self {
        Self { tables: inspect::tenant_tables(url).await.into_iter().collect(), wrong: Mutex::default(), reads: Mutex::default() }
    }

    /// One executed statement and the number of its bound values.
    pub fn hear(&self, sql: &str, bound: usize) {
        if self.touches_a_tenant(sql) && (bound == 0 || !sql.contains("tenant_id")) {
            self.wrong.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned());
        }
        if ["SELECT", "WITH"].iter().any(|first| sql.trim_start().starts_with(first)) && self.touches_a_tenant(sql) {
            self.reads.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned());
        }
    }

    /// The reads heard since the last time this was asked.
    pub fn take_reads(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.reads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does a tenant's table stand where a statement names its tables?
    fn touches_a_tenant(&self, sql: &str) -> bool {
        let words: Vec<String> =
            sql.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
        let names_table =
            |pair: &[String]| ["from", "join", "into", "update"].contains(&pair[0].as_str()) && self.tables.contains(&pair[1]);
        words.windows(2).any(names_table)
    }

    /// Fails with the statements that did not bind their tenant.
    #[track_caller]
    pub fn clean(&self) {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<&str> = wrong.iter().map(String::as_str).collect();
        assert!(lines.is_empty(), "statements on a tenant's table that bind no tenant:\n{}", lines.join("\n"));
    }
}

#[test]
fn a_statement_without_its_tenant_is_heard() {
    let hearing = Hearing { tables: BTreeSet::from(["account".into()]), wrong: Mutex::default(), reads: Mutex::default() };
    hearing.hear("SELECT name FROM \"account\" WHERE tenant_id = $1 AND id = $2", 2);
    hearing.hear("SELECT slug FROM tenant WHERE slug = $1", 1);
    hearing.clean();
    hearing.hear("UPDATE account SET name = $1 WHERE id = $2", 2);
    assert_eq!(hearing.wrong.lock().unwrap().len(), 1);
}
