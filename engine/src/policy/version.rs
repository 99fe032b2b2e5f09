//! Versions of the policy: stored whole, never changed, one of them in force.

use super::Policy;
use super::presets;
use super::rows::{calendar, policy_version};
use crate::doors::store::{Read, columns::Payload, failed};
use crate::words::code::Code;
use crate::words::day::Calendar;
use crate::words::error::{Error, Result};
use crate::words::id::{PolicyId, TenantId};
use crate::words::stamp::Stamp;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

/// The policy every tenant begins with: `cn_default`.
pub fn first_version(id: PolicyId, stamp: &Stamp) -> Result<policy_version::Model> {
    Ok(policy_version::Model {
        tenant_id: TenantId(Uuid::nil()),
        id,
        number: 1,
        name: "cn_default".to_owned(),
        document: Payload(presets::preset("cn_default")?),
        author: "engine".to_owned(),
        created_at: stamp.at,
    })
}

/// A version of the policy.
pub async fn load(read: &Read, id: PolicyId) -> Result<Policy> {
    let row = policy_version::find(read.tenant()).filter(policy_version::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.map(|row| row.document.0).ok_or_else(|| Error::new(Code::NotFound, "there is no such policy version"))
}

/// The calendar with this name.
pub async fn calendar(read: &Read, name: &str) -> Result<Calendar> {
    let row = calendar::find(read.tenant()).filter(calendar::Column::Name.eq(name)).one(read.db()).await.map_err(failed)?;
    row.map(|row| row.document.0).ok_or_else(|| Error::new(Code::UnknownReference, format!("there is no calendar {name:?}")))
}

impl Policy {
    /// The most days before a due date at which a step of this policy wants to be taken.
    pub fn longest_lead(&self) -> i64 {
        self.steps.iter().filter_map(|step| step.offset_days).fold(0, |lead, offset| lead.max(-offset))
    }
}
