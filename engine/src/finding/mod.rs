//! The findings register of internal control (IC-04): what was found, who answers for it, by when, and what came of it.

pub mod rows;
pub mod rules;

use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, FindingId, RowId};
use crate::words::page::{Order, Page, PageOf};
use crate::words::patch::{kept, kept_date};
use crate::words::text::{line_fault, prose_fault};
use chrono::{DateTime, NaiveDate, Utc};
use rows::{finding, finding_version};
use rules::check_move;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

crate::words! {
    /// Where a finding stands.
    pub enum FindingState {
        /// Something is to be done.
        Open = "open",
        /// It was done.
        Resolved = "resolved",
        /// Nothing is done: the risk is taken.
        Accepted = "accepted",
    }
}
crate::text_column!(FindingState);

/// A new finding.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Credit notes at the end of the quarter", "detail": "Nine of twelve came in its last three days.",
    "owner": "finance", "due_on": "2026-04-30"}))]
pub struct FindingIn {
    /// What was found, in a line.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What was seen, and where.
    #[schema(min_length = 1, max_length = 2000)]
    pub detail: String,
    /// The account it is about, if it is about one.
    #[serde(default)]
    pub account_id: Option<AccountId>,
    /// Who answers for it.
    #[schema(min_length = 1, max_length = 100)]
    pub owner: String,
    /// By when something is done.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub due_on: NaiveDate,
}

/// A merge patch of a finding: absent members stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FindingPatch {
    /// Who answers for it.
    #[serde(deserialize_with = "kept")]
    #[schema(min_length = 1, max_length = 100)]
    pub owner: Option<String>,
    /// By when something is done.
    #[serde(deserialize_with = "kept_date")]
    pub due_on: Option<NaiveDate>,
    /// `resolved` or `accepted` closes it, `open` opens it again.
    #[serde(deserialize_with = "kept")]
    pub state: Option<FindingState>,
    /// What was done, or why the risk is taken.
    #[serde(deserialize_with = "kept")]
    #[schema(min_length = 1, max_length = 2000)]
    pub resolution: Option<String>,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FindingView {
    /// Its id.
    pub id: FindingId,
    /// What was found, in a line.
    pub title: String,
    /// What was seen, and where.
    pub detail: String,
    /// The account it is about.
    pub account_id: Option<AccountId>,
    /// Who answers for it.
    pub owner: String,
    /// By when something is done.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub state: FindingState,
    /// What was done, or why the risk is taken.
    pub resolution: Option<String>,
    /// The day it was closed.
    pub closed_on: Option<NaiveDate>,
    /// Who wrote it down.
    pub author: String,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
}

