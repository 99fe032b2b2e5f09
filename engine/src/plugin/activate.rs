//! Switching packages on and off. Each moves the revision of the tenant's rules: no node decides by the older set afterwards.

use super::PluginMode;
use super::recorded::{Recorded, newest};
use super::rehearse::{DECISIONS, Rehearsal, rehearse};
use super::rows::{plugin_activation, plugin_version};
use super::switch::{Excuse, Next, SwitchFacts, current, done, persons, put_in_force, refuse_broken_actions, refuse_unfit};
use super::view::ActivationView;
use super::waiting;
use crate::approval::{Acted, Persons, propose};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Claim, Read};
use crate::words::asked::{Asked, Plugins, StoredPackage};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;

/// Switches a version on. A package that touches orders, money or law waits for a second person, and so does every package while only its
/// author asks.
pub struct ActivatePlugin {
    /// Who looks at packages.
    pub host: Arc<dyn Plugins>,
    /// What is switched on.
    pub wanted: Activation,
}

/// A version to be switched on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Activation {
    /// The package.
    pub name: String,
    /// The version; the newest when absent.
    pub number: Option<i64>,
    /// Settings of the tenant; those in force when absent.
    pub settings: Option<Json>,
    /// Why.
    pub reason: Option<String>,
    /// The revision of the activation this replaces, 0 where there is none; any when absent.
    pub revision: Option<i64>,
    /// Checks that failed and are excused, with the reason above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excuse: Vec<Excuse>,
}

/// What switching a version on looks at.
pub struct ActivateFacts {
    switch: SwitchFacts,
    /// Decisions it is rehearsed on.
    recorded: Vec<Recorded>,
}

impl ActivatePlugin {
    /// The version with the settings it is to have.
    fn package(&self, version: &plugin_version::Model, settings: &Json, former: Option<&plugin_activation::Model>) -> StoredPackage {
        StoredPackage {
            name: version.name.clone(),
            version: version.number,
            hash: version.hash.clone(),
            files: Arc::new(version.files.0.clone()),
            settings: settings.clone(),
            segment_settings: former.map(|row| row.segment_settings.0.clone()).unwrap_or_default(),
        }
    }

    /// Rehearses the version; a decision on which it fails refuses it, unless that is excused.
    fn rehearse(&self, facts: &ActivateFacts, settings: &Json, attempt: &Attempt) -> Result<Rehearsal> {
        let package = self.package(&facts.switch.version, settings, facts.switch.former.as_ref());
        let alone = self.host.alone(package);
        match rehearse(&*alone, &self.wanted.name, &facts.recorded, &attempt.ground.calendar) {
            Ok(told) => Ok(told),
            Err(_) if self.wanted.excuse.contains(&Excuse::Rehearsal) => Ok(Rehearsal::default()),
            Err(failed) => Err(failed.refusal()),
        }
    }

    fn check_excuse(&self) -> Result<()> {
        let has_reason = self.wanted.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if self.wanted.excuse.is_empty() || has_reason {
            return Ok(());
        }
        Err(Error::new(Code::ValidationFailed, "whoever excuses a check says why").at("#/reason"))
    }
}

impl Command for ActivatePlugin {
    type Facts = ActivateFacts;
    type Done = Acted<ActivationView>;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<ActivateFacts> {
        let name = &self.wanted.name;
        let number = match self.wanted.number {
            Some(number) => number,
            None => super::plugin(read, name).await?.newest_version,
        };
        let switch = SwitchFacts::read(read, name, number, current(read, name).await?).await?;
        let judged = self.host.judge(&switch.version.files.0);
        let recorded = newest(read, &judged.hooks, DECISIONS).await?;
        Ok(ActivateFacts { switch, recorded })
    }

    fn decide(&self, all: &ActivateFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<ActivationView>>> {
        let facts = &all.switch;
        self.check_excuse()?;
        let judged = self.host.judge(&facts.version.files.0);
        refuse_unfit(&judged, &self.wanted.excuse)?;
        let before = facts.before.as_ref().map(|version| self.host.judge(&version.files.0));
        refuse_broken_actions(&judged, before.as_ref())?;
        let revision = facts.revision(self.wanted.revision)?;
        let inherited = facts.former.as_ref().map(|row| row.settings.0.clone());
        let settings = self.wanted.settings.clone().or(inherited).unwrap_or_else(|| serde_json::json!({}));
        self.host.settings(&facts.version.files.0, &settings)?;
        let rehearsal = self.rehearse(all, &settings, attempt)?;
        let persons = persons(&judged, &facts.version, !self.wanted.excuse.is_empty(), attempt)?;
        let number = facts.version.number;
        if persons == Persons::Waits {
            let exact = Activation { number: Some(number), settings: Some(settings), revision: Some(revision), ..self.wanted.clone() };
            return propose(waiting::activation(&exact, &facts.version, &rehearsal)?, &facts.pending, Claim::Nothing, attempt);
        }
        let next = Next {
            name: &self.wanted.name,
            number,
            mode: PluginMode::On,
            settings,
            segment_settings: facts.former.as_ref().map(|row| row.segment_settings.0.clone()).unwrap_or_default(),
            reason: self.wanted.reason.clone(),
            excuse: &self.wanted.excuse,
            kind: "plugin.activated",
            persons,
        };
        let (view, changes) = put_in_force(next, facts.former.as_ref(), attempt);
        Ok(done((ActivationView { rehearsal: Some(rehearsal), ..view }, changes)))
    }
}

/// Switches a package off: one person, any time, with a reason.
pub struct StopPlugin {
    /// The package.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Command for StopPlugin {
    type Facts = Option<plugin_activation::Model>;
    type Done = ActivationView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        super::plugin(read, &self.name).await?;
        current(read, &self.name).await
    }

    fn decide(&self, former: &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<ActivationView>> {
        let Some(former) = former.as_ref().filter(|row| row.mode == PluginMode::On) else {
            return Err(Error::new(Code::IllegalState, "the plugin is off already"));
        };
        let next = Next {
            name: &self.name,
            number: former.number,
            mode: PluginMode::Off,
            settings: former.settings.0.clone(),
            segment_settings: former.segment_settings.0.clone(),
            reason: Some(self.reason.clone()),
            excuse: &[],
            kind: "plugin.stopped",
            persons: Persons::One,
        };
        let (view, changes) = put_in_force(next, Some(former), attempt);
        Ok(Decided::new(view, changes))
    }
}
