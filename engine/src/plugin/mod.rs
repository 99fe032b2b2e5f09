//! Plugin packages as data: versions, activations, settings. What they say is the script host's business.

mod action;
mod activate;
mod compatible;
mod configure;
mod draft;
mod failing;
mod push;
mod nodes;
mod recorded;
mod rehearse;
mod replay;
mod rollback;
pub mod rows;
mod state;
mod switch;
mod view;
mod waiting;

pub use action::find_action;
pub use activate::{ActivatePlugin, Activation, StopPlugin};
pub use configure::{Configuration, ConfigurePlugin};
pub use draft::{DraftView, SaveDraft, draft};
pub use nodes::{Node, NodeView, nodes};
pub(crate) use push::refuse_errors;
pub use push::{PushVersion, file_pointer};
pub use rehearse::{ChangedAnswer, Rehearsal, Transition};
pub use replay::{ReplayView, ReplayedCall};
pub use rollback::RollbackPlugin;
pub use state::{Remembered, remember};
pub use switch::Excuse;
pub use view::{ActivationView, PluginView, VersionView, activation_of, activations, files, list, plugin, versions};

use crate::doors::store::{Read, failed};
use crate::words::asked::StoredPackage;
use crate::words::error::Result;
use rows::{plugin_activation, plugin_version};
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::HashMap;
use std::sync::Arc;

crate::words! {
    /// Is a package asked?
    pub enum PluginMode {
        /// Nobody asks it.
        Off = "off",
        /// It is asked, and its advice counts.
        On = "on",
    }
}
crate::text_column!(PluginMode);

/// The packages that are switched on, with their settings.
pub async fn active(read: &Read) -> Result<Vec<StoredPackage>> {
    let on = plugin_activation::find(read.tenant())
        .filter(plugin_activation::Column::IsCurrent.eq(true))
        .filter(plugin_activation::Column::Mode.eq(PluginMode::On))
        .all(read.db())
        .await
        .map_err(failed)?;
    if on.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = on.iter().map(|row| row.name.clone()).collect();
    let numbers: Vec<i64> = on.iter().map(|row| row.number).collect();
    let versions = plugin_version::find(read.tenant())
        .filter(read.among_texts(plugin_version::Column::Name, &names))
        .filter(plugin_version::Column::Number.is_in(numbers))
        .all(read.db())
        .await
        .map_err(failed)?;
    let mut by_key: HashMap<(String, i64), plugin_version::Model> =
        versions.into_iter().map(|version| ((version.name.clone(), version.number), version)).collect();
    let packages = on.into_iter().filter_map(|row| {
        let version = by_key.remove(&(row.name, row.number))?;
        Some(StoredPackage {
            name: version.name,
            version: version.number,
            hash: version.hash,
            files: Arc::new(version.files.0),
            settings: row.settings.0,
            segment_settings: row.segment_settings.0,
        })
    });
    Ok(packages.collect())
}
