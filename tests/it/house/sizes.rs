//! Rule 9: small files, speaking names, races settled by claims, sums in one place, and nobody's machine in the text.

use super::source::{See, Source, files, lines_with, rust, see, without_tests};
use super::{clean, root, sees};
use std::path::Path;
use std::process::Command;

const LINES_MAX: usize = 500;

const REFUSED: [&str; 11] = ["utils", "common", "manager", "service", "handler", "processor", "base", "data", "info", "misc", "dto"];

const CRATES: [&str; 4] = ["engine", "plugins", "api", "tests"];

fn sizes(root: &Path) -> Vec<String> {
    let all = CRATES.iter().flat_map(|part| rust(root, part));
    let long = all.map(|file| (file.text.lines().count(), file.path)).filter(|(lines, _)| *lines > LINES_MAX);
    long.map(|(lines, path)| format!("{path}: {lines} lines; a file has at most {LINES_MAX}")).collect()
}

/// Files, folders and declared things that carry a name which says nothing, alone or as the last word of a longer one.
fn names(root: &Path) -> Vec<String> {
    let refused = |name: &str| REFUSED.contains(&name) || name == "impl";
    let mut found = Vec::new();
    for file in CRATES.iter().flat_map(|part| rust(root, part)) {
        for part in file.path.trim_end_matches(".rs").split('/').filter(|part| part.split('_').any(refused)) {
            found.push(format!("{}: {part} says nothing as a name", file.path));
        }
        for (no, line) in see(&file.text, See::Code).lines().enumerate() {
            let mut words = line.split(|c: char| !super::source::is_word(c)).filter(|word| !word.is_empty());
            while let Some(word) = words.next() {
                let kind = ["struct", "enum", "trait", "mod", "type"].contains(&word);
                let Some(name) = kind.then(|| words.next()).flatten() else { continue };
                let last = name.rfind(char::is_uppercase).map_or(name, |at| &name[at..]).to_lowercase();
                if refused(&last) {
                    found.push(format!("{}:{}: {name} says nothing as a name", file.path, no + 1));
                }
            }
        }
    }
    found
}

/// Row locks are dropped by SQLite without a word, so nothing outside the store may lean on them; sums of money overflow, or become
/// another type on another database, unless one place does them.
fn races_and_sums(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in ["engine", "plugins", "api"].iter().flat_map(|part| rust(root, part)) {
        let seen = see(&file.text, See::Strings);
        if !file.path.starts_with("engine/src/doors/store") {
            let locks = ["FOR UPDATE", "for update", "lock_exclusive", "lock_with_behavior", "LockType"];
            found.extend(
                locks.iter().flat_map(|lock| lines_with(&seen, lock)).map(|no| format!("{}:{no}: a row lock outside the store", file.path)),
            );
        }
        let code = without_tests(&see(&file.text, See::Code));
        let is_test = file.path.ends_with("tests.rs") || file.path.contains("/tests/");
        if file.path.starts_with("engine/") && !is_test && !code.contains("fn sum_minor") {
            found.extend(lines_with(&code, ".sum(").iter().map(|no| format!("{}:{no}: .sum( outside sum_minor", file.path)));
        }
    }
    found
}

/// Paths and hosts of somebody's machine. Written in pieces, or this file would find itself.
fn machines(root: &Path) -> Vec<String> {
    let places = [["/ho", "me/"], ["/Use", "rs/"], ["/ro", "ot/"], ["/wo", "rk/"], ["C:", "\\"], ["art", "ifactory"], [".loc", "aldomain"]];
    let mut found = Vec::new();
    for file in published(root) {
        let path = file.path.as_str();
        for place in places.map(|pieces| pieces.concat()) {
            let hits = file.text.lines().enumerate().filter(|(_, line)| line.contains(&place) && !line.contains(&format!("://{place}")));
            found.extend(hits.map(|(no, _)| format!("{path}:{}: {place} belongs to somebody's machine", no + 1)));
        }
        if path == "Cargo.lock" {
            let public = "registry+https://github.com/rust-lang/crates.io-index";
            let strange = file.text.lines().enumerate().filter(|(_, line)| line.starts_with("source = ") && !line.contains(public));
            found.extend(strange.map(|(no, line)| format!("{path}:{}: not from the public registry: {line}", no + 1)));
        }
    }
    found
}

/// What everyone gets: the files git knows; in a tree without git, all of them.
fn published(root: &Path) -> Vec<Source> {
    let listed = Command::new("git").arg("-C").arg(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).output();
    match listed {
        Ok(list) if list.status.success() && root.join(".git").exists() => {
            String::from_utf8_lossy(&list.stdout).split('\0').filter(|path| !path.is_empty()).flat_map(|path| files(root, path)).collect()
        }
        _ => files(root, ""),
    }
}

#[test]
fn no_file_is_too_long() {
    clean(sizes(&root()));
}

#[test]
fn every_name_says_something() {
    clean(names(&root()));
}

#[test]
fn claims_decide_races_and_sums_have_one_place() {
    clean(races_and_sums(&root()));
}

#[test]
fn nobodys_machine_is_named() {
    clean(machines(&root()));
}

#[test]
fn planted_long_files_empty_names_locks_and_sums_are_seen() {
    sees(sizes, &[("engine/src/account/mod.rs", &"\n".repeat(501))], "501 lines");
    sees(names, &[("api/src/utils.rs", "")], "utils");
    sees(names, &[("engine/src/account/mod.rs", "pub struct AccountManager;\npub struct DataRow;")], "AccountManager");
    sees(races_and_sums, &[("engine/src/run/mod.rs", "let q = \"select 1 FOR UPDATE\";")], "mod.rs:1: a row lock");
    sees(
        races_and_sums,
        &[("engine/src/run/mod.rs", "let s = minor.sum();\n#[cfg(test)]\nmod tests { fn f() { x.sum() } }")],
        "mod.rs:1: .sum(",
    );
    sees(machines, &[("README.md", &["cd /ho", "me/ann/recoup"].concat())], "README.md:1");
    sees(machines, &[("Cargo.lock", "source = \"registry+https://mirror.example/index\"")], "not from the public registry");
}
