//! Going back to what was in force before.

use super::PluginMode;
use super::rows::{plugin_activation, plugin_version};
use super::switch::{Next, done, put_in_force};
use super::view::ActivationView;
use super::waiting;
use crate::approval::rows::approval;
use crate::approval::{Acted, Persons, pending_about, propose};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Claim, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, PluginId};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

/// A version that was on so many days ago is known well enough for one person to go back to it (plugins.md §9).
const ROLLBACK_DAYS: i64 = 30;

/// Goes back to a version that was on before, with the settings it had. One that was last on more than thirty days ago waits for a second
/// person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RollbackPlugin {
    /// The package.
    pub name: String,
    /// The version; the one that was on before the present one when absent.
    pub number: Option<i64>,
    /// Why.
    pub reason: Option<String>,
}

/// What going back looks at.
pub struct RollbackFacts {
    /// Every activation, the newest first.
    activations: Vec<plugin_activation::Model>,
    versions: Vec<(PluginId, i64)>,
    pending: Vec<approval::Model>,
}

impl RollbackFacts {
    fn version(&self, number: i64) -> Option<PluginId> {
        self.versions.iter().find(|(_, known)| *known == number).map(|(id, _)| *id)
    }

    fn former(&self) -> Option<&plugin_activation::Model> {
        self.activations.iter().find(|row| row.is_current)
    }

    /// The activation to go back to, and the moment it ended.
    fn wanted(&self, number: Option<i64>) -> Option<(&plugin_activation::Model, DateTime<Utc>)> {
        let former = self.former();
        let ended = self.activations.iter().zip(self.activations.iter().skip(1)).map(|(next, row)| (row, next.at));
        let mut was_on = ended.filter(|(row, _)| row.mode == PluginMode::On && !row.is_current);
        match number {
            Some(number) => was_on.find(|(row, _)| row.number == number),
            None => was_on.find(|(row, _)| former.is_none_or(|former| (row.number, &row.settings) != (former.number, &former.settings))),
        }
    }
}

impl Command for RollbackPlugin {
    type Facts = RollbackFacts;
    type Done = Acted<ActivationView>;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<RollbackFacts> {
        super::plugin(read, &self.name).await?;
        let query = plugin_activation::find(read.tenant()).filter(plugin_activation::Column::Name.eq(&self.name));
        let activations = query.order_by_desc(plugin_activation::Column::Revision).all(read.db()).await.map_err(failed)?;
        let versions: Vec<(PluginId, i64)> = plugin_version::find(read.tenant())
            .select_only()
            .columns([plugin_version::Column::Id, plugin_version::Column::Number])
            .filter(plugin_version::Column::Name.eq(&self.name))
            .into_tuple()
            .all(read.db())
            .await
            .map_err(failed)?;
        let mut facts = RollbackFacts { activations, versions, pending: Vec::new() };
        if let Some(version) = facts.wanted(self.number).and_then(|(row, _)| facts.version(row.number)) {
            facts.pending = pending_about(read, version.0).await?;
        }
        Ok(facts)
    }

    fn decide(&self, facts: &RollbackFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<ActivationView>>> {
        let Some((wanted, ended)) = facts.wanted(self.number) else {
            return Err(Error::new(Code::IllegalState, "there is no such version that was on before"));
        };
        let is_long_ago = attempt.stamp.at - ended > TimeDelta::days(ROLLBACK_DAYS);
        let persons = Persons::of(&attempt.who, is_long_ago && attempt.ground.settings.four_eyes);
        if persons == Persons::Waits {
            let exact = Self { number: Some(wanted.number), ..self.clone() };
            let version = facts.version(wanted.number).ok_or_else(|| Error::internal("what was on is a version"))?;
            return propose(waiting::rollback(&exact, version)?, &facts.pending, Claim::Nothing, attempt);
        }
        let next = Next {
            name: &self.name,
            number: wanted.number,
            mode: PluginMode::On,
            settings: wanted.settings.0.clone(),
            segment_settings: wanted.segment_settings.0.clone(),
            reason: self.reason.clone(),
            excuse: &[],
            kind: "plugin.rolled_back",
            persons,
        };
        Ok(done(put_in_force(next, facts.former(), attempt)))
    }
}
