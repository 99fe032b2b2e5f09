//! `plugin.toml`: who a package is, which hooks it answers and how strictly, and what it may propose.

use crate::hooks::is_stricter;
use crate::plan::value::KINDS;
use crate::words::{RESERVED, RESERVED_PROPERTIES};
use recoup_engine::words::action::ActionSubject;
use recoup_engine::words::asked::{Hook, OnFailure};
use recoup_engine::words::rate::Rate;
use recoup_engine::words::text::Bilingual;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is wrong with a manifest beyond its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// One sentence.
    pub why: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The table it stands in, `actions.quote`, and the key; none when it is about the manifest as a whole.
    pub at: Option<(String, &'static str)>,
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Self { why, hint: None, at: None }
    }
}

impl Fault {
    /// Where in the text of the manifest it is: the line of the key, else that of its table.
    pub fn place(&self, text: &str) -> (i64, i64) {
        let Some((table, key)) = &self.at else { return (0, 0) };
        let number = |at: usize| i64::try_from(at + 1).unwrap_or(0);
        let head = format!("[{table}]");
        let Some(begin) = text.lines().position(|line| line.trim_start().starts_with(&head)) else { return (0, 0) };
        let mut inside = text.lines().enumerate().skip(begin + 1).take_while(|(_, line)| !line.trim_start().starts_with('['));
        let is_key = |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
        let line = inside.find(|(_, line)| is_key(line)).map_or(begin, |(at, _)| at);
        (number(line), 1)
    }
}

/// Names no package may have: they would stand where the product's own paths stand.
pub const RESERVED_NAMES: [&str; 5] = ["lint", "nodes", "symbols", "reference", "definitions"];

/// The script API this program speaks.
pub const API: i64 = 1;

/// Kinds of activity a task may be.
pub const ACTIVITIES: [&str; 4] = ["call", "visit", "message", "internal"];

/// Permissions a manifest may give.
pub const PERMISSIONS: [&str; 16] = [
    "decide:order_check",
    "decide:step_due",
    "decide:limit_check",
    "decide:hold_release",
    "decide:legal_check",
    "decide:offer_check",
    "task",
    "contact",
    "hold",
    "case",
    "step",
    "money",
    "legal",
    "credit",
    "tag",
    "state",
];

/// Permissions a custom action may use.
pub const ACTION_PERMISSIONS: [&str; 6] = ["task", "contact", "hold", "case", "tag", "state"];

/// The manifest of a package.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Who it is.
    pub plugin: Identity,
    /// Options of its hooks.
    #[serde(default)]
    pub hooks: BTreeMap<String, HookOptions>,
    /// What it may propose.
    #[serde(default)]
    pub effects: Effects,
    /// Reason codes with the types of their values.
    #[serde(default)]
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// Kinds of task, each with its kind of activity.
    #[serde(default)]
    pub tasks: BTreeMap<String, String>,
    /// Custom step types.
    #[serde(default)]
    pub steps: BTreeMap<String, StepOptions>,
    /// Custom actions.
    #[serde(default)]
    pub actions: BTreeMap<String, ActionOptions>,
    /// Lower limits.
    #[serde(default)]
    pub limits: Limits,
    /// Quality gates.
    #[serde(default)]
    pub quality: Quality,
}

/// Who a package is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// `order_hold`.
    pub name: String,
    /// For people; identity is the content hash.
    pub version: String,
    /// Major version of the script API.
    pub api: i64,
    /// What people call it.
    pub title: Bilingual,
    /// Plugins are asked in this order.
    #[serde(default = "default_order")]
    pub order: i64,
    /// A node that cannot load it is not ready.
    #[serde(default)]
    pub required: bool,
}

fn default_order() -> i64 {
    500
}

/// Options of one hook.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookOptions {
    /// A stricter failure policy.
    pub on_error: Option<OnFailure>,
    /// Accounts it is asked for; the others never enter the script.
    #[serde(default)]
    pub when: When,
    /// Lead days of `before_due`: a number, several, or `setting:NAME`.
    pub lead_days: Option<LeadDays>,
    /// `daily_account` is asked every so many days.
    pub every_days: Option<i64>,
}

/// Which accounts a hook is asked for. What is absent matches everyone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Only these sales segments.
    #[serde(default)]
    pub segments: Vec<String>,
    /// Only these grades.
    #[serde(default)]
    pub grades: Vec<String>,
    /// Only with one of these labels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Only from this much overdue, in the account's currency: `"1.00"`.
    pub min_overdue: Option<Rate>,
}

