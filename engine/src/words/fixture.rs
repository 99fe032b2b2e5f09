//! A question as a file: what a dry-run and a script test can ask instead of a live account. One that was made from a decision has its
//! names masked, so that it can be shown to whoever writes scripts.

use crate::words::asked::{About, Question, Vote};
use crate::words::code::Code;
use crate::words::day::Calendar;
use crate::words::effect::Effect;
use crate::words::error::{Error, Result};
use crate::words::facts::Facts;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One question with all it stands on, and what was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// What is asked.
    pub about: About,
    /// The common facts.
    pub facts: Facts,
    /// The working days.
    #[serde(default)]
    pub calendar: Calendar,
    /// The plugin's settings, defaults left out.
    #[serde(default = "no_settings")]
    pub settings: Json,
    /// What the plugin answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

fn no_settings() -> Json {
    Json::Object(serde_json::Map::new())
}

/// The plan of one plugin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expected {
    /// Votes.
    pub votes: Vec<Vote>,
    /// Effects.
    pub effects: Vec<Effect>,
}

impl Fixture {
    /// Reads a fixture; the refusal names its line and column.
    pub fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| Error::new(Code::ValidationFailed, format!("not a fixture: {error}")))
    }

    /// The question in it.
    pub fn question(&self) -> Question {
        let facts = Facts { calendar: Arc::new(self.calendar.clone()), ..self.facts.clone() };
        Question { facts: Arc::new(facts), about: self.about.clone() }
    }
}

impl Expected {
    /// What counts of a plan when it is compared: neither the lines of the script nor the wording of its texts.
    pub fn essence(&self) -> Json {
        let mut plan = serde_json::to_value(self).unwrap_or_default();
        strip(&mut plan);
        plan
    }
}

fn strip(value: &mut Json) {
    match value {
        Json::Object(map) => {
            map.retain(|key, _| !matches!(key.as_str(), "line" | "text" | "text.en" | "text.zh-CN"));
            map.values_mut().for_each(strip);
        }
        Json::Array(list) => list.iter_mut().for_each(strip),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// Members that name somebody or something of the customer's, each with what is written instead. The same name is always replaced by the
/// same one, wherever it stands.
const NAMES: [(&str, &str); 11] = [
    ("name", "Name"),
    ("external_id", "C"),
    ("invoice_external_id", "INV"),
    ("order_external_id", "SO"),
    ("contract_external_id", "CT"),
    ("reference", "REF"),
    ("owner", "owner"),
    ("by", "person"),
    ("reason", "reason"),
    ("title", "title"),
    ("sku", "SKU"),
];

/// Members whose sentences may name anybody.
const SENTENCES: [&str; 2] = ["detail", "text"];

/// The same question with every name masked.
pub fn masked(question: &Question) -> Result<Question> {
    let mut names = BTreeMap::new();
    let mut json = serde_json::to_value(question).map_err(Error::internal)?;
    mask(&mut json, &mut names);
    let mut masked: Question = serde_json::from_value(json).map_err(Error::internal)?;
    Arc::make_mut(&mut masked.facts).calendar = Arc::clone(&question.facts.calendar);
    Ok(masked)
}

fn mask(value: &mut Json, names: &mut BTreeMap<String, String>) {
    match value {
        Json::Object(map) => {
            for (key, value) in map {
                let prefix = NAMES.iter().find(|(name, _)| *name == key.as_str()).map(|(_, prefix)| *prefix);
                match (prefix, value) {
                    (Some(prefix), Json::String(name)) => {
                        let next = names.len() + 1;
                        *name = names.entry(name.clone()).or_insert_with(|| format!("{prefix}-{next}")).clone();
                    }
                    (_, value) if SENTENCES.contains(&key.as_str()) => silence(value),
                    (_, value) => mask(value, names),
                }
            }
        }
        Json::Array(list) => list.iter_mut().for_each(|value| mask(value, names)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn silence(value: &mut Json) {
    match value {
        Json::String(text) => text.clear(),
        Json::Object(map) => map.values_mut().for_each(silence),
        Json::Array(list) => list.iter_mut().for_each(silence),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
