//! Tables of credit files: all of them only ever added to.

use super::sheet::FilledDimension;
use super::template::Dimension;
use super::{Basis, Section};
use crate::doors::store::columns::Payload;
use crate::tenant::FileSource;
use crate::tenant_rows;
use crate::words::id::{AccountId, CreditFileEntryId, RowId, ScoreSheetId, ScoreTemplateId};
use chrono::NaiveDate;

tenant_rows! {
    /// Entries, numbered within their account: the file at version `n` is what the entries up to `n` say, less those replaced by then.
    "credit_file_entry" credit_file_entry {
        id: CreditFileEntryId,
        account_id: AccountId,
        number: i64,
        section: Section,
        source: FileSource,
        reliability: i64,
        basis: Basis,
        title: String,
        content: String,
        reference: Option<String>,
        evidence_url: Option<String>,
        dated_on: NaiveDate,
        replaces_id: Option<CreditFileEntryId>,
        author: String,
        created_at: DateTimeUtc,
    }
    /// Answers to the items of a checklist; the newest one of an item counts.
    "checklist_answer" checklist_answer {
        id: RowId,
        account_id: AccountId,
        item: String,
        is_met: bool,
        reference: Option<String>,
        note: Option<String>,
        answered_on: NaiveDate,
        author: String,
        created_at: DateTimeUtc,
    }
    /// Score templates of the tenant's own; two more ship with the program.
    "score_template" score_template {
        id: ScoreTemplateId,
        name: String,
        title_en: String,
        title_zh: String,
        dimensions: Payload<Vec<Dimension>>,
        author: String,
        created_at: DateTimeUtc,
    }
    /// Filled score sheets.
    "score_sheet" score_sheet {
        id: ScoreSheetId,
        account_id: AccountId,
        template: String,
        scored_on: NaiveDate,
        dimensions: Payload<Vec<FilledDimension>>,
        score_hundredths: i64,
        author: String,
        created_at: DateTimeUtc,
    }
}
