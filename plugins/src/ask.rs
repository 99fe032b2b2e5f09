//! One question to one plugin: filter, call, check, and what a failure means.

use crate::breaker::{Guard, Leave, Turn};
use crate::bundle::{Broken, Ready};
use crate::hooks::{hook_of, spec};
use crate::limits::Allowance;
use crate::manifest::{Manifest, When};
use crate::plan::close::Closing;
use crate::sandbox::{self, Failure, Ran};
use crate::watch::Watch;
use crate::words;
use crate::words::ctx::{Ctx, Shown};
use metrics::{counter, gauge, histogram};
use recoup_engine::words::action::{ActionSpec, PackageSpec};
use recoup_engine::words::asked::{About, Advice, CallStatus, Hook, OnFailure, Question, StoredPackage, Trouble};
use recoup_engine::words::facts::AccountFacts;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One plugin of a set.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    version: i64,
    hash: String,
    state: State,
    /// What its calls came to of late, in whatever set it stood.
    guard: Arc<Guard>,
}

#[derive(Debug)]
enum State {
    Ready(Box<Ready>),
    Broken(Box<Broken>),
}

impl Member {
    /// What a breaker's turn means for people and figures.
    fn turned(&self, hook: Hook, turn: Turn) {
        let (plugin, version) = (self.name.clone(), self.version.to_string());
        let gauge = gauge!("recoup_plugin_breaker_state", "plugin" => plugin, "version" => version, "hook" => hook.as_str());
        gauge.set(turn.level());
        match turn {
            Turn::Closed => tracing::info!(plugin = self.name, version = self.version, %hook, "a plugin is heard again"),
            Turn::Opened => {
                tracing::warn!(plugin = self.name, version = self.version, %hook, "a plugin fails too often and is not heard for a while")
            }
            Turn::Off => {
                tracing::error!(plugin = self.name, version = self.version, %hook, "a plugin has failed too often three times in an hour; this version is off");
                self.guard.give_up(&format!("{hook} failed too often, three times in an hour"));
            }
        }
    }

    pub(crate) fn new(stored: &StoredPackage, state: Result<Ready, Broken>, guard: Arc<Guard>) -> Self {
        let state = state.map_or_else(|broken| State::Broken(Box::new(broken)), |ready| State::Ready(Box::new(ready)));
        Self { name: stored.name.clone(), version: stored.version, hash: stored.hash.clone(), state, guard }
    }

