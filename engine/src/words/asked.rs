//! Questions the engine asks and the advice plugins give. The engine has never heard of a script language: it declares
//! the question, somebody answers, and [`NoPlugins`] answers none.

use crate::words::action::{ActionSpec, PackageSpec};
use crate::words::code::Code;
use crate::words::effect::{Effect, Values};
use crate::words::error::{Error, Result};
use crate::words::id::{InstalmentId, TenantId};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use crate::words::traced::{Alone, NobodyAlone};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub use crate::words::action::JudgedAction;
pub use crate::words::nobody::NoPlugins;
pub use crate::words::trouble::{Alarm, Trouble};

pub use crate::words::question::{About, Hook, Question};

crate::words! {
    /// How one call of one plugin ended.
    pub enum CallStatus {
        /// It answered.
        Ok = "ok",
        /// The manifest's `when` left this account out.
        Filtered = "filtered",
        /// The script raised an error, or an effect was refused.
        Error = "error",
        /// It used up its operations or a size limit.
        Limit = "limit",
        /// It used up its processor time.
        Time = "time",
        /// A native function panicked; the version is switched off.
        Panic = "panic",
        /// It failed too often of late and is not heard for a while.
        Breaker = "breaker",
    }
}

crate::words! {
    /// What happens when a plugin fails. A manifest may choose a stricter one, never a weaker one.
    pub enum OnFailure {
        /// The core verdict stands, as if the plugin had abstained.
        Core = "core",
        /// Hold the order.
        Hold = "hold",
        /// The thing does not happen, and a task says so.
        Block = "block",
        /// Nothing moves; asked again the next day, three times, then a task.
        Stay = "stay",
        /// No effect; recorded.
        None = "none",
        /// Nothing of the event happens yet; asked again the next day, three times, then a task.
        Retry = "retry",
    }
}

crate::words! {
    /// A vote. For orders deny > hold > release_partial > approve; for steps skip > defer > approve.
    pub enum VoteKind {
        /// Nothing against it.
        Approve = "approve",
        /// Nothing to say; the reason is recorded.
        Pass = "pass",
        /// Do not ship yet.
        Hold = "hold",
        /// Ship so much.
        ReleasePartial = "release_partial",
        /// Do not ship.
        Deny = "deny",
        /// Not before a day.
        Defer = "defer",
        /// Leave this step out.
        Skip = "skip",
        /// Only when a role says yes.
        RequestApproval = "request_approval",
    }
}

/// One vote with its reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    /// The vote.
    pub vote: VoteKind,
    /// The reason's name.
    pub code: String,
    /// The reason as a sentence, already filled with its figures.
    pub text: Bilingual,
    /// The figures.
    #[serde(skip_serializing_if = "Values::is_empty", default)]
    pub values: Values,
    /// Line of the script.
    pub line: i64,
    /// How much may ship, for `release_partial`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Money>,
    /// Until when, for `defer`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<NaiveDate>,
    /// Who is asked, for `request_approval`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<String>,
    /// Paying this lifts the reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pay_to_release: Option<Money>,
    /// Settling these lifts the reason.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub items: Vec<InstalmentId>,
    /// The last day the reason holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_on: Option<NaiveDate>,
}

/// What one plugin answered to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The plugin.
    pub plugin: String,
    /// Its version number in this tenant.
    pub version: i64,
    /// Content hash of that version.
    pub hash: String,
    /// How the call ended. Votes and effects are empty unless it is `ok`.
    pub status: CallStatus,
    /// What a failure means for this hook and plugin.
    pub on_failure: OnFailure,
    /// Operations used.
    pub operations: i64,
    /// Operations allowed.
    pub budget: i64,
    /// Processor time in microseconds.
    pub cpu_us: i64,
    /// Votes.
    pub votes: Vec<Vote>,
    /// Effects.
    pub effects: Vec<Effect>,
    /// Lines printed by the script.
    pub notes: Vec<String>,
    /// What went wrong, with its place.
    pub error: Option<ScriptError>,
}

impl Advice {
    /// `order_hold@7:14`: how a reason names its source.
    pub fn source(&self, line: i64) -> String {
        format!("{}@{}:{line}", self.plugin, self.version)
    }
}

/// Where and why a script failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScriptError {
    /// File inside the package.
    pub file: String,
    /// Line, from 1.
    pub line: i64,
    /// Column, from 1.
    pub column: i64,
    /// What happened.
    pub message: String,
}

/// What everyone who was asked said, in plugin order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// One per plugin that has the hook.
    pub advice: Vec<Advice>,
}

impl Asked {
    /// Nobody was asked.
    pub fn nobody() -> Self {
        Self::default()
    }
}

/// The lists a set's scripts look at; only those are loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The rows of the open items (sums are always there).
    pub open_items: bool,
    /// Holds in force.
    pub holds: bool,
    /// Papers that prove the claim.
    pub evidence: bool,
    /// Contacts.
    pub contacts: bool,
    /// Live offers.
    pub offers: bool,
    /// The collection case.
    pub case: bool,
    /// What the scripts remember.
    pub state: bool,
}

