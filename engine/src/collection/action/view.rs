//! The answer to a call of an action, as its caller reads it.

use super::answer;
use crate::collection::rules::{Fate, Review};
use crate::words::action::{ActionFacts, ActionMode, ActionSpec, ActionSubject};
use crate::words::asked::Advice;
use crate::words::facts::Facts;
use crate::words::id::{AccountId, DecisionId};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActionView {
    /// The package.
    pub plugin: String,
    /// The action's own name.
    pub action: String,
    /// The version that answered.
    pub version: i64,
    /// How far it went.
    pub mode: ActionMode,
    /// What it was about.
    pub subject: ActionSubjectView,
    /// The account that belongs to.
    pub account_id: AccountId,
    /// The answer, by the action's own schema.
    #[schema(value_type = Object)]
    pub result: Json,
    /// What the script proposed beside its answer, and what became of it; of a preview, what would.
    #[schema(max_items = 64)]
    pub effects: Vec<ActionEffect>,
    /// Lines the script printed.
    #[schema(max_items = 2048)]
    pub notes: Vec<String>,
    /// Operations it used.
    pub operations: i64,
    /// Operations it was allowed.
    pub budget: i64,
    /// The decision record; null for a preview, which keeps none.
    pub decision_id: Option<DecisionId>,
}

/// What a call was about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActionSubjectView {
    /// What kind of thing.
    pub kind: ActionSubject,
    /// Its id.
    pub id: String,
    /// Its number in the ERP, or for people.
    pub external_id: String,
}

/// One proposal of a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActionEffect {
    /// Its word in a script: `task`, `place_hold`.
    pub kind: String,
    /// Line of the script.
    pub line: i64,
    /// Does it happen?
    pub applied: bool,
    /// Why it does not: `already_held`, `gate:G-STOP`, …; null where it does.
    pub why: Option<String>,
    /// All of it.
    #[schema(value_type = Object)]
    pub details: Json,
}

pub(super) fn view(spec: &ActionSpec, mode: ActionMode, call: &ActionFacts, facts: &Facts, advice: &Advice, review: &Review) -> ActionView {
    let applied = review.applied.iter().map(|fate| effect(fate, true));
    let dropped = review.dropped.iter().map(|fate| effect(fate, false));
    let mut effects: Vec<ActionEffect> = applied.chain(dropped).filter(|effect| effect.kind != "answer").collect();
    effects.sort_by_key(|effect| effect.line);
    ActionView {
        plugin: spec.plugin.clone(),
        action: spec.name.clone(),
        version: advice.version,
        mode,
        subject: ActionSubjectView { kind: call.subject.kind(), id: call.subject.id(), external_id: call.subject.external_id().to_owned() },
        account_id: facts.account.id,
        result: answer(advice),
        effects,
        notes: advice.notes.clone(),
        operations: advice.operations,
        budget: advice.budget,
        decision_id: None,
    }
}

fn effect(fate: &Fate, applied: bool) -> ActionEffect {
    let details = serde_json::to_value(&fate.effect).unwrap_or_default();
    let kind = details.get("kind").and_then(Json::as_str).unwrap_or("effect").to_owned();
    let why = (!applied).then(|| fate.why.to_owned());
    ActionEffect { kind, line: fate.effect.line, applied, why, details }
}
