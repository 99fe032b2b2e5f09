//! Tables of contracts.

use super::milestone::AcceptanceKind;
use super::paper::Paper;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::contract::{ContractState, ReleaseMode};
use crate::words::id::{AcceptanceRecordId, AccountId, ContractId, ExtensionId, MilestoneId};
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// Contracts. What may stay blank in a draft is null; `paper` is what no order check looks for.
    "contract" contract {
        id: ContractId,
        account_id: AccountId,
        external_id: String,
        entity: String,
        state: ContractState,
        currency: Currency,
        amount_minor: Option<i64>,
        mode: Option<ReleaseMode>,
        tail_minor: Option<i64>,
        lag: Option<i64>,
        settlement_day: Option<i64>,
        paper: Payload<Paper>,
        content_hash: String,
        version: i64,
        created_at: DateTimeUtc,
    }
    /// Extensions of a settlement day: at most one a day, and each one counts (OR-06).
    "contract_extension" contract_extension {
        id: ExtensionId,
        contract_id: ContractId,
        account_id: AccountId,
        settlement_on: NaiveDate,
        days: i64,
        until_on: NaiveDate,
        reason: String,
        approved_by: String,
        granted_on: NaiveDate,
        created_at: DateTimeUtc,
    }
    /// Milestones of a contract, each name once. `document` and what follows it is the paper somebody signed when it was reached (CT-05).
    "contract_milestone" contract_milestone {
        id: MilestoneId,
        contract_id: ContractId,
        account_id: AccountId,
        name: String,
        planned_on: Option<NaiveDate>,
        completed_on: Option<NaiveDate>,
        document: Option<String>,
        document_sha256: Option<String>,
        signed_by: Option<String>,
        signed_on: Option<NaiveDate>,
        completed_by: Option<String>,
        version: i64,
        created_at: DateTimeUtc,
    }
    /// What the customer signed about a milestone: that the work was accepted, or how satisfied it is (CT-06).
    "acceptance_record" acceptance_record {
        id: AcceptanceRecordId,
        milestone_id: MilestoneId,
        account_id: AccountId,
        kind: AcceptanceKind,
        document: String,
        document_sha256: Option<String>,
        signed_by: String,
        signed_on: NaiveDate,
        note: Option<String>,
        author: String,
        created_at: DateTimeUtc,
    }
}
