//! Making a group of accounts, naming it anew, and moving it under another.

use super::stand::groups_around;
use super::view::CreditGroupView;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::limit::group::{DEPTH_MAX, GroupNode, below, chain, may_move};
use crate::limit::rows::credit_group;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CreditGroupId};
use crate::words::money::Currency;
use crate::words::patch::{kept, present};
use crate::words::text::line_fault;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new group of accounts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditGroupIn {
    /// Its number in the ERP: unique for ever.
    #[schema(min_length = 1, max_length = 100)]
    pub external_id: String,
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The currency of its limits and members.
    #[schema(examples("CNY"))]
    pub currency: Currency,
    /// The group it belongs to, in the same currency; at most three levels.
    #[serde(default)]
    pub parent_id: Option<CreditGroupId>,
}

/// A merge patch of a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreditGroupPatch {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The group it belongs to; `null` lets it stand alone.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CreditGroupId>)]
    pub parent_id: Option<Option<CreditGroupId>>,
}

async fn around(read: &Read, parent: Option<CreditGroupId>) -> Result<Vec<credit_group::Model>> {
    match parent {
        Some(parent) => groups_around(read, parent)
            .await
            .map_err(|error| Error::new(if error.code() == Code::NotFound { Code::UnknownReference } else { error.code() }, error.detail()))
            .map_err(|error| error.at("#/parent_id")),
        None => Ok(Vec::new()),
    }
}

/// The parent's row, where it may have members in this currency.
fn parent_in(around: &[credit_group::Model], parent: CreditGroupId, currency: Currency) -> Result<&credit_group::Model> {
    let row = around.iter().find(|row| row.id == parent);
    let row = row.ok_or_else(|| Error::new(Code::UnknownReference, "there is no such group").at("#/parent_id"))?;
    if row.currency != currency {
        let detail = format!("the group above is in {}, this one in {currency}", row.currency);
        return Err(Error::new(Code::CurrencyMismatch, detail).at("#/parent_id"));
    }
    Ok(row)
}

fn entry(kind: &'static str, group: CreditGroupId, body: serde_json::Value, attempt: &Attempt) -> Entry {
    Entry { kind, subject: "credit_group", subject_id: group.0, effective_on: attempt.stamp.today, decision: None, body }
}

/// Makes a group. The same one again is answered as before; other content under its number is a conflict.
pub struct CreateGroup {
    /// The group.
    pub group: CreditGroupIn,
}

/// What making a group looks at.
pub struct CreateFacts {
    before: Option<credit_group::Model>,
    around: Vec<credit_group::Model>,
}

impl Command for CreateGroup {
    type Facts = CreateFacts;
    type Done = CreditGroupView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<CreateFacts> {
        let number = credit_group::Column::ExternalId.eq(&self.group.external_id);
        let before = credit_group::find(read.tenant()).filter(number).one(read.db()).await.map_err(failed)?;
        Ok(CreateFacts { before, around: around(read, self.group.parent_id).await? })
    }