impl From<&finding::Model> for FindingView {
    fn from(row: &finding::Model) -> Self {
        Self {
            id: row.id,
            title: row.title.clone(),
            detail: row.detail.clone(),
            account_id: row.account_id,
            owner: row.owner.clone(),
            due_on: row.due_on,
            state: row.state,
            resolution: row.resolution.clone(),
            closed_on: row.closed_on,
            author: row.author.clone(),
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// Refuses texts with all that is wrong with them.
fn check_texts(found: impl IntoIterator<Item = Option<Fault>>) -> Result<()> {
    let faults: Vec<Fault> = found.into_iter().flatten().collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
}

/// The rows and the line of the journal for a finding as it stands now.
fn written(row: &finding::Model, kind: &'static str, body: serde_json::Value, attempt: &Attempt) -> Changes {
    let version = finding_version::Model {
        tenant_id: row.tenant_id,
        id: RowId(attempt.stamp.id()),
        finding_id: row.id,
        version: row.version,
        state: row.state,
        owner: row.owner.clone(),
        due_on: row.due_on,
        author: attempt.who.actor.to_string(),
        created_at: attempt.stamp.at,
    };
    let entry = Entry { kind, subject: "finding", subject_id: row.id.0, effective_on: attempt.stamp.today, decision: None, body };
    Changes::on(Claim::Nothing).save(row).add(&version).tell(entry)
}

/// Writes a finding down.
pub struct CreateFinding {
    /// The finding.
    pub finding: FindingIn,
}

impl Command for CreateFinding {
    /// Is the account there?
    type Facts = bool;
    type Done = FindingView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<bool> {
        use crate::account::rows::account;
        let Some(id) = self.finding.account_id else { return Ok(true) };
        let row = account::find(read.tenant()).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
        Ok(row.is_some())
    }

    fn decide(&self, is_known: &bool, _: &Asked, attempt: &Attempt) -> Result<Decided<FindingView>> {
        let new = &self.finding;
        check_texts([
            line_fault("#/title", &new.title, 200),
            prose_fault("#/detail", &new.detail, 2_000),
            line_fault("#/owner", &new.owner, 100),
        ])?;
        if !is_known {
            return Err(Error::new(Code::UnknownReference, "there is no such account").at("#/account_id"));
        }
        let row = finding::Model {
            tenant_id: attempt.who.tenant,
            id: FindingId(attempt.stamp.id()),
            title: new.title.clone(),
            detail: new.detail.clone(),
            account_id: new.account_id,
            owner: new.owner.clone(),
            due_on: new.due_on,
            state: FindingState::Open,
            resolution: None,
            closed_on: None,
            author: attempt.who.actor.to_string(),
            version: 1,
            created_at: attempt.stamp.at,
        };
        let body = serde_json::json!({ "title": row.title, "owner": row.owner, "due_on": row.due_on });
        Ok(Decided::new(FindingView::from(&row), written(&row, "finding.recorded", body, attempt)))
    }
}

/// Changes a finding that is still at the version the caller read.
pub struct ChangeFinding {
    /// The finding.
    pub finding: FindingId,
    /// The version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// What to change.
    pub patch: FindingPatch,
}

impl Command for ChangeFinding {
    type Facts = finding::Model;
    type Done = FindingView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<finding::Model> {
        row(read, self.finding).await
    }

    fn decide(&self, before: &finding::Model, _: &Asked, attempt: &Attempt) -> Result<Decided<FindingView>> {
        if self.version.is_some_and(|version| version != before.version) {
            let error = Error::new(Code::StaleVersion, format!("the finding is at version {}", before.version)).at("@If-Match");
            return Err(error.with(serde_json::json!({ "current_version": before.version })));
        }
        let patch = &self.patch;
        check_texts([
            patch.owner.as_deref().and_then(|text| line_fault("#/owner", text, 100)),
            patch.resolution.as_deref().and_then(|text| prose_fault("#/resolution", text, 2_000)),
        ])?;
        let state = patch.state.unwrap_or(before.state);
        let resolution = patch.resolution.clone().or_else(|| before.resolution.clone());
        check_move(before.state, state, resolution.as_deref())?;
        let closed_on = match state {
            FindingState::Open => None,
            FindingState::Resolved | FindingState::Accepted => before.closed_on.or(Some(attempt.stamp.today)),
        };
        let mut changed = finding::Model {
            owner: patch.owner.clone().unwrap_or_else(|| before.owner.clone()),
            due_on: patch.due_on.unwrap_or(before.due_on),
            state,
            resolution,
            closed_on,
            ..before.clone()
        };
        if changed == *before {
            return Ok(Decided::before(FindingView::from(before)));
        }
        changed.version += 1;
        let body = serde_json::json!({ "before": FindingView::from(before), "change": patch });
        Ok(Decided::new(FindingView::from(&changed), written(&changed, "finding.changed", body, attempt)))
    }
}

async fn row(read: &Read, id: FindingId) -> Result<finding::Model> {
    let row = finding::find(read.tenant()).filter(finding::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such finding"))
}

/// A finding; `not_found` when there is none.
pub async fn finding_view(read: &Read, id: FindingId) -> Result<FindingView> {
    Ok(FindingView::from(&row(read, id).await?))
}

/// Which findings are wanted.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// In this state.
    pub state: Option<FindingState>,
    /// Of this owner.
    pub owner: Option<String>,
    /// Due on this day or earlier.
    pub due_on_to: Option<NaiveDate>,
}

/// Findings in the order they were written down.
pub async fn list_findings(read: &Read, filter: &FindingFilter, page: &PageOf) -> Result<Page<FindingView>> {
    use finding::Column as C;
    let mut query = finding::find(read.tenant());
    query = filter.state.into_iter().fold(query, |query, state| query.filter(C::State.eq(state)));
    query = filter.owner.iter().fold(query, |query, owner| query.filter(C::Owner.eq(owner)));
    query = filter.due_on_to.into_iter().fold(query, |query, day| query.filter(C::DueOn.lte(day)));
    Ok(read.page(query, C::Id, Order::OldestFirst, page).await?.map(|row| FindingView::from(&row)))
}
