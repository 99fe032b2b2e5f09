//! Custom actions of packages: a request with parameters, answered by a script; what it proposes is settled as in a review and, where
//! that is asked for, written under the account's claim together with the decision. One about no account proposes nothing: it answers.

mod subject;
mod view;
mod without_account;

pub use subject::{ActionIn, Target, target};
pub use view::{ActionEffect, ActionSubjectView, ActionView};
pub use without_account::RunActionWithoutAccount;

use super::apply::{self, Kept, Ready, ended_hold};
use super::load::{Subject, of_event};
use super::rules::{self, Review};
use crate::command::{Attempt, Command, Decided};
use crate::doors::decision::{Call, decision_facts, pack};
use crate::doors::store::{Changes, Entry, Read};
use crate::facts::Gathering;
use crate::hold::rows::hold;
use crate::plugin::find_action;
use crate::words::act_facts::Requester;
use crate::words::action::{ActionFacts, ActionMode, ActionSpec};
use crate::words::asked::{About, Advice, Asked, CallStatus, Hook, PluginSet, Question};
use crate::words::code::Code;
use crate::words::effect::EffectKind;
use crate::words::error::{Error, Result};
use crate::words::facts::{FACTS_SCHEMA, Facts};
use crate::words::id::{AccountId, HoldId, RowId};
use serde_json::Value as Json;
use uuid::Uuid;

/// Calls an action about something that belongs to an account. A preview answers and writes nothing; applying it keeps the decision and lets happen what was proposed.
pub struct RunAction {
    /// The package.
    pub plugin: String,
    /// The action's own name.
    pub action: String,
    /// How far it goes.
    pub mode: ActionMode,
    /// What it is about, already found.
    pub target: Target,
    /// Its parameters, as they were sent.
    pub params: Json,
}

/// What a call of an action looks at.
pub struct ActionNow {
    subject: Subject,
    spec: ActionSpec,
    call: ActionFacts,
    /// The id of what it is about.
    thing: Uuid,
}

/// The question a call is.
fn about(call: &ActionFacts) -> About {
    About::Action { call: Box::new(call.clone()) }
}

/// A version that went live in the meantime has an action of this name about something else.
fn moved_on() -> Error {
    Error::new(Code::TryAgain, "the action is about something else since a moment ago; nothing was changed")
}

/// What the journal says of a call that was applied.
fn told(call: &ActionFacts, view: &ActionView) -> Json {
    serde_json::json!({ "action": call.name, "version": view.version, "params": call.params, "result": view.result })
}

impl Command for RunAction {
    type Facts = ActionNow;
    type Done = ActionView;

    fn account(&self) -> Option<AccountId> {
        Some(self.target.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<ActionNow> {
        // Looked up in each attempt: whoever lost against an activation is judged by the set that won.
        let set = &*attempt.ground.plugins;
        let spec = find_action(set, &self.plugin, &self.action)?;
        let params = set.action_params(&self.plugin, &self.action, &self.params)?;
        // The account with its version comes first: what changes while the rest is read is caught by the claim.
        let gathering = Gathering::begin();
        let found = of_event(read, attempt, &[self.target.account], attempt.stamp.today, &[Hook::Action]).await?;
        gathering.end(&*attempt.ground.plugins, &[Hook::Action]);
        let subject = found.into_iter().next().ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let about = self.target.facts(read, &subject.gathered).await?;
        if about.kind() != spec.subject {
            return Err(moved_on());
        }
        let call = ActionFacts { name: spec.full_name(), params, requester: Requester::of(&attempt.who), subject: about };
        Ok(ActionNow { subject, spec, call, thing: self.target.uuid() })
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::Action)
    }

    fn ask(&self, now: &ActionNow, attempt: &Attempt) -> Asked {
        attempt.ground.plugins.ask(&Question::new(&now.subject.gathered.facts, about(&now.call)))
    }

    fn decide(&self, now: &ActionNow, asked: &Asked, attempt: &Attempt) -> Result<Decided<ActionView>> {
        let advice = answered(asked)?;
        let (policy, set) = (&attempt.ground.policy, &*attempt.ground.plugins);
        let facts = &now.subject.gathered.facts;
        let mut review = rules::follow(facts, policy, set, &about(&now.call), asked);
        review.action = Some(now.thing);
        let view = view::view(&now.spec, self.mode, &now.call, Some(facts.account.id), advice).with_fates(&review);
        match self.mode {
            ActionMode::Preview => Ok(Decided::before(view)),
            ActionMode::Apply => now.applied(review, asked, view, attempt),
        }
    }
}

impl ActionNow {
    fn applied(&self, mut review: Review, asked: &Asked, view: ActionView, attempt: &Attempt) -> Result<Decided<ActionView>> {
        // The account is looked at again when it would have been, or sooner where something that was placed ends before.
        let planned = self.subject.gathered.account.next_review_on;
        review.next_review_on = review.next_review_on.into_iter().chain(planned).min();
        let mut kept = Kept { id: RowId(attempt.stamp.id()), facts: Vec::new() };
        let calls = asked.advice.iter().map(|advice| Call { about: about(&self.call), advice: advice.clone() }).collect();
        let Ready { changes, ends, decision, .. } = apply::ready(attempt, &self.subject, &review, None, calls, &[], &mut kept)?;
        let facts: Vec<&Facts> = kept.facts.iter().map(|facts| &**facts).collect();
        let page = decision_facts::Model { tenant_id: attempt.who.tenant, id: kept.id, schema_version: FACTS_SCHEMA, body: pack(&facts)? };
        let view = ActionView { decision_id: decision, ..view };
        let entry = Entry {
            kind: "action.applied",
            subject: self.call.subject.kind().as_str(),
            subject_id: self.thing,
            effective_on: attempt.stamp.today,
            decision,
            body: told(&self.call, &view),
        };
        let changes = self.release(changes.add(&page), &ends.released, attempt).tell(entry);
        Ok(Decided::new(view, changes))
    }

