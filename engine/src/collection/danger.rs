//! The danger an account is in, judged with its review: what is kept moves with the case, in one commit.

use super::load::Subject;
use super::rules::{PlannedTask, Review};
use crate::command::Attempt;
use crate::profile::rows::risk_profile;
use crate::risk::rules::{judge, next_date};
use crate::risk::{Kept, keep, proposed};
use crate::words::day::add_days;
use crate::words::effect::Values;
use crate::words::error::Result;
use crate::words::facts::Facts;
use crate::words::id::RowId;
use chrono::NaiveDate;
use std::sync::Arc;

/// What the day's judgement of an account comes to.
pub(super) struct Danger {
    /// The facts with the level of the day, so that today's steps keep its pace already.
    pub(super) facts: Arc<Facts>,
    /// What changed.
    pub(super) kept: Option<Kept>,
    /// Figures of the work that begins.
    values: Values,
    /// The next day on which time alone can change the judgement.
    next_on: Option<NaiveDate>,
}

/// Judges the account of a review.
pub(super) fn danger(attempt: &Attempt, subject: &Subject) -> Result<Danger> {
    let (gathered, rules) = (&subject.gathered, &attempt.ground.policy.risk);
    let facts = &gathered.facts;
    let judged = judge(facts, gathered.secured_limit, rules)?;
    let blank = || risk_profile::Model::blank(gathered.account.tenant_id, RowId(attempt.stamp.id()), gathered.account.id);
    let is_nothing = gathered.profile.is_none() && judged.level == 0 && judged.watch_reasons.is_empty();
    let kept = if is_nothing { None } else { keep(&gathered.profile.clone().unwrap_or_else(blank), &judged, rules, facts.today) };
    let next_on = next_date(facts, rules, gathered.next_limit_on);
    let values = kept.iter().find_map(|kept| kept.task.as_ref()).map_or_else(|| Ok(Values::new()), |task| proposed(task, facts))?;
    let facts = shown(facts, kept.as_ref());
    Ok(Danger { facts, kept, values, next_on })
}

/// The facts with the level of the day.
pub(super) fn shown(facts: &Arc<Facts>, kept: Option<&Kept>) -> Arc<Facts> {
    match kept.filter(|kept| kept.profile.plan_level != facts.risk.plan_level) {
        Some(kept) => {
            let mut moved = Facts::clone(facts);
            moved.risk.plan_level.clone_from(&kept.profile.plan_level);
            Arc::new(moved)
        }
        None => Arc::clone(facts),
    }
}

impl Danger {
    /// Adds to a review what follows from the judgement: its reasons, the work that begins, and the day it looks again.
    pub(super) fn join(&self, review: &mut Review) {
        review.next_review_on = review.next_review_on.into_iter().chain(self.next_on).min();
        let Some(kept) = &self.kept else { return };
        review.reasons.extend(kept.reasons.iter().cloned());
        review.tasks.extend(kept.task.iter().map(|task| PlannedTask {
            role: task.role.clone(),
            task: task.key.clone(),
            activity: "internal".to_owned(),
            step: None,
            effective_on: self.facts.today,
            due_on: add_days(self.facts.today, task.within_days),
            sources: vec!["core".to_owned()],
            items: Vec::new(),
            values: self.values.clone(),
        }));
    }
}
