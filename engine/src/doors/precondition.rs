//! `If-Match` on an act: it is done only to the version of its parent that the caller had read (RFC 9110, section 13.1.1).

use crate::doors::store::{Read, failed};
use crate::words::caller::Expected;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::from_text;
use serde_json::json;

/// The things that acts are done to and that show their version as `ETag`: prefix of the id, and table.
const VERSIONED: [(&str, &str); 12] = [
    ("acc", "account"),
    ("apr", "approval"),
    ("cas", "collection_case"),
    ("cgr", "credit_group"),
    ("ctr", "contract"),
    ("fnd", "finding"),
    ("hld", "hold"),
    ("ofs", "offer_set"),
    ("ord", "sales_order"),
    ("sec", "security"),
    ("sig", "signal"),
    ("tsk", "task"),
];

/// Refuses an act on another version than the one that was read.
///
/// Asked after the facts were read: the claim on the account's version, which every act on its things makes, covers the time until then.
///
/// # Errors
/// `stale_version` with the version there is; `not_found` when there is no such thing.
pub async fn judge(read: &Read, expected: &Expected) -> Result<()> {
    let (prefix, _) = expected.thing.split_once('_').unwrap_or_default();
    let Some((_, table)) = VERSIONED.iter().find(|(known, _)| *known == prefix) else {
        return Err(Error::new(Code::StaleVersion, "what this is done to has no version; leave If-Match out").at("@If-Match"));
    };
    let id = from_text(prefix, &expected.thing)?;
    let sql = format!("SELECT version FROM {table} WHERE tenant_id = $1 AND id = $2");
    let rows = read.rows(&sql, [id.into()]).await?;
    let row = rows.first().ok_or_else(|| Error::new(Code::NotFound, format!("there is no {}", expected.thing)))?;
    let version: i64 = row.try_get("", "version").map_err(failed)?;
    if version == expected.version {
        return Ok(());
    }
    let error = Error::new(Code::StaleVersion, format!("{} is at version {version}", expected.thing)).at("@If-Match");
    Err(error.with(json!({"current_version": version})))
}
