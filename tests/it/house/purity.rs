//! Rule 3: rules and words are pure. No waiting, no database, no log, no clock.

use super::source::{See, lines_with, rust, see};
use super::{clean, root, sees};
use std::path::Path;

const IMPURE: [&str; 6] = ["async", ".await", "sea_orm", "tracing", "Clock", "tokio"];

fn purity(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in ["engine/src", "plugins/src"].iter().flat_map(|part| rust(root, part)) {
        let is_pure = file.path.ends_with("/rules.rs") || file.path.contains("/rules/") || file.path.contains("/words/");
        if is_pure {
            let code = see(&file.text, See::Code);
            for word in IMPURE {
                found.extend(lines_with(&code, word).iter().map(|no| format!("{}:{no}: {word} in a pure file", file.path)));
            }
        }
    }
    found
}

#[test]
fn rules_and_words_are_pure() {
    clean(purity(&root()));
}

#[test]
fn a_planted_wait_is_seen() {
    sees(purity, &[("engine/src/order/rules.rs", "//! not async\npub async fn check() {}")], "rules.rs:2: async");
    sees(purity, &[("engine/src/order/rules/settle.rs", "fn f(clock: &ManualClock, c: &Clock) {}")], "settle.rs:1: Clock");
    sees(purity, &[("engine/src/words/day.rs", "fn f() { g()\n.await }")], "day.rs:2: .await");
}
