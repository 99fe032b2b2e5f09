//! A tenant's plugins at one revision, compiled and in order: what questions are put to.

use crate::ask::{Member, ask_member};
use crate::breaker::Pulse;
use crate::hooks::hook_of;
use crate::manifest::LeadDays;
use crate::package::{self, Package};
use crate::sandbox::SCRIPT;
use crate::settings::Settings;
use recoup_engine::words::action::{ActionSpec, PackageSpec};
use recoup_engine::words::asked::{Asked, Hook, Needs, PluginSet, Question, ScriptError, StepType, StoredPackage, Trouble};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Fault, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A version with the settings of its tenant.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) package: Arc<Package>,
    pub(crate) settings: Settings,
    pub(crate) by_segment: BTreeMap<String, Settings>,
}

impl Ready {
    /// Reads the settings of a compiled package.
    pub(crate) fn new(package: &Arc<Package>, stored: &StoredPackage) -> Result<Self> {
        let settings = package.schema.read(&stored.settings)?;
        let by_segment = stored.segment_settings.iter().map(|(segment, given)| {
            // A segment says what differs from the tenant.
            let mut merged = stored.settings.clone();
            if let (Some(all), Some(own)) = (merged.as_object_mut(), given.as_object()) {
                all.extend(own.clone());
            }
            package.schema.read(&merged).map(|settings| (segment.clone(), settings))
        });
        let by_segment = by_segment.collect::<Result<_>>()?;
        Ok(Self { package: Arc::clone(package), settings, by_segment })
    }

    /// The settings of an account: its segment's, else the tenant's.
    pub(crate) fn settings(&self, segment: Option<&str>) -> &Settings {
        segment.and_then(|segment| self.by_segment.get(segment)).unwrap_or(&self.settings)
    }

    fn lead_days(&self) -> Vec<i64> {
        match self.package.manifest.hooks.get(Hook::BeforeDue.as_str()).and_then(|options| options.lead_days.as_ref()) {
            None => Vec::new(),
            Some(LeadDays::One(days)) => vec![*days],
            Some(LeadDays::Several(days)) => days.clone(),
            Some(LeadDays::Setting(name)) => {
                let key = name.strip_prefix("setting:").unwrap_or(name);
                let value = self.settings.values().get(key);
                let several =
                    value.and_then(serde_json::Value::as_array).map(|list| list.iter().filter_map(serde_json::Value::as_i64).collect());
                several.or_else(|| value.and_then(serde_json::Value::as_i64).map(|days| vec![days])).unwrap_or_default()
            }
        }
    }
}

/// A package that cannot be loaded still answers: with a failure, and so with its hooks' failure policies.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The hooks its script seems to answer.
    pub(crate) functions: BTreeSet<String>,
    pub(crate) manifest: Option<crate::manifest::Manifest>,
    pub(crate) error: ScriptError,
}

impl Broken {
    pub(crate) fn new(stored: &StoredPackage, error: ScriptError) -> Self {
        let manifest = package::manifest(&stored.files).ok();
        let text = stored.files.get(SCRIPT).map_or("", String::as_str);
        // The script may not even compile, so its functions are found by their spelling.
        let after_fn = text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next()).map(str::trim);
        let functions = after_fn.filter(|name| hook_of(name).is_some()).map(str::to_owned).collect();
        Self { functions, manifest, error }
    }
}

/// The active plugins of a tenant at one revision.
#[derive(Debug)]
pub(crate) struct Set {
    revision: i64,
    members: Vec<Member>,
    lead_days: Vec<i64>,
    pulse: Arc<Pulse>,
}

impl Set {
    pub(crate) fn new(revision: i64, mut members: Vec<Member>, pulse: Arc<Pulse>) -> Self {
        members.sort_by(|a, b| (a.order(), &a.name).cmp(&(b.order(), &b.name)));
        let mut lead_days: Vec<i64> =
            members.iter().filter_map(Member::ready).flat_map(Ready::lead_days).filter(|days| *days > 0).collect();
        lead_days.sort_unstable_by(|a, b| b.cmp(a));
        lead_days.dedup();
        Self { revision, members, lead_days, pulse }
    }

    fn ready(&self) -> impl Iterator<Item = (&Member, &Ready)> {
        self.members.iter().filter_map(|member| member.ready().map(|ready| (member, ready)))
    }
}

impl PluginSet for Set {
    fn revision(&self) -> i64 {
        self.revision
    }

    fn has(&self, hook: Hook) -> bool {
        self.members.iter().any(|member| member.has(hook))
    }

    fn needs(&self, hook: Hook) -> Needs {
        self.ready().map(|(_, ready)| ready.package.needs(hook)).fold(Needs::default(), package::either)
    }

    fn ask(&self, question: &Question) -> Asked {
        let advice: Vec<_> = self.members.iter().filter_map(|member| ask_member(member, question)).collect();
        if !advice.is_empty() {
            self.pulse.beat();
        }
        Asked { advice }
    }

    fn lead_days(&self) -> &[i64] {
        &self.lead_days
    }

    fn daily_every(&self) -> Option<i64> {
        let daily = self.ready().filter(|(member, _)| member.has(Hook::DailyAccount));
        let every = |ready: &Ready| ready.package.manifest.hooks.get(Hook::DailyAccount.as_str()).and_then(|options| options.every_days);
        daily.map(|(_, ready)| every(ready).unwrap_or(1)).min()
    }

    fn step_type(&self, name: &str) -> Option<StepType> {
        let (plugin, kind) = name.split_once('.')?;
        let (_, ready) = self.ready().find(|(member, _)| member.name == plugin)?;
        let step = ready.package.manifest.steps.get(kind)?;
        Some(StepType { first: step.states.first()?.clone(), states: step.states.clone(), max_days: step.max_days })
    }

    fn template(&self, key: &str, language: &str) -> Option<String> {
        let (plugin, key) = key.split_once('/')?;
        let (_, ready) = self.ready().find(|(member, _)| member.name == plugin)?;
        ready.package.template(key, language).map(str::to_owned)
    }

    fn actions(&self) -> Vec<ActionSpec> {
        self.members.iter().flat_map(Member::actions).collect()
    }

    fn packages(&self) -> Vec<PackageSpec> {
        self.members.iter().filter_map(Member::spec).collect()
    }

    fn action_params(&self, plugin: &str, action: &str, given: &serde_json::Value) -> Result<serde_json::Value> {
        let found = self.ready().find(|(member, _)| member.name == plugin).and_then(|(_, ready)| ready.package.actions.get(action));
        let found = found.ok_or_else(|| Error::new(Code::NotFound, format!("there is no action {action} of a plugin {plugin}")))?;
        let place = |fault: &Fault| Fault { pointer: format!("#/params{}", fault.pointer.trim_start_matches('#')), ..fault.clone() };
        let read = found.params.read(given).map_err(|error| Error::all(error.faults().iter().map(place).collect()))?;
        Ok(read.values().clone())
    }

    fn troubles(&self) -> Vec<Trouble> {
        self.members.iter().filter_map(Member::trouble).collect()
    }
}
