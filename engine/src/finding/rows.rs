//! Tables of the findings register.

use super::FindingState;
use crate::tenant_rows;
use crate::words::id::{AccountId, FindingId, RowId};
use chrono::NaiveDate;

tenant_rows! {
    /// What internal control has found, as it stands.
    "finding" finding {
        id: FindingId,
        title: String,
        detail: String,
        account_id: Option<AccountId>,
        owner: String,
        due_on: NaiveDate,
        state: FindingState,
        resolution: Option<String>,
        closed_on: Option<NaiveDate>,
        author: String,
        version: i64,
        created_at: DateTimeUtc,
    }
    /// Each version of a finding with who made it, never changed. Two who change one at once make the same version, and one of them loses.
    "finding_version" finding_version {
        id: RowId,
        finding_id: FindingId,
        version: i64,
        state: FindingState,
        owner: String,
        due_on: NaiveDate,
        author: String,
        created_at: DateTimeUtc,
    }
}
