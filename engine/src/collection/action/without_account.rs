//! Actions about no account: what they answer follows from their parameters, the tenant's settings and the day. Nothing can follow from it
//! but the record that it was asked.

use super::view;
use super::{ActionView, about, answered, moved_on, told};
use crate::command::{Attempt, Command, Decided};
use crate::doors::decision::{Call, Record, decision};
use crate::doors::store::{Changes, Claim, Entry, Read};
use crate::plugin::find_action;
use crate::words::act_facts::Requester;
use crate::words::action::{ActionFacts, ActionMode, ActionSpec, SubjectFacts};
use crate::words::asked::{Advice, Asked, Hook, PluginSet, Question};
use crate::words::error::Result;
use crate::words::id::{AccountId, DecisionId};
use crate::words::question_facts::DayFacts;
use serde_json::Value as Json;
use std::sync::Arc;

/// Calls an action about no account. A preview answers and writes nothing; applying it keeps the decision.
pub struct RunActionWithoutAccount {
    /// The package.
    pub plugin: String,
    /// The action's own name.
    pub action: String,
    /// How far it goes.
    pub mode: ActionMode,
    /// Its parameters, as they were sent.
    pub params: Json,
}

/// What such a call looks at.
pub struct CallNow {
    spec: ActionSpec,
    facts: Arc<DayFacts>,
    call: ActionFacts,
}

impl Command for RunActionWithoutAccount {
    type Facts = CallNow;
    type Done = ActionView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, _: &Read, attempt: &Attempt) -> Result<CallNow> {
        // Looked up in each attempt: whoever lost against an activation is judged by the set that won.
        let (ground, set) = (&attempt.ground, &*attempt.ground.plugins);
        let spec = find_action(set, &self.plugin, &self.action)?;
        let params = set.action_params(&self.plugin, &self.action, &self.params)?;
        if spec.subject != SubjectFacts::None.kind() {
            return Err(moved_on());
        }
        let facts = Arc::new(DayFacts {
            today: attempt.stamp.today,
            now: attempt.stamp.at.with_timezone(&ground.tenant.zone).naive_local(),
            calendar: Arc::clone(&ground.calendar),
            currency: ground.tenant.currency,
        });
        let call = ActionFacts { name: spec.full_name(), params, requester: Requester::of(&attempt.who), subject: SubjectFacts::None };
        Ok(CallNow { spec, facts, call })
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::Action)
    }

    fn ask(&self, now: &CallNow, attempt: &Attempt) -> Asked {
        attempt.ground.plugins.ask(&Question::new(&now.facts, about(&now.call)))
    }

    fn decide(&self, now: &CallNow, asked: &Asked, attempt: &Attempt) -> Result<Decided<ActionView>> {
        let advice = answered(asked)?;
        let view = view::view(&now.spec, self.mode, &now.call, None, advice);
        match self.mode {
            ActionMode::Preview => Ok(Decided::before(view)),
            ActionMode::Apply => now.kept(advice, view, attempt),
        }
    }
}

impl CallNow {
    /// The decision with its facts, standing on the rules it was made by.
    fn kept(&self, advice: &Advice, view: ActionView, attempt: &Attempt) -> Result<Decided<ActionView>> {
        let id = DecisionId(attempt.stamp.id());
        let view = ActionView { decision_id: Some(id), ..view };
        let row = self.decision(id, advice, &view, attempt);
        let entry = Entry {
            kind: "action.applied",
            subject: "decision",
            subject_id: id.0,
            effective_on: attempt.stamp.today,
            decision: Some(id),
            body: told(&self.call, &view),
        };
        Ok(Decided::new(view, Changes::on(Claim::Standing).because(&row, &self.facts)?.tell(entry)))
    }

    fn decision(&self, id: DecisionId, advice: &Advice, view: &ActionView, attempt: &Attempt) -> decision::Model {
        let noted = view.effects.iter().map(|effect| format!("{} by {}", effect.kind, advice.source(effect.line)));
        let applied: Vec<String> = noted.collect();
        let outcome = if applied.is_empty() { "passed" } else { "acted" };
        let calls = vec![Call { about: about(&self.call), advice: advice.clone() }];
        // It is about nothing that has an id: the call itself is all there is.
        attempt.decision(id, None, ("action", id.0), outcome, Record { calls, applied, ..Record::default() })
    }
}

#[cfg(test)]
#[path = "without_account_tests.rs"]
mod tests;
