//! Tables of approvals.

use crate::tenant_rows;
use crate::words::id::{AccountId, ApprovalId};
use chrono::NaiveDate;
use uuid::Uuid;

tenant_rows! {
    /// Requests for a yes. States: `pending approved rejected expired`.
    "approval" approval {
        id: ApprovalId,
        kind: String,
        account_id: Option<AccountId>,
        subject: String,
        subject_id: Uuid,
        role: String,
        code: String,
        text_en: String,
        text_zh: String,
        asked_by: String,
        asked_on: NaiveDate,
        expires_on: NaiveDate,
        state: String,
        decided_by: Option<String>,
        decided_at: Option<DateTimeUtc>,
        comment: Option<String>,
        version: i64,
    }
}
