//! Rule 1: each crate owns one foreign world, and the arrows between the crates are as drawn.

use super::source::{See, lines_with, rust, see};
use super::{clean, root, sees};
use std::path::Path;

/// Folder, the foreign crates it may not depend on, and the crates of ours that it may. Tests and benches stand outside the house:
/// a bench may name a foreign crate as the bare thing to compare with, but nobody outside touches the database's mapper.
const CRATES: [(&str, &[&str], &[&str]); 4] = [
    ("engine", &["rhai", "actix-web", "jsonwebtoken", "utoipa-actix-web"], &[]),
    ("plugins", &["sea-orm", "sqlx", "actix-web", "jsonwebtoken", "utoipa-actix-web"], &["recoup-engine"]),
    ("api", &["sea-orm", "sqlx", "rhai"], &["recoup-engine", "recoup-plugins"]),
    ("tests", &["sea-orm"], &["recoup-engine", "recoup-plugins", "recoup-api"]),
];

/// Dependencies in the manifests, and names in the code.
fn arrows(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for (folder, foreign, ours) in CRATES {
        for name in dependencies(root, folder) {
            if foreign.contains(&name.as_str()) || (name.starts_with("recoup-") && !ours.contains(&name.as_str())) {
                found.push(format!("{folder}/Cargo.toml: depends on {name}, which another crate owns"));
            }
        }
        for file in rust(root, folder) {
            let code = see(&file.text, See::Code);
            for name in foreign {
                let name = name.replace('-', "_");
                found.extend(lines_with(&code, &name).iter().map(|no| format!("{}:{no}: names {name}", file.path)));
            }
        }
    }
    found
}

/// All kinds of dependencies of the crate in this folder, those for one platform included.
fn dependencies(root: &Path, folder: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root.join(folder).join("Cargo.toml")).unwrap_or_default();
    let manifest: toml::Table = text.parse().expect("a manifest is TOML");
    fn collect(table: &toml::Table, names: &mut Vec<String>) {
        for (key, value) in table {
            let Some(inner) = value.as_table() else { continue };
            if key.ends_with("dependencies") {
                // A renamed dependency counts under its real name.
                names.extend(inner.iter().map(|(name, it)| it.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned()));
            } else {
                collect(inner, names);
            }
        }
    }
    let mut names = Vec::new();
    collect(&manifest, &mut names);
    names
}

#[test]
fn each_crate_owns_one_foreign_world() {
    clean(arrows(&root()));
    assert!(dependencies(&root(), "engine").contains(&"sea-orm".to_owned()), "the rule reads the real manifests");
}

#[test]
fn a_planted_foreign_name_is_seen() {
    sees(arrows, &[("api/src/routes/order.rs", "// sea_orm is fine here\nuse sea_orm::EntityTrait;")], "api/src/routes/order.rs:2");
    sees(arrows, &[("plugins/Cargo.toml", "[dependencies]\nweb = { package = \"actix-web\", version = \"4\" }")], "depends on actix-web");
    sees(arrows, &[("engine/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nrecoup-plugins.workspace = true")], "recoup-plugins");
}
