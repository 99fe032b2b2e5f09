//! Asking plugins for words of the letters of a review, before they are written: what a letter says of its own is fixed by then.

use super::load::Subject;
use super::rules::{NoticeState, PlannedNotice, Review};
use crate::command::Attempt;
use crate::doors::decision::Call;
use crate::notice::language_of;
use crate::words::act_facts::MessageFacts;
use crate::words::asked::{About, Asked, CallStatus, Hook, Question};
use crate::words::effect::EffectKind;
use crate::words::facts::Facts;
use std::sync::Arc;

/// Asks about every letter that can reach somebody, puts the words into it, and gives the calls for the record. A plugin that fails adds
/// nothing: the letter is the engine's.
pub(super) fn compose(attempt: &Attempt, subject: &Subject, facts: &Arc<Facts>, review: &mut Review) -> Vec<Call> {
    let set = &*attempt.ground.plugins;
    if !set.has(Hook::MessageCompose) {
        return Vec::new();
    }
    let mut calls = Vec::new();
    for notice in review.notices.iter_mut().filter(|notice| notice.state != NoticeState::Undeliverable) {
        let about = About::MessageCompose { message: message(attempt, subject, facts, notice), contact: notice.contact };
        let asked = set.ask(&Question::new(facts, about.clone()));
        take(notice, &asked);
        calls.extend(asked.advice.into_iter().map(|advice| Call { about: about.clone(), advice }));
    }
    calls
}

fn message(attempt: &Attempt, subject: &Subject, facts: &Facts, notice: &PlannedNotice) -> MessageFacts {
    let contact = notice.contact.and_then(|id| facts.contacts.iter().find(|contact| contact.id == id));
    let language = contact.and_then(|contact| contact.language.as_deref());
    MessageFacts {
        template: notice.template.clone(),
        step: notice.step.clone(),
        channel: notice.channel.to_string(),
        language: language_of(language, &subject.gathered.account, &attempt.ground.tenant),
        is_formal: notice.is_formal,
        has_offer: notice.offer.is_some(),
        amount: notice.total,
        items: notice.lines.iter().map(|line| line.instalment).collect(),
    }
}

/// Each plugin's words under its own name.
fn take(notice: &mut PlannedNotice, asked: &Asked) {
    for advice in asked.advice.iter().filter(|advice| advice.status == CallStatus::Ok) {
        for effect in &advice.effects {
            if let EffectKind::Variables { words } = &effect.kind {
                notice.variables.entry(advice.plugin.clone()).or_default().extend(words.clone());
            }
        }
    }
}
