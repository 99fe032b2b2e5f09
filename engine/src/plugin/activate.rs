//! Switching packages on, off and over. Each moves the revision of the tenant's rules: no node decides by the older set afterwards.

use super::PluginMode;
use super::push::{refuse_errors, version};
use super::rows::{plugin_activation, plugin_version};
use super::view::ActivationView;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::words::asked::{Asked, Judged, Plugins};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, RowId};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

async fn current(read: &Read, name: &str) -> Result<Option<plugin_activation::Model>> {
    let query = plugin_activation::find(read.tenant())
        .filter(plugin_activation::Column::Name.eq(name))
        .filter(plugin_activation::Column::IsCurrent.eq(true));
    query.one(read.db()).await.map_err(failed)
}

/// What is to be in force from now on.
struct Next<'a> {
    name: &'a str,
    number: i64,
    mode: PluginMode,
    settings: Json,
    segment_settings: BTreeMap<String, Json>,
    reason: Option<String>,
    kind: &'static str,
}

/// The change that puts it in force: the former activation is kept, no longer current.
fn put_in_force(next: Next<'_>, former: Option<&plugin_activation::Model>, attempt: &Attempt) -> Decided<ActivationView> {
    let row = plugin_activation::Model {
        tenant_id: attempt.who.tenant,
        id: RowId(attempt.stamp.id()),
        name: next.name.to_owned(),
        number: next.number,
        mode: next.mode,
        settings: Payload(next.settings),
        segment_settings: Payload(next.segment_settings),
        revision: attempt.ground.revision + 1,
        asked_by: attempt.who.actor.to_string(),
        approved_by: attempt.who.is_operator.then(|| attempt.who.actor.to_string()),
        reason: next.reason,
        at: attempt.stamp.at,
        is_current: true,
    };
    let view = ActivationView::from(&row);
    let entry = Entry {
        kind: next.kind,
        subject: "plugin",
        subject_id: row.id.0,
        effective_on: attempt.stamp.today,
        decision: None,
        body: serde_json::json!({
            "name": row.name, "number": row.number, "mode": row.mode, "settings": row.settings.0, "reason": row.reason,
            "before": former.map(|row| serde_json::json!({"number": row.number, "mode": row.mode, "settings": row.settings.0})),
        }),
    };
    let mut changes = Changes::on(Claim::Rules);
    if let Some(former) = former {
        changes = changes.save(&plugin_activation::Model { is_current: false, ..former.clone() });
    }
    Decided::new(view, changes.add(&row).tell(entry))
}

/// Refuses what may not go live: errors, failing tests, and no tests at all.
fn refuse_unfit(judged: &Judged) -> Result<()> {
    refuse_errors(judged)?;
    if judged.tests == 0 {
        return Err(Error::new(Code::ScriptRefused, "a package goes live with at least one test"));
    }
    if judged.failed_tests.is_empty() {
        return Ok(());
    }
    let error =
        Error::new(Code::ScriptRefused, format!("{} of its tests fail: {}", judged.failed_tests.len(), judged.failed_tests.join(", ")));
    Err(error.with(serde_json::json!({ "failed_tests": judged.failed_tests })))
}

/// One act by one person is enough for the operator, and for packages that touch neither money, orders nor law (decision 55).
fn refuse_alone(judged: &Judged, attempt: &Attempt) -> Result<()> {
    if !judged.needs_second_person || attempt.who.is_operator || !attempt.ground.settings.four_eyes {
        return Ok(());
    }
    let detail = format!("{} touches orders, money or law: only the operator may switch it alone", judged.name);
    Err(Error::new(Code::SecondPersonRequired, detail))
}

/// Switches a version on.
pub struct ActivatePlugin {
    /// Who looks at packages.
    pub host: Arc<dyn Plugins>,
    /// The package.
    pub name: String,
    /// The version; the newest when absent.
    pub number: Option<i64>,
    /// Settings of the tenant; those in force when absent.
    pub settings: Option<Json>,
    /// Why.
    pub reason: Option<String>,
}

/// What switching looks at.
pub struct SwitchFacts {
    version: plugin_version::Model,
    former: Option<plugin_activation::Model>,
}

impl Command for ActivatePlugin {
    type Facts = SwitchFacts;
    type Done = ActivationView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<SwitchFacts> {
        let number = match self.number {
            Some(number) => number,
            None => super::plugin(read, &self.name).await?.newest_version,
        };
        Ok(SwitchFacts { version: version(read, &self.name, number).await?, former: current(read, &self.name).await? })
    }

