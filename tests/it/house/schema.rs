//! Rule 4: what both live databases say about themselves. Tenant first in every key, and nothing that thinks: no sequence, no
//! trigger, no clock.

use super::clean;
use std::collections::BTreeMap;
use tests::inspect::{Cells, sql};
use tests::on_both;
use tests::world::{On, World};

/// Tables that belong to the installation, not to a tenant.
const GLOBAL: [&str; 3] = ["tenant", "signing_key", "migration"];

/// Append-only tables, whose key may have the day between tenant and id so that PostgreSQL can partition them.
const BY_DAY: [&str; 4] = ["journal_entry", "outbox", "decision", "decision_facts"];

/// One table as its database describes it.
#[derive(Debug, Default)]
struct Table {
    /// Name, type and default of each column.
    columns: Vec<(String, String, String)>,
    key: Vec<String>,
    indexes: Vec<(String, Vec<String>)>,
    /// Columns, and the table and columns they point to.
    foreign: Vec<(Vec<String>, String, Vec<String>)>,
}

/// What a database says: its tables, and everything in it that is neither a table nor an index.
#[derive(Debug, Default)]
struct Schema {
    tables: BTreeMap<String, Table>,
    odd: Vec<String>,
}

/// Reads the catalogue. Each row is kind, table, name, then columns joined by commas, then kind-specific cells.
async fn read(on: On, url: &str) -> Schema {
    let rows = sql(url, if on == On::Postgres { POSTGRES } else { SQLITE }).await.expect("the catalogue can be read");
    let mut schema = Schema::default();
    for row in rows {
        let [kind, table, name, columns, rest, more] = row.map_cells();
        let list = |text: &str| text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        if kind == "odd" {
            schema.odd.push(format!("{table}: {name}"));
            continue;
        }
        let at = schema.tables.entry(table).or_default();
        match kind.as_str() {
            "column" => at.columns.push((name, rest.to_lowercase(), more.to_lowercase())),
            "key" => at.key = list(&columns),
            "index" => at.indexes.push((name, list(&columns))),
            "foreign" => at.foreign.push((list(&columns), rest, list(&more))),
            other => assert_eq!(other, "a kind the catalogue query knows"),
        }
    }
    schema
}

trait MapCells {
    fn map_cells(self) -> [String; 6];
}

impl MapCells for Cells {
    fn map_cells(self) -> [String; 6] {
        let mut cells = self.into_iter().map(Option::unwrap_or_default);
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    }
}

/// Everything in the schema that the house refuses.
fn judge(schema: &Schema) -> Vec<String> {
    let mut found: Vec<String> = schema.odd.iter().map(|odd| format!("{odd}: the database thinks for itself")).collect();
    for (name, table) in &schema.tables {
        let mut say = |what: String| found.push(format!("{name}: {what}"));
        for (column, kind, default) in &table.columns {
            if ["now(", "current_", "nextval", "random", "datetime(", "strftime("].iter().any(|asks| default.contains(asks)) {
                say(format!("{column} takes its default from a clock, a sequence or chance: {default}"));
            }
            if column.ends_with("_minor") && !["bigint", "integer"].contains(&kind.as_str()) {
                say(format!("{column} holds money as {kind}"));
            }
            if ["real", "double", "float", "numeric", "decimal", "money"].iter().any(|inexact| kind.contains(inexact)) {
                say(format!("{column} is a {kind}: amounts are integers, rates are text"));
            }
        }
        let is_tenants = table.columns.iter().any(|(column, ..)| column == "tenant_id");
        if GLOBAL.contains(&name.as_str()) {
            let into = table.foreign.iter().filter(|(_, to, _)| !GLOBAL.contains(&to.as_str()));
            into.for_each(|(_, to, _)| say(format!("a global table points into {to}")));
            continue;
        }
        if !is_tenants {
            say("no tenant_id, and not on the list of global tables".into());
            continue;
        }
        let key: Vec<&str> = table.key.iter().map(String::as_str).collect();
        let by_day = BY_DAY.contains(&name.as_str()) && key.len() == 3 && key[0] == "tenant_id" && key[2] == "id";
        if key.first() != Some(&"tenant_id")
            || key.len() < 2
            || (table.columns.iter().any(|(column, ..)| column == "id") && key != ["tenant_id", "id"] && !by_day)
        {
            say(format!("the key is {key:?}"));
        }
        for (index, columns) in table.indexes.iter().filter(|(_, columns)| columns.first().is_none_or(|first| first != "tenant_id")) {
            say(format!("index {index} does not lead with the tenant: {columns:?}"));
        }
        for (columns, to, to_columns) in &table.foreign {
            let leads = columns.first().is_some_and(|first| first == "tenant_id");
            let to_tenant = to == "tenant" || to_columns.first().is_some_and(|first| first == "tenant_id");
            if !leads || !to_tenant {
                say(format!("a foreign key could cross tenants: {columns:?} to {to} {to_columns:?}"));
            }
        }
    }
    found
}

