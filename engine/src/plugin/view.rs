//! What outsiders see of packages.

use super::PluginMode;
use super::rehearse::Rehearsal;
use super::rows::{plugin_activation, plugin_version};
use crate::doors::store::{Read, failed};
use crate::words::asked::Files;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An immutable version of a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VersionView {
    /// The package.
    pub name: String,
    /// Its number in this tenant, from 1.
    pub number: i64,
    /// Its version for people.
    pub version: String,
    /// Content hash.
    pub hash: String,
    /// What changed.
    pub message: Option<String>,
    /// A name for it, which no other version of the package has.
    pub tag: Option<String>,
    /// Who pushed it.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// One switching on, off or over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActivationView {
    /// The package.
    pub name: String,
    /// The version switched to.
    pub number: i64,
    /// On or off.
    pub mode: PluginMode,
    /// Settings of the tenant, defaults left out.
    #[schema(value_type = Object)]
    pub settings: Json,
    /// Settings by segment.
    #[schema(value_type = Object)]
    pub segment_settings: BTreeMap<String, Json>,
    /// The revision of the tenant's rules from which on it counts.
    pub revision: i64,
    /// Who asked for it.
    pub by: String,
    /// Who approved it, where that was somebody else.
    pub approved_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// Is it the one in force?
    pub current: bool,
    /// What it would have answered to the newest decisions, where it was just switched on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Rehearsal>,
}

/// A package with its versions and what is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginView {
    /// Its name.
    pub name: String,
    /// Is it asked?
    pub mode: PluginMode,
    /// The version in force, when it was ever switched on.
    pub active_version: Option<i64>,
    /// The newest version there is.
    pub newest_version: i64,
    /// What is in force.
    pub activation: Option<ActivationView>,
}

impl From<&plugin_version::Model> for VersionView {
    fn from(row: &plugin_version::Model) -> Self {
        Self {
            name: row.name.clone(),
            number: row.number,
            version: row.version.clone(),
            hash: row.hash.clone(),
            message: row.message.clone(),
            tag: row.tag.clone(),
            author: row.author.clone(),
            created_at: row.created_at,
        }
    }
}

impl From<&plugin_activation::Model> for ActivationView {
    fn from(row: &plugin_activation::Model) -> Self {
        Self {
            name: row.name.clone(),
            number: row.number,
            mode: row.mode,
            settings: row.settings.0.clone(),
            segment_settings: row.segment_settings.0.clone(),
            revision: row.revision,
            by: row.asked_by.clone(),
            approved_by: row.approved_by.clone(),
            reason: row.reason.clone(),
            at: row.at,
            current: row.is_current,
            rehearsal: None,
        }
    }
}

/// Every package of the tenant, by name.
pub async fn list(read: &Read) -> Result<Vec<PluginView>> {
    let versions = plugin_version::find(read.tenant()).order_by_asc(plugin_version::Column::Number).all(read.db()).await.map_err(failed)?;
    let current = plugin_activation::find(read.tenant()).filter(plugin_activation::Column::IsCurrent.eq(true));
    let current = current.all(read.db()).await.map_err(failed)?;
    let mut newest: BTreeMap<&str, i64> = BTreeMap::new();
    versions.iter().for_each(|row| {
        newest.insert(&row.name, row.number);
    });
    let view = |(name, newest_version): (&str, i64)| {
        let activation = current.iter().find(|row| row.name == name).map(ActivationView::from);
        PluginView {
            name: name.to_owned(),
            mode: activation.as_ref().map_or(PluginMode::Off, |one| one.mode),
            active_version: activation.as_ref().map(|one| one.number),
            newest_version,
            activation,
        }
    };
    Ok(newest.into_iter().map(view).collect())
}

/// One package; `not_found` with the nearest name when there is none.
pub async fn plugin(read: &Read, name: &str) -> Result<PluginView> {
    let all = list(read).await?;
    let nearest = all.iter().map(|one| one.name.clone()).min_by_key(|other| strsim::damerau_levenshtein(name, other));
    all.into_iter().find(|one| one.name == name).ok_or_else(|| {
        let hint = nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest:?}?"));
        Error::new(Code::NotFound, format!("there is no plugin {name:?}{hint}"))
    })
}

/// The versions of a package, newest first.
pub async fn versions(read: &Read, name: &str) -> Result<Vec<VersionView>> {
    let query =
        plugin_version::find(read.tenant()).filter(plugin_version::Column::Name.eq(name)).order_by_desc(plugin_version::Column::Number);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(VersionView::from).collect())
}

/// What is in force for a package; none where it was never switched.
pub async fn activation_of(read: &Read, name: &str) -> Result<Option<ActivationView>> {
    Ok(super::switch::current(read, name).await?.as_ref().map(ActivationView::from))
}

/// The switchings of a package, newest first.
pub async fn activations(read: &Read, name: &str) -> Result<Vec<ActivationView>> {
    let query = plugin_activation::find(read.tenant())
        .filter(plugin_activation::Column::Name.eq(name))
        .order_by_desc(plugin_activation::Column::Revision);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(ActivationView::from).collect())
}

/// The text of a version.
pub async fn files(read: &Read, name: &str, number: i64) -> Result<Files> {
    Ok(super::push::version(read, name, number).await?.files.0)
}
