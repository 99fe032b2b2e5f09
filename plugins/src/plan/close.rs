//! The end of a call: permission, bounds and ownership of everything proposed. One bad effect drops the whole plan.

use crate::actions::ANSWER_BYTES_MAX;
use crate::hooks::{HookSpec, MEMORY, REMEMBERS, WITHOUT_ACCOUNT, spec};
use crate::manifest::Manifest;
use crate::package::Package;
use crate::plan::kind::word_of;
use crate::plan::{Draft, letters, text, value};
use crate::words::ctx::Shown;
use crate::words::rows::is_of;
use chrono::NaiveDate;
use recoup_engine::account::ContactRole;
use recoup_engine::policy::Channel;
use recoup_engine::words::action::ActionFacts;
use recoup_engine::words::asked::{About, Hook, Vote, VoteKind};
use recoup_engine::words::day::{FAR_FUTURE, add_days};
use recoup_engine::words::effect::{Effect, EffectKind, Values};
use recoup_engine::words::error::Fault as Found;
use recoup_engine::words::facts::Facts;
use recoup_engine::words::money::Money;
use rust_decimal::Decimal;
use std::sync::LazyLock;

/// Roles work can be given to: those of the product, and those every policy knows.
pub(crate) const ROLES: [&str; 11] = [
    "collector",
    "manager",
    "credit_officer",
    "credit_manager",
    "cashier",
    "legal",
    "sales",
    "owner",
    "finance_manager",
    "director",
    "admin",
];

/// Roles of a contact person, as the engine knows them.
pub(crate) static CONTACT_ROLES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| ContactRole::ALL.iter().map(|role| role.as_str()).collect());

/// Channels a notice can take: the engine's, and what people call a registered letter.
pub(crate) static CHANNELS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| Channel::ALL.iter().map(|channel| channel.as_str()).chain([REGISTERED_POST]).collect());

/// Said in scripts for the engine's `registered`.
const REGISTERED_POST: &str = "registered_post";

/// Who says yes to acts of credit that wait.
const SECOND_PERSON: &str = "credit_manager";
/// Longest note, in characters.
const NOTE_CHARS_MAX: usize = 500;
/// Most notes, and most metrics, of one call.
const NOTES_MAX: usize = 20;
/// Most kinds of document of a handoff.
const DOCUMENTS_MAX: usize = 50;
/// Most bytes a step may remember in one call.
const STEP_DATA_BYTES_MAX: usize = 4 * 1024;
/// Most things a package remembers about an account, and most bytes of them.
const STATE_KEYS_MAX: usize = 64;
const STATE_BYTES_MAX: usize = 16 * 1024;
/// A task is due within a year.
const TASK_DAYS_MAX: i64 = 365;
/// An account's hold without a date and without a bound ends after this many days.
const HOLD_DAYS_DEFAULT: i64 = 30;

/// What is wrong, and at which line of the script.
pub(crate) type Fault = (i64, String);

/// What the checks look at.
pub(crate) struct Closing<'a> {
    pub(crate) package: &'a Package,
    pub(crate) shown: &'a Shown,
}

