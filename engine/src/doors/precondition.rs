//! `If-Match` on an act: it is done only to the version of its parent that the caller had read (RFC 9110, section 13.1.1).

use crate::doors::store::{Read, failed};
use crate::words::caller::{Caller, Expected, Thing};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::from_text;
use sea_orm::Value;
use serde_json::json;

/// The things that acts are done to and that show their version as `ETag`: prefix of the id, collection in the API, and table.
const VERSIONED: [(&str, &str, &str); 13] = [
    ("acc", "accounts", "account"),
    ("apr", "approvals", "approval"),
    ("cas", "cases", "collection_case"),
    ("cgr", "credit-groups", "credit_group"),
    ("ctr", "contracts", "contract"),
    ("fnd", "findings", "finding"),
    ("hld", "holds", "hold"),
    ("mls", "milestones", "contract_milestone"),
    ("ofs", "offer-sets", "offer_set"),
    ("ord", "orders", "sales_order"),
    ("sec", "securities", "security"),
    ("sig", "signals", "signal"),
    ("tsk", "tasks", "task"),
];

/// The version of the activation that is in force; of a plugin that was never switched there is none.
const PLUGIN: &str = "SELECT revision AS version FROM plugin_activation WHERE tenant_id = $1 AND name = $2 AND is_current";
const DRAFT: &str = "SELECT version FROM plugin_draft WHERE tenant_id = $1 AND name = $2 AND author = $3";

/// Do the things of this collection of the API, found by their ids, have a version that an act can insist on?
pub fn is_versioned(collection: &str) -> bool {
    VERSIONED.iter().any(|(_, known, _)| *known == collection)
}

/// The refusal of a version to insist on where there is none.
pub fn unversioned() -> Error {
    Error::new(Code::StaleVersion, "what this is done to has no version; leave If-Match out").at("@If-Match")
}

/// Refuses an act on another version than the one that was read.
///
/// Asked after the facts were read: the claim on the account's version, which every act on its things makes, covers the time until then; for
/// a plugin, the claim on the tenant's rules.
///
/// # Errors
/// `stale_version` with the version there is; `not_found` when there is no such thing.
pub async fn judge(read: &Read, who: &Caller, expected: &Expected) -> Result<()> {
    let (name, found) = match &expected.thing {
        Thing::Row(id) => (id, version_of_row(read, id).await?),
        Thing::Plugin(name) => (name, version(read, PLUGIN, [text(name)]).await?.or(Some(0))),
        Thing::Draft(name) => (name, version(read, DRAFT, [text(name), text(&who.actor)]).await?),
    };
    let version = found.ok_or_else(|| Error::new(Code::NotFound, format!("there is no {name}")))?;
    if version == expected.version {
        return Ok(());
    }
    let error = Error::new(Code::StaleVersion, format!("{name} is at version {version}")).at("@If-Match");
    Err(error.with(json!({"current_version": version})))
}

async fn version_of_row(read: &Read, id: &str) -> Result<Option<i64>> {
    let (prefix, _) = id.split_once('_').unwrap_or_default();
    let Some((.., table)) = VERSIONED.iter().find(|(known, ..)| *known == prefix) else { return Err(unversioned()) };
    let id = from_text(prefix, id)?;
    version(read, &format!("SELECT version FROM {table} WHERE tenant_id = $1 AND id = $2"), [id.into()]).await
}

async fn version<const N: usize>(read: &Read, sql: &str, values: [Value; N]) -> Result<Option<i64>> {
    let rows = read.rows(sql, values).await?;
    rows.first().map(|row| row.try_get("", "version").map_err(failed)).transpose()
}

fn text(text: &str) -> Value {
    text.to_owned().into()
}
