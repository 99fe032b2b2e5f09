//! What came of a question in a test: the votes merged with the core rule's, as the engine merges them.

use crate::hooks::{hook_of, spec};
use crate::manifest::Manifest;
use crate::plan::kind::word_of;
use crate::plan::value::script;
use crate::sandbox::Ran;
use crate::words::table::IntoScript;
use chrono::NaiveDate;
use recoup_engine::words::asked::{Hook, OnFailure, Question, ScriptError, Vote, VoteKind};
use recoup_engine::words::effect::{Effect, EffectKind, FactValue};
use recoup_engine::words::money as engine;
use recoup_engine::words::rate::Rate;
use recoup_engine::words::text::Bilingual;
use rhai::{Dynamic, ImmutableString, Map};

/// The answer to one question.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) decision: Option<String>,
    pub(super) code: Option<String>,
    pub(super) text: Option<Bilingual>,
    pub(super) pay_to_release: Option<engine::Money>,
    pub(super) expires_on: Option<NaiveDate>,
    pub(super) notes: Vec<String>,
    effects: Vec<Effect>,
    pub(super) error: Option<ScriptError>,
}

impl Outcome {
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Effect> {
        self.effects.iter().filter(move |effect| word_of(&effect.kind).0 == kind)
    }
}

impl Outcome {
    /// The answer of an action, as a script sees it; an empty map where it did not say.
    pub(super) fn answer(&self) -> Dynamic {
        let said =
            self.effects.iter().find_map(|effect| if let EffectKind::Answer { answer } = &effect.kind { Some(answer) } else { None });
        said.map_or_else(|| Dynamic::from(Map::new()), plain)
    }
}

/// How strict a decision is; the strictest voter wins, so a plugin can never loosen what the core rule says.
fn strictness(decision: &str) -> u8 {
    match decision {
        "deny" | "skip" => 4,
        "hold" | "request_approval" | "defer" => 3,
        "release_partial" => 2,
        "approve" => 1,
        _ => 0,
    }
}

/// Merges one plugin's plan with the core verdict.
pub(super) fn outcome(question: &Question, manifest: &Manifest, function: &str, ran: Ran) -> Outcome {
    let core = question.about.core();
    let core_said = core.map(|core| core.decision.clone());
    // To what a person wants done the core rule has nothing to say any more when plugins are asked.
    let core_said = core_said.or_else(|| is_act(question).then(|| VoteKind::Approve.to_string()));
    if let Err(failure) = ran.end {
        let decision = failed(manifest, function, core_said);
        return Outcome { decision, error: Some(failure.error), notes: ran.draft.notes, ..Outcome::default() };
    }
    let (votes, effects) = (ran.draft.votes, ran.draft.effects);
    let strictest = votes.iter().filter(|vote| vote.vote != VoteKind::Pass).max_by_key(|vote| strictness(vote.vote.as_str()));
    let by_plugin = strictest.filter(|vote| core_said.as_deref().is_none_or(|core| strictness(vote.vote.as_str()) >= strictness(core)));
    let shown: Option<&Vote> = by_plugin.or_else(|| votes.first());
    let coded = effects.iter().find(|effect| effect.code.is_some());
    let graded =
        effects.iter().find_map(|effect| if let EffectKind::Grade { grade, .. } = &effect.kind { Some(grade.clone()) } else { None });
    Outcome {
        decision: graded.or_else(|| by_plugin.map(|vote| said(vote, question).to_owned())).or(core_said).or_else(|| moved(&effects)),
        code: shown.map(|vote| vote.code.clone()).or_else(|| coded.and_then(|effect| effect.code.clone())),
        text: shown.map(|vote| vote.text.clone()).or_else(|| coded.map(sentence)),
        pay_to_release: shown.and_then(|vote| vote.pay_to_release),
        expires_on: shown.and_then(|vote| vote.expires_on),
        notes: ran.draft.notes,
        effects,
        error: None,
    }
}

/// Is it about something that happens unless somebody is against it?
fn is_act(question: &Question) -> bool {
    question.about.requester().is_some() || matches!(question.about.hook(), Hook::LegalCheck | Hook::OfferCheck)
}

/// A request for approval holds an order until it is answered; what a person wants done waits.
fn said(vote: &Vote, question: &Question) -> &'static str {
    let holds = vote.vote == VoteKind::RequestApproval && !is_act(question);
    if holds { VoteKind::Hold.as_str() } else { vote.vote.as_str() }
}

