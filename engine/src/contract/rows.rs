//! Tables of contracts.

use super::paper::Paper;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::contract::{ContractState, ReleaseMode};
use crate::words::id::{AccountId, ContractId, ExtensionId};
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
}
