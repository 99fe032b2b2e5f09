//! Sentences with places for figures: `{{ amount }} is overdue`.

use crate::plan::value::said;
use recoup_engine::words::effect::{FactValue, Values};
use recoup_engine::words::text::Bilingual;
use std::collections::BTreeSet;

/// The names between double braces, in no order.
pub(crate) fn places(text: &str) -> BTreeSet<&str> {
    parts(text).filter_map(|part| if let Part::Place(name) = part { Some(name) } else { None }).collect()
}

enum Part<'a> {
    Plain(&'a str),
    Place(&'a str),
}

fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(inside) = rest.strip_prefix("{{")
            && let Some((name, after)) = inside.split_once("}}")
        {
            rest = after;
            return Some(Part::Place(name.trim()));
        }
        let from = if rest.starts_with("{{") { 2 } else { 0 };
        let end = rest[from..].find("{{").map_or(rest.len(), |at| at + from);
        let (plain, after) = rest.split_at(end);
        rest = after;
        Some(Part::Plain(plain))
    })
}

/// The sentence with its figures; a place without a value keeps its name, so that it is seen.
pub(crate) fn fill(text: &str, values: &Values, language: &str) -> String {
    parts(text)
        .map(|part| match part {
            Part::Plain(plain) => plain.to_owned(),
            Part::Place(name) => values.get(name).map_or_else(|| format!("{{{{ {name} }}}}"), |value| said(value, language)),
        })
        .collect()
}

/// The sentence in both languages.
pub(crate) fn fill_both(text: &Bilingual, values: &Values) -> Bilingual {
    Bilingual::new(fill(&text.en, values, "en"), fill(&text.zh, values, "zh-CN"))
}

/// Keeps a finished sentence among the values of an effect, under `text.en` and `text.zh-CN`.
pub(crate) fn keep(values: &mut Values, text: &Bilingual) {
    values.insert("text.en".to_owned(), FactValue::Text(text.en.clone()));
    values.insert("text.zh-CN".to_owned(), FactValue::Text(text.zh.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_and_filled_and_odd_braces_stay() {
        let values = Values::from([("days".to_owned(), FactValue::Int(3))]);
        assert_eq!(fill("{{days}} days, {{ more }}, {{ open", &values, "en"), "3 days, {{ more }}, {{ open");
        assert_eq!(places("{{ a }} and {{b}}").into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}