    /// Why it cannot be asked, if it cannot.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        let why = match &self.state {
            State::Broken(broken) => {
                format!("{}:{}:{}: {}", broken.error.file, broken.error.line, broken.error.column, broken.error.message)
            }
            State::Ready(_) if self.guard.is_off() => "it is switched off in this process: it did damage, or failed too often".to_owned(),
            State::Ready(_) => return None,
        };
        let is_required = self.manifest().is_some_and(|manifest| manifest.plugin.required);
        Some(Trouble { plugin: self.name.clone(), version: self.version, why, is_required })
    }

    /// Its custom actions.
    pub(crate) fn actions(&self) -> impl Iterator<Item = ActionSpec> {
        self.ready().into_iter().flat_map(move |ready| {
            let manifest = &ready.package.manifest;
            ready.package.actions.iter().filter_map(move |(name, action)| {
                let options = manifest.actions.get(name)?;
                Some(ActionSpec {
                    plugin: self.name.clone(),
                    name: name.clone(),
                    version: self.version,
                    label: manifest.plugin.version.clone(),
                    title: manifest.plugin.title.clone(),
                    summary: options.summary.clone(),
                    subject: options.subject,
                    effects: options.effects.clone(),
                    params: action.params.document().clone(),
                    result: action.result.document().clone(),
                })
            })
        })
    }

    /// What it brings beside its actions, where it can be asked.
    pub(crate) fn spec(&self) -> Option<PackageSpec> {
        let package = &self.ready()?.package;
        let (manifest, texts) = (&package.manifest, &package.texts);
        Some(PackageSpec {
            plugin: self.name.clone(),
            version: self.version,
            label: manifest.plugin.version.clone(),
            title: manifest.plugin.title.clone(),
            settings: package.schema.described(|key| texts.setting(key)),
            steps: manifest.steps.keys().map(|kind| format!("{}.{kind}", self.name)).collect(),
            codes: manifest.codes.keys().cloned().collect(),
        })
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

    /// The function this question is for, if the plugin has it. A custom step and an action are asked of their own plugin alone.
    fn function(&self, about: &About) -> Option<String> {
        let own = |name: &'_ str| name.strip_prefix(self.name.as_str())?.strip_prefix('.').map(str::to_owned);
        let kind = match (about.custom_step(), about.action()) {
            (Some(step), _) => Some(own(&step.step_type)?),
            (None, Some(call)) => Some(own(&call.name)?),
            (None, None) => None,
        };
        match &self.state {
            State::Ready(ready) => ready.package.function(about.hook(), kind.as_deref()),
            State::Broken(broken) => {
                let name = kind.map_or_else(|| about.hook().to_string(), |kind| format!("{}_{kind}", about.hook()));
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
    let advice = asked(member, question, |ready, function, on_failure| guarded(member, ready, function, question, on_failure))?;
    count(&advice, question.about.hook());
    Some(advice)
}

/// Asks one plugin without counting it among the calls of real life, and has it watched.
pub(crate) fn ask_watched(member: &Member, question: &Question, watcher: Option<Arc<dyn Watch>>) -> Option<Advice> {
    asked(member, question, |ready, function, on_failure| answered(member, ready, function, question, on_failure, watcher))
}

fn asked(member: &Member, question: &Question, call: impl FnOnce(&Ready, &str, OnFailure) -> Advice) -> Option<Advice> {
    let function = member.function(&question.about)?;
    let hook = question.about.hook();
    let on_failure = member.on_failure(hook, &function);
    let advice = match &member.state {
        State::Broken(broken) => Advice { error: Some(broken.error.clone()), ..member.advice(CallStatus::Error, on_failure) },
        State::Ready(_) if member.guard.has_panicked() => member.advice(CallStatus::Panic, on_failure),
        State::Ready(ready) if !is_asked(ready, &function, question) => member.advice(CallStatus::Filtered, on_failure),
        State::Ready(ready) => call(ready, &function, on_failure),
    };
    Some(advice)
}

/// One call under the eye of its breaker: one that is open lets nobody through, and what is tried out in its shadow does not count.
fn guarded(member: &Member, ready: &Ready, function: &str, question: &Question, on_failure: OnFailure) -> Advice {
    let account = question.facts.account().map(|facts| facts.account.id);
    let breaker = member.guard.breaker(function);
    let leave = breaker.before(account, Instant::now);
    if leave == Leave::Silent {
        return member.advice(CallStatus::Breaker, on_failure);
    }
    let advice = answered(member, ready, function, question, on_failure, None);
    let is_good = advice.status == CallStatus::Ok;
    if let Some(turn) = breaker.after(account, leave, is_good, Instant::now) {
        member.turned(question.about.hook(), turn);
    }
    match leave {
        Leave::Ask | Leave::Silent => advice,
        Leave::Shadow => {
            let tried = member.advice(CallStatus::Breaker, on_failure);
            Advice { operations: advice.operations, budget: advice.budget, cpu_us: advice.cpu_us, error: advice.error, ..tried }
        }
    }
}

/// A question about no account is filtered by nothing: a manifest with a `when` for one is refused.
fn is_asked(ready: &Ready, function: &str, question: &Question) -> bool {
    let Some(facts) = question.facts.account() else { return true };
    ready.package.manifest.hooks.get(function).is_none_or(|options| matches(&options.when, &facts.account))
}

/// The manifest's `when`, tested before any script runs.
fn matches(when: &When, account: &AccountFacts) -> bool {
    let among = |list: &[String], word: Option<&String>| list.is_empty() || word.is_some_and(|word| list.contains(word));
    among(&when.segments, account.segment.as_ref())
        && among(&when.grades, account.grade.as_ref())
        && (when.tags.is_empty() || when.tags.iter().any(|tag| account.tags.contains(tag)))
        && when.min_overdue.is_none_or(|least| account.overdue_total.decimal() >= least.0)
}

fn answered(
    member: &Member,
    ready: &Ready,
    function: &str,
    question: &Question,
    on_failure: OnFailure,
    watcher: Option<Arc<dyn Watch>>,
) -> Advice {
    let asking = Asking::new(ready, question);
    let (ran, budget) = asking.run_watched(function, watcher);
    if matches!(&ran.end, Err(failure) if failure.status == CallStatus::Panic) {
        member.guard.panicked(&format!("a native function panicked in {function}"));
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
    pub(crate) ctx: Ctx,
}

impl<'a> Asking<'a> {
    pub(crate) fn new(ready: &'a Ready, question: &Question) -> Self {
        let settings = ready.settings(question.facts.segment()).map(question.facts.currency());
        let plugin = Arc::from(ready.package.manifest.plugin.name.as_str());
        let params = question.about.action().map(|call| {
            let action = ready.package.actions.get(call.parts().1);
            // They passed the schema when the action was called; what does not is shown as nothing.
            let given = action.and_then(|action| action.params.read(&call.params).ok().map(|read| read.as_given(&action.params)));
            Arc::new(given.unwrap_or_default())
        });
        Self { ready, ctx: Ctx { shown: Shown::new(question), settings, params, plugin } }
    }

    /// Calls the function and checks its plan; also tells the operations it was allowed.
    pub(crate) fn run(&self, function: &str) -> (Ran, u64) {
        self.run_watched(function, None)
    }

    /// The same, watched.
    pub(crate) fn run_watched(&self, function: &str, watcher: Option<Arc<dyn Watch>>) -> (Ran, u64) {
        let package = &self.ready.package;
        let shown = &self.ctx.shown;
        let cpu = spec(shown.about().hook()).cpu;
        let allowance = Allowance::of(shown.rows(), package.manifest.limits.operations, cpu);
        let mut ran = sandbox::call_watched(words::here(), &package.script.ast, function, self.ctx.clone(), allowance, watcher);
        if ran.end.is_ok() {
            let closing = Closing { package, shown };
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
        counter!("recoup_plugin_effects_total", "kind" => crate::plan::kind::word_of(&effect.kind).0).increment(1);
    }
}
