//! Something happened on an account and plugins that listen are asked what follows: no step is taken and no case moves by itself, but what
//! they propose is merged, gated and applied as in a review.

use super::chase::Book;
use super::outcome::{CaseAfter, Fate, Review};
use super::planned::{Listeners, Planned, Turn};
use super::review::is_stopped;
use super::settle::settle;
use crate::policy::Policy;
use crate::words::asked::{About, Asked, CallStatus, OnFailure, PluginSet};
use crate::words::effect::{Effect, EffectKind};
use crate::words::facts::Facts;

/// How often a plugin that fails is asked about an event: on the day, and on the two days after it.
const TRIES_MAX: i64 = 3;

/// What came of asking about an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// What follows.
    pub review: Review,
    /// Is nothing left to ask? Otherwise nothing has followed yet, and it is asked again the next day.
    pub is_done: bool,
}

/// What follows from the answers to a question about an event that was asked `tries` times before. Where somebody failed nothing of it
/// happens, so that nothing can happen twice; at the last try the others' proposals count, and a task tells of the failure.
pub fn hear(facts: &Facts, policy: &Policy, set: &dyn PluginSet, about: &About, asked: &Asked, tries: i64) -> Heard {
    let is_failed = |status: CallStatus| !matches!(status, CallStatus::Ok | CallStatus::Filtered);
    let has_failed = asked.advice.iter().any(|advice| is_failed(advice.status));
    let is_last = tries + 1 >= TRIES_MAX;
    let mut said = asked.clone();
    if has_failed && !is_last {
        said.advice.retain(|advice| is_failed(advice.status));
    }
    for advice in said.advice.iter_mut().filter(|advice| is_failed(advice.status)) {
        advice.on_failure = if is_last { OnFailure::Block } else { OnFailure::None };
    }
    let mut review = settled(facts, policy, set, about, said);
    review.event = about.event();
    Heard { review, is_done: !has_failed || is_last }
}

/// What follows from the answers to a custom action that was called now.
pub fn follow(facts: &Facts, policy: &Policy, set: &dyn PluginSet, about: &About, asked: &Asked) -> Review {
    settled(facts, policy, set, about, asked.clone())
}

/// Merges, gates and applies what was said, without a step being taken or a case moving by itself.
fn settled(facts: &Facts, policy: &Policy, set: &dyn PluginSet, about: &About, mut said: Asked) -> Review {
    let case = facts.case.as_ref().map(CaseAfter::of);
    let silenced = if is_stopped(facts, case.as_ref()) { take_letters(&mut said) } else { Vec::new() };
    let planned = Planned {
        questions: vec![about.clone()],
        book: Book::of(facts, policy),
        turn: Turn::Rest,
        case,
        acts: Vec::new(),
        wakes: Vec::new(),
        leads: Vec::new(),
        daily: None,
        credit_review: None,
        ended_offers: Vec::new(),
        ended_holds: Vec::new(),
        listeners: Listeners::of(policy, set),
    };
    let mut review = settle(facts, policy, planned, &[said]);
    review.event = about.event();
    review.dropped.extend(silenced);
    review
}

/// Nobody writes to an account that is left alone, whatever happens on it.
fn take_letters(said: &mut Asked) -> Vec<Fate> {
    let mut taken = Vec::new();
    for advice in &mut said.advice {
        let is_letter = |effect: &Effect| matches!(effect.kind, EffectKind::Notice { .. });
        let (letters, rest): (Vec<Effect>, Vec<Effect>) = std::mem::take(&mut advice.effects).into_iter().partition(is_letter);
        advice.effects = rest;
        taken.extend(letters.into_iter().map(|effect| Fate { question: 0, source: advice.source(effect.line), effect, why: "stopped" }));
    }
    taken
}
