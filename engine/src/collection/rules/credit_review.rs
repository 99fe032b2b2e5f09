//! The credit review of an account falls due by itself (CF-09): somebody is asked for it once, with what scripts propose to whoever does it.

use super::outcome::PlannedTask;
use super::settle::Desk;
use crate::case::REVIEW_TASK;
use crate::words::day::add_days;
use crate::words::effect::{FactValue, Values};
use crate::words::facts::Facts;
use chrono::NaiveDate;

/// Who does it.
const ROLE: &str = "credit_officer";
/// Days to do it in (our own figure).
const DAYS: i64 = 14;

/// The day the review fell due, where it has and nobody was asked yet.
pub(super) fn due(facts: &Facts) -> Option<NaiveDate> {
    facts.account.credit_review_on.filter(|on| *on <= facts.today && !facts.account.is_credit_review_asked)
}

/// The day it falls due, where that is still to come.
pub(super) fn ahead(facts: &Facts) -> Option<NaiveDate> {
    facts.account.credit_review_on.filter(|on| *on > facts.today)
}

impl Desk<'_> {
    /// Asks for the review. The task belongs to the account and not to its case: it stays when the case ends.
    pub(super) fn ask_for_review(&mut self, due_on: NaiveDate) {
        self.review.credit_review_asked_on = Some(due_on);
        let en = format!("The credit review has been due since {due_on}.");
        self.tell("credit_review_due", en, format!("信用复评自 {due_on} 起到期。"));
        self.add_review_task(due_on);
    }

    fn add_review_task(&mut self, effective_on: NaiveDate) {
        self.add_task(PlannedTask {
            role: ROLE.to_owned(),
            task: REVIEW_TASK.to_owned(),
            activity: "internal".to_owned(),
            step: None,
            effective_on,
            due_on: add_days(self.facts.today, DAYS),
            sources: vec!["core".to_owned()],
            items: Vec::new(),
            values: Values::new(),
        });
    }

    /// Leaves a proposal with the review it is for, with who made it.
    pub(super) fn propose(&mut self, name: &str, value: FactValue, source: String) -> Result<(), &'static str> {
        let has_task = self.review.tasks.iter().any(|task| task.task == REVIEW_TASK);
        if !has_task && self.questions.iter().any(|about| about.event().is_some()) {
            // Something has happened that a script would change the limit for: whoever reviews credit looks at it before its time.
            self.add_review_task(self.facts.today);
        }
        let task = self.review.tasks.iter_mut().find(|task| task.task == REVIEW_TASK).ok_or("no_review")?;
        task.values.insert(name.to_owned(), value);
        task.values.insert(format!("{name}_by"), FactValue::Text(source));
        Ok(())
    }
}
