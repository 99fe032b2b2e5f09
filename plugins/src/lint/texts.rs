//! Findings in texts and templates: nothing is shown to a person that is missing in one language or lacks its figures.

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::package::{Files, MANIFEST, Package, SCHEMA};
use crate::plan::text::places;
use crate::texts::LANGUAGES;
use recoup_engine::words::text::Bilingual;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What the engine fills into a letter: its own figures and, from the offer the letter is about, discount and last day. So a
/// letter cannot say anything about money or days that the engine does not know.
pub(crate) static TEMPLATE_VARIABLES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| recoup_engine::policy::letters::NAMES.into_iter().chain(["rate", "pay_by"]).collect());

pub(super) fn lint(package: &Package, files: &Files, found: &mut Vec<Diagnostic>) {
    let manifest = &package.manifest;
    let (texts, codes) = (&package.texts, &manifest.codes);
    for (code, values) in codes {
        let known: Vec<&str> = values.keys().map(String::as_str).collect();
        sentence(&texts.codes, code, Some(&known), found);
    }
    for task in manifest.tasks.keys() {
        sentence(&texts.tasks, task, None, found);
    }
    let unknown = |known: Vec<&str>, map: &BTreeMap<String, Bilingual>, found: &mut Vec<Diagnostic>| {
        for odd in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let fault = Diagnostic::error(LANGUAGES[0].1, (0, 0), "unknown_text", format!("the manifest does not know {odd}"));
            found.push(Diagnostic { hint: did_you_mean(odd, known.iter().copied()), ..fault });
        }
    };
    unknown(codes.keys().map(String::as_str).collect(), &texts.codes, found);
    unknown(manifest.tasks.keys().map(String::as_str).collect(), &texts.tasks, found);
    settings(package, found);
    templates(package, files, found);
}

/// A sentence is there in both languages, and knows all its figures.
fn sentence(texts: &BTreeMap<String, Bilingual>, key: &str, known: Option<&[&str]>, found: &mut Vec<Diagnostic>) {
    let empty = Bilingual::default();
    let text = texts.get(key).unwrap_or(&empty);
    for ((_, file), sentence) in LANGUAGES.iter().zip([&text.en, &text.zh]) {
        if sentence.trim().is_empty() {
            found.push(Diagnostic::error(file, (0, 0), "missing_text", format!("{key} has no text")));
        }
        let places = places(sentence);
        for odd in places.iter().filter(|place| known.is_some_and(|known| !known.contains(place))) {
            let fault = Diagnostic::error(file, (0, 0), "unknown_value", format!("{key}: the manifest gives it no value {odd}"));
            found.push(Diagnostic { hint: did_you_mean(odd, known.unwrap_or_default().iter().copied()), ..fault });
        }
    }
    let differ = places(&text.en) != places(&text.zh) && !text.en.is_empty() && !text.zh.is_empty();
    if differ {
        found.push(Diagnostic::warning(MANIFEST, (0, 0), "uneven_text", format!("{key}: the two languages do not say the same figures")));
    }
}

fn settings(package: &Package, found: &mut Vec<Diagnostic>) {
    for key in package.schema.keys() {
        for ((_, file), texts) in LANGUAGES.iter().zip(&package.texts.settings) {
            let is_there = texts.get(key).is_some_and(|text| !text.title.trim().is_empty() && !text.help.trim().is_empty());
            if !is_there {
                found.push(Diagnostic::error(file, (0, 0), "missing_text", format!("the setting {key} needs a title and a help")));
            }
        }
        let has_default = package.schema.shape(key).is_some_and(|shape| shape.get("default").is_some());
        let required = package.schema.document().get("required").and_then(serde_json::Value::as_array);
        let is_required = required.is_some_and(|list| list.iter().any(|one| one.as_str() == Some(key)));
        if !has_default && !is_required {
            found.push(Diagnostic::error(
                SCHEMA,
                (0, 0),
                "settings_schema",
                format!("the setting {key} needs a default, or has to be required"),
            ));
        }
    }
}

fn templates(package: &Package, files: &Files, found: &mut Vec<Diagnostic>) {
    for (key, by_language) in &package.templates {
        for (language, _) in LANGUAGES {
            let file = format!("templates/{key}.{language}.txt");
            match by_language.get(language) {
                None => found.push(Diagnostic::error(&file, (0, 0), "missing_file", format!("template {key} is missing in {language}"))),
                Some(text) => template(&file, text, found),
            }
        }
    }
    for path in files.keys().filter(|path| path.starts_with("templates/") && !is_template(path)) {
        let message = "a template is templates/KEY.en.txt or templates/KEY.zh-CN.txt";
        found.push(Diagnostic::error(path, (0, 0), "unknown_file", message));
    }
}

fn is_template(path: &str) -> bool {
    LANGUAGES.iter().any(|(language, _)| {
        let key = path.strip_prefix("templates/").and_then(|name| name.strip_suffix(&format!(".{language}.txt")));
        key.is_some_and(|key| crate::manifest::is_name(key, 1))
    })
}

/// `plugin.name`: a word that a plugin adds to letters (`message_compose`).
fn is_variable(place: &str) -> bool {
    place.split_once('.').is_some_and(|(plugin, name)| crate::manifest::is_name(plugin, 3) && crate::manifest::is_name(name, 1))
}

fn template(file: &str, text: &str, found: &mut Vec<Diagnostic>) {
    for (no, line) in (1_i64..).zip(text.lines()) {
        for odd in places(line).iter().filter(|place| !TEMPLATE_VARIABLES.contains(place) && !is_variable(place)) {
            let fault = Diagnostic::error(file, (no, 1), "unknown_value", format!("the engine fills no '{odd}' into a letter"));
            found.push(Diagnostic { hint: did_you_mean(odd, TEMPLATE_VARIABLES.iter().copied()), ..fault });
        }
    }
}
