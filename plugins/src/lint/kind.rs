//! What the linter knows about a value: its type, as the table of words or the settings schema tells it.

use crate::words::WORDS;
use crate::words::table::{Form, Word};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What is known about a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    /// Nothing.
    Any,
    /// A type of the table, or `int decimal number bool text list map`.
    Named(&'a str),
    /// A group of settings, by its schema.
    Group(&'a Value),
    /// A list of settings, by the schema of one.
    ListOf(&'a Value),
}

impl<'a> Kind<'a> {
    /// What the table says a word returns, and whether it may be absent.
    pub(super) fn returned(word: &Word) -> (Self, bool) {
        let plain = word.returns.trim_end_matches('?');
        let kind = match plain {
            "any" | "" => Self::Any,
            named => Self::Named(named),
        };
        (kind, word.returns.ends_with('?'))
    }

    /// The type of a setting.
    pub(super) fn of_schema(schema: &'a Value) -> Self {
        let text = |key: &str| schema.get(key).and_then(Value::as_str);
        match (text("format"), text("type")) {
            (Some("money"), _) => Self::Named("Money"),
            (Some("rate"), _) => Self::Named("decimal"),
            (Some("date"), _) => Self::Named("Date"),
            (_, Some("integer")) => Self::Named("int"),
            (_, Some("number")) => Self::Named("number"),
            (_, Some("boolean")) => Self::Named("bool"),
            (_, Some("string")) => Self::Named("text"),
            (_, Some("array")) => schema.get("items").map_or(Self::Named("list"), Self::ListOf),
            (_, Some("object")) => Self::Group(schema),
            _ => Self::Any,
        }
    }

    /// What `for` walks over.
    pub(super) fn element(self) -> Self {
        match self {
            Self::ListOf(schema) => Self::of_schema(schema),
            Self::Named("Items") => Self::Named("Item"),
            Self::Named("Promises") => Self::Named("Promise"),
            Self::Named("Holds") => Self::Named("Hold"),
            Self::Named("Contacts") => Self::Named("Contact"),
            Self::Named("Offers") => Self::Named("Offer"),
            Self::Named("Papers") => Self::Named("Paper"),
            Self::Named(_) | Self::Any | Self::Group(_) => Self::Any,
        }
    }

    /// Is it a type whose words are all in the table?
    pub(super) fn is_ours(self) -> Option<&'a str> {
        match self {
            Self::Named(name) => WORDS.types.iter().any(|(known, _)| *known == name).then_some(name),
            Self::Any | Self::Group(_) | Self::ListOf(_) => None,
        }
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Named("int" | "decimal" | "number"))
    }

    /// Can the two be compared, as far as is known?
    pub(super) fn compares_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (a, b) if a.is_number() && b.is_number() => true,
            (a, b) => a == b,
        }
    }

    /// The kind of `a op b`.
    pub(super) fn of_operator(op: &str, a: Self, b: Self) -> Self {
        let money = Self::Named("Money");
        match op {
            "==" | "!=" | "<" | "<=" | ">" | ">=" | "!" | "in" => Self::Named("bool"),
            "-" if a == Self::Named("Date") && b == a => Self::Named("int"),
            "/" if a == money && b == money => Self::Named("decimal"),
            "*" if b == money => money,
            "+" | "-" | "*" | "/" | "%" if a == money => money,
            "+" | "-" | "*" | "/" | "%" | "**" if a.is_number() && b.is_number() => {
                let both_whole = a == Self::Named("int") && b == a;
                Self::Named(if both_whole { "int" } else { "decimal" })
            }
            "+" if a == Self::Named("text") => a,
            ".." | "..=" => Self::Named("list"),
            _ => Self::Any,
        }
    }

    /// What people call it.
    pub(super) fn name(self) -> &'a str {
        match self {
            Self::Any => "a value",
            Self::Named("Money") => "money",
            Self::Named("Date") => "a date",
            Self::Named("int" | "decimal" | "number") => "a number",
            Self::Named("text") => "text",
            Self::Named("bool") => "yes or no",
            Self::Named(other) => other,
            Self::Group(_) => "a group of settings",
            Self::ListOf(_) => "a list",
        }
    }
}

/// The words of a type.
pub(super) fn words_of(on: &str) -> impl Iterator<Item = &'static Word> {
    WORDS.table.iter().filter(move |word| word.on == on)
}

/// One word of a type.
pub(super) fn word_of(on: &str, name: &str, form: Form) -> Option<&'static Word> {
    words_of(on).find(|word| word.name == name && word.form == form)
}

/// Every native function with the numbers of arguments it takes, the thing itself included.
pub(super) static NATIVE: LazyLock<BTreeMap<String, BTreeSet<usize>>> = LazyLock::new(|| {
    let mut native: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let all =
        crate::sandbox::compiler().collect_fn_metadata(None, |info| Some((info.metadata.name.to_string(), info.metadata.num_params)), true);
    for (name, params) in all {
        native.entry(name).or_default().insert(params);
    }
    // Said by the language itself.
    for (name, params) in [("Fn", 1), ("type_of", 1), ("is_def_var", 1), ("is_def_fn", 2), ("print", 1), ("debug", 1)] {
        native.entry(name.to_owned()).or_default().insert(params);
    }
    for name in ["call", "curry"] {
        native.entry(name.to_owned()).or_default().extend(1..10);
    }
    native
});
