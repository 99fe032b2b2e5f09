//! What an editor and a reader need to know about the words, made from the one table.

use crate::check::TEST_WORDS;
use crate::hooks::{ALWAYS, spec};
use crate::lint::TEMPLATE_VARIABLES;
use crate::manifest::{ACTIVITIES, API, PERMISSIONS};
use crate::plan::close::{CHANNELS, CONTACT_ROLES, ROLES};
use crate::plan::value::KINDS;
use crate::words::table::{Form, Word};
use crate::words::{RESERVED, RESERVED_PROPERTIES, WORDS};
use recoup_engine::words::asked::Hook;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Completion, hover and enum values for editors.
pub fn symbols() -> Value {
    let types: Vec<Value> = WORDS
        .types
        .iter()
        .map(|(name, doc)| json!({ "name": name, "doc": doc, "members": words_on(name).map(symbol).collect::<Vec<_>>() }))
        .collect();
    json!({
        "api": API,
        "hooks": Hook::ALL.iter().map(|hook| hook_symbol(*hook)).collect::<Vec<_>>(),
        "functions": words_on("").map(symbol).collect::<Vec<_>>(),
        "types": types,
        "test": TEST_WORDS.table.iter().map(symbol).collect::<Vec<_>>(),
        "enums": {
            "permission": PERMISSIONS, "role": ROLES, "contact_role": *CONTACT_ROLES, "channel": *CHANNELS,
            "activity": ACTIVITIES, "value": KINDS, "template_variable": *TEMPLATE_VARIABLES,
        },
        "reserved": RESERVED.as_slice(),
        "reserved_properties": RESERVED_PROPERTIES,
    })
}

fn words_on(on: &str) -> impl Iterator<Item = &'static Word> {
    WORDS.table.iter().filter(move |word| word.on == on)
}

fn symbol(word: &Word) -> Value {
    let kind = match word.form {
        Form::Property => "property",
        Form::Method => "method",
        Form::Function => "function",
    };
    let args: Vec<Value> = word.args.iter().map(|arg| json!({ "name": arg.name, "type": arg.kind, "optional": arg.is_optional })).collect();
    let hooks: Vec<&str> = word.hooks.iter().map(|hook| hook.as_str()).collect();
    json!({
        "name": word.name, "kind": kind, "signature": word.signature(), "doc": word.doc, "arguments": args,
        "returns": word.returns, "hooks": hooks, "permission": word.permission, "without_account": word.is_without_account,
    })
}

fn function_name(hook: Hook) -> String {
    if hook == Hook::Action {
        return "action_<name>".to_owned();
    }
    if hook == Hook::Step { "step_<type>".to_owned() } else { hook.to_string() }
}

fn hook_symbol(hook: Hook) -> Value {
    let spec = spec(hook);
    let votes: Vec<&str> = spec.votes.iter().map(|vote| vote.as_str()).collect();
    let effects: Vec<&str> = spec.effects.iter().copied().chain(ALWAYS).collect();
    json!({
        "name": function_name(hook), "doc": spec.doc, "votes": votes, "effects": effects,
        "on_failure": spec.on_failure, "cpu_ms": u64::try_from(spec.cpu.as_millis()).unwrap_or(0),
    })
}

/// Definitions in Rhai's own form, for colouring in editors.
pub fn definitions() -> String {
    let mut text = String::from("// What a hook may say. Generated from the table of words; do not edit.\nmodule static;\n");
    for word in &WORDS.table {
        let args: Vec<String> = word.args.iter().map(|arg| format!("{}: {}", arg.name, arg.kind)).collect();
        let returns = if word.returns.is_empty() { "()" } else { word.returns };
        let signature = match word.form {
            Form::Property => format!("fn get {}(this: {}) -> {returns};", word.name, word.on),
            Form::Method => {
                let all: Vec<String> = std::iter::once(format!("this: {}", word.on)).chain(args).collect();
                format!("fn {}({}) -> {returns};", word.name, all.join(", "))
            }
            Form::Function => format!("fn {}({}) -> {returns};", word.name, args.join(", ")),
        };
        let _ = write!(text, "\n/// {}\n{signature}\n", word.doc);
    }
    text
}