const POSTGRES: &str = "
WITH ours AS (SELECT c.oid, c.relname, c.relkind FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p'))
SELECT 'column' AS kind, table_name::text AS tbl, column_name::text AS name, '' AS cols, data_type::text AS rest, coalesce(column_default, '')::text AS more
  FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'NO'
UNION ALL SELECT 'odd', table_name, column_name || ' is an identity', '', '', '' FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'
UNION ALL SELECT CASE WHEN i.indisprimary THEN 'key' ELSE 'index' END, o.relname, x.relname,
  (SELECT string_agg(coalesce(a.attname::text, '(expression)'), ',' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY AS k(no, place)
     LEFT JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = k.no), '', ''
  FROM pg_index i JOIN ours o ON o.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
UNION ALL SELECT 'foreign', o.relname, f.conname,
  (SELECT string_agg(a.attname::text, ',' ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY AS k(no, place) JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.no),
  t.relname,
  (SELECT string_agg(a.attname::text, ',' ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY AS k(no, place) JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.no)
  FROM pg_constraint f JOIN ours o ON o.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid WHERE f.contype = 'f'
UNION ALL SELECT 'odd', o.relname, f.conname || ' is an exclusion or can be deferred', '', '', '' FROM pg_constraint f JOIN ours o ON o.oid = f.conrelid WHERE f.contype = 'x' OR f.condeferrable
UNION ALL SELECT 'odd', c.relname, 'a sequence or a materialised view', '', '', '' FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('S', 'm')
UNION ALL SELECT 'odd', o.relname, g.tgname || ' is a trigger', '', '', '' FROM pg_trigger g JOIN ours o ON o.oid = g.tgrelid WHERE NOT g.tgisinternal
UNION ALL SELECT 'odd', p.proname, 'a function', '', '', '' FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
UNION ALL SELECT 'odd', t.typname, 'a type of our own', '', '', '' FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('d', 'e', 'r')
ORDER BY 1, 2, 3";

const SQLITE: &str = "
SELECT 'column' AS kind, m.name AS tbl, c.name AS name, '' AS cols, c.type AS rest, coalesce(c.dflt_value, '') AS more
  FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
UNION ALL SELECT 'key', m.name, '', (SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(m.name) WHERE pk > 0 ORDER BY pk)), '', ''
  FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
UNION ALL SELECT 'index', m.name, i.name, (SELECT group_concat(name) FROM (SELECT coalesce(name, '(expression)') AS name FROM pragma_index_info(i.name) ORDER BY seqno)), '', ''
  FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table' AND i.origin <> 'pk'
UNION ALL SELECT 'foreign', m.name, '', group_concat(f.\"from\"), f.\"table\", group_concat(coalesce(f.\"to\", 'id'))
  FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id, f.\"table\"
UNION ALL SELECT 'odd', tbl_name, name || ' is a trigger', '', '', '' FROM sqlite_master WHERE type = 'trigger'
UNION ALL SELECT 'odd', name, 'a sequence', '', '', '' FROM sqlite_master WHERE type = 'table' AND sql LIKE '%autoincrement%'
ORDER BY 1, 2, 3";

/// Empties the database of this test, so that only what is planted is seen.
async fn drop_all(world: &World) {
    let (names, before, cascade) = match world.on {
        On::Postgres => ("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'", "", "CASCADE"),
        On::Sqlite => {
            ("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", "PRAGMA foreign_keys = OFF;", "")
        }
    };
    for name in sql(&world.database_url, names).await.unwrap().into_iter().flatten().flatten() {
        sql(&world.database_url, &format!("{before} DROP TABLE \"{name}\" {cascade}")).await.unwrap();
    }
}

on_both! {
    async fn every_key_of_the_live_schema_leads_with_the_tenant(world: World) {
        clean(judge(&read(world.on, &world.database_url).await));
    }

    async fn a_planted_bad_schema_is_seen(world: World) {
        let world = World::open(world.on).await.unwrap();
        let good = "CREATE TABLE tenant (id UUID PRIMARY KEY);
            CREATE TABLE account (tenant_id UUID NOT NULL REFERENCES tenant (id), id UUID NOT NULL, name TEXT NOT NULL, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name));
            CREATE TABLE invoice (tenant_id UUID NOT NULL, id UUID NOT NULL, account_id UUID NOT NULL, open_minor BIGINT NOT NULL, PRIMARY KEY (tenant_id, id),
                FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id));
            CREATE INDEX invoice_by_account ON invoice (tenant_id, account_id)";
        drop_all(&world).await;
        sql(&world.database_url, good).await.unwrap();
        assert_eq!(judge(&read(world.on, &world.database_url).await), Vec::<String>::new());
        let planted = [
            ("CREATE INDEX by_name ON account (name)", "index by_name does not lead"),
            ("CREATE TABLE note (tenant_id UUID NOT NULL, id UUID NOT NULL PRIMARY KEY)", "note: the key is"),
            ("CREATE TABLE note (id UUID NOT NULL PRIMARY KEY)", "note: no tenant_id"),
            ("CREATE TABLE note (tenant_id UUID, id UUID, account_id UUID UNIQUE, PRIMARY KEY (tenant_id, id))", "does not lead with the tenant"),
            ("CREATE TABLE note (tenant_id UUID, id UUID, at TEXT DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (tenant_id, id))", "from a clock"),
            ("CREATE TABLE note (tenant_id UUID, id UUID, paid_minor NUMERIC, PRIMARY KEY (tenant_id, id))", "paid_minor"),
            ("CREATE UNIQUE INDEX account_id ON account (id);
              CREATE TABLE note (tenant_id UUID, id UUID, of UUID REFERENCES account (id), PRIMARY KEY (tenant_id, id))", "could cross tenants"),
        ];
        for (statements, wanted) in planted {
            sql(&world.database_url, &format!("DROP TABLE IF EXISTS note; DROP INDEX IF EXISTS by_name; {statements}")).await.unwrap();
            let found = judge(&read(world.on, &world.database_url).await);
            assert!(found.iter().any(|line| line.contains(wanted)), "{wanted}: {found:#?}");
        }
        let sequence = match world.on {
            On::Postgres => "CREATE TABLE counter (tenant_id UUID, id BIGSERIAL, PRIMARY KEY (tenant_id, id))",
            On::Sqlite => "CREATE TABLE counter (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        };
        sql(&world.database_url, sequence).await.unwrap();
        assert!(judge(&read(world.on, &world.database_url).await).iter().any(|line| line.contains("thinks for itself")));
    }
}
