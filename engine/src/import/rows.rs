//! Tables of imports.

use super::ImportKind;
use crate::tenant_rows;
use crate::words::id::{ImportId, RowId};

tenant_rows! {
    /// Imports and how far they have come.
    "import" import {
        id: ImportId,
        kind: ImportKind,
        state: String,
        total: i64,
        done: i64,
        accepted: i64,
        rejected: i64,
        failed: i64,
        repeated: i64,
        warned: i64,
        creates_accounts: bool,
        actor: String,
        detail: Option<String>,
        started_at: DateTimeUtc,
        finished_at: Option<DateTimeUtc>,
    }
    /// What was wrong or odd, line by line.
    "import_fault" import_fault {
        id: RowId,
        import_id: ImportId,
        line: i64,
        field: Option<String>,
        code: String,
        detail: String,
        is_warning: bool,
    }
}
