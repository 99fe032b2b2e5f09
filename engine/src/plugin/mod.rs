//! Plugin packages as data: versions, activations, settings. What they say is the script host's business.

pub mod rows;

use crate::doors::store::{Read, failed};
use crate::words::asked::StoredPackage;
use crate::words::error::Result;
use rows::{plugin_activation, plugin_version};
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::HashMap;
use std::sync::Arc;

/// The packages that are switched on, with their settings.
pub async fn active(read: &Read) -> Result<Vec<StoredPackage>> {
    let on = plugin_activation::find(read.tenant())
        .filter(plugin_activation::Column::IsCurrent.eq(true))
        .filter(plugin_activation::Column::Mode.eq("on"))
        .all(read.db())
        .await
        .map_err(failed)?;
    if on.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = on.iter().map(|row| row.name.as_str()).collect();
    let numbers: Vec<i64> = on.iter().map(|row| row.number).collect();
    let versions = plugin_version::find(read.tenant())
        .filter(plugin_version::Column::Name.is_in(names))
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
