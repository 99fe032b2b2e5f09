//! Tables of cases.

use super::NonPaymentReason;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::{AccountId, ApprovalId, CaseId, ContactId, RowId, TaskId};
use chrono::NaiveDate;
use serde_json::Value as Json;
use std::collections::BTreeMap;

tenant_rows! {
    /// Cases; one that is not closed for an account. States: `active paused handed_off closed`. `claimed_` is why the customer says it does
    /// not pay, `verified_` what we have proof of.
    "collection_case" collection_case {
        id: CaseId,
        account_id: AccountId,
        number: i64,
        state: String,
        stage: String,
        stage_no: i64,
        stage_since: NaiveDate,
        opened_on: NaiveDate,
        overdue_since: Option<NaiveDate>,
        closed_on: Option<NaiveDate>,
        closed_reason: Option<String>,
        priority: i64,
        owner: Option<String>,
        next_step: Option<String>,
        next_step_on: Option<NaiveDate>,
        last_notice_on: Option<NaiveDate>,
        last_formal_on: Option<NaiveDate>,
        paused_until: Option<NaiveDate>,
        opened_by: Option<String>,
        scheduled: Payload<BTreeMap<String, NaiveDate>>,
        clocks: Payload<BTreeMap<String, NaiveDate>>,
        version: i64,
        created_at: DateTimeUtc,
        claimed_reason: Option<NonPaymentReason>,
        claimed_note: Option<String>,
        claimed_on: Option<NaiveDate>,
        claimed_by: Option<String>,
        verified_reason: Option<NonPaymentReason>,
        verified_evidence: Option<String>,
        verified_on: Option<NaiveDate>,
        verified_by: Option<String>,
    }
    /// Custom steps that run on a case.
    "step_instance" step_instance {
        id: RowId,
        account_id: AccountId,
        case_id: CaseId,
        key: String,
        step_type: String,
        state: String,
        entered_on: NaiveDate,
        wake_on: NaiveDate,
        due_on: NaiveDate,
        approval: String,
        approval_id: Option<ApprovalId>,
        tries: i64,
        data: Payload<BTreeMap<String, String>>,
        is_done: bool,
        created_at: DateTimeUtc,
    }
    /// Work for people. States: `open done cancelled`. `contact_id` is whom what is done towards the customer addresses.
    "task" task {
        id: TaskId,
        account_id: AccountId,
        case_id: Option<CaseId>,
        kind: String,
        activity: String,
        role: String,
        step: Option<String>,
        effective_on: NaiveDate,
        due_on: NaiveDate,
        state: String,
        source: String,
        details: Payload<Json>,
        created_on: NaiveDate,
        done_on: Option<NaiveDate>,
        done_by: Option<String>,
        outcome: Option<String>,
        version: i64,
        created_at: DateTimeUtc,
        contact_id: Option<ContactId>,
    }
}
