//! Tables of notices.

use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::{AccountId, CaseId, ContactId, InstalmentId, InvoiceId, NoticeId, OfferId, RowId};
use crate::words::money::Currency;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Words that plugins added to a letter: by plugin, then by name.
pub type Variables = BTreeMap<String, BTreeMap<String, String>>;

tenant_rows! {
    /// Messages to the customer. States: `draft ready sent unclear undeliverable cancelled`. `amount_minor` is the sum of the lines,
    /// `credit_minor` the customer's own credit that is set off against it, `variables` the words that plugins added, by plugin and name.
    "notice" notice {
        id: NoticeId,
        account_id: AccountId,
        case_id: Option<CaseId>,
        contact_id: Option<ContactId>,
        entity: String,
        currency: Currency,
        channel: String,
        template: String,
        language: String,
        step: String,
        effective_on: NaiveDate,
        state: String,
        is_formal: bool,
        amount_minor: i64,
        credit_minor: i64,
        answer_by: NaiveDate,
        send_on: Option<NaiveDate>,
        offer_id: Option<OfferId>,
        source: String,
        created_on: NaiveDate,
        created_at: DateTimeUtc,
        variables: Option<Payload<Variables>>,
    }
    /// What a message is about: each instalment with its step. A step is taken once for an instalment.
    "notice_line" notice_line {
        id: RowId,
        notice_id: NoticeId,
        account_id: AccountId,
        invoice_id: InvoiceId,
        instalment_id: InstalmentId,
        invoice_external_id: String,
        part: String,
        step: String,
        effective_on: NaiveDate,
        days_past_due: i64,
        amount_minor: i64,
        currency: Currency,
        is_for_information: bool,
    }
}