/// A custom step type of an active plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepType {
    /// The first state.
    pub first: String,
    /// Every state.
    pub states: Vec<String>,
    /// The longest a step may run.
    pub max_days: i64,
}

/// The text files of a package, by path.
pub type Files = BTreeMap<String, String>;

/// A package version as it is stored: path to text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPackage {
    /// Its name.
    pub name: String,
    /// Its number in the tenant.
    pub version: i64,
    /// Content hash.
    pub hash: String,
    /// Every file, path to text.
    pub files: Arc<Files>,
    /// The tenant's settings as JSON; empty object for the defaults.
    pub settings: serde_json::Value,
    /// Settings by segment.
    pub segment_settings: BTreeMap<String, serde_json::Value>,
}

/// A tenant's active plugins at one revision, compiled: what questions are put to.
pub trait PluginSet: Send + Sync {
    /// The revision of the set.
    fn revision(&self) -> i64;
    /// Does anyone answer this question?
    fn has(&self, hook: Hook) -> bool;
    /// What the scripts of this hook look at.
    fn needs(&self, hook: Hook) -> Needs;
    /// Asks everyone who has the hook, in order. Never fails: failures are part of the answer.
    fn ask(&self, question: &Question) -> Asked;
    /// The lead days at which someone wants to be asked before an instalment comes due, largest first.
    fn lead_days(&self) -> &[i64];
    /// Every how many days an account is reviewed for `daily_account`, if someone has it.
    fn daily_every(&self) -> Option<i64>;
    /// The custom step type `plugin.type`, if an active plugin has it.
    fn step_type(&self, name: &str) -> Option<StepType>;
    /// The text of a template `plugin/KEY` in this language, if an active plugin has it.
    fn template(&self, key: &str, language: &str) -> Option<String>;
    /// Every custom action of the active plugins, in their order.
    fn actions(&self) -> Vec<ActionSpec> {
        Vec::new()
    }
    /// What the active packages bring beside their actions, in their order; one that cannot be asked brings nothing.
    fn packages(&self) -> Vec<PackageSpec> {
        Vec::new()
    }
    /// Parameters of an action, checked by its schema and with their defaults; `validation_failed` names the member.
    fn action_params(&self, plugin: &str, action: &str, _: &serde_json::Value) -> Result<serde_json::Value> {
        Err(Error::new(Code::NotFound, format!("there is no action {action} of a plugin {plugin}")))
    }
    /// The packages that cannot be asked in this process, each with the reason.
    fn troubles(&self) -> Vec<Trouble> {
        Vec::new()
    }
}

/// What a look at a package's text comes to, before anything is stored or switched on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// Its version for people.
    pub version: String,
    /// Content hash.
    pub hash: String,
    /// Its title.
    pub title: Bilingual,
    /// Findings with file, line and column; a package with an error cannot be stored.
    pub diagnostics: serde_json::Value,
    /// Has it findings that are errors?
    pub has_errors: bool,
    /// The tests that failed, by name; a package with one cannot go live.
    pub failed_tests: Vec<String>,
    /// How many tests there are.
    pub tests: i64,
    /// What keeps it from going live although its text is right, with file, line and column: tests, and what they do not reach.
    pub unfit: serde_json::Value,
    /// Does switching it on need a second person?
    pub needs_second_person: bool,
    /// The hooks it answers.
    pub hooks: Vec<Hook>,
    /// Custom step types, `plugin.type`.
    pub step_types: Vec<String>,
    /// Custom actions with the schemas of their parameters and answers: what a later version may not break.
    #[serde(default)]
    pub actions: Vec<JudgedAction>,
}

/// Turns stored packages into a set that can be asked, and keeps sets by tenant and revision.
pub trait Plugins: Send + Sync {
    /// Looks at a package: form, language, and its own tests.
    fn judge(&self, files: &Files) -> Judged;
    /// Checks settings against a package's schema and fills in its defaults; `validation_failed` names the key.
    fn settings(&self, files: &Files, given: &serde_json::Value) -> Result<serde_json::Value>;
    /// Packages that come with the program, switched off.
    fn shipped(&self) -> Vec<Files>;
    /// The set of this tenant if this process has it at this revision.
    fn at(&self, tenant: TenantId, revision: i64) -> Option<Arc<dyn PluginSet>>;
    /// Compiles and keeps a set. A package that cannot be loaded answers every question of its hooks with a failure.
    fn load(&self, tenant: TenantId, revision: i64, packages: Vec<StoredPackage>) -> Arc<dyn PluginSet>;
    /// Compiles one package to be asked outside of real life; it is not kept.
    fn alone(&self, _: StoredPackage) -> Arc<dyn Alone> {
        Arc::new(NobodyAlone)
    }
    /// How long ago a plugin of this tenant was asked by this process; none when never.
    fn last_call(&self, _: TenantId) -> Option<Duration> {
        None
    }
    /// Versions that are to be switched off everywhere, each told once.
    fn take_alarms(&self) -> Vec<(TenantId, Alarm)> {
        Vec::new()
    }
    /// Puts alarms back that could not be dealt with.
    fn raise_alarms(&self, _: Vec<(TenantId, Alarm)>) {}
}