    fn decide(&self, facts: &CreateFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<CreditGroupView>> {
        let new = &self.group;
        let mut faults = Vec::new();
        faults.extend(line_fault("#/external_id", &new.external_id, 100));
        faults.extend(line_fault("#/name", &new.name, 200));
        if !faults.is_empty() {
            return Err(Error::all(faults));
        }
        if let Some(before) = &facts.before {
            let is_same = before.name == new.name && before.currency == new.currency && before.parent_id == new.parent_id;
            if is_same {
                return Ok(Decided::before(CreditGroupView::from(before)));
            }
            let error = Error::new(Code::ExternalIdConflict, format!("this external_id already names {}, with other content", before.id));
            return Err(error.at("#/external_id").with(serde_json::json!({ "conflicting_id": before.id })));
        }
        let id = CreditGroupId(attempt.stamp.id());
        let mut root_id = id;
        if let Some(parent) = new.parent_id {
            root_id = parent_in(&facts.around, parent, new.currency)?.root_id;
            let nodes: Vec<GroupNode> = facts.around.iter().map(GroupNode::from).collect();
            if chain(&nodes, parent).len() >= DEPTH_MAX {
                return Err(Error::new(Code::GroupTooDeep, format!("groups have at most {DEPTH_MAX} levels")).at("#/parent_id"));
            }
        }
        let row = credit_group::Model {
            tenant_id: attempt.who.tenant,
            id,
            external_id: new.external_id.clone(),
            name: new.name.clone(),
            currency: new.currency,
            parent_id: new.parent_id,
            root_id,
            turn: 0,
            version: 1,
            created_at: attempt.stamp.at,
        };
        // A tree is a rule that orders are decided by; a group alone changes nobody's.
        let claim = if new.parent_id.is_some() { Claim::Rules } else { Claim::Nothing };
        let body = serde_json::json!({ "external_id": row.external_id, "parent_id": row.parent_id });
        let changes = Changes::on(claim).add(&row).tell(entry("credit_group.created", id, body, attempt));
        Ok(Decided::new(CreditGroupView::from(&row), changes))
    }
}

/// Patches a group that is still at the version the caller read.
pub struct PatchGroup {
    /// The group.
    pub group: CreditGroupId,
    /// The version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// What to change.
    pub patch: CreditGroupPatch,
}

/// What moving a group looks at: its own tree, and the one it goes to.
pub struct PatchFacts {
    own: Vec<credit_group::Model>,
    around: Vec<credit_group::Model>,
}

impl PatchGroup {
    /// The group and all under it, where they go; refuses a group inside itself and trees that grow too deep.
    fn moved(&self, facts: &PatchFacts, parent: Option<CreditGroupId>, changed: credit_group::Model) -> Result<Vec<credit_group::Model>> {
        let mut all = facts.own.clone();
        all.extend(facts.around.iter().filter(|row| facts.own.iter().all(|own| own.id != row.id)).cloned());
        let nodes: Vec<GroupNode> = all.iter().map(GroupNode::from).collect();
        let root_id = match parent {
            Some(parent) => {
                let above = parent_in(&all, parent, changed.currency)?;
                may_move(&nodes, self.group, parent)?;
                above.root_id
            }
            None => self.group,
        };
        let inside = below(&nodes, self.group);
        let under = all.into_iter().filter(|row| row.id != self.group && inside.contains(&row.id));
        let under = under.map(|row| credit_group::Model { root_id, ..row });
        Ok(std::iter::once(credit_group::Model { root_id, parent_id: parent, ..changed }).chain(under).collect())
    }
}

impl Command for PatchGroup {
    type Facts = PatchFacts;
    type Done = CreditGroupView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<PatchFacts> {
        let own = groups_around(read, self.group).await?;
        Ok(PatchFacts { own, around: around(read, self.patch.parent_id.flatten()).await? })
    }

    fn decide(&self, facts: &PatchFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<CreditGroupView>> {
        let row = facts.own.iter().find(|row| row.id == self.group);
        let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such group"))?;
        if self.version.is_some_and(|version| version != row.version) {
            let error = Error::new(Code::StaleVersion, format!("the group is at version {}", row.version)).at("@If-Match");
            return Err(error.with(serde_json::json!({ "current_version": row.version })));
        }
        let mut faults = Vec::new();
        faults.extend(self.patch.name.iter().filter_map(|name| line_fault("#/name", name, 200)));
        if !faults.is_empty() {
            return Err(Error::all(faults));
        }
        let parent = self.patch.parent_id.unwrap_or(row.parent_id);
        let name = self.patch.name.clone().unwrap_or_else(|| row.name.clone());
        if parent == row.parent_id && name == row.name {
            return Ok(Decided::before(CreditGroupView::from(row)));
        }
        let changed = credit_group::Model { name, version: row.version + 1, ..row.clone() };
        let rows = if parent == row.parent_id { vec![changed] } else { self.moved(facts, parent, changed)? };
        let body = serde_json::to_value(&self.patch).map_err(Error::internal)?;
        let view = CreditGroupView::from(&rows[0]);
        let changes = Changes::on(Claim::Rules).save_all(&rows).tell(entry("credit_group.changed", self.group, body, attempt));
        Ok(Decided::new(view, changes))
    }
}
