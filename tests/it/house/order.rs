//! Rule 2: words use no door, doors no slice, and a slice only those above it in the order of `lib.rs`.

use super::source::{See, Source, is_of_tests, is_word, rust, see};
use super::{clean, root, sees};
use std::path::Path;

const ENGINE: &str = "engine/src/";

fn order(root: &Path) -> Vec<String> {
    let lib = std::fs::read_to_string(root.join(ENGINE).join("lib.rs")).unwrap_or_default();
    let slices = slices(&lib);
    let place = |name: &str| slices.iter().position(|slice| slice == name);
    let mut found = Vec::new();
    // A slice's tests may set the scene with anything.
    for file in rust(root, ENGINE).into_iter().filter(|file| !is_of_tests(&file.path)) {
        let room = file.path[ENGINE.len()..].split('/').next().unwrap_or_default().trim_end_matches(".rs");
        for (no, used) in crate_uses(&file) {
            let wrong = match room {
                "words" => used != "words",
                "doors" => place(&used).is_some(),
                slice => matches!((place(slice), place(&used)), (Some(own), Some(other)) if other > own),
            };
            if wrong {
                found.push(format!("{}:{no}: {room} may not use {used}", file.path));
            }
        }
    }
    found
}

/// Modules at the top of the engine that are no slice: they stand beside or under all of them.
const NO_SLICE: [&str; 7] = ["command", "doors", "engine", "ground", "proposal", "testing", "words"];

/// The slices, in the order `lib.rs` declares them.
fn slices(lib: &str) -> Vec<String> {
    let code = see(lib, See::Code);
    let names = code.lines().filter_map(|line| line.trim().trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    names.filter(|name| !NO_SLICE.contains(name)).map(str::to_owned).collect()
}

/// Each `crate::x` of the file with its line, `use crate::{x::…, y}` included.
fn crate_uses(file: &Source) -> Vec<(usize, String)> {
    let code = see(&file.text, See::Code);
    let mut found = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let line = |at: usize| code[..at].lines().count().max(1);
        let rest = &code[at + path.len()..];
        if !rest.starts_with('{') {
            found.push((line(at + path.len()), rest.chars().take_while(|&c| is_word(c)).collect()));
            continue;
        }
        let (mut depth, mut starts) = (0_usize, false);
        for (inside, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 1 => break,
                '}' => depth -= 1,
                _ if depth == 1 && starts && is_word(c) => {
                    found.push((line(at + path.len() + inside + 1), rest[inside..].chars().take_while(|&c| is_word(c)).collect()));
                }
                _ => {}
            }
            starts = depth == 1 && (c == '{' || c == ',' || (starts && c.is_whitespace()));
        }
    }
    found
}

#[test]
fn a_slice_uses_only_those_above_it() {
    clean(order(&root()));
}

#[test]
fn a_planted_look_downwards_is_seen() {
    let lib = ("engine/src/lib.rs", "pub mod words;\npub mod doors;\npub mod account;\npub mod invoice;");
    let rows = ("engine/src/account/rows.rs", "use crate::words::id::AccountId;\nuse crate::doors::store::Read;");
    let later = ("engine/src/invoice/mod.rs", "use crate::{account::rows, invoice::rules};");
    sees(
        order,
        &[lib, later, ("engine/src/account/mod.rs", "use crate::{\n    words::money,\n    invoice::rows,\n};")],
        "mod.rs:3: account may not use invoice",
    );
    sees(order, &[lib, later, rows, ("engine/src/doors/store/mod.rs", "fn f() { crate::account::x() }")], "doors may not use account");
    sees(order, &[lib, later, rows, ("engine/src/words/money.rs", "use crate::doors::clock;")], "words may not use doors");
}
