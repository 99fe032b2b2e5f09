//! The rules of the house, as tests. Each rule reads a source tree and returns what it found wrong; beside each stands a planted
//! violation that it must see, so that no rule can go blind unnoticed.

mod arrows;
mod order;
mod purity;
mod schema;
mod sizes;
mod source;
mod tenants;

use std::path::{Path, PathBuf};

/// The folder that holds the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace").to_owned()
}

/// Fails with every violation on a line of its own.
#[track_caller]
fn clean(found: Vec<String>) {
    assert!(found.is_empty(), "{} violations of the house:\n{}", found.len(), found.join("\n"));
}

/// Writes a small tree and expects the rule to find exactly one thing in it, on a line that contains `wanted`.
#[track_caller]
fn sees(rule: fn(&Path) -> Vec<String>, files: &[(&str, &str)], wanted: &str) {
    let planted = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = planted.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let found = rule(planted.path());
    assert!(found.len() == 1 && found[0].contains(wanted), "wanted one violation with {wanted:?}, found {found:#?}");
}
