//! Tables of approvals.

use super::kind::ApprovalKind;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::{AccountId, ApprovalId};
use crate::words::money::Currency;
use chrono::NaiveDate;
use serde_json::Value as Json;
use uuid::Uuid;

tenant_rows! {
    /// Requests for a yes. States: `pending approved rejected expired`. Where an act waits, `body` is the command as it will be run, and
    /// `fingerprint` says that nobody has changed it since.
    "approval" approval {
        id: ApprovalId,
        kind: ApprovalKind,
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
        body: Option<Payload<Json>>,
        fingerprint: Option<String>,
        currency: Option<Currency>,
        amount_minor: Option<i64>,
    }
}
