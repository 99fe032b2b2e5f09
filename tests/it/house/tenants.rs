//! Tenant tables are read only through the starting query of their `rows.rs`, which takes the tenant.

use super::source::{See, is_of_tests, lines_with, rust, see, without_tests};
use super::{clean, root, sees};
use std::path::Path;

/// Ways to a table that know no tenant.
const UNBOUND: [&str; 12] = [
    "Entity::",
    "EntityTrait",
    "find_by_id",
    "find_with_related",
    "find_also_related",
    "update_many",
    "delete_many",
    "delete_by_id",
    "Statement",
    "execute_unprepared",
    "execute_raw",
    "query_all_raw",
];

/// Places that write their own statements: the table of tenants is global, and a lease is taken by an update with a condition, which
/// names its tenant; the hearing of every test world sees that it does.
const OWN_STATEMENTS: [&str; 3] = ["engine/src/tenant/", "engine/src/doors/", "engine/src/run/lease.rs"];

fn starting_queries(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let judged = |path: &str| !is_of_tests(path) && !OWN_STATEMENTS.iter().any(|place| path.starts_with(place));
    for file in rust(root, "engine/src").into_iter().filter(|file| judged(&file.path)) {
        // A legal entity is a column, and no way to a table.
        let code = without_tests(&see(&file.text, See::Code)).replace("Column::Entity", "Column::of_entity");
        let is_rows = file.path.ends_with("/rows.rs") || file.path.contains("/rows/");
        if is_rows {
            let own = lines_with(&code, "DeriveEntityModel");
            found.extend(own.iter().map(|no| format!("{}:{no}: a table declared without tenant_rows!", file.path)));
        } else {
            for way in UNBOUND {
                found.extend(lines_with(&code, way).iter().map(|no| format!("{}:{no}: {way} goes round the starting query", file.path)));
            }
        }
    }
    found
}

#[test]
fn tenant_tables_are_read_only_through_their_starting_queries() {
    clean(starting_queries(&root()));
}

#[test]
fn a_planted_way_round_the_tenant_is_seen() {
    sees(starting_queries, &[("engine/src/account/load.rs", "let a = account::find_by_id(id);")], "load.rs:1: find_by_id");
    sees(starting_queries, &[("engine/src/account/rows.rs", "#[derive(DeriveEntityModel)]")], "rows.rs:1: a table declared");
}
