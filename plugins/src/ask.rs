//! One question to one plugin: filter, call, check, and what a failure means.

use crate::bundle::{Broken, Ready};
use crate::hooks::{hook_of, spec};
use crate::limits::Allowance;
use crate::manifest::{Manifest, When};
use crate::plan::close::Closing;
use crate::sandbox::{self, Failure, Ran};
use crate::words::WORDS;
use crate::words::ctx::{Ctx, Seen};
use metrics::{counter, histogram};
use recoup_engine::words::asked::{About, Advice, CallStatus, Hook, OnFailure, Question, StoredPackage};
use recoup_engine::words::facts::AccountFacts;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// One plugin of a set.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    version: i64,
    hash: String,
    state: State,
    /// A native function panicked under it: it is not called again in this process.
    is_off: AtomicBool,
}

#[derive(Debug)]
enum State {
    Ready(Box<Ready>),
    Broken(Box<Broken>),
}

impl Member {
    pub(crate) fn new(stored: &StoredPackage, state: Result<Ready, Broken>) -> Self {
        let state = state.map_or_else(|broken| State::Broken(Box::new(broken)), |ready| State::Ready(Box::new(ready)));
        Self { name: stored.name.clone(), version: stored.version, hash: stored.hash.clone(), state, is_off: AtomicBool::new(false) }
    }

    pub(crate) fn ready(&self) -> Option<&Ready> {
        if let State::Ready(ready) = &self.state { Some(ready) } else { None }
    }

    fn manifest(&self) -> Option<&Manifest> {
        match &self.state {
            State::Ready(ready) => Some(&ready.package.manifest),
            State::Broken(broken) => broken.manifest.as_ref(),
        }
    }

    pub(crate) fn order(&self) -> i64 {
        self.manifest().map_or(i64::MAX, |manifest| manifest.plugin.order)
    }

    /// Does it answer this hook, in any of its step types?
    pub(crate) fn has(&self, hook: Hook) -> bool {
        match &self.state {
            State::Ready(ready) => ready.package.has(hook),
            State::Broken(broken) => broken.functions.iter().filter_map(|name| hook_of(name)).any(|(other, _)| other == hook),
        }
    }

    /// The function this question is for, if the plugin has it. A custom step is asked of its own plugin alone.
    fn function(&self, about: &About) -> Option<String> {
        let step_type = match about.custom_step() {
            Some(step) => Some(step.step_type.strip_prefix(self.name.as_str())?.strip_prefix('.')?),
            None => None,
        };
        match &self.state {
            State::Ready(ready) => ready.package.function(about.hook(), step_type),
            State::Broken(broken) => {
                let name = step_type.map_or_else(|| about.hook().to_string(), |kind| format!("step_{kind}"));
                broken.functions.contains(&name).then_some(name)
            }
        }
    }

    fn on_failure(&self, hook: Hook, function: &str) -> OnFailure {
        let chosen = self.manifest().and_then(|manifest| manifest.hooks.get(function)).and_then(|options| options.on_error);
        chosen.unwrap_or(spec(hook).on_failure)
    }

    fn advice(&self, status: CallStatus, on_failure: OnFailure) -> Advice {
        Advice {
            plugin: self.name.clone(),
            version: self.version,
            hash: self.hash.clone(),
            status,
            on_failure,
            operations: 0,
            budget: 0,
            cpu_us: 0,
            votes: Vec::new(),
            effects: Vec::new(),
            notes: Vec::new(),
            error: None,
        }
    }
}

/// Asks one plugin; nothing when it has no function for the question.
pub(crate) fn ask_member(member: &Member, question: &Question) -> Option<Advice> {
    let function = member.function(&question.about)?;
    let hook = question.about.hook();
    let on_failure = member.on_failure(hook, &function);
    let advice = match &member.state {
        State::Broken(broken) => Advice { error: Some(broken.error.clone()), ..member.advice(CallStatus::Error, on_failure) },
        State::Ready(_) if member.is_off.load(Ordering::Relaxed) => member.advice(CallStatus::Panic, on_failure),
        State::Ready(ready) if !is_asked(ready, &function, &question.facts.account) => member.advice(CallStatus::Filtered, on_failure),
        State::Ready(ready) => answered(member, ready, &function, question, on_failure),
    };
    count(&advice, hook);
    Some(advice)
}

