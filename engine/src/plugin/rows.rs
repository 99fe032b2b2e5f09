//! Tables of plugin packages, kept as text.

use super::PluginMode;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::asked::Trouble;
use crate::words::effect::Values;
use crate::words::id::{AccountId, PluginId, RowId};
use serde_json::Value as Json;
use std::collections::BTreeMap;

tenant_rows! {
    /// Immutable versions of packages.
    "plugin_version" plugin_version {
        id: PluginId,
        name: String,
        number: i64,
        hash: String,
        version: String,
        files: Payload<BTreeMap<String, String>>,
        message: Option<String>,
        tag: Option<String>,
        author: String,
        created_at: DateTimeUtc,
    }
    /// One draft per person and package.
    "plugin_draft" plugin_draft {
        id: RowId,
        name: String,
        author: String,
        files: Payload<BTreeMap<String, String>>,
        version: i64,
        saved_at: DateTimeUtc,
    }
    /// Every switching on, off and over; the current one of each package is marked.
    "plugin_activation" plugin_activation {
        id: RowId,
        name: String,
        number: i64,
        mode: PluginMode,
        settings: Payload<Json>,
        segment_settings: Payload<BTreeMap<String, Json>>,
        revision: i64,
        asked_by: String,
        approved_by: Option<String>,
        reason: Option<String>,
        at: DateTimeUtc,
        is_current: bool,
    }
    /// What a package remembers about an account, all of it in one row.
    "plugin_state" plugin_state {
        id: RowId,
        account_id: AccountId,
        plugin: String,
        state: Payload<Values>,
        changed_at: DateTimeUtc,
    }
    /// A process that asks plugins: the set it has, and since when it has been heard of.
    "plugin_node" plugin_node {
        id: RowId,
        name: String,
        revision: i64,
        troubles: Payload<Vec<Trouble>>,
        last_call_at: Option<DateTimeUtc>,
        seen_at: DateTimeUtc,
    }
}
