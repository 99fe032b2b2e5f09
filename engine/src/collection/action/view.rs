//! The answer to a call of an action, as its caller reads it.

use super::answer;
use crate::collection::rules::Review;
use crate::words::action::{ActionFacts, ActionMode, ActionSpec, ActionSubject};
use crate::words::asked::Advice;
use crate::words::effect::{Effect, EffectKind};
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
    /// What it was about; null for an action about no account.
    pub subject: Option<ActionSubjectView>,
    /// The account that belongs to; null for an action about none.
    pub account_id: Option<AccountId>,
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

/// The answer to a call, with everything that was proposed as if it happened.
pub(super) fn view(spec: &ActionSpec, mode: ActionMode, call: &ActionFacts, account_id: Option<AccountId>, advice: &Advice) -> ActionView {
    let subject = call.subject.id().zip(call.subject.external_id());
    let subject = subject.map(|(id, external_id)| ActionSubjectView { kind: call.subject.kind(), id, external_id: external_id.to_owned() });
    let proposed = advice.effects.iter().filter(|effect| !is_answer(effect));
    ActionView {
        plugin: spec.plugin.clone(),
        action: spec.name.clone(),
        version: advice.version,
        mode,
        subject,
        account_id,
        result: answer(advice),
        effects: proposed.map(|effect| told(effect, None)).collect(),
        notes: advice.notes.clone(),
        operations: advice.operations,
        budget: advice.budget,
        decision_id: None,
    }
}

impl ActionView {
    /// The same with what became of each proposal when it was settled.
    pub(super) fn with_fates(self, review: &Review) -> Self {
        let applied = review.applied.iter().map(|fate| (fate, None));
        let dropped = review.dropped.iter().map(|fate| (fate, Some(fate.why)));
        let settled = applied.chain(dropped).filter(|(fate, _)| !is_answer(&fate.effect));
        let mut effects: Vec<ActionEffect> = settled.map(|(fate, why)| told(&fate.effect, why)).collect();
        effects.sort_by_key(|effect| effect.line);
        Self { effects, ..self }
    }
}

fn is_answer(effect: &Effect) -> bool {
    matches!(effect.kind, EffectKind::Answer { .. })
}

fn told(effect: &Effect, why: Option<&str>) -> ActionEffect {
    let details = serde_json::to_value(effect).unwrap_or_default();
    let kind = details.get("kind").and_then(Json::as_str).unwrap_or("effect").to_owned();
    ActionEffect { kind, line: effect.line, applied: why.is_none(), why: why.map(str::to_owned), details }
}
