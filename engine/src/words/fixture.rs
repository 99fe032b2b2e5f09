//! A question as a file: what a dry-run and a script test can ask instead of a live account. One that was made from a decision has its
//! names masked, so that it can be shown to whoever writes scripts.

use crate::words::asked::{About, Question, Vote};
use crate::words::code::Code;
use crate::words::day::Calendar;
use crate::words::effect::Effect;
use crate::words::error::{Error, Result};
use crate::words::facts::Facts;
use crate::words::question_facts::{DayFacts, QuestionFacts};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One question with all it stands on, and what was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture<F = QuestionFacts> {
    /// What is asked.
    pub about: About,
    /// The common facts.
    pub facts: F,
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
        // What is asked tells which facts belong to it, so a fault in them is told by its own place.
        let asked: Head = parsed(text)?;
        if asked.about.is_without_account() {
            return Ok(parsed::<Fixture<DayFacts>>(text)?.on(|facts| QuestionFacts::Day(Arc::new(facts))));
        }
        Ok(parsed::<Fixture<Facts>>(text)?.on(|facts| QuestionFacts::Account(Arc::new(facts))))
    }

    /// The question in it.
    pub fn question(&self) -> Question {
        Question { facts: self.facts.with_calendar(&Arc::new(self.calendar.clone())), about: self.about.clone() }
    }
}

/// What of a fixture is read first.
#[derive(Deserialize)]
struct Head {
    about: About,
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::new(Code::ValidationFailed, format!("not a fixture: {error}")))
}

impl<F> Fixture<F> {
    /// The same with its facts as the common facts of a question.
    fn on(self, facts: impl FnOnce(F) -> QuestionFacts) -> Fixture {
        let Self { about, facts: own, calendar, settings, expected } = self;
        Fixture { about, facts: facts(own), calendar, settings, expected }
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
    let facts = match &question.facts {
        QuestionFacts::Account(facts) => QuestionFacts::Account(Arc::new(without_names(&**facts, &mut names)?)),
        QuestionFacts::Day(facts) => QuestionFacts::Day(Arc::clone(facts)),
    };
    let mut about = without_names(&question.about, &mut names)?;
    // What an action is called is no name of anybody's: by it the package finds its function.
    if let (About::Action { call }, Some(asked)) = (&mut about, question.about.action()) {
        call.name.clone_from(&asked.name);
    }
    Ok(Question { facts: facts.with_calendar(question.facts.calendar()), about })
}

fn without_names<T: Serialize + DeserializeOwned>(of: &T, names: &mut BTreeMap<String, String>) -> Result<T> {
    let mut json = serde_json::to_value(of).map_err(Error::internal)?;
    mask(&mut json, names);
    serde_json::from_value(json).map_err(Error::internal)
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
