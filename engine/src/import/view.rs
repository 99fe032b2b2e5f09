//! What outsiders see of an import.

use super::ImportKind;
use super::rows::{import, import_fault};
use crate::doors::store::{Read, failed};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::ImportId;
use crate::words::page::{After, Order, Page, PageOf};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most errors and warnings one answer holds (decision 58).
const FAULTS_MAX: u64 = 10_000;

/// What is wrong or odd about a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FaultView {
    /// Line of the file; the header is line 1.
    pub line: i64,
    /// The column.
    pub field: Option<String>,
    /// What kind of fault it is.
    pub code: String,
    /// One sentence.
    pub detail: String,
}

/// An import and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportView {
    /// Its id.
    pub id: ImportId,
    /// What the file holds.
    pub kind: ImportKind,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Lines seen so far; all lines once it is done.
    pub total: i64,
    /// Lines dealt with.
    pub done: i64,
    /// Lines taken, repeated ones included.
    pub accepted: i64,
    /// Lines refused.
    pub rejected: i64,
    /// Lines that failed although nothing was wrong with them.
    pub failed: i64,
    /// Accepted lines whose content had been taken before; after a stop in the middle of a batch also those of it that were in already.
    pub repeated: i64,
    /// Why the whole file was refused.
    pub detail: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Refused lines, at most 10,000.
    pub errors: Vec<FaultView>,
    /// Number of refused lines.
    pub errors_total: i64,
    /// Odd lines that were taken, at most 10,000.
    pub warnings: Vec<FaultView>,
    /// Number of warnings.
    pub warnings_total: i64,
}

impl From<&import::Model> for ImportView {
    fn from(row: &import::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state.clone(),
            total: row.total,
            done: row.done,
            accepted: row.accepted,
            rejected: row.rejected,
            failed: row.failed,
            repeated: row.repeated,
            detail: row.detail.clone(),
            started_at: row.started_at,
            finished_at: row.finished_at,
            errors: Vec::new(),
            errors_total: row.rejected,
            warnings: Vec::new(),
            warnings_total: row.warned,
        }
    }
}

/// Which lines of an import are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faulty {
    /// Those that were refused.
    Rejected,
    /// Those that were taken although they are odd.
    Warned,
}

/// What was wrong or odd about an import's lines, page by page in the order of the file.
pub async fn faults(read: &Read, id: ImportId, which: Faulty, page: &PageOf) -> Result<Page<FaultView>> {
    use import_fault::Column;
    let mut query = import_fault::find(read.tenant()).filter(Column::ImportId.eq(id)).filter(Column::IsWarning.eq(which == Faulty::Warned));
    let total = read.total(&query, Column::Id, page.in_its_own_order()?).await?;
    query = query.order_by_asc(Column::Line).order_by_asc(Column::Id);
    if let Some(after) = &page.after {
        let line: i64 = after.key.parse().unwrap_or(0);
        query = query.filter(Column::Line.gt(line).or(Column::Line.eq(line).and(Column::Id.gt(after.id))));
    }
    let rows = query.limit(page.limit + 1).all(read.db()).await.map_err(failed)?;
    let page = Page::cut(rows, page.limit, |row| After { key: row.line.to_string(), id: row.id.0 });
    let page = Page { total, ..page };
    Ok(page.map(|row| FaultView { line: row.line, field: row.field, code: row.code, detail: row.detail }))
}

async fn first_faults(read: &Read, id: ImportId, which: Faulty) -> Result<Vec<FaultView>> {
    Ok(faults(read, id, which, &PageOf::first(FAULTS_MAX)).await?.data)
}

/// An import with its errors and warnings; `not_found` when there is none.
pub async fn find(read: &Read, id: ImportId) -> Result<ImportView> {
    let row = import::find(read.tenant()).filter(import::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such import"))?;
    Ok(ImportView {
        errors: first_faults(read, id, Faulty::Rejected).await?,
        warnings: first_faults(read, id, Faulty::Warned).await?,
        ..ImportView::from(&row)
    })
}

/// Imports, newest last, without their lines.
pub async fn list(read: &Read, page: &PageOf) -> Result<Page<ImportView>> {
    let query = import::find(read.tenant());
    Ok(read.page(query, import::Column::Id, Order::OldestFirst, page).await?.map(|row| ImportView::from(&row)))
}
