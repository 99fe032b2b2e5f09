//! A small notation for tables that reads the same for both databases.

use sea_orm::DbBackend;

/// A table as the first migration writes it down.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// `external_id text!, amount_minor int`: name and type, `!` for NOT NULL.
    pub(super) columns: &'static str,
    /// Unique keys, the tenant understood in front: `external_id`, or `account_id : state <> 'closed'` with a condition.
    pub(super) unique: &'static [&'static str],
    /// Indexes, the tenant understood in front.
    pub(super) indexes: &'static [&'static str],
    /// Foreign keys inside the tenant: `account_id account`.
    pub(super) parents: &'static [&'static str],
}

/// A column type on this database.
pub(super) fn type_of(word: &str, backend: DbBackend) -> &'static str {
    match (word, backend) {
        ("uuid", DbBackend::Postgres) => "uuid",
        ("uuid", _) => "uuid_blob",
        ("int", DbBackend::Postgres) => "bigint",
        ("int", _) => "bigint",
        ("bool", _) => "boolean",
        ("date", DbBackend::Postgres) => "date",
        ("date", _) => "date_text",
        ("at", DbBackend::Postgres) => "timestamptz",
        ("at", _) => "timestamp_with_timezone_text",
        ("bytes", DbBackend::Postgres) => "bytea",
        ("bytes", _) => "blob",
        _ => "text",
    }
}

fn column(text: &str, backend: DbBackend) -> String {
    let (name, word) = text.trim().split_once(' ').unwrap_or((text.trim(), "text"));
    let (word, null) = word.strip_suffix('!').map_or((word, ""), |word| (word, " NOT NULL"));
    format!("{name} {}{null}", type_of(word, backend))
}

fn index(table: &str, no: usize, kind: &str, text: &str) -> String {
    let (columns, condition) =
        text.split_once(" : ").map_or((text, String::new()), |(columns, condition)| (columns, format!(" WHERE {condition}")));
    let prefix = if kind.is_empty() { "ix" } else { "uq" };
    let columns = if columns.is_empty() { "tenant_id".to_owned() } else { format!("tenant_id, {columns}") };
    format!("CREATE {kind}INDEX {prefix}_{table}_{no} ON {table} ({columns}){condition}")
}

/// A later change that gives a table one more column: `("account", "watch text! 'none'")`; NOT NULL needs the value old rows get.
pub(super) fn add_column(table: &str, text: &str, backend: DbBackend) -> String {
    let mut parts = text.splitn(3, ' ');
    let (name, word, default) = (parts.next().unwrap_or_default(), parts.next().unwrap_or("text"), parts.next());
    let default = default.map(|value| format!(" DEFAULT {value}")).unwrap_or_default();
    format!("ALTER TABLE {table} ADD COLUMN {}{default}", column(&format!("{name} {word}"), backend))
}

impl Table {
    /// The statements that make a tenant's table: key `(tenant_id, id)`, and every key and index led by the tenant.
    pub(super) fn statements(&self, backend: DbBackend) -> Vec<String> {
        let uuid = type_of("uuid", backend);
        let mut parts = vec![format!("tenant_id {uuid} NOT NULL"), format!("id {uuid} NOT NULL")];
        parts.extend(self.columns.split(',').map(|text| column(text, backend)));
        parts.push("PRIMARY KEY (tenant_id, id)".to_owned());
        for parent in self.parents {
            let (column, table) = parent.split_once(' ').unwrap_or((parent, parent));
            parts.push(format!("FOREIGN KEY (tenant_id, {column}) REFERENCES {table} (tenant_id, id)"));
        }
        let mut all = vec![format!("CREATE TABLE {} ({})", self.name, parts.join(", "))];
        all.extend(self.unique.iter().enumerate().map(|(no, text)| index(self.name, no + 1, "UNIQUE ", text)));
        all.extend(self.indexes.iter().enumerate().map(|(no, text)| index(self.name, no + 1, "", text)));
        all
    }

    /// The statements that make a table that belongs to no tenant.
    pub(super) fn global(&self, backend: DbBackend) -> Vec<String> {
        let mut parts = vec![format!("id {} NOT NULL PRIMARY KEY", type_of("uuid", backend))];
        parts.extend(self.columns.split(',').map(|text| column(text, backend)));
        parts.extend(self.unique.iter().map(|columns| format!("UNIQUE ({columns})")));
        vec![format!("CREATE TABLE {} ({})", self.name, parts.join(", "))]
    }
}
