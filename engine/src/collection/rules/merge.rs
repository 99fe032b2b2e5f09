//! Many plugins, one account: how votes and effects of one review meet (the lattice of plugins §3).

use super::outcome::Fate;
use crate::words::asked::{Advice, Asked, CallStatus, OnFailure, VoteKind};
use crate::words::day::add_days;
use crate::words::effect::{Effect, EffectKind};
use crate::words::facts::Reason;
use chrono::NaiveDate;

/// What the votes on one policy step come to. The core's own vote is to take it: skip > defer > approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Take,
    Wait(NaiveDate),
    Skip,
}

/// Merges the votes on a step, with everyone's reasons. A plugin whose failure means `block` makes it wait a day.
pub(super) fn votes(asked: &Asked, today: NaiveDate, reasons: &mut Vec<Reason>) -> Verdict {
    let mut verdict = Verdict::Take;
    for advice in &asked.advice {
        for vote in &advice.votes {
            let meant = match vote.vote {
                VoteKind::Skip => Verdict::Skip,
                VoteKind::Defer => Verdict::Wait(vote.until.unwrap_or(today).max(add_days(today, 1))),
                VoteKind::Approve
                | VoteKind::Pass
                | VoteKind::Hold
                | VoteKind::ReleasePartial
                | VoteKind::Deny
                | VoteKind::RequestApproval => Verdict::Take,
            };
            verdict = stricter(verdict, meant);
            let detail = vote.text.en.clone();
            reasons.push(Reason { code: vote.code.clone(), source: advice.source(vote.line), detail, text: vote.text.clone() });
        }
        if is_failed(advice) && matches!(advice.on_failure, OnFailure::Block | OnFailure::Stay | OnFailure::Hold) {
            verdict = stricter(verdict, Verdict::Wait(add_days(today, 1)));
        }
    }
    verdict
}

fn stricter(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Skip, _) | (_, Verdict::Skip) => Verdict::Skip,
        (Verdict::Wait(one), Verdict::Wait(other)) => Verdict::Wait(one.max(other)),
        (Verdict::Wait(until), Verdict::Take) | (Verdict::Take, Verdict::Wait(until)) => Verdict::Wait(until),
        (Verdict::Take, Verdict::Take) => Verdict::Take,
    }
}

/// Did the call fail, so that its failure policy decides?
pub(super) fn is_failed(advice: &Advice) -> bool {
    match advice.status {
        CallStatus::Ok | CallStatus::Filtered => false,
        CallStatus::Error | CallStatus::Limit | CallStatus::Time | CallStatus::Panic | CallStatus::Breaker => true,
    }
}

/// One effect with where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Said<'a> {
    pub(super) question: usize,
    pub(super) advice: &'a Advice,
    pub(super) effect: &'a Effect,
    /// Everyone who said the same.
    pub(super) authors: Vec<String>,
}

impl Said<'_> {
    pub(super) fn source(&self) -> String {
        self.advice.source(self.effect.line)
    }

    pub(super) fn fate(&self, why: &'static str) -> Fate {
        Fate { question: self.question, source: self.source(), effect: self.effect.clone(), why }
    }
}

/// How two effects meet.
enum Meeting {
    Apart,
    Equal,
    First(&'static str),
    Second(&'static str),
    Conflict,
}

/// Effects that stand after all have met, what fell, and the plugins that contradicted each other.
#[derive(Debug, Default)]
pub(super) struct Merged<'a> {
    pub(super) kept: Vec<Said<'a>>,
    pub(super) fallen: Vec<Fate>,
    pub(super) rivals: Vec<String>,
}

/// Lets the effects of all answers meet, in the order they were given.
pub(super) fn effects(answers: &[Asked]) -> Merged<'_> {
    let mut merged = Merged::default();
    let mut spoilt: Vec<Said<'_>> = Vec::new();
    for (question, asked) in answers.iter().enumerate() {
        for advice in asked.advice.iter().filter(|advice| advice.status == CallStatus::Ok) {
            for effect in &advice.effects {
                let said = Said { question, advice, effect, authors: vec![advice.source(effect.line)] };
                merged.take_in(said, &mut spoilt);
            }
        }
    }
    merged.rivals.sort();
    merged.rivals.dedup();
    merged
}

