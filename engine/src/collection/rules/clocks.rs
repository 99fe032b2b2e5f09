//! Case clocks: calls, letters and visits for the case as a whole, counted from the day it became overdue and from the last one
//! (contract choice 3; numbers §1.2 `overdue_cadence`).

use super::chase::Book;
use super::outcome::CaseAfter;
use super::planned::Act;
use super::steps::{is_stage_reached, may_go_on};
use crate::policy::{Policy, Step};
use crate::words::day::add_days;
use crate::words::facts::Facts;
use chrono::NaiveDate;

/// The day a clock is to strike next; none while nothing is overdue. The first strike is counted in days past due.
pub(super) fn strikes_on(facts: &Facts, policy: &Policy, case: &CaseAfter, step: &Step) -> Option<NaiveDate> {
    let first = add_days(case.overdue_since?, step.first_after() - 1);
    let last = case.clocks.get(&step.key).copied();
    if let Some(wanted) = case.scheduled.get(&step.key).copied() {
        return Some(last.map_or(wanted, |last| wanted.max(add_days(last, step.gap_days.unwrap_or(1).max(1)))));
    }
    let every = policy.gap(step.every().max(step.gap_days.unwrap_or(1)), facts.into());
    Some(last.map_or(first, |last| first.max(add_days(last, every))))
}

/// The clocks that strike today. A written one is silent where an item notice about overdue money goes: that counts for it.
pub(super) fn due(facts: &Facts, policy: &Policy, book: &Book, case: &CaseAfter, item_acts: &[Act]) -> Vec<Act> {
    if !book.has_overdue() {
        return Vec::new();
    }
    let is_written_to = item_acts.iter().any(|act| !act.is_upcoming && policy.steps[act.step].channel.is_some());
    let strikes = policy.clocks().filter_map(|(at, step)| {
        let on = strikes_on(facts, policy, case, step)?;
        let is_due = policy.rolled(on, &facts.calendar) <= facts.today
            && is_stage_reached(policy, case, step)
            && !(step.channel.is_some() && is_written_to)
            && may_go_on(policy, case, step).is_none_or(|from| from <= facts.today);
        is_due.then(|| Act { step: at, on, lines: Vec::new(), is_upcoming: false, question: None })
    });
    strikes.collect()
}