impl Closing<'_> {
    fn manifest(&self) -> &Manifest {
        &self.package.manifest
    }

    fn spec(&self) -> &'static HookSpec {
        spec(self.shown.about().hook())
    }

    /// The facts of the account that something is proposed for.
    fn facts(&self) -> Result<&Facts, String> {
        self.shown.seen().map(|seen| &*seen.facts).ok_or_else(|| "this action is about no account".to_owned())
    }

    fn today(&self) -> NaiveDate {
        self.shown.today()
    }

    /// Checks a plan and completes it: default dates, activities, own prefixes and sentences in both languages.
    pub(crate) fn close(&self, draft: &mut Draft) -> Result<(), Fault> {
        let most = self.manifest().effects.max.unwrap_or(usize::MAX);
        if draft.votes.iter().filter(|vote| vote.vote != VoteKind::Pass).count() + draft.effects.len() > most {
            return Err((0, format!("the manifest allows {most} effects a call")));
        }
        for vote in &mut draft.votes {
            let line = vote.line;
            self.vote(vote).map_err(|why| (line, why))?;
        }
        for effect in &mut draft.effects {
            let line = effect.line;
            self.effect(effect).map_err(|why| (line, why))?;
        }
        self.answered(&mut draft.effects)?;
        self.counts(&draft.effects)?;
        self.memory(&draft.effects)?;
        self.one_step_move(&draft.effects)
    }

    fn vote(&self, vote: &mut Vote) -> Result<(), String> {
        let hook = self.shown.about().hook();
        if vote.vote != VoteKind::Pass {
            if !self.spec().votes.contains(&vote.vote) {
                return Err(format!("{} is no vote of {hook}", vote.vote));
            }
            self.permitted(&format!("decide:{hook}"))?;
        }
        if let Some(role) = &vote.role {
            known("role", role, &ROLES)?;
            if self.shown.about().requester().is_some() && role != SECOND_PERSON {
                return Err(format!("to what a person wants done a {SECOND_PERSON} says yes, not a {role}"));
            }
        }
        if let Some(until) = vote.until.filter(|until| *until <= self.today()) {
            return Err(format!("deferred to {until}, which is not after today"));
        }
        if let Some(amount) = vote.amount.filter(|amount| !amount.is_positive()) {
            return Err(format!("{amount} is nothing to release"));
        }
        if vote.vote == VoteKind::Hold {
            let bound = self.manifest().effects.bounds.hold_days;
            vote.expires_on = vote.expires_on.or_else(|| bound.map(|days| add_days(self.today(), days)));
            self.hold(vote.pay_to_release, vote.expires_on)?;
        }
        self.reason(vote)
    }

    /// The sentence of a vote, from the package's texts or as the script said it.
    fn reason(&self, vote: &mut Vote) -> Result<(), String> {
        if vote.text.en.is_empty() {
            let text = self.code(&vote.code, &vote.values)?;
            vote.text = text;
        }
        Ok(())
    }

    fn code(&self, code: &str, values: &recoup_engine::words::effect::Values) -> Result<recoup_engine::words::text::Bilingual, String> {
        let Some(kinds) = self.manifest().codes.get(code) else { return Err(format!("code {code} is not in the manifest's [codes]")) };
        for (name, kind) in kinds {
            match values.get(name) {
                None => return Err(format!("code {code} needs the value {name}")),
                Some(value) if !value::fits(value, kind) => return Err(format!("code {code}: {name} is not of type {kind}")),
                Some(_) => {}
            }
        }
        let text = self.package.texts.codes.get(code).cloned().unwrap_or_default();
        Ok(text::fill_both(&text, values))
    }

    fn permitted(&self, permission: &str) -> Result<(), String> {
        if self.manifest().may(permission) { Ok(()) } else { Err(format!("the manifest does not allow {permission}")) }
    }

    /// An action may do no more than its own list says.
    fn permitted_to_action(&self, permission: &str) -> Result<(), String> {
        let Some(call) = self.shown.about().action() else { return Ok(()) };
        let (_, name) = call.parts();
        let may = self.manifest().actions.get(name).is_some_and(|action| action.effects.iter().any(|given| given == permission));
        if may { Ok(()) } else { Err(format!("the manifest's [actions.{name}] does not list {permission} among its effects")) }
    }

    /// An answer fits the schema of the action's result.
    fn answer(&self, answer: &mut serde_json::Value) -> Result<(), String> {
        let Some((_, name)) = self.shown.about().action().map(ActionFacts::parts) else { return Err("nobody called an action".to_owned()) };
        let Some(action) = self.package.actions.get(name) else { return Err(format!("there is no action {name}")) };
        if answer.to_string().len() > ANSWER_BYTES_MAX {
            return Err(format!("an answer has at most {ANSWER_BYTES_MAX} bytes"));
        }
        let told = |fault: &Found| format!("the answer does not fit actions/{name}.result.json: {}: {}", fault.pointer, fault.detail);
        let read = action.result.read(answer).map_err(|error| error.faults().first().map_or_else(|| error.to_string(), told))?;
        *answer = read.values().clone();
        Ok(())
    }

    /// An action that does not say anything answers with an empty object, where its schema takes that.
    fn answered(&self, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        let is_answer = |effect: &Effect| matches!(effect.kind, EffectKind::Answer { .. });
        if self.shown.about().action().is_none() || effects.iter().any(is_answer) {
            return Ok(());
        }
        let mut answer = serde_json::json!({});
        self.answer(&mut answer).map_err(|why| (0, why))?;
        effects.push(Effect { kind: EffectKind::Answer { answer }, code: None, values: Values::new(), line: 0 });
        Ok(())
    }

    /// What the package remembers about the account stays small.
    fn memory(&self, effects: &[Effect]) -> Result<(), Fault> {
        let known = self.shown.seen().and_then(|seen| seen.facts.state.get(&self.manifest().plugin.name));
        let mut state = known.cloned().unwrap_or_default();
        for effect in effects {
            if let EffectKind::Remember { key, value } = &effect.kind {
                state.insert(key.clone(), value.clone());
            } else if let EffectKind::Forget { key } = &effect.kind {
                state.remove(key);
            } else {
                continue;
            }
            let bytes = serde_json::to_string(&state).map_or(usize::MAX, |text| text.len());
            if state.len() > STATE_KEYS_MAX || bytes > STATE_BYTES_MAX {
                return Err((
                    effect.line,
                    format!("a plugin remembers at most {STATE_KEYS_MAX} things and {STATE_BYTES_MAX} bytes an account"),
                ));
            }
        }
        Ok(())
    }

    fn hold(&self, pay: Option<Money>, expires_on: Option<NaiveDate>) -> Result<(), String> {
        let currency = self.facts()?.account.currency;
        if let Some(pay) = pay.filter(|pay| pay.minor() < 0 || pay.currency() != currency) {
            return Err(format!("{pay} cannot be what has to be paid: not below zero, and in {currency}"));
        }
        let bound = self.manifest().effects.bounds.hold_days;
        self.day("the hold's last day", expires_on, bound)
    }

    /// Today or later, and within a bound of days.
    fn day(&self, what: &str, day: Option<NaiveDate>, bound: Option<i64>) -> Result<(), String> {
        match day {
            Some(day) if day < self.today() => Err(format!("{what}, {day}, lies before today")),
            Some(day) if bound.is_some_and(|days| day > add_days(self.today(), days)) => {
                Err(format!("{what}, {day}, is more than {} days away", bound.unwrap_or(0)))
            }
            _ => Ok(()),
        }
    }

    fn effect(&self, effect: &mut Effect) -> Result<(), String> {
        let (word, permission) = word_of(&effect.kind);
        let hook = self.shown.about().hook();
        let is_memory = MEMORY.contains(&word) && REMEMBERS.contains(&hook);
        if !is_memory && !self.spec().allows(word) {
            return Err(format!("{word} is no effect of {hook}"));
        }
        if self.shown.seen().is_none() && !WITHOUT_ACCOUNT.contains(&word) {
            return Err(format!("{word} needs an account, and this action is about none"));
        }
        if !permission.is_empty() {
            self.permitted(permission)?;
            self.permitted_to_action(permission)?;
        }
        self.own(&mut effect.kind)?;
        if let Some(code) = effect.code.as_ref().filter(|_| !effect.values.contains_key("text.en")) {
            let text = self.code(code, &effect.values)?;
            text::keep(&mut effect.values, &text);
        } else if let EffectKind::Task { task, .. } = &effect.kind
            && let Some(text) = self.package.texts.tasks.get(task)
            && !effect.values.contains_key("text.en")
        {
            let text = text::fill_both(text, &effect.values);
            text::keep(&mut effect.values, &text);
        }
        Ok(())
    }

    /// The checks each effect has of its own.
    fn own(&self, kind: &mut EffectKind) -> Result<(), String> {
        match kind {
            EffectKind::Task { role, task, activity, due_on } => {
                let known_as =
                    self.manifest().tasks.get(task.as_str()).ok_or_else(|| format!("task {task} is not in the manifest's [tasks]"))?;
                activity.clone_from(known_as);
                known("role", role, &ROLES)?;
                self.day("the task's day", Some(*due_on), Some(TASK_DAYS_MAX))
            }
            EffectKind::Alert { role }
            | EffectKind::Assign { role }
            | EffectKind::Escalate { role }
            | EffectKind::RequestApproval { role } => known("role", role, &ROLES),
            EffectKind::Notice { to, template, channel, send_on, .. } => self.notice(to, template, channel, *send_on),
            EffectKind::PlaceHold { pay_to_release, expires_on, .. } => {
                if *expires_on == FAR_FUTURE {
                    let days = self.manifest().effects.bounds.hold_days.unwrap_or(HOLD_DAYS_DEFAULT);
                    *expires_on = add_days(self.today(), days);
                }
                self.hold(*pay_to_release, Some(*expires_on))
            }
            EffectKind::ReleaseHold { hold } => {
                let mine = |source: &str| is_of(source, &self.manifest().plugin.name);
                let is_mine = self.facts()?.holds.iter().any(|row| row.id == *hold && mine(&row.source));
                if is_mine { Ok(()) } else { Err("only a hold this plugin placed can be released".to_owned()) }
            }
            EffectKind::Pause { last_day } => self.day("the pause's last day", Some(*last_day), self.manifest().effects.bounds.pause_days),
            EffectKind::SetPriority { priority } => {
                if (0..=100).contains(priority) {
                    Ok(())
                } else {
                    Err(format!("priority {priority} lies outside 0 to 100"))
                }
            }
            EffectKind::ScheduleStep { on, .. } => self.day("the step's day", Some(*on), Some(TASK_DAYS_MAX)),
            EffectKind::Offer { rate, pay_by, item } => self.offer(rate.0, *pay_by, *item),
            EffectKind::StepTo { state, wake_on } => self.step_to(state, *wake_on),
            EffectKind::StepWait { wake_on } => self.wake(*wake_on),
            EffectKind::Handoff { to, documents } => {
                if documents.len() > DOCUMENTS_MAX {
                    return Err(format!("a handoff names at most {DOCUMENTS_MAX} kinds of document"));
                }
                known("handoff", to, &["legal"])
            }
            EffectKind::Metric { name, .. } if !crate::manifest::is_name(name, 1) => {
                Err(format!("{name:?} cannot be a metric: small letters, digits and _"))
            }
            EffectKind::Grade { grade, .. } | EffectKind::ProposeGrade { grade } => self.grade(grade),
            EffectKind::ProposeLimit { amount, from } => self.limit(*amount, *from),
            EffectKind::Tag { name } | EffectKind::Untag { name } => self.label(name),
            EffectKind::Note { text } => {
                if text.chars().count() <= NOTE_CHARS_MAX {
                    Ok(())
                } else {
                    Err(format!("a note has at most {NOTE_CHARS_MAX} characters"))
                }
            }
            EffectKind::Usable { amount } => self.usable(*amount),
            EffectKind::Answer { answer } => self.answer(answer),
            EffectKind::Remember { key, .. } | EffectKind::Forget { key } if !crate::manifest::is_name(key, 1) => {
                Err(format!("{key:?} cannot be remembered under: small letters, digits and _"))
            }
            EffectKind::Remember { .. } | EffectKind::Forget { .. } => Ok(()),
            EffectKind::Variables { words } => letters::variables(words),
            EffectKind::CapRate { rate } if rate.0 < Decimal::ZERO || rate.0 >= Decimal::ONE => {
                Err(format!("{} cannot be a rate: a fraction from 0", rate.0))
            }
            EffectKind::OpenCase
            | EffectKind::StepDone
            | EffectKind::StepData { .. }
            | EffectKind::Include { .. }
            | EffectKind::Missing { .. }
            | EffectKind::CapRate { .. }
            | EffectKind::Metric { .. } => Ok(()),
        }
    }

    fn limit(&self, amount: Money, from: NaiveDate) -> Result<(), String> {
        let currency = self.facts()?.account.currency;
        if amount.minor() < 0 || amount.currency() != currency {
            return Err(format!("{amount} cannot be a limit: not below zero, and in {currency}"));
        }
        self.day("the limit's first day", Some(from), Some(TASK_DAYS_MAX))
    }

    /// What a label is called: the plugin's name stands in front.
    fn label(&self, name: &mut String) -> Result<(), String> {
        if !crate::manifest::is_name(name, 1) {
            return Err(format!("{name:?} cannot be a label: small letters, digits and _"));
        }
        *name = format!("{}:{name}", self.manifest().plugin.name);
        Ok(())
    }

    /// One of the grades there are.
    fn grade(&self, grade: &str) -> Result<(), String> {
        let grades = self.facts()?.grade.as_ref().map_or(&[][..], |facts| &facts.grades);
        known("grade", grade, &grades.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Type and range of the answer: between nothing and the limit.
    fn usable(&self, amount: Money) -> Result<(), String> {
        let About::UsableLimit { limit, .. } = self.shown.about() else { return Err("there is no limit here".to_owned()) };
        if amount.currency() != limit.currency() || amount.minor() < 0 || amount.minor() > limit.minor() {
            return Err(format!("{amount} is not usable: at least nothing and at most the limit of {limit}"));
        }
        Ok(())
    }

    fn notice(&self, to: &str, template: &mut String, channel: &mut Option<String>, send_on: Option<NaiveDate>) -> Result<(), String> {
        known("contact role", to, &CONTACT_ROLES)?;
        if let Some(word) = channel {
            known("channel", word, &CHANNELS)?;
            if word == REGISTERED_POST {
                Channel::Registered.as_str().clone_into(word);
            }
        }
        let languages = self.package.templates.get(template.as_str());
        if !languages.is_some_and(|by| by.contains_key("en") && by.contains_key("zh-CN")) {
            return Err(format!("template {template} is not there in both languages"));
        }
        *template = format!("{}/{template}", self.manifest().plugin.name);
        self.day("the notice's day", send_on, Some(TASK_DAYS_MAX))
    }

    fn offer(&self, rate: Decimal, pay_by: NaiveDate, item: recoup_engine::words::id::InstalmentId) -> Result<(), String> {
        let most = self.manifest().effects.bounds.max_rate.map_or(Decimal::ZERO, |rate| rate.0);
        if rate <= Decimal::ZERO || rate > most {
            return Err(format!("rate {rate} lies outside 0 to {most}"));
        }
        self.day("the offer's last day", Some(pay_by), None)?;
        let due_on = self.facts()?.open_items.rows.iter().find(|row| row.id == item).map(|row| row.due_on);
        match due_on {
            Some(due_on) if pay_by < due_on => Ok(()),
            Some(due_on) => Err(format!("the offer ends on {pay_by}, not before the due date {due_on}")),
            None => Err("the instalment is not among the open items".to_owned()),
        }
    }

    /// The custom step that is asked: its type and its instance.
    fn step(&self) -> Option<(&crate::manifest::StepOptions, &recoup_engine::words::facts::StepFacts)> {
        let About::Step { step } = self.shown.about() else { return None };
        let kind = step.step_type.rsplit('.').next().unwrap_or(&step.step_type);
        Some((self.manifest().steps.get(kind)?, step))
    }

    fn step_to(&self, state: &str, wake_on: NaiveDate) -> Result<(), String> {
        let Some((options, step)) = self.step() else { return Err("there is no step here".to_owned()) };
        let moves = options.moves.get(&step.at);
        if !moves.is_some_and(|to| to.iter().any(|one| one == state)) {
            return Err(format!("from {} there is no move to {state}", step.at));
        }
        self.wake(wake_on)
    }

    fn wake(&self, wake_on: NaiveDate) -> Result<(), String> {
        let most = self.step().map(|(options, _)| options.max_days);
        if wake_on <= self.today() {
            return Err(format!("a step wakes after today, not on {wake_on}"));
        }
        self.day("the step's waking", Some(wake_on), most)
    }

    fn counts(&self, effects: &[Effect]) -> Result<(), Fault> {
        let notes = effects.iter().filter(|effect| matches!(effect.kind, EffectKind::Note { .. })).count();
        let metrics = effects.iter().filter(|effect| matches!(effect.kind, EffectKind::Metric { .. })).count();
        let remembered: usize = effects
            .iter()
            .map(|effect| if let EffectKind::StepData { key, value } = &effect.kind { key.len() + value.len() } else { 0 })
            .sum();
        let line = effects.last().map_or(0, |effect| effect.line);
        if notes > NOTES_MAX || metrics > NOTES_MAX {
            return Err((line, format!("at most {NOTES_MAX} notes and {NOTES_MAX} metrics a call")));
        }
        if remembered > STEP_DATA_BYTES_MAX {
            return Err((line, format!("a step remembers at most {STEP_DATA_BYTES_MAX} bytes a call")));
        }
        Ok(())
    }

    fn one_step_move(&self, effects: &[Effect]) -> Result<(), Fault> {
        if self.shown.about().hook() != Hook::Step {
            return Ok(());
        }
        let is_move =
            |effect: &&Effect| matches!(effect.kind, EffectKind::StepTo { .. } | EffectKind::StepWait { .. } | EffectKind::StepDone);
        let moves: Vec<&Effect> = effects.iter().filter(is_move).collect();
        match moves.as_slice() {
            [_] => Ok(()),
            [] => Err((0, "a step says exactly one of step_to, step_wait and step_done, and this call said none".to_owned())),
            [.., last] => Err((last.line, "a step says exactly one of step_to, step_wait and step_done".to_owned())),
        }
    }
}

fn known(what: &str, word: &str, known: &[&str]) -> Result<(), String> {
    if known.contains(&word) {
        return Ok(());
    }
    let near = crate::diagnostic::did_you_mean(word, known.iter().copied()).map_or_else(String::new, |hint| format!(": {hint}"));
    Err(format!("unknown {what} {word:?}{near}"))
}
