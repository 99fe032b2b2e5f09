//! Storing versions of the policy and putting one in force.

use super::Policy;
use super::presets;
use super::rows::policy_version;
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, pending_about, propose};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::ground;
use crate::tenant::rows::tenant_state;
use crate::words::asked::{Asked, PluginSet};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, PolicyId};
use crate::words::page::{Order, Page, PageOf};
use crate::words::role::Role;
use crate::words::text::Bilingual;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A version of the policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyView {
    /// Its id.
    pub id: PolicyId,
    /// Counts up in the tenant.
    pub number: i64,
    /// What people call it.
    pub name: String,
    /// Is it the one in force?
    pub active: bool,
    /// The whole document.
    pub document: Policy,
    /// Who made it.
    pub author: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A new version: a preset by name, or a whole document.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyIn {
    /// What people call it; the preset's name when absent.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// A preset: `cn_default cn_tight three_letters four_stage registered certified 14_28_42`.
    #[serde(default)]
    pub preset: Option<String>,
    /// A whole document.
    #[serde(default)]
    pub document: Option<Policy>,
}

impl PolicyIn {
    /// The document, checked against the custom step types there are.
    fn document(&self, set: &dyn PluginSet) -> Result<Policy> {
        let document = match (&self.preset, &self.document) {
            (Some(preset), None) => presets::preset(preset).map_err(|error| error.at("#/preset"))?,
            (None, Some(document)) => document.clone(),
            (None, None) => return Err(Error::new(Code::MissingField, "a policy is made from a preset or a document").at("#/document")),
            (Some(_), Some(_)) => {
                return Err(Error::new(Code::ValidationFailed, "a policy is made from a preset or a document, not both").at("#/preset"));
            }
        };
        check_types(&document, set)?;
        Ok(document)
    }
}

/// Refuses a document that is not sound, or that names a custom step no active plugin has.
fn check_types(document: &Policy, set: &dyn PluginSet) -> Result<()> {
    let named = document.steps.iter().filter_map(|step| step.step_type.clone());
    let known: Vec<String> = named.filter(|name| set.step_type(name).is_some()).collect();
    document.check(&known)
}

fn view(row: &policy_version::Model, active: PolicyId) -> PolicyView {
    PolicyView {
        id: row.id,
        number: row.number,
        name: row.name.clone(),
        active: row.id == active,
        document: row.document.0.clone(),
        author: row.author.clone(),
        created_at: row.created_at,
    }
}

async fn row(read: &Read, id: PolicyId) -> Result<policy_version::Model> {
    let row = policy_version::find(read.tenant()).filter(policy_version::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such policy version"))
}

/// A version of the policy; `not_found` when there is none.
pub async fn policy(read: &Read, id: PolicyId) -> Result<PolicyView> {
    Ok(view(&row(read, id).await?, ground::state(read).await?.policy_id))
}

/// Versions of the policy in the order they were made.
pub async fn list_policies(read: &Read, page: &PageOf) -> Result<Page<PolicyView>> {
    let query = policy_version::find(read.tenant());
    let active = ground::state(read).await?.policy_id;
    Ok(read.page(query, policy_version::Column::Id, Order::OldestFirst, page).await?.map(|row| view(&row, active)))
}

/// Stores a version. It is not in force until it is activated.
pub struct CreatePolicy {
    /// The version.
    pub new: PolicyIn,
}

impl Command for CreatePolicy {
    /// The number of the newest version.
    type Facts = i64;
    type Done = PolicyView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<i64> {
        let newest: Option<Option<i64>> = policy_version::find(read.tenant())
            .select_only()
            .column_as(ColumnTrait::max(&policy_version::Column::Number), "newest")
            .into_tuple()
            .one(read.db())
            .await
            .map_err(failed)?;
        Ok(newest.flatten().unwrap_or(0))
    }

    fn decide(&self, newest: &i64, _: &Asked, attempt: &Attempt) -> Result<Decided<PolicyView>> {
        let document = self.new.document(&*attempt.ground.plugins)?;
        let name = self.new.name.clone().or_else(|| self.new.preset.clone()).unwrap_or_else(|| format!("policy {}", newest + 1));
        if name.trim().is_empty() || name.chars().count() > 100 {
            return Err(Error::new(Code::ValidationFailed, "a name has 1 to 100 characters").at("#/name"));
        }
        let row = policy_version::Model {
            tenant_id: attempt.who.tenant,
            id: PolicyId(attempt.stamp.id()),
            number: newest + 1,
            name,
            document: Payload(document),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "policy.created",
            subject: "policy",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "number": row.number, "name": row.name }),
        };
        Ok(Decided::new(view(&row, attempt.ground.policy_id), Changes::on(Claim::Nothing).add(&row).tell(entry)))
    }
}

/// Puts a version in force. Whoever calls it has everybody planned anew afterwards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActivatePolicy {
    /// The version.
    pub policy: PolicyId,
}

/// What putting a version in force looks at.
pub struct PolicyFacts {
    row: policy_version::Model,
    state: tenant_state::Model,
    /// What is asked about the version and not answered.
    pending: Vec<approval::Model>,
}

impl Command for ActivatePolicy {
    type Facts = PolicyFacts;
    type Done = Acted<PolicyView>;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<PolicyFacts> {
        let row = row(read, self.policy).await?;
        Ok(PolicyFacts { row, state: ground::state(read).await?, pending: pending_about(read, self.policy.0).await? })
    }

    fn decide(&self, facts: &PolicyFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<PolicyView>>> {
        let PolicyFacts { row, state, pending } = facts;
        check_types(&row.document.0, &*attempt.ground.plugins)?;
        if state.policy_id == row.id {
            return Ok(Decided::before(Acted::Done(view(row, row.id))));
        }
        let persons = persons(attempt);
        if persons == Persons::Waits {
            let (number, name) = (row.number, &row.name);
            let text = Bilingual::new(
                format!("Put version {number} of the collections policy, {name}, in force."),
                format!("申请启用催收策略第 {number} 版（{name}）。"),
            );
            let proposal = proposal(ApprovalKind::ActivatePolicy, ("policy", row.id.0), text, self, attempt)?;
            return propose(proposal, pending, Claim::Nothing, attempt);
        }
        let state_after = tenant_state::Model { revision: attempt.ground.revision + 1, policy_id: row.id, ..state.clone() };
        let entry = Entry {
            kind: "policy.activated",
            subject: "policy",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: persons.told(serde_json::json!({ "number": row.number, "name": row.name, "before": state.policy_id })),
        };
        Ok(Decided::new(Acted::Done(view(row, row.id)), Changes::on(Claim::Rules).save(&state_after).tell(entry)))
    }
}

/// Policies, calendars and grade tables are changed by two persons, or by the operator (api.md §11).
pub(crate) fn persons(attempt: &Attempt) -> Persons {
    Persons::of(&attempt.who, attempt.ground.settings.four_eyes)
}

/// A change of the rules as it waits: an admin and a credit manager, one asks and the other says yes.
pub(crate) fn proposal(
    kind: ApprovalKind,
    subject: (&'static str, Uuid),
    text: Bilingual,
    body: &impl Serialize,
    attempt: &Attempt,
) -> Result<Proposal> {
    let other = if attempt.who.roles.contains(&Role::Admin) { Role::CreditManager } else { Role::Admin };
    let body = serde_json::to_value(body).map_err(Error::internal)?;
    Ok(Proposal { kind, account: None, subject, ask: Ask::always(other), text, amount: None, body })
}