fn sentence(effect: &Effect) -> Bilingual {
    let text = |key: &str| if let Some(FactValue::Text(text)) = effect.values.get(key) { text.clone() } else { String::new() };
    Bilingual::new(text("text.en"), text("text.zh-CN"))
}

/// What a failed hook comes to.
fn failed(manifest: &Manifest, function: &str, core: Option<String>) -> Option<String> {
    let hook = hook_of(function).map(|(hook, _)| hook)?;
    let chosen = manifest.hooks.get(function).and_then(|options| options.on_error);
    let policy = chosen.unwrap_or(spec(hook).on_failure);
    if policy == OnFailure::Core { core } else { Some(policy.as_str().to_owned()) }
}

/// A step's move.
fn moved(effects: &[Effect]) -> Option<String> {
    let words = effects.iter().map(|effect| word_of(&effect.kind).0);
    words.into_iter().find(|word| ["step_to", "step_wait", "step_done"].contains(word)).map(str::to_owned)
}

/// An effect as a map a test can look into: amounts, dates and rates are script values again.
pub(super) fn as_map(effect: &Effect) -> Dynamic {
    let fields = serde_json::to_value(&effect.kind).unwrap_or_default();
    let fields = fields.as_object().into_iter().flatten();
    let mut map: Map = fields.map(|(key, value)| (key.as_str().into(), typed(key, value))).collect();
    map.insert("code".into(), effect.code.clone().into_script());
    map.insert("line".into(), effect.line.into_script());
    let values: Map = effect.values.iter().map(|(key, value)| (key.as_str().into(), script(value))).collect();
    map.insert("values".into(), values.into_script());
    Dynamic::from(map)
}

/// A field by its name: days end in `_on`, and a rate is a number.
fn typed(key: &str, value: &serde_json::Value) -> Dynamic {
    let text = value.as_str().unwrap_or_default();
    if key.ends_with("_on") || ["on", "pay_by", "last_day"].contains(&key) {
        return text.parse::<NaiveDate>().ok().into_script();
    }
    if key == "rate" {
        return text.parse::<Rate>().ok().map(|rate| rate.0).into_script();
    }
    plain(value)
}

pub(super) fn plain(value: &serde_json::Value) -> Dynamic {
    match value {
        serde_json::Value::Null => Dynamic::UNIT,
        serde_json::Value::Bool(truth) => (*truth).into_script(),
        serde_json::Value::Number(number) => number.as_i64().into_script(),
        serde_json::Value::String(text) => ImmutableString::from(text).into_script(),
        serde_json::Value::Array(list) => list.iter().map(plain).collect::<rhai::Array>().into_script(),
        serde_json::Value::Object(map) => match serde_json::from_value::<engine::Money>(value.clone()) {
            Ok(money) => money.into_script(),
            Err(_) => map.iter().map(|(key, value)| (key.as_str().into(), plain(value))).collect::<Map>().into_script(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::world::World;
    use crate::plan::Draft;
    use proptest::prelude::*;
    use recoup_engine::words::asked::About;
    use recoup_engine::words::facts::Verdict;
    use std::time::Duration;

    fn vote(kind: VoteKind) -> Vote {
        Vote {
            vote: kind,
            code: "X".to_owned(),
            text: Bilingual::default(),
            values: recoup_engine::words::effect::Values::new(),
            line: 1,
            amount: None,
            until: None,
            role: None,
            pay_to_release: None,
            items: Vec::new(),
            expires_on: None,
        }
    }

    proptest! {
        #[test]
        fn no_combination_of_votes_loosens_what_the_core_rule_says(
            core in prop::sample::select(vec!["approve", "hold", "release_partial", "deny"]),
            kinds in prop::collection::vec(prop::sample::select(VoteKind::ALL.to_vec()), 0..5),
        ) {
            let mut question = World::default().question("sample", "order_check").unwrap();
            if let About::OrderCheck { core: verdict, .. } = &mut question.about {
                *verdict = Verdict { decision: core.to_owned(), reasons: Vec::new() };
            }
            let (_, files) = crate::package::shipped().into_iter().find(|(name, _)| name == "order_hold").unwrap();
            let manifest = crate::package::manifest(&files).unwrap();
            let draft = Draft { votes: kinds.into_iter().map(vote).collect(), ..Draft::default() };
            let ran = Ran { draft, operations: 0, cpu: Duration::ZERO, end: Ok(()) };
            let decision = outcome(&question, &manifest, "order_check", ran).decision.unwrap();
            prop_assert!(strictness(&decision) >= strictness(core), "{core} became {decision}");
        }
    }
}