/// Lead days as a manifest may give them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LeadDays {
    /// One.
    One(i64),
    /// Several.
    Several(Vec<i64>),
    /// `setting:NAME`.
    Setting(String),
}

/// What a package may propose.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effects {
    /// Permissions.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Most effects of one call; may only lower the sandbox's 64.
    pub max: Option<usize>,
    /// Bounds.
    #[serde(default)]
    pub bounds: Bounds,
}

/// Bounds of what may be proposed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The longest a hold may last, in calendar days.
    pub hold_days: Option<i64>,
    /// The largest discount, as a fraction.
    pub max_rate: Option<Rate>,
    /// The longest pause, in calendar days.
    pub pause_days: Option<i64>,
}

/// A custom step type.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepOptions {
    /// Its states; the first one begins.
    pub states: Vec<String>,
    /// From each state, where it may go.
    #[serde(default)]
    pub moves: BTreeMap<String, Vec<String>>,
    /// The longest it may run, in calendar days.
    pub max_days: i64,
    /// For each older major version, its states in today's words.
    #[serde(default)]
    pub migrate: BTreeMap<String, BTreeMap<String, String>>,
}

/// A custom action: a path of its own in the API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionOptions {
    /// What it does, in one line.
    pub summary: Bilingual,
    /// What it is about.
    pub subject: ActionSubject,
    /// Permissions of the package that it uses; it only reads when there are none, and so does every one about no account.
    #[serde(default)]
    pub effects: Vec<String>,
}

/// Lower limits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Operations of one call.
    pub operations: Option<u64>,
}

/// Share of statements that the tests of a package reach at least, unless its manifest says another one; in per cent.
pub const COVERAGE_LEAST: i64 = 90;

/// Quality gates.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Share of statements its tests must reach, in per cent.
    pub min_coverage: Option<i64>,
}

impl Quality {
    /// The share of statements that the tests have to reach, in per cent.
    pub fn least_percent(&self) -> i64 {
        self.min_coverage.unwrap_or(COVERAGE_LEAST)
    }
}

