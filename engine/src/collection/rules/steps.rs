//! The item ladder: which step an instalment comes to, and on which day (contract choices 2–4; numbers §1.2).

use super::chase::{Book, Standing};
use super::outcome::CaseAfter;
use super::planned::Act;
use crate::policy::{Anchor, Climb, Policy, PreDue, Step};
use crate::words::day::{add_days, days_between};
use crate::words::facts::{Facts, ItemFacts};
use chrono::NaiveDate;

/// A step an instalment is on its way to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    /// Its place in the policy.
    pub(super) step: usize,
    /// Its effective date: the day it is scheduled for, whatever that day is.
    pub(super) on: NaiveDate,
}

/// The day the policy's offset names, without regard to what was done before.
pub(super) fn scheduled(step: &Step, item: &ItemFacts, standing: &Standing) -> NaiveDate {
    let offset = step.offset_days.unwrap_or(0);
    match step.anchor {
        Anchor::Due => add_days(standing.due_on, offset),
        Anchor::InvoiceDate => add_days(item.issued_on, offset + days_between(item.due_on, standing.due_on)),
    }
}

/// The last step taken, as a place in the policy. A name the policy does not know any more (or another system's) stands for all
/// the steps that were scheduled up to its day, so that a new policy repeats nothing.
pub(super) fn last_taken(policy: &Policy, item: &ItemFacts, standing: &Standing) -> Option<usize> {
    let name = item.last_step.as_deref()?;
    let by_name = policy.ladder(&item.part).find(|(_, step)| step.key == name).map(|(at, _)| at);
    by_name.or_else(|| {
        let day = item.last_step_on?;
        policy.ladder(&item.part).filter(|(_, step)| scheduled(step, item, standing) <= day).last().map(|(at, _)| at)
    })
}

/// Is this a step before the due date? Such a step lapses once the item is overdue: it is left out, not caught up on.
pub(super) fn is_pre_due(step: &Step, item: &ItemFacts, standing: &Standing) -> bool {
    scheduled(step, item, standing) < standing.due_on
}

/// The steps an instalment may come to next: the one above it in `ladder`, all those above it in `jump`.
pub(super) fn pending<'a>(
    facts: &'a Facts,
    policy: &'a Policy,
    case: Option<&'a CaseAfter>,
    item: &'a ItemFacts,
    standing: &'a Standing,
) -> impl Iterator<Item = Pending> + 'a {
    let above = policy.ladder(&item.part).filter(move |(at, step)| {
        standing.last.is_none_or(|last| *at > last) && !(standing.is_overdue() && is_pre_due(step, item, standing))
    });
    let count = match policy.climb {
        Climb::Ladder => 1,
        Climb::Jump => usize::MAX,
    };
    above.take(count).map(move |(at, step)| Pending { step: at, on: effective_on(facts, policy, case, item, standing, step) })
}

/// `on = max(due + offset, done(previous) + gap)`; a step brought to a day by a plugin is taken then, but never before its gap.
fn effective_on(facts: &Facts, policy: &Policy, case: Option<&CaseAfter>, item: &ItemFacts, standing: &Standing, step: &Step) -> NaiveDate {
    let regular = scheduled(step, item, standing);
    let wanted = case.and_then(|case| case.scheduled.get(&step.key)).copied().unwrap_or(regular);
    let Some(last_on) = standing.last_on else { return wanted };
    let distance = || match policy.climb {
        Climb::Ladder => standing.last.map_or(1, |last| days_between(scheduled(&policy.steps[last], item, standing), regular)),
        Climb::Jump => 1,
    };
    let gap = match step.gap_days {
        Some(days) => policy.gap(days, facts.into()),
        None => match distance() {
            days if days > 1 => policy.gap(days, facts.into()),
            _ => 1,
        },
    };
    wanted.max(add_days(last_on, gap))
}

/// Nothing but time stands between this item and this step.
pub(super) fn is_open_to(policy: &Policy, book: &Book, case: &CaseAfter, item: &ItemFacts, at: usize, step: &Step) -> bool {
    let standing = &book.items[at];
    let chase = book.chase(at);
    let is_kept_back = policy.pre_due_when_overdue == PreDue::Skip && is_pre_due(step, item, standing) && book.has_overdue();
    chase > 0
        && !standing.is_draft
        && !is_kept_back
        && is_stage_reached(policy, case, step)
        && chase >= step.min_minor(book.groups[standing.group].currency)
}

/// Has the case come to the stage the step is meant for?
pub(super) fn is_stage_reached(policy: &Policy, case: &CaseAfter, step: &Step) -> bool {
    step.stage.as_deref().is_none_or(|stage| policy.stage_no(stage).is_some_and(|no| case.stage_no >= no))
}

/// The first day a notice of this step may go: formal ones keep 7 days, others the policy's own distance (decision 28).
pub(super) fn may_go_on(policy: &Policy, case: &CaseAfter, step: &Step) -> Option<NaiveDate> {
    step.channel?;
    if step.formal {
        return case.last_formal_on.map(|last| add_days(last, policy.min_days_between_formal));
    }
    case.last_notice_on.filter(|_| policy.min_days_between_notices > 0).map(|last| add_days(last, policy.min_days_between_notices))
}

/// The item steps that are due today, by step, lowest first. At most one formal step goes a day: the highest.
pub(super) fn due(facts: &Facts, policy: &Policy, book: &Book, case: &CaseAfter) -> Vec<Act> {
    let mut acts: Vec<Act> = Vec::new();
    for (at, item) in facts.open_items.rows.iter().enumerate() {
        if book.chase(at) == 0 || !book.items[at].is_near(facts.today) {
            continue;
        }
        let ready = pending(facts, policy, Some(case), item, &book.items[at]).filter(|pending| {
            let step = &policy.steps[pending.step];
            policy.rolled(pending.on, &facts.calendar) <= facts.today
                && is_open_to(policy, book, case, item, at, step)
                && may_go_on(policy, case, step).is_none_or(|from| from <= facts.today)
        });
        if let Some(pending) = ready.last() {
            join(&mut acts, pending, at, is_pre_due(&policy.steps[pending.step], item, &book.items[at]));
        }
    }
    acts.sort_by_key(|act| act.step);
    let highest_formal = acts.iter().map(|act| act.step).rfind(|step| policy.steps[*step].formal);
    acts.retain(|act| !policy.steps[act.step].formal || Some(act.step) == highest_formal);
    acts
}

fn join(acts: &mut Vec<Act>, pending: Pending, at: usize, is_upcoming: bool) {
    match acts.iter_mut().find(|act| act.step == pending.step) {
        Some(act) => {
            act.on = act.on.min(pending.on);
            act.lines.push((at, pending.on));
        }
        None => acts.push(Act { step: pending.step, on: pending.on, lines: vec![(at, pending.on)], is_upcoming, question: None }),
    }
}
