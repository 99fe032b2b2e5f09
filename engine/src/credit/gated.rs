//! Acts that plugins are asked about before a person does them: what they are shown, and what is kept of what they said. A no leaves its
//! record, and a failure also work for the plugin's owner; the act itself has not happened then.

use super::order::{blank_task, task_created};
use super::rules::gated::{ActDecision, Heard, hear};
use crate::account::rows::account;
use crate::approval::{Acted, Ask};
use crate::case::rows::task;
use crate::command::{Attempt, Decided};
use crate::doors::decision::{Call, Record};
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Claim, Read, failed};
use crate::facts::{Gathered, Gathering, Wanted, facts_of_new, gather};
use crate::words::asked::{About, Advice, Asked, CallStatus, Hook, Question};
use crate::words::code::Code;
use crate::words::effect::{Effect, EffectKind};
use crate::words::error::{Error, Result};
use crate::words::facts::{Facts, ITEMS_SHOWN, Verdict};
use crate::words::id::{AccountId, DecisionId};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// What plugins are asked about one act, and what they are shown.
pub(super) struct Questions {
    facts: Arc<Facts>,
    /// One for each thing the act is about.
    about: Vec<About>,
    /// Open tasks of the account: work is asked for once.
    tasks: Vec<task::Model>,
}

/// Reads what whoever has this hook is shown of the account; nothing where nobody has it.
pub(super) async fn questions(
    read: &Read,
    attempt: &Attempt,
    account: AccountId,
    hook: Hook,
    about: Vec<About>,
) -> Result<Option<Questions>> {
    let set = &*attempt.ground.plugins;
    if !set.has(hook) {
        return Ok(None);
    }
    let gathering = Gathering::begin();
    let wanted = Wanted { day: attempt.stamp.today, items_max: Some(ITEMS_SHOWN), needs: set.needs(hook), is_as_of: false };
    let gathered = gather(read, attempt, &[account], wanted).await?.pop();
    let gathered = gathered.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
    let tasks = task::find(read.tenant()).filter(task::Column::AccountId.eq(account)).filter(task::Column::State.eq("open"));
    let tasks = tasks.all(read.db()).await.map_err(failed)?;
    gathering.end(set, &[hook]);
    Ok(Some(Questions { facts: gathered.facts, about, tasks }))
}

/// The same for an act that many accounts are part of: each is shown to whoever has this hook, and the same is asked about it. No account
/// where nobody has it.
pub(super) async fn questions_of_each(
    read: &Read,
    attempt: &Attempt,
    accounts: &[AccountId],
    hook: Hook,
    about: &About,
) -> Result<Vec<(account::Model, Questions)>> {
    let set = &*attempt.ground.plugins;
    if accounts.is_empty() || !set.has(hook) {
        return Ok(Vec::new());
    }
    let wanted = Wanted { day: attempt.stamp.today, items_max: Some(ITEMS_SHOWN), needs: set.needs(hook), is_as_of: false };
    let gathering = Gathering::begin();
    let gathered = gather(read, attempt, accounts, wanted).await?;
    let tasks = task::find(read.tenant()).filter(read.among(task::Column::AccountId, accounts.iter().copied()));
    let tasks = tasks.filter(task::Column::State.eq("open")).all(read.db()).await.map_err(failed)?;
    gathering.end(set, &[hook]);
    let mut by_account: HashMap<AccountId, Vec<task::Model>> = HashMap::new();
    for row in tasks {
        by_account.entry(row.account_id).or_default().push(row);
    }
    let one = |gathered: Gathered| {
        let tasks = by_account.remove(&gathered.account.id).unwrap_or_default();
        (gathered.account, Questions { facts: gathered.facts, about: vec![about.clone()], tasks })
    };
    Ok(gathered.into_iter().map(one).collect())
}

/// What whoever has this hook is shown of an account that is not written yet: it has a name and terms, and no past. Nothing where nobody
/// has it.
pub(super) fn questions_of_new(row: &account::Model, attempt: &Attempt, hook: Hook, about: About) -> Result<Option<Questions>> {
    let set = &*attempt.ground.plugins;
    if !set.has(hook) {
        return Ok(None);
    }
    let wanted = Wanted { day: attempt.stamp.today, items_max: Some(ITEMS_SHOWN), needs: set.needs(hook), is_as_of: false };
    Ok(Some(Questions { facts: facts_of_new(row, attempt, wanted)?, about: vec![about], tasks: Vec::new() }))
}

impl Questions {
    /// Asks everyone, question by question.
    pub(super) fn ask(&self, attempt: &Attempt) -> Asked {
        let set = &*attempt.ground.plugins;
        let one = |about: &About| set.ask(&Question::new(&self.facts, about.clone())).advice;
        Asked { advice: self.about.iter().flat_map(one).collect() }
    }

