//! Drafts: one per person and package, out of reach of every live decision.

use super::rows::plugin_draft;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Read, columns::Payload, failed};
use crate::words::asked::{Asked, Files};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, RowId};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DraftView {
    /// The package.
    pub name: String,
    /// Whose draft it is.
    pub author: String,
    /// Path to text.
    #[schema(value_type = Object)]
    pub files: Files,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was saved.
    pub saved_at: DateTime<Utc>,
}

impl From<&plugin_draft::Model> for DraftView {
    fn from(row: &plugin_draft::Model) -> Self {
        Self {
            name: row.name.clone(),
            author: row.author.clone(),
            files: row.files.0.clone(),
            version: row.version,
            saved_at: row.saved_at,
        }
    }
}

async fn own(read: &Read, name: &str, author: &str) -> Result<Option<plugin_draft::Model>> {
    let query =
        plugin_draft::find(read.tenant()).filter(plugin_draft::Column::Name.eq(name)).filter(plugin_draft::Column::Author.eq(author));
    query.one(read.db()).await.map_err(failed)
}

/// A person's draft of a package; `not_found` when there is none.
pub async fn draft(read: &Read, name: &str, author: &str) -> Result<DraftView> {
    let row = own(read, name, author).await?;
    row.map(|row| DraftView::from(&row)).ok_or_else(|| Error::new(Code::NotFound, "you have no draft of this plugin"))
}

/// Saves the caller's draft of a package.
pub struct SaveDraft {
    /// The package.
    pub name: String,
    /// The version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// Its files.
    pub files: Files,
}

impl Command for SaveDraft {
    type Facts = Option<plugin_draft::Model>;
    type Done = DraftView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        own(read, &self.name, &attempt.who.actor).await
    }

    fn decide(&self, before: &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<DraftView>> {
        let known = before.as_ref().map_or(0, |row| row.version);
        if self.version.is_some_and(|version| version != known) {
            let error = Error::new(Code::StaleVersion, format!("the draft is at version {known}")).at("@If-Match");
            return Err(error.with(serde_json::json!({ "current_version": known })));
        }
        let row = plugin_draft::Model {
            tenant_id: attempt.who.tenant,
            id: before.as_ref().map_or_else(|| RowId(attempt.stamp.id()), |row| row.id),
            name: self.name.clone(),
            author: attempt.who.actor.to_string(),
            files: Payload(self.files.clone()),
            version: known + 1,
            saved_at: attempt.stamp.at,
        };
        let changes = Changes::on(Claim::Nothing);
        let changes = if before.is_some() { changes.save(&row) } else { changes.add(&row) };
        Ok(Decided::new(DraftView::from(&row), changes))
    }
}