impl Manifest {
    /// Reads a manifest; the error names line and column.
    pub fn parse(text: &str) -> Result<Self, ((i64, i64), String)> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let at = error.span().map_or((0, 0), |span| line_column(text, span.start));
            (at, error.message().to_owned())
        })
    }

    /// Everything that is wrong with it beyond its shape.
    pub fn faults(&self) -> Vec<Fault> {
        let mut plain = Vec::new();
        self.plain_faults(&mut plain);
        let mut faults: Vec<Fault> = plain.into_iter().map(Fault::from).collect();
        self.faults_without_account(&mut faults);
        faults
    }

    fn plain_faults(&self, faults: &mut Vec<String>) {
        let name = &self.plugin.name;
        if !is_name(name, 3) || RESERVED_NAMES.contains(&name.as_str()) || RESERVED.contains(&name.as_str()) {
            faults.push(format!("the name {name:?} is taken, or not 3 to 40 small letters, digits and _"));
        }
        if self.plugin.api != API {
            faults.push(format!("api = {}, and this program speaks {API}", self.plugin.api));
        }
        self.hook_faults(faults);
        for permission in self.effects.allow.iter().filter(|given| !PERMISSIONS.contains(&given.as_str())) {
            faults.push(format!("unknown permission {permission:?}"));
        }
        for (code, values) in &self.codes {
            for (value, kind) in values.iter().filter(|(_, kind)| !KINDS.contains(&kind.as_str())) {
                faults.push(format!("code {code}: {value} = {kind:?} is not one of {}", KINDS.join(", ")));
            }
        }
        for (task, kind) in self.tasks.iter().filter(|(_, kind)| !ACTIVITIES.contains(&kind.as_str())) {
            faults.push(format!("task {task} = {kind:?} is not one of {}", ACTIVITIES.join(", ")));
        }
        self.bound_faults(faults);
        if !(0..=100).contains(&self.quality.least_percent()) {
            faults.push("quality.min_coverage is a share in per cent, from 0 to 100".to_owned());
        }
        self.steps.iter().for_each(|(name, step)| step.faults(name, faults));
        self.action_faults(faults);
    }

    /// An action about no account has nothing to do anything to, and no account that a filter could look at.
    fn faults_without_account(&self, faults: &mut Vec<Fault>) {
        for (name, action) in self.actions.iter().filter(|(_, action)| action.subject == ActionSubject::None) {
            let mut fault = |why: String, hint: &str, table: String, key: &'static str| {
                faults.push(Fault { why, hint: Some(hint.to_owned()), at: Some((table, key)) });
            };
            if !action.effects.is_empty() {
                let why = format!("actions.{name} is about no account, so it has no effects");
                let hint = "write effects = [], or a subject: account, case, order or invoice";
                fault(why, hint, format!("actions.{name}"), "effects");
            }
            let hook = format!("action_{name}");
            if self.hooks.get(&hook).is_some_and(|options| options.when != When::default()) {
                let why = format!("hooks.{hook} has a filter on accounts, and actions.{name} is about none");
                fault(why, "leave `when` out", format!("hooks.{hook}"), "when");
            }
        }
    }

    fn hook_faults(&self, faults: &mut Vec<String>) {
        for (name, options) in &self.hooks {
            let Some((hook, _)) = crate::hooks::hook_of(name) else {
                faults.push(format!("unknown hook {name:?}"));
                continue;
            };
            if options.on_error.is_some_and(|chosen| !is_stricter(hook, chosen)) {
                faults.push(format!("hooks.{name}: on_error may only be stricter: block, or hold for orders"));
            }
            if options.lead_days.is_some() && hook != Hook::BeforeDue {
                faults.push(format!("hooks.{name}: lead_days belongs to before_due"));
            }
            if options.every_days.is_some_and(|days| hook != Hook::DailyAccount || days < 1) {
                faults.push(format!("hooks.{name}: every_days belongs to daily_account, from 1"));
            }
        }
    }

    fn action_faults(&self, faults: &mut Vec<String>) {
        for (name, action) in &self.actions {
            if !is_name(name, 1) {
                faults.push(format!("actions: {name:?} cannot be an action"));
            }
            if action.summary.en.trim().is_empty() || action.summary.zh.trim().is_empty() {
                faults.push(format!("actions.{name} needs a summary in both languages"));
            }
            for odd in action.effects.iter().filter(|given| !ACTION_PERMISSIONS.contains(&given.as_str()) || !self.may(given)) {
                let known = ACTION_PERMISSIONS.join(", ");
                faults.push(format!("actions.{name}: {odd:?} is not one of {known}, or not among effects.allow"));
            }
        }
    }

    fn bound_faults(&self, faults: &mut Vec<String>) {
        let Bounds { hold_days, max_rate, pause_days } = &self.effects.bounds;
        let mut needs = |permission: &str, bound: &str, is_there: bool| {
            if self.may(permission) && !is_there {
                faults.push(format!("permission {permission} needs effects.bounds.{bound}"));
            }
        };
        needs("hold", "hold_days", hold_days.is_some_and(|days| days > 0));
        needs("money", "max_rate", max_rate.is_some_and(|rate| rate.0 > Decimal::ZERO && rate.0 < Decimal::ONE));
        if pause_days.is_some_and(|days| days < 1) {
            faults.push("effects.bounds.pause_days begins at 1".to_owned());
        }
    }

    /// Does the manifest give this permission?
    pub fn may(&self, permission: &str) -> bool {
        self.effects.allow.iter().any(|given| given == permission)
    }

    /// Does making it live need a second person? So it is for all that decides, holds, costs money or goes to court.
    pub fn needs_second_person(&self) -> bool {
        let grave = |given: &String| given.starts_with("decide:") || ["hold", "money", "credit", "legal"].contains(&given.as_str());
        self.effects.allow.iter().any(grave)
    }
}

impl StepOptions {
    fn faults(&self, name: &str, faults: &mut Vec<String>) {
        if self.states.is_empty() || self.max_days < 1 {
            faults.push(format!("steps.{name} needs states and max_days from 1"));
        }
        let known = |state: &String| self.states.contains(state);
        let named = self.moves.iter().flat_map(|(from, to)| std::iter::once(from).chain(to));
        let old = self.migrate.values().flat_map(BTreeMap::values);
        for state in named.chain(old).filter(|state| !known(state)) {
            faults.push(format!("steps.{name}: unknown state {state:?}"));
        }
        for state in self.states.iter().filter(|state| !is_name(state, 1)) {
            faults.push(format!("steps.{name}: {state:?} cannot be a state"));
        }
    }
}

/// Small letters, digits and underscores, not a word the language has taken.
pub(crate) fn is_name(name: &str, least: usize) -> bool {
    let shaped = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && (least..=40).contains(&name.len());
    shaped && !RESERVED.contains(&name) && !RESERVED_PROPERTIES.contains(&name)
}

/// Line and column of a byte, from 1.
pub(crate) fn line_column(text: &str, byte: usize) -> (i64, i64) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (i64::try_from(line).unwrap_or(0), i64::try_from(column).unwrap_or(0))
}