    /// Ends the holds that the script lifts; they are among the active ones that were read.
    fn release(&self, changes: Changes, released: &[HoldId], attempt: &Attempt) -> Changes {
        let day = attempt.stamp.today;
        let rows = self.subject.gathered.holds.iter().filter(|row| released.contains(&row.id));
        let ended: Vec<hold::Model> = rows.map(|row| ended_hold(row, false, day)).collect();
        let told = ended.iter().map(|row| super::review::end_of("hold.released", row, day));
        told.fold(changes.save_all(&ended), Changes::tell)
    }
}

/// The answer of the one package that was asked, or why there is none: 422 where its script is to blame; 503 where it did damage while it was
/// asked (`plugin_failed`), and where nobody was asked at all (`plugin_unavailable`).
fn answered(asked: &Asked) -> Result<&Advice> {
    let Some(advice) = asked.advice.first() else {
        return Err(Error::new(Code::PluginUnavailable, "the plugin cannot be asked by this server"));
    };
    match advice.status {
        CallStatus::Ok => Ok(advice),
        CallStatus::Filtered => {
            Err(Error::new(Code::ActionFailed, format!("{} leaves this account out by the filter in its manifest", advice.plugin)))
        }
        // It has its error with it where this very call did the damage.
        CallStatus::Panic if advice.error.is_some() => {
            Err(Error::new(Code::PluginFailed, format!("{} did damage when it was asked, and is switched off", advice.plugin)))
        }
        CallStatus::Panic => Err(Error::new(Code::PluginUnavailable, format!("{} is switched off: it did damage here", advice.plugin))),
        CallStatus::Breaker => {
            Err(Error::new(Code::PluginUnavailable, format!("{} failed too often of late and is not heard for a while", advice.plugin)))
        }
        CallStatus::Error | CallStatus::Limit | CallStatus::Time => Err(failure(advice)),
    }
}

fn failure(advice: &Advice) -> Error {
    let Some(error) = &advice.error else { return Error::new(Code::ActionFailed, format!("{} did not answer", advice.plugin)) };
    let detail = format!("{} v{}: {}:{}:{}: {}", advice.plugin, advice.version, error.file, error.line, error.column, error.message);
    let found = serde_json::json!({
        "file": error.file, "line": error.line, "column": error.column, "severity": "error", "code": advice.status, "message": error.message,
    });
    Error::new(Code::ActionFailed, detail).with(serde_json::json!({
        "diagnostics": [found], "operations": advice.operations, "budget": advice.budget,
    }))
}

/// What a script answered; an empty object where it did not say.
fn answer(advice: &Advice) -> Json {
    let said = advice.effects.iter().find_map(|effect| if let EffectKind::Answer { answer } = &effect.kind { Some(answer) } else { None });
    said.cloned().unwrap_or_else(|| serde_json::json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::asked::{OnFailure, ScriptError};

    #[test]
    fn who_was_not_asked_is_unavailable_and_who_broke_while_asked_has_failed() {
        let error = || ScriptError { file: "main.rhai".into(), line: 2, column: 1, message: "no".into() };
        let advice = |status, error| Advice {
            plugin: "helper".into(),
            version: 1,
            hash: String::new(),
            status,
            on_failure: OnFailure::Stay,
            operations: 0,
            budget: 0,
            cpu_us: 0,
            votes: vec![],
            effects: vec![],
            notes: vec![],
            error,
        };
        let cases = [
            (None, Code::PluginUnavailable),
            (Some(advice(CallStatus::Breaker, None)), Code::PluginUnavailable),
            (Some(advice(CallStatus::Panic, None)), Code::PluginUnavailable),
            (Some(advice(CallStatus::Panic, Some(error()))), Code::PluginFailed),
            (Some(advice(CallStatus::Error, Some(error()))), Code::ActionFailed),
            (Some(advice(CallStatus::Limit, Some(error()))), Code::ActionFailed),
            (Some(advice(CallStatus::Filtered, None)), Code::ActionFailed),
        ];
        for (said, code) in cases {
            let asked = Asked { advice: said.into_iter().collect() };
            assert_eq!(answered(&asked).unwrap_err().code(), code, "{asked:?}");
        }
        assert!(answered(&Asked { advice: vec![advice(CallStatus::Ok, None)] }).is_ok());
    }
}
