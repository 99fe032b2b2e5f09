//! Settings of packages.

use super::PluginMode;
use super::switch::{Next, SwitchFacts, current, done, persons, put_in_force};
use super::view::ActivationView;
use super::waiting;
use crate::approval::{Acted, Persons, propose};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Claim, Read};
use crate::words::asked::{Asked, Plugins};
use crate::words::error::Result;
use crate::words::id::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;

/// Changes the settings of a package, for the tenant or for one segment. While it is on, that is an activation of its own, and waits for a
/// second person where that would.
pub struct ConfigurePlugin {
    /// Who looks at packages.
    pub host: Arc<dyn Plugins>,
    /// What is set.
    pub wanted: Configuration,
}

/// Settings of a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// The package.
    pub name: String,
    /// The revision of the activation in `If-Match`, 0 where there is none yet; any when absent.
    pub revision: Option<i64>,
    /// One segment; the tenant when absent.
    pub segment: Option<String>,
    /// Keys and values; what is left out has its default.
    pub settings: Json,
    /// Why.
    pub reason: Option<String>,
}

impl Command for ConfigurePlugin {
    type Facts = SwitchFacts;
    type Done = Acted<ActivationView>;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<SwitchFacts> {
        let name = &self.wanted.name;
        let newest = super::plugin(read, name).await?.newest_version;
        let former = current(read, name).await?;
        let number = former.as_ref().map_or(newest, |row| row.number);
        SwitchFacts::read(read, name, number, former).await
    }

    fn decide(&self, facts: &SwitchFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<ActivationView>>> {
        let wanted = &self.wanted;
        let revision = facts.revision(wanted.revision)?;
        self.host.settings(&facts.version.files.0, &wanted.settings)?;
        let persons = persons(&self.host.judge(&facts.version.files.0), &facts.version, false, attempt)?;
        if persons == Persons::Waits {
            let exact = Configuration { revision: Some(revision), ..wanted.clone() };
            return propose(waiting::configuration(&exact, &facts.version)?, &facts.pending, Claim::Nothing, attempt);
        }
        let former = facts.former.as_ref();
        let mut segment_settings = former.map(|row| row.segment_settings.0.clone()).unwrap_or_default();
        let mut settings = former.map_or_else(|| serde_json::json!({}), |row| row.settings.0.clone());
        match &wanted.segment {
            Some(segment) => {
                segment_settings.insert(segment.clone(), wanted.settings.clone());
            }
            None => settings = wanted.settings.clone(),
        }
        let next = Next {
            name: &wanted.name,
            number: facts.version.number,
            mode: former.map_or(PluginMode::Off, |row| row.mode),
            settings,
            segment_settings,
            reason: wanted.reason.clone(),
            excuse: &[],
            kind: "plugin.configured",
            persons,
        };
        Ok(done(put_in_force(next, former, attempt)))
    }
}