    /// Each answer with its question: everyone answers every one, in the same order.
    fn calls(&self, asked: &Asked) -> Vec<Call> {
        let each = (asked.advice.len() / self.about.len().max(1)).max(1);
        let pairs = self.about.iter().flat_map(|about| std::iter::repeat_n(about, each)).zip(&asked.advice);
        pairs.map(|(about, advice)| Call { about: about.clone(), advice: advice.clone() }).collect()
    }
}

/// An act between its question and what becomes of it.
pub(super) struct Gate<'a> {
    account: &'a account::Model,
    asked: &'a Asked,
    heard: Heard,
    takes_two: bool,
    /// What is written down about it; nothing where nobody was asked.
    questions: Option<&'a Questions>,
    /// What the act is about, and which of it.
    cause: (&'static str, Uuid),
    id: DecisionId,
}

impl<'a> Gate<'a> {
    /// What was said about an act; `takes_two` tells whether the house's own rules ask for a second person.
    pub(super) fn of(
        (account, questions): (&'a account::Model, Option<&'a Questions>),
        asked: &'a Asked,
        takes_two: bool,
        cause: (&'static str, Uuid),
        attempt: &Attempt,
    ) -> Self {
        let questions = questions.filter(|_| !asked.advice.is_empty());
        Self { account, asked, heard: hear(asked, takes_two), takes_two, questions, cause, id: DecisionId(attempt.stamp.id()) }
    }

    /// How strict what was said is.
    pub(super) fn decision(&self) -> ActDecision {
        self.heard.decision
    }

    /// Why the act needs a second person, if it does: for the house's own reason, for what a script says, or both.
    pub(super) fn ask(&self, own: Option<Ask>) -> Option<Ask> {
        self.heard.ask(own)
    }

    /// The record of what was said, where somebody was asked.
    pub(super) fn decision_id(&self) -> Option<DecisionId> {
        self.questions.map(|_| self.id)
    }

    /// The refusal where somebody says no or could not answer, with all that is kept of it.
    pub(super) fn refused<D>(&self, claim: Claim, attempt: &Attempt) -> Result<Option<Decided<D>>> {
        let Some(why) = &self.heard.against else { return Ok(None) };
        let is_failure = self.heard.decision == ActDecision::Block;
        let code = if is_failure { Code::PluginFailed } else { Code::PluginDenied };
        let refusal = Error::new(code, why.detail.clone()).with(serde_json::json!({ "decision_id": self.id, "reasons": [why] }));
        let mut changes = Changes::on(claim);
        if is_failure {
            for source in &self.heard.failed {
                changes = self.tell_owner(changes, source, attempt);
            }
        }
        let dropped = self.effects().map(|(_, effect)| format!("{}: the act was refused", word(effect))).collect();
        let changes = self.recorded(changes, self.heard.decision.as_str(), (Vec::new(), dropped), attempt)?;
        Ok(Some(Decided::refused(refusal, changes)))
    }

    /// An act that waits for its second person, with the record of why. What scripts proposed beside it is asked for again when it is done.
    pub(super) fn waits<D>(&self, decided: Decided<Acted<D>>, attempt: &Attempt) -> Result<Decided<Acted<D>>> {
        let Some(changes) = decided.changes else { return Ok(decided) };
        Ok(Decided { done: decided.done, changes: Some(self.waiting(changes, attempt)?) })
    }

    /// The same for what is written while it waits.
    pub(super) fn waiting(&self, changes: Changes, attempt: &Attempt) -> Result<Changes> {
        let dropped = self.effects().map(|(_, effect)| format!("{}: the act waits", word(effect))).collect();
        let outcome = ActDecision::RequestApproval.as_str();
        self.recorded(changes, outcome, (Vec::new(), dropped), attempt)
    }

    /// What follows from an act that is done, with the record and with what scripts proposed beside their votes.
    pub(super) fn done(&self, mut changes: Changes, attempt: &Attempt) -> Result<Changes> {
        let Some(questions) = self.questions else { return Ok(changes) };
        let mut work = Work {
            known: &questions.tasks,
            tasks: Vec::new(),
            tags: self.account.tags.0.clone(),
            applied: Vec::new(),
            dropped: Vec::new(),
        };
        for (advice, effect) in self.effects() {
            work.one(self.account.id, advice, effect, attempt);
        }
        let Work { tasks, tags, applied, mut dropped, .. } = work;
        changes = tasks.iter().fold(changes, |changes, row| changes.add(row).tell(task_created(row, attempt)));
        if tags != self.account.tags.0 {
            match tagged(&changes, self.account, tags) {
                Some(row) => changes = changes.save(&row),
                None => dropped.push("tag: the account is written by the act itself".to_owned()),
            }
        }
        self.recorded(changes, ActDecision::Approve.as_str(), (applied, dropped), attempt)
    }

    fn effects(&self) -> impl Iterator<Item = (&Advice, &Effect)> {
        let answered = self.asked.advice.iter().filter(|advice| advice.status == CallStatus::Ok);
        answered.flat_map(|advice| advice.effects.iter().map(move |effect| (advice, effect)))
    }

    /// One open task a plugin tells its owner of failures.
    fn tell_owner(&self, changes: Changes, source: &str, attempt: &Attempt) -> Changes {
        let voice = |source: &str| source.split('@').next().unwrap_or(source).to_owned();
        let open = self.questions.map_or(&[][..], |questions| &questions.tasks);
        if open.iter().any(|row| row.kind == "plugin_failed" && voice(&row.source) == voice(source)) {
            return changes;
        }
        let failed = self.asked.advice.iter().find(|advice| source.starts_with(&format!("{}@", advice.plugin)) && advice.error.is_some());
        let details = serde_json::json!({ "act": self.cause.0, "error": failed.and_then(|advice| advice.error.as_ref()) });
        let row =
            task::Model { source: source.to_owned(), ..blank_task(self.account.id, "plugin_failed", "plugin_owner", details, attempt) };
        changes.add(&row).tell(task_created(&row, attempt))
    }

    fn recorded(&self, changes: Changes, outcome: &str, told: (Vec<String>, Vec<String>), attempt: &Attempt) -> Result<Changes> {
        let Some(questions) = self.questions else { return Ok(changes) };
        let (applied, dropped) = told;
        let core = if self.takes_two { ActDecision::RequestApproval } else { ActDecision::Approve };
        let record = Record {
            core: Some(Verdict { decision: core.as_str().to_owned(), reasons: Vec::new() }),
            reasons: self.heard.reasons.clone(),
            calls: questions.calls(self.asked),
            applied,
            dropped,
            merge: Some(self.heard.merge.clone()),
            ..Record::default()
        };
        let row = attempt.decision(self.id, Some(self.account.id), self.cause, outcome, record);
        changes.because(&row, &questions.facts)
    }
}

/// The account with its labels, as it is once the claim has moved it; nothing where the change writes the account itself.
fn tagged(changes: &Changes, row: &account::Model, tags: Vec<String>) -> Option<account::Model> {
    let is_written = changes.tables.iter().any(|rows| rows.table == "account");
    let Claim::Account(claim) = &changes.claim else { return None };
    (!is_written).then(|| account::Model {
        tags: Payload(tags),
        version: row.version + 1,
        next_review_on: claim.next_review_on,
        facts_until: claim.facts_until,
        daily_asked_on: claim.daily_asked_on,
        open_count: claim.open_count,
        warning_level: claim.warning_level,
        ..row.clone()
    })
}

/// What scripts propose beside their votes, on its way to rows.
struct Work<'a> {
    known: &'a [task::Model],
    tasks: Vec<task::Model>,
    tags: Vec<String>,
    applied: Vec<String>,
    dropped: Vec<String>,
}

