//! When to look again: the first day on which anything can change if no new fact comes.

use super::chase::Book;
use super::outcome::{CaseAfter, CaseState};
use super::planned::Listeners;
use super::{clocks, credit_review, custom, review, stage, steps};
use crate::policy::Policy;
use crate::words::day::add_days;
use crate::words::facts::{Facts, StepFacts};
use chrono::NaiveDate;

/// The first day after `facts.today` on which a review can find something to do: a step, a clock, a custom step, a lead, a stage,
/// an instalment that comes due, the end of a pause, an offer or a hold. None when only a new fact can change anything.
/// It may be too early, which costs an empty review; it is never too late.
pub fn next_review_on(facts: &Facts, policy: &Policy, listeners: &Listeners) -> Option<NaiveDate> {
    let book = Book::of(facts, policy);
    let case = facts.case.as_ref().map(CaseAfter::of);
    let running: Vec<&StepFacts> = facts.steps.iter().collect();
    let ahead =
        Ahead { facts, policy, listeners, book: &book, case: case.as_ref(), running: &running, waiting: &[], is_daily_asked: false };
    ahead.look().review_on
}

/// Everything the look ahead needs, as it is at the end of the day.
pub(super) struct Ahead<'a> {
    pub(super) facts: &'a Facts,
    pub(super) policy: &'a Policy,
    pub(super) listeners: &'a Listeners,
    pub(super) book: &'a Book,
    pub(super) case: Option<&'a CaseAfter>,
    pub(super) running: &'a [&'a StepFacts],
    /// Steps a plugin put off, with the day.
    pub(super) waiting: &'a [(usize, NaiveDate)],
    pub(super) is_daily_asked: bool,
}

/// What lies ahead.
#[derive(Clone, Debug, Default)]
pub(super) struct Next {
    pub(super) review_on: Option<NaiveDate>,
    /// Key and day of the next step of the case.
    pub(super) step: Option<(NaiveDate, String)>,
    tomorrow: NaiveDate,
}

impl Next {
    fn see(&mut self, on: NaiveDate) {
        let on = on.max(self.tomorrow);
        self.review_on = Some(self.review_on.map_or(on, |known| known.min(on)));
    }

    fn see_step(&mut self, on: NaiveDate, key: &str) {
        self.see(on);
        let on = on.max(self.tomorrow);
        if self.step.as_ref().is_none_or(|(known, _)| on < *known) {
            self.step = Some((on, key.to_owned()));
        }
    }
}

impl Ahead<'_> {
    pub(super) fn look(&self) -> Next {
        let today = self.facts.today;
        let mut next = Next { tomorrow: add_days(today, 1), ..Next::default() };
        self.facts.offers.iter().filter(|offer| offer.pay_by >= today).for_each(|offer| next.see(add_days(offer.pay_by, 1)));
        let holds = self.facts.holds.iter().filter_map(|hold| hold.expires_on);
        holds.filter(|last| *last >= today).for_each(|last| next.see(add_days(last, 1)));
        credit_review::ahead(self.facts).into_iter().for_each(|on| next.see(on));
        if review::is_stopped(self.facts, self.case) {
            self.look_at_pause(&mut next);
            return next;
        }
        self.look_at_items(&mut next);
        if let Some(case) = self.case.filter(|case| case.state == CaseState::Active) {
            self.look_at_case(case, &mut next);
        }
        let daily = if self.is_daily_asked {
            self.listeners.daily_every.map(|every| add_days(today, every.max(1)))
        } else {
            review::daily_on(self.facts, self.listeners)
        };
        daily.into_iter().for_each(|on| next.see(on));
        next
    }

    fn look_at_pause(&self, next: &mut Next) {
        let Some(case) = self.case.filter(|case| case.state == CaseState::Paused) else { return };
        match case.paused_until.filter(|last| *last >= self.facts.today) {
            Some(last) => next.see(add_days(last, 1)),
            None if !self.facts.account.is_blocked => next.see(next.tomorrow),
            None => {}
        }
    }

    /// The days on which an item becomes work, becomes overdue, or comes within a lead.
    fn look_at_items(&self, next: &mut Next) {
        let today = self.facts.today;
        for item in self.book.items.iter().filter(|item| item.left > 0) {
            if item.opens_on > today {
                next.see(item.opens_on);
            }
            if !item.is_overdue() {
                next.see(add_days(item.due_on, 1));
            }
            let leads = self.listeners.lead_days.iter().filter(|lead| item.asked_lead.is_none_or(|asked| **lead < asked));
            if item.late < 0 {
                leads.for_each(|lead| next.see(add_days(item.due_on, -lead)));
            }
        }
    }

    fn look_at_case(&self, case: &CaseAfter, next: &mut Next) {
        for at in 0..self.book.items.len() {
            self.look_at_ladder(case, at, next);
        }
        if self.book.has_overdue() {
            for (at, step) in
                self.policy.clocks().filter(|(at, step)| self.can_begin(*at) && steps::is_stage_reached(self.policy, case, step))
            {
                if let Some(on) = clocks::strikes_on(self.facts, self.policy, case, step) {
                    self.see_taken(case, at, on, next);
                }
            }
        }
        stage::changes_on(self.policy, self.book, self.facts.today).into_iter().for_each(|on| next.see(on));
        if let Some((on, key)) = custom::wakes_on(self.running.iter().copied()) {
            next.see_step(on, key);
        }
    }

    fn look_at_ladder(&self, case: &CaseAfter, at: usize, next: &mut Next) {
        if self.book.chase(at) == 0 {
            return;
        }
        let item = &self.facts.open_items.rows[at];
        for pending in steps::pending(self.facts, self.policy, Some(case), item, &self.book.items[at]) {
            let step = &self.policy.steps[pending.step];
            if self.can_begin(pending.step) && steps::is_open_to(self.policy, self.book, case, item, at, step) {
                self.see_taken(case, pending.step, pending.on, next);
            }
        }
    }

    /// A step on its effective date is taken on the next working day, after the distance notices keep, and not before a plugin's day.
    fn see_taken(&self, case: &CaseAfter, at: usize, on: NaiveDate, next: &mut Next) {
        let step = &self.policy.steps[at];
        let mut taken = self.policy.rolled(on, &self.facts.calendar);
        if let Some(from) = steps::may_go_on(self.policy, case, step) {
            taken = taken.max(from);
        }
        if let Some((_, until)) = self.waiting.iter().find(|(step, _)| *step == at) {
            taken = taken.max(*until);
        }
        next.see_step(taken, &step.key);
    }

    /// The day this item comes to its next step.
    pub(super) fn next_for(&self, at: usize) -> Option<NaiveDate> {
        let mut next = Next { tomorrow: add_days(self.facts.today, 1), ..Next::default() };
        self.look_at_ladder(self.case?, at, &mut next);
        next.review_on
    }

    /// The day the clock of this name strikes next.
    pub(super) fn next_strike(&self, key: &str) -> Option<NaiveDate> {
        let (at, step) = self.policy.clocks().find(|(_, step)| step.key == key)?;
        let mut next = Next { tomorrow: add_days(self.facts.today, 1), ..Next::default() };
        self.see_taken(self.case?, at, clocks::strikes_on(self.facts, self.policy, self.case?, step)?, &mut next);
        next.review_on
    }

    fn can_begin(&self, at: usize) -> bool {
        !self.listeners.missing_steps.contains(&at)
    }
}
