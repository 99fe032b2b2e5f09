//! Tables of handoffs.

use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::{AccountId, CaseId, DecisionId, HandoffId, RowId};
use crate::words::money::Currency;
use chrono::NaiveDate;
use serde_json::Value as Json;

tenant_rows! {
    /// Cases given to legal. States: `asked open recalled closed`.
    "handoff" handoff {
        id: HandoffId,
        account_id: AccountId,
        case_id: CaseId,
        kind: String,
        state: String,
        entity: String,
        currency: Currency,
        amount_minor: i64,
        documents: Payload<Vec<String>>,
        packet: Payload<Json>,
        source: String,
        decision_id: Option<DecisionId>,
        made_on: NaiveDate,
        version: i64,
        created_at: DateTimeUtc,
    }
    /// Papers that prove a claim, registered by people or the ERP.
    "evidence" evidence {
        id: RowId,
        account_id: AccountId,
        kind: String,
        reference: String,
        dated_on: NaiveDate,
        created_at: DateTimeUtc,
    }
}
