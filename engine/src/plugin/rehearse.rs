//! Rehearsal: what a version would have answered to the newest recorded decisions (plugins.md §8). An error keeps it from going live;
//! changed answers are shown to whoever decides.

use super::push::{placed, refuse_errors};
use super::recorded::{Recorded, newest};
use super::switch::current;
use crate::engine::Engine;
use crate::words::asked::{About, Advice, CallStatus, Files, Hook, ScriptError, StoredPackage, VoteKind};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::day::Calendar;
use crate::words::effect::Effect;
use crate::words::error::{Error, Result};
use crate::words::fixture::Expected;
use crate::words::id::DecisionId;
use crate::words::traced::Alone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Decisions a version is rehearsed on.
pub(super) const DECISIONS: u64 = 500;
/// Changed answers that are listed; all are counted.
const LISTED: usize = 50;

/// What a version would have answered to recorded decisions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rehearsal {
    /// Questions that were put again.
    pub asked: i64,
    /// Questions to which the answer is another one than was recorded.
    pub changed: i64,
    /// How often which answer became which, the most frequent first.
    #[schema(max_items = 100)]
    pub transitions: Vec<Transition>,
    /// The newest decisions whose answer is another one.
    #[schema(max_items = 50)]
    pub examples: Vec<ChangedAnswer>,
}

/// One answer that became another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transition {
    /// What was answered.
    pub from: String,
    /// What would be answered.
    pub to: String,
    /// How often.
    pub times: i64,
}

/// A decision whose answer is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangedAnswer {
    /// The decision.
    pub decision_id: DecisionId,
    /// What was asked.
    #[schema(inline)]
    pub hook: Hook,
    /// What the plugin answered; `nothing` where it was not asked.
    pub from: String,
    /// What this version answers.
    pub to: String,
}

/// A question on which a version fails.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) decision: DecisionId,
    pub(super) hook: Hook,
    pub(super) error: ScriptError,
}

impl Engine {
    /// What a package would have answered to the newest recorded decisions, with the settings in force; it need not be stored.
    ///
    /// # Errors
    /// `script_refused` where it has errors, or fails on a decision.
    pub async fn rehearse(&self, who: &Caller, name: &str, files: &Files, most: u64) -> Result<Rehearsal> {
        let (host, ground, read) = (self.plugins(), self.refresh_ground(who.tenant).await?, self.read(who));
        let judged = host.judge(files);
        refuse_errors(&judged)?;
        let known = current(&read, name).await?;
        let package = StoredPackage {
            name: name.to_owned(),
            version: 0,
            hash: judged.hash,
            files: Arc::new(files.clone()),
            settings: known.as_ref().map_or_else(|| serde_json::json!({}), |row| row.settings.0.clone()),
            segment_settings: known.map(|row| row.segment_settings.0).unwrap_or_default(),
        };
        let recorded = newest(&read, &judged.hooks, most).await?;
        let name = name.to_owned();
        let told = tokio::task::spawn_blocking(move || rehearse(&*host.alone(package), &name, &recorded, &ground.calendar));
        told.await.map_err(Error::internal)?.map_err(|failed| failed.refusal())
    }
}

impl Failed {
    /// The refusal of a version that fails on a recorded decision, with file, line and column.
    pub(super) fn refusal(&self) -> Error {
        let ScriptError { file, line, column, message } = &self.error;
        let message = format!("{} of decision {} fails: {message}", self.hook, self.decision);
        let finding = serde_json::json!({
            "file": file, "line": line, "column": column, "end_column": column, "severity": "error", "code": "rehearsal", "message": message,
        });
        Error::new(Code::ScriptRefused, placed(&finding)).with(serde_json::json!({ "diagnostics": [finding] }))
    }
}

/// Puts every question of these decisions again. The first failure ends it.
pub(super) fn rehearse(
    alone: &dyn Alone,
    name: &str,
    recorded: &[Recorded],
    calendar: &Arc<Calendar>,
) -> std::result::Result<Rehearsal, Box<Failed>> {
    let mut told = Rehearsal::default();
    let mut transitions: BTreeMap<(String, String), i64> = BTreeMap::new();
    for one in recorded {
        let mut seen: Vec<&About> = Vec::new();
        for call in &one.calls {
            // Each plugin was asked the same question: it is put once.
            if seen.contains(&&call.about) {
                continue;
            }
            seen.push(&call.about);
            let Some(traced) = alone.ask(&one.question(&call.about, calendar), false) else { continue };
            if let Some(error) = failure(traced.advice.status, traced.advice.error.as_ref()) {
                return Err(Box::new(Failed { decision: one.id, hook: call.about.hook(), error }));
            }
            told.asked += 1;
            let before = one.calls.iter().find(|other| other.about == call.about && other.advice.plugin == name);
            let (from, to) = (before.map_or_else(|| said(&[]), |before| words(&before.advice)), words(&traced.advice));
            let is_same = match before {
                Some(before) => essence(&before.advice) == essence(&traced.advice),
                None => agrees(&traced.advice),
            };
            if !is_same {
                told.changed += 1;
                *transitions.entry((from.clone(), to.clone())).or_default() += 1;
                if told.examples.len() < LISTED {
                    told.examples.push(ChangedAnswer { decision_id: one.id, hook: call.about.hook(), from, to });
                }
            }
        }
    }
    told.transitions = transitions.into_iter().map(|((from, to), times)| Transition { from, to, times }).collect();
    told.transitions.sort_by_key(|one| std::cmp::Reverse(one.times));
    told.transitions.truncate(100);
    Ok(told)
}

/// Processor time says something about the machine, and is no fault of the script's.
fn failure(status: CallStatus, error: Option<&ScriptError>) -> Option<ScriptError> {
    match status {
        CallStatus::Ok | CallStatus::Filtered | CallStatus::Time => None,
        CallStatus::Error | CallStatus::Limit | CallStatus::Panic | CallStatus::Breaker => {
            let unknown = || ScriptError { file: "main.rhai".to_owned(), line: 0, column: 0, message: status.to_string() };
            Some(error.cloned().unwrap_or_else(unknown))
        }
    }
}

/// What counts of an answer: votes and effects, not the lines and the wording.
fn essence(advice: &Advice) -> serde_json::Value {
    Expected { votes: advice.votes.clone(), effects: advice.effects.clone() }.essence()
}

/// Does an answer leave everything as it would be without it?
fn agrees(advice: &Advice) -> bool {
    advice.effects.is_empty() && advice.votes.iter().all(|vote| matches!(vote.vote, VoteKind::Approve | VoteKind::Pass))
}

/// An answer in a few words: `hold OVERDUE, task`.
fn words(advice: &Advice) -> String {
    if !matches!(advice.status, CallStatus::Ok | CallStatus::Filtered) {
        return advice.status.to_string();
    }
    let votes = advice.votes.iter().map(|vote| format!("{} {}", vote.vote, vote.code));
    let kind = |effect: &Effect| serde_json::to_value(&effect.kind).ok().and_then(|json| json.get("kind")?.as_str().map(str::to_owned));
    let effects = advice.effects.iter().filter_map(kind);
    said(&votes.chain(effects).collect::<Vec<_>>())
}

fn said(words: &[String]) -> String {
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}