    fn decide(&self, facts: &SwitchFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<ActivationView>> {
        let judged = self.host.judge(&facts.version.files.0);
        refuse_unfit(&judged)?;
        refuse_alone(&judged, attempt)?;
        let inherited = facts.former.as_ref().map(|row| row.settings.0.clone());
        let settings = self.settings.clone().or(inherited).unwrap_or_else(|| serde_json::json!({}));
        self.host.settings(&facts.version.files.0, &settings)?;
        let next = Next {
            name: &self.name,
            number: facts.version.number,
            mode: PluginMode::On,
            settings,
            segment_settings: facts.former.as_ref().map(|row| row.segment_settings.0.clone()).unwrap_or_default(),
            reason: self.reason.clone(),
            kind: "plugin.activated",
        };
        Ok(put_in_force(next, facts.former.as_ref(), attempt))
    }
}

/// Goes back to a version that was on before, with the settings it had.
pub struct RollbackPlugin {
    /// The package.
    pub name: String,
    /// The version; the one that was on before the present one when absent.
    pub number: Option<i64>,
    /// Why.
    pub reason: Option<String>,
}

impl Command for RollbackPlugin {
    type Facts = Vec<plugin_activation::Model>;
    type Done = ActivationView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        super::plugin(read, &self.name).await?;
        let query = plugin_activation::find(read.tenant()).filter(plugin_activation::Column::Name.eq(&self.name));
        query.order_by_desc(plugin_activation::Column::Revision).all(read.db()).await.map_err(failed)
    }

    fn decide(&self, activations: &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<ActivationView>> {
        let former = activations.iter().find(|row| row.is_current);
        let was_on = |row: &&plugin_activation::Model| row.mode == PluginMode::On && !row.is_current;
        let wanted = match self.number {
            Some(number) => activations.iter().filter(was_on).find(|row| row.number == number),
            None => activations
                .iter()
                .filter(was_on)
                .find(|row| former.is_none_or(|former| (row.number, &row.settings) != (former.number, &former.settings))),
        };
        let Some(wanted) = wanted else {
            return Err(Error::new(Code::IllegalState, "there is no such version that was on before"));
        };
        let next = Next {
            name: &self.name,
            number: wanted.number,
            mode: PluginMode::On,
            settings: wanted.settings.0.clone(),
            segment_settings: wanted.segment_settings.0.clone(),
            reason: self.reason.clone(),
            kind: "plugin.rolled_back",
        };
        Ok(put_in_force(next, former, attempt))
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
            kind: "plugin.stopped",
        };
        Ok(put_in_force(next, Some(former), attempt))
    }
}

/// Changes the settings of a package, for the tenant or for one segment. While it is on, that is an activation of its own.
pub struct ConfigurePlugin {
    /// Who looks at packages.
    pub host: Arc<dyn Plugins>,
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
    type Done = ActivationView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<SwitchFacts> {
        let newest = super::plugin(read, &self.name).await?.newest_version;
        let former = current(read, &self.name).await?;
        let number = former.as_ref().map_or(newest, |row| row.number);
        Ok(SwitchFacts { version: version(read, &self.name, number).await?, former })
    }

    fn decide(&self, facts: &SwitchFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<ActivationView>> {
        let known = facts.former.as_ref().map_or(0, |row| row.revision);
        if self.revision.is_some_and(|revision| revision != known) {
            let error = Error::new(Code::StaleVersion, format!("the settings are at version {known}")).at("@If-Match");
            return Err(error.with(serde_json::json!({ "current_version": known })));
        }
        refuse_alone(&self.host.judge(&facts.version.files.0), attempt)?;
        self.host.settings(&facts.version.files.0, &self.settings)?;
        let former = facts.former.as_ref();
        let mut segment_settings = former.map(|row| row.segment_settings.0.clone()).unwrap_or_default();
        let mut settings = former.map_or_else(|| serde_json::json!({}), |row| row.settings.0.clone());
        match &self.segment {
            Some(segment) => {
                segment_settings.insert(segment.clone(), self.settings.clone());
            }
            None => settings = self.settings.clone(),
        }
        let next = Next {
            name: &self.name,
            number: facts.version.number,
            mode: former.map_or(PluginMode::Off, |row| row.mode),
            settings,
            segment_settings,
            reason: self.reason.clone(),
            kind: "plugin.configured",
        };
        Ok(put_in_force(next, former, attempt))
    }
}
