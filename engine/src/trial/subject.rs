//! The question a hook would be asked about an account: the one that is due, else the one that comes next.

use crate::collection::rules::plan;
use crate::command::Attempt;
use crate::doors::store::Read;
use crate::facts::{Wanted, gather};
use crate::grading::{grade_question, show_grades};
use crate::words::asked::{About, Hook, Judged, Question};
use crate::words::code::Code;
use crate::words::day::days_between;
use crate::words::error::{Error, Result};
use crate::words::facts::Facts;
use crate::words::id::AccountId;

/// A function of a script that answers a question.
#[derive(Clone, Debug)]
pub(super) struct Function {
    hook: Hook,
    /// Of a custom step, `plugin.type`.
    step_type: Option<String>,
}

impl Function {
    /// The function of this name; `validation_failed` where the package has none.
    pub(super) fn of(name: &str, judged: &Judged) -> Result<Self> {
        let kind = name.strip_prefix("step_").filter(|_| name != Hook::StepDue.as_str());
        let step_type = kind.map(|kind| format!("{}.{kind}", judged.name));
        let hook = if step_type.is_some() { Some(Hook::Step) } else { name.parse().ok() };
        let is_there = hook.is_some_and(|hook| judged.hooks.contains(&hook));
        let is_there = is_there && step_type.as_ref().is_none_or(|kind| judged.step_types.contains(kind));
        match hook.filter(|_| is_there) {
            Some(hook) => Ok(Self { hook, step_type }),
            None => {
                let known: Vec<&str> = judged.hooks.iter().map(|hook| hook.as_str()).collect();
                let detail = format!("the plugin {} does not answer {name:?}; it answers {}", judged.name, known.join(", "));
                Err(Error::new(Code::ValidationFailed, detail).at("#/hook"))
            }
        }
    }

    /// Is this a question for it?
    pub(super) fn is_of(&self, about: &About) -> bool {
        let of_step = if let About::Step { step } = about { Some(&step.step_type) } else { None };
        about.hook() == self.hook && of_step == self.step_type.as_ref()
    }

    /// What it could be asked about an account on whose day nothing of it is due.
    fn next(&self, facts: &Facts) -> Option<About> {
        if self.hook == Hook::DailyAccount {
            return Some(About::DailyAccount);
        }
        if self.hook == Hook::CreditReviewDue {
            return Some(About::CreditReviewDue { due_on: facts.account.credit_review_on.unwrap_or(facts.today) });
        }
        if self.hook == Hook::LegalPacket {
            return Some(About::LegalPacket { to: "legal".to_owned() });
        }
        if self.hook == Hook::BeforeDue {
            let item = facts.open_items.rows.iter().find(|row| row.due_on >= facts.today)?;
            return Some(About::BeforeDue { item: item.id, days_left: days_between(facts.today, item.due_on) });
        }
        let step = facts.steps.iter().find(|step| Some(&step.step_type) == self.step_type.as_ref())?;
        Some(About::Step { step: step.clone() })
    }
}

/// Everything the function would be asked about an account on the day of the attempt.
pub(super) async fn questions(read: &Read, attempt: &Attempt, account: AccountId, function: &Function) -> Result<Vec<Question>> {
    if function.hook == Hook::CreditGrade {
        return Ok(vec![grade_question(read, attempt, account).await?]);
    }
    let day = attempt.stamp.today;
    let wanted = Wanted { day, items_max: None, needs: attempt.ground.plugins.needs(function.hook), is_as_of: true };
    let mut gathered = gather(read, attempt, &[account], wanted).await?;
    show_grades(read, attempt, &mut gathered, day).await?;
    let found = gathered.pop().ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
    let facts = found.facts;
    let due = plan(&facts, &attempt.ground.policy, &*attempt.ground.plugins).questions;
    let mut due: Vec<About> = due.into_iter().filter(|about| function.is_of(about)).collect();
    if due.is_empty() {
        due.extend(function.next(&facts));
    }
    if due.is_empty() {
        let detail = format!("nothing of {} is due for this account on {day}; try it on a decision or a fixture", function.hook);
        return Err(Error::new(Code::IllegalState, detail));
    }
    Ok(due.into_iter().map(|about| Question::new(&facts, about)).collect())
}