impl<'a> Merged<'a> {
    fn take_in(&mut self, said: Said<'a>, spoilt: &mut Vec<Said<'a>>) {
        if spoilt.iter().any(|other| matches!(meet(&other.effect.kind, &said.effect.kind), Meeting::Conflict)) {
            return self.spoil(said, spoilt);
        }
        let mut at = 0;
        while at < self.kept.len() {
            match meet(&self.kept[at].effect.kind, &said.effect.kind) {
                Meeting::Apart => at += 1,
                Meeting::Equal => {
                    self.kept[at].authors.extend(said.authors);
                    return;
                }
                Meeting::First(why) => return self.fallen.push(said.fate(why)),
                Meeting::Second(why) => {
                    let lost = self.kept.remove(at);
                    self.fallen.push(lost.fate(why));
                }
                Meeting::Conflict => {
                    let other = self.kept.remove(at);
                    self.spoil(other, spoilt);
                    return self.spoil(said, spoilt);
                }
            }
        }
        self.kept.push(said);
    }

    fn spoil(&mut self, said: Said<'a>, spoilt: &mut Vec<Said<'a>>) {
        self.fallen.push(said.fate("conflict"));
        self.rivals.push(said.advice.plugin.clone());
        spoilt.push(said);
    }
}

fn better(is_first: bool, why: &'static str) -> Meeting {
    if is_first { Meeting::First(why) } else { Meeting::Second(why) }
}

fn clash(is_other: bool) -> Meeting {
    if is_other { Meeting::Conflict } else { Meeting::Equal }
}

/// The table of plugins §3. What is not in it stands apart; what contradicts is a conflict, never a silent last write.
fn meet(first: &EffectKind, second: &EffectKind) -> Meeting {
    use EffectKind as E;
    match (first, second) {
        (E::Offer { item: a, rate: one, .. }, E::Offer { item: b, rate: other, .. }) if a == b => {
            if first == second {
                Meeting::Equal
            } else {
                better(one <= other, "outbid")
            }
        }
        (E::Pause { last_day: a }, E::Pause { last_day: b }) => {
            if a == b {
                Meeting::Equal
            } else {
                better(a > b, "shorter")
            }
        }
        (E::Pause { .. }, E::Notice { .. }) => Meeting::First("pause"),
        (E::Notice { .. }, E::Pause { .. }) => Meeting::Second("pause"),
        (E::SetPriority { priority: a }, E::SetPriority { priority: b }) => {
            if a == b {
                Meeting::Equal
            } else {
                better(a > b, "lower")
            }
        }
        (E::Notice { to: a, template: one, .. }, E::Notice { to: b, template: other, .. }) if a == b && one == other => Meeting::Equal,
        (E::Assign { role: a }, E::Assign { role: b }) => clash(a != b),
        (E::ProposeLimit { .. }, E::ProposeLimit { .. }) | (E::ProposeGrade { .. }, E::ProposeGrade { .. }) => clash(first != second),
        (E::ScheduleStep { key: a, on: one }, E::ScheduleStep { key: b, on: other }) if a == b => clash(one != other),
        (E::Handoff { to: a, .. }, E::Handoff { to: b, .. }) if a != b => Meeting::Conflict,
        (E::Tag { name: a }, E::Untag { name: b }) | (E::Untag { name: a }, E::Tag { name: b }) if a == b => Meeting::Conflict,
        (E::Task { .. }, E::Task { .. })
        | (E::Alert { .. }, E::Alert { .. })
        | (E::OpenCase, E::OpenCase)
        | (E::Escalate { .. }, E::Escalate { .. })
        | (E::ReleaseHold { .. }, E::ReleaseHold { .. })
        | (E::Handoff { .. }, E::Handoff { .. })
        | (E::Tag { .. }, E::Tag { .. })
        | (E::Untag { .. }, E::Untag { .. })
            if first == second =>
        {
            Meeting::Equal
        }
        _ => Meeting::Apart,
    }
}
