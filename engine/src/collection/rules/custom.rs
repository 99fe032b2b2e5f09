//! Custom steps: a plugin's own little state machines on a case (plugins §7).

use super::planned::{Act, Planned, Wake};
use crate::policy::Policy;
use crate::words::asked::{About, PluginSet};
use crate::words::day::add_days;
use crate::words::facts::{Facts, StepFacts};
use crate::words::id::RowId;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Days until a step that failed is asked again, and how often at that pace; then weekly, with a task.
const RETRY_DAYS: i64 = 1;
const RETRIES: i64 = 3;
const RETRY_LATER_DAYS: i64 = 7;

/// Does an instance of this policy step run? Items that come to it meanwhile join that one.
pub(super) fn is_running(facts: &Facts, key: &str) -> bool {
    facts.steps.iter().any(|step| step.key == key)
}

/// Asks the instances that want to be asked, and opens one for each act that begins a custom step.
pub(super) fn plan(facts: &Facts, policy: &Policy, set: &dyn PluginSet, planned: &mut Planned) {
    for step in facts.steps.iter().filter(|step| step.wake_on <= facts.today) {
        ask(planned, step.clone(), false);
    }
    let begins: Vec<StepFacts> = planned.acts.iter().filter_map(|act| opened(facts, policy, set, act)).collect();
    for step in begins {
        ask(planned, step, true);
    }
}

fn opened(facts: &Facts, policy: &Policy, set: &dyn PluginSet, act: &Act) -> Option<StepFacts> {
    let step = &policy.steps[act.step];
    let step_type = step.step_type.as_deref().filter(|_| !is_running(facts, &step.key))?;
    let known = set.step_type(step_type)?;
    Some(StepFacts {
        id: RowId(Uuid::nil()),
        key: step.key.clone(),
        step_type: step_type.to_owned(),
        at: known.first,
        entered_on: facts.today,
        wake_on: facts.today,
        due_on: act.on,
        approval: "none".to_owned(),
        tries: 0,
        data: BTreeMap::new(),
    })
}

fn ask(planned: &mut Planned, step: StepFacts, is_new: bool) {
    let question = planned.questions.len();
    planned.questions.push(About::Step { step: step.clone() });
    planned.wakes.push(Wake { step, is_new, question });
}

/// A call that failed moves nothing: asked again next day, three times, then a task and once a week. True when the task is due.
pub(super) fn stay(step: &mut StepFacts, facts: &Facts) -> bool {
    step.tries += 1;
    let days = if step.tries < RETRIES { RETRY_DAYS } else { RETRY_LATER_DAYS };
    step.wake_on = add_days(facts.today, days);
    step.tries == RETRIES
}

/// The next day one of these instances wants to be asked.
pub(super) fn wakes_on<'a>(steps: impl Iterator<Item = &'a StepFacts>) -> Option<(NaiveDate, &'a str)> {
    steps.map(|step| (step.wake_on, step.key.as_str())).min()
}
