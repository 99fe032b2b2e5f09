//! The decision behind a review, with its facts.

use super::{Desk, Kept};
use crate::collection::danger::shown;
use crate::collection::rules::{CaseMove, Fate, NoticeState};
use crate::doors::decision::{Call, Record, decision};
use crate::doors::store::Changes;
use crate::risk;
use crate::words::effect::EffectKind;
use uuid::Uuid;

impl Desk<'_> {
    /// Keeps what the judgement of the account's danger changed.
    pub(super) fn put_danger(&self, changes: Changes, danger: Option<&risk::Kept>) -> Changes {
        let Some(danger) = danger else { return changes };
        let is_new = self.subject.gathered.profile.is_none();
        let changes = if is_new { changes.add(&danger.profile) } else { changes.save(&danger.profile) };
        let account = self.account().id.0;
        danger.events.iter().fold(changes, |changes, (kind, body)| changes.tell(self.entry(kind, "account", account, body.clone())))
    }

    /// Adds the decision, and its facts to those of the page.
    pub(super) fn put_decision(&self, changes: Changes, danger: Option<&risk::Kept>, calls: Vec<Call>, kept: &mut Kept) -> Changes {
        let Some(id) = self.decision else { return changes };
        let applied = self.applied(danger);
        let outcome = if applied.is_empty() { "passed" } else { "acted" };
        let record = Record {
            reasons: self.review.reasons.clone(),
            calls,
            applied,
            dropped: self.review.dropped.iter().map(|fate| format!("{}: {}", word(fate), fate.why)).collect(),
            ..Record::default()
        };
        let row = decision::Model {
            effective_on: self.day(),
            facts_id: kept.id,
            facts_slot: i64::try_from(kept.facts.len()).unwrap_or(i64::MAX),
            ..self.attempt.decision(id, Some(self.account().id), self.cause(), outcome, record)
        };
        // Those that were asked saw the level of the day.
        kept.facts.push(shown(&self.subject.gathered.facts, danger));
        changes.add(&row)
    }

    /// What it was about: a day's review, something that has happened, or what an action was called about.
    fn cause(&self) -> (&'static str, Uuid) {
        match (self.review.action, self.review.event) {
            (Some(subject), _) => ("action", subject),
            (None, Some(event)) => event,
            (None, None) => ("review", self.account().id.0),
        }
    }

    /// What was done, in words.
    fn applied(&self, danger: Option<&risk::Kept>) -> Vec<String> {
        let review = self.review;
        let mut done = Vec::new();
        match review.case {
            CaseMove::Rest | CaseMove::Update => {}
            CaseMove::Open => done.push("case opened".to_owned()),
            CaseMove::Close(reason) => done.push(format!("case closed: {reason}")),
        }
        done.extend(review.notices.iter().map(|notice| match notice.state {
            NoticeState::Ready => format!("notice {}", notice.step),
            NoticeState::Draft | NoticeState::Undeliverable => format!("notice {} {}", notice.step, notice.state),
        }));
        done.extend(review.tasks.iter().map(|task| format!("task {}", task.task)));
        done.extend(danger.iter().flat_map(|danger| &danger.events).map(|(kind, _)| kind.replace(['.', '_'], " ")));
        done.extend(review.clocks.iter().map(|clock| format!("clock {}", clock.key)));
        let other = review.applied.iter().filter(|fate| !is_told(&fate.effect.kind));
        done.extend(other.map(|fate| format!("{} by {}", word(fate), fate.source)));
        done
    }
}

/// Letters and tasks are among the review's own lists already.
fn is_told(kind: &EffectKind) -> bool {
    matches!(
        kind,
        EffectKind::Notice { .. }
            | EffectKind::Task { .. }
            | EffectKind::Alert { .. }
            | EffectKind::Escalate { .. }
            | EffectKind::Answer { .. }
    )
}

/// The effect's name in a script.
fn word(fate: &Fate) -> String {
    let json = serde_json::to_value(&fate.effect.kind).unwrap_or_default();
    json.get("kind").and_then(|kind| kind.as_str()).unwrap_or("effect").to_owned()
}