impl Work<'_> {
    fn one(&mut self, account: AccountId, advice: &Advice, effect: &Effect, attempt: &Attempt) {
        if let EffectKind::Task { role, task, activity, due_on } = &effect.kind {
            self.task((account, role, task), (activity, *due_on), advice, effect, attempt);
        } else if let EffectKind::Alert { role } = &effect.kind {
            self.task((account, role, "alert"), ("internal", attempt.stamp.today), advice, effect, attempt);
        } else if let EffectKind::Tag { name } = &effect.kind {
            if !self.tags.contains(name) {
                self.tags.push(name.clone());
            }
            self.applied.push(format!("tag {name}"));
        } else if let EffectKind::Untag { name } = &effect.kind {
            self.tags.retain(|tag| tag != name);
            self.applied.push(format!("untag {name}"));
        } else if let EffectKind::Note { text } = &effect.kind {
            self.applied.push(format!("note {text}"));
        } else if let EffectKind::Metric { name, by } = &effect.kind {
            self.applied.push(format!("metric {name} {by}"));
        } else {
            self.dropped.push(format!("{}: not beside an act of a person", word(effect)));
        }
    }

    /// One open task per account, kind and plugin; of alerts, per code too (plugins.md §3).
    fn task(
        &mut self,
        (account, role, kind): (AccountId, &str, &str),
        (activity, due_on): (&str, NaiveDate),
        advice: &Advice,
        effect: &Effect,
        attempt: &Attempt,
    ) {
        let code = effect.code.as_deref();
        let is_same = |row: &task::Model| {
            let known = row.details.0.get("code").and_then(|code| code.as_str());
            row.kind == kind && row.source.split('@').next() == Some(&*advice.plugin) && (kind != "alert" || known == code)
        };
        if self.tasks.iter().chain(self.known).any(is_same) {
            return self.dropped.push(format!("task {kind}: already open"));
        }
        let details = serde_json::json!({ "code": code, "values": effect.values });
        let row = task::Model {
            activity: activity.to_owned(),
            due_on,
            source: advice.source(effect.line),
            ..blank_task(account, kind, role, details, attempt)
        };
        self.tasks.push(row);
        self.applied.push(format!("task {kind}"));
    }
}

/// The effect's name in a script.
fn word(effect: &Effect) -> String {
    let json = serde_json::to_value(&effect.kind).unwrap_or_default();
    json.get("kind").and_then(|kind| kind.as_str()).unwrap_or("effect").to_owned()
}