/// The reference page, in Markdown.
pub fn reference() -> String {
    let mut text = String::from("# Script reference\n\nGenerated from the table of words; do not edit.\n\n## Hooks\n\n");
    text.push_str("| Function | Asked when | Votes | Effects | On failure |\n|---|---|---|---|---|\n");
    for hook in Hook::ALL {
        let spec = spec(*hook);
        let votes: Vec<String> = spec.votes.iter().map(|vote| format!("`{vote}`")).collect();
        let effects: Vec<String> = spec.effects.iter().map(|effect| format!("`{effect}`")).collect();
        let name = function_name(*hook);
        let _ = writeln!(text, "| `{name}` | {} | {} | {} | {} |", spec.doc, votes.join(" "), effects.join(" "), spec.on_failure);
    }
    let always: Vec<String> = ALWAYS.iter().map(|effect| format!("`{effect}`")).collect();
    let _ = writeln!(text, "\nEvery hook may also `pass` {}.\n", always.join(" "));
    let left = |on: &str| {
        let said = words_on(on).filter(|word| word.is_without_account).map(|word| format!("`{}.{}`", on.to_lowercase(), word.name));
        said.collect::<Vec<String>>().join(" ")
    };
    let _ = writeln!(
        text,
        "An action whose subject is `none` is about no account: it sees {} and proposes {}, and everything else of the two is an error.\n\n## Functions\n",
        left("Ctx"),
        left("Plan"),
    );
    table(&mut text, words_on(""));
    for (name, doc) in &WORDS.types {
        let _ = writeln!(text, "\n## {name}\n\n{doc}\n");
        table(&mut text, words_on(name));
    }
    text.push_str("\n## Tests\n\n");
    table(&mut text, TEST_WORDS.table.iter());
    lists(&mut text);
    text
}

fn table<'a>(text: &mut String, words: impl Iterator<Item = &'a Word>) {
    text.push_str("| Word | Meaning | Needs |\n|---|---|---|\n");
    for word in words {
        let mut needs: Vec<String> = word.hooks.iter().map(|hook| function_name(*hook)).collect();
        match word.permission {
            "" => {}
            "decide" => needs.push("permission `decide:<hook>`".to_owned()),
            permission => needs.push(format!("permission `{permission}`")),
        }
        let _ = writeln!(text, "| `{}` | {} | {} |", word.signature().replace('|', "\\|"), word.doc, needs.join(", "));
    }
}

fn lists(text: &mut String) {
    text.push_str("\n## Words with fixed values\n\n");
    let lists: [(&str, &[&str]); 7] = [
        ("Permissions", &PERMISSIONS),
        ("Roles", &ROLES),
        ("Contact roles", &CONTACT_ROLES),
        ("Channels", &CHANNELS),
        ("Kinds of activity", &ACTIVITIES),
        ("Types of a value in `[codes]`", &KINDS),
        ("Places in a letter", &TEMPLATE_VARIABLES),
    ];
    for (name, words) in lists {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let _ = writeln!(text, "- {name}: {}", words.join(" "));
    }
}

/// The generated files by name.
pub fn files() -> [(&'static str, String); 3] {
    let symbols = serde_json::to_string_pretty(&symbols()).unwrap_or_default() + "\n";
    [("symbols.json", symbols), ("script.d.rhai", definitions()), ("reference.md", reference())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn the_committed_definitions_are_what_the_table_says() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/definitions");
        for (name, text) in files() {
            let path = folder.join(name);
            if std::env::var_os("RECOUP_BLESS").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == text, "{name} is stale: run RECOUP_BLESS=1 cargo test -p recoup-plugins");
        }
    }

    #[test]
    fn every_word_is_registered_with_the_arguments_it_claims_and_says_what_it_means() {
        let native = crate::lint::native();
        for word in &WORDS.table {
            assert!(word.doc.ends_with(['.', '?', '…']), "{}: {:?}", word.signature(), word.doc);
            let own = usize::from(word.form != Form::Function);
            let name = if word.form == Form::Property { format!("get${}", word.name) } else { word.name.to_owned() };
            let registered = native.get(&name).cloned().unwrap_or_default();
            let (least, most) = word.arity();
            for args in [least, most] {
                assert!(registered.contains(&(args + own)), "{} with {args} arguments is not registered: {registered:?}", word.signature());
            }
        }
    }

    #[test]
    fn every_type_a_word_names_is_known() {
        let plain = [
            "int",
            "decimal",
            "number",
            "bool",
            "text",
            "list",
            "map",
            "any",
            "settings",
            "params",
            "code",
            "role",
            "contact_role",
            "template",
            "task",
            "state",
            "channel",
            "handoff",
            "map|text",
            "",
        ];
        let known: BTreeSet<&str> = WORDS.types.iter().map(|(name, _)| *name).chain(plain).collect();
        for word in &WORDS.table {
            assert!(known.contains(word.returns.trim_end_matches('?')), "{}", word.signature());
            assert!(known.contains(word.on), "{}", word.signature());
            for arg in &word.args {
                assert!(known.contains(arg.kind), "{}", word.signature());
            }
        }
    }

    #[test]
    fn the_kinds_of_activity_are_those_the_engine_knows() {
        let known: Vec<&str> = recoup_engine::policy::TaskKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(known, ACTIVITIES);
    }

    #[test]
    fn no_word_is_in_the_table_twice() {
        let mut seen = BTreeSet::new();
        for word in &WORDS.table {
            assert!(seen.insert((word.on, word.name)), "{}", word.signature());
        }
    }
}
