//! Tables of offer sets.

use super::{OfferOption, OfferPurpose, OfferSetState, OptionKind};
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::{AccountId, ApprovalId, ContractId, InvoiceId, OfferSetId, RowId};
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// Sets of three proposals, changed only under the claim of their account. `contract_*` is there about terms, `currency` and
    /// `open_minor` (what was open on the invoices when it was made) about a settlement; `chosen` and what follows it since a choice.
    "offer_set" offer_set {
        id: OfferSetId,
        account_id: AccountId,
        external_id: String,
        purpose: OfferPurpose,
        state: OfferSetState,
        contract_id: Option<ContractId>,
        contract_external_id: Option<String>,
        contract_version: Option<i64>,
        entity: String,
        currency: Option<Currency>,
        open_minor: Option<i64>,
        options: Payload<Vec<OfferOption>>,
        made_on: NaiveDate,
        valid_to: NaiveDate,
        chosen: Option<OptionKind>,
        chosen_on: Option<NaiveDate>,
        chosen_by: Option<String>,
        evidence: Option<String>,
        concession_minor: Option<i64>,
        approval_id: Option<ApprovalId>,
        answer_by: Option<NaiveDate>,
        ended_on: Option<NaiveDate>,
        reason: Option<String>,
        author: String,
        content_hash: String,
        version: i64,
        created_at: DateTimeUtc,
    }
    /// The invoices a settlement is about, and what was open on each when it was made.
    "offer_set_invoice" offer_set_invoice {
        id: RowId,
        offer_set_id: OfferSetId,
        invoice_id: InvoiceId,
        invoice_external_id: String,
        no: i64,
        open_minor: i64,
    }
}