fn is_asked(ready: &Ready, function: &str, account: &AccountFacts) -> bool {
    ready.package.manifest.hooks.get(function).is_none_or(|options| matches(&options.when, account))
}

/// The manifest's `when`, tested before any script runs.
fn matches(when: &When, account: &AccountFacts) -> bool {
    let among = |list: &[String], word: Option<&String>| list.is_empty() || word.is_some_and(|word| list.contains(word));
    among(&when.segments, account.segment.as_ref())
        && among(&when.grades, account.grade.as_ref())
        && (when.tags.is_empty() || when.tags.iter().any(|tag| account.tags.contains(tag)))
        && when.min_overdue.is_none_or(|least| account.overdue_total.decimal() >= least.0)
}

fn answered(member: &Member, ready: &Ready, function: &str, question: &Question, on_failure: OnFailure) -> Advice {
    let asking = Asking::new(ready, question);
    let (ran, budget) = asking.run(function);
    if matches!(&ran.end, Err(failure) if failure.status == CallStatus::Panic) {
        member.is_off.store(true, Ordering::Relaxed);
        tracing::error!(plugin = member.name, version = member.version, hook = %question.about.hook(), "a native function panicked; this version is off");
    }
    let Ran { draft, operations, cpu, end } = ran;
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let micros = i64::try_from(cpu.as_micros()).unwrap_or(i64::MAX);
    let mut advice = Advice {
        operations: whole(operations),
        budget: whole(budget),
        cpu_us: micros,
        notes: draft.notes,
        ..member.advice(CallStatus::Ok, on_failure)
    };
    match end {
        Ok(()) => (advice.votes, advice.effects) = (draft.votes, draft.effects),
        Err(Failure { status, error }) => (advice.status, advice.error) = (status, Some(error)),
    }
    advice
}

/// One call, prepared: the facts as the script will see them.
pub(crate) struct Asking<'a> {
    ready: &'a Ready,
    seen: Arc<Seen>,
    pub(crate) ctx: Ctx,
}

impl<'a> Asking<'a> {
    pub(crate) fn new(ready: &'a Ready, question: &Question) -> Self {
        let account = &question.facts.account;
        let seen = Seen::new(question);
        let settings = ready.settings(account.segment.as_deref()).map(account.currency);
        let plugin = Arc::from(ready.package.manifest.plugin.name.as_str());
        let ctx = Ctx { seen: Arc::clone(&seen), settings, plugin };
        Self { ready, seen, ctx }
    }

    /// Calls the function and checks its plan; also tells the operations it was allowed.
    pub(crate) fn run(&self, function: &str) -> (Ran, u64) {
        let package = &self.ready.package;
        let cpu = spec(self.seen.about.hook()).cpu;
        let allowance = Allowance::of(self.seen.rows(), package.manifest.limits.operations, cpu);
        let mut ran = sandbox::call(&WORDS.module, &package.script.ast, function, self.ctx.clone(), allowance);
        if ran.end.is_ok() {
            let closing = Closing { package, seen: &self.seen };
            ran.end = closing.close(&mut ran.draft).map_err(|(line, why)| Failure::new(CallStatus::Error, (line, 0), why));
        }
        (ran, allowance.operations)
    }
}

/// Figures about calls. No account and no tenant ever stands in a label.
fn count(advice: &Advice, hook: Hook) {
    let (plugin, version) = (advice.plugin.clone(), advice.version.to_string());
    counter!("recoup_plugin_calls_total", "plugin" => plugin.clone(), "version" => version, "hook" => hook.as_str(), "outcome" => advice.status.as_str())
        .increment(1);
    if advice.status == CallStatus::Filtered {
        return;
    }
    let cpu = Duration::from_micros(u64::try_from(advice.cpu_us).unwrap_or(0));
    histogram!("recoup_plugin_cpu_seconds", "plugin" => plugin.clone(), "hook" => hook.as_str()).record(cpu);
    let operations = u32::try_from(advice.operations).unwrap_or(u32::MAX);
    histogram!("recoup_plugin_operations", "plugin" => plugin, "hook" => hook.as_str()).record(operations);
    for vote in &advice.votes {
        counter!("recoup_plugin_votes_total", "vote" => vote.vote.as_str()).increment(1);
    }
    for effect in &advice.effects {
        counter!("recoup_plugin_effects_total", "kind" => crate::plan::close::word_of(&effect.kind).0).increment(1);
    }
}
