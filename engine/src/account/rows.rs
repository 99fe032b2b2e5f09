//! Tables of accounts: who owes us, whom to talk to, and the sums kept under the claim.

use super::GradeSource;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::contact_hours::ContactHours;
use crate::words::facts::Reason;
use crate::words::id::{AccountId, ContactId, CreditGroupId, RowId, TenantId};
use crate::words::money::Currency;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use uuid::Uuid;

tenant_rows! {
    /// Customer accounts. `version` is what every change of money claims; `next_review_on` is the work list of the daily run,
    /// `credit_review_on` the day its next credit review falls due, `credit_review_asked_on` the due day for which the task was made.
    "account" account {
        id: AccountId,
        external_id: String,
        name: String,
        currency: Currency,
        parent_id: Option<AccountId>,
        segment: Option<String>,
        grade: Option<String>,
        owner: Option<String>,
        region: Option<String>,
        country: Option<String>,
        language: Option<String>,
        kind: String,
        tax_id: Option<String>,
        terms_days: Option<i64>,
        payment_mode: Option<String>,
        time_zone: Option<String>,
        state: String,
        is_blocked: bool,
        block_reason: Option<String>,
        tags: Payload<Vec<String>>,
        metadata: Payload<BTreeMap<String, String>>,
        content_hash: String,
        version: i64,
        next_review_on: Option<NaiveDate>,
        facts_until: Option<NaiveDate>,
        daily_asked_on: Option<NaiveDate>,
        open_count: i64,
        exclusion_count: i64,
        shard: i64,
        credit_review_on: Option<NaiveDate>,
        credit_review_asked_on: Option<NaiveDate>,
        created_at: DateTimeUtc,
        credit_group_id: Option<CreditGroupId>,
        security_count: i64,
        warning_level: i64,
        open_limit_minor: Option<i64>,
        overdue_limit_minor: Option<i64>,
        orders_limit_minor: Option<i64>,
        overdue_margin_days: Option<i64>,
    }
    /// People at the customer. `absent_from` and `absent_to` are the first and last day on which somebody else is addressed,
    /// `hours` when it may be turned to at all.
    "contact" contact {
        id: ContactId,
        account_id: AccountId,
        external_id: Option<String>,
        name: String,
        role: String,
        email: Option<String>,
        phone: Option<String>,
        language: Option<String>,
        version: i64,
        created_at: DateTimeUtc,
        influence: Option<i64>,
        persona: Option<String>,
        delegate_of_id: Option<ContactId>,
        absent_from: Option<NaiveDate>,
        absent_to: Option<NaiveDate>,
        hours: Option<Payload<ContactHours>>,
    }
    /// Every change of an account's grade, with what it came from: only ever added.
    "grade_change" grade_change {
        id: RowId,
        account_id: AccountId,
        from_grade: Option<String>,
        to_grade: Option<String>,
        changed_on: NaiveDate,
        score_hundredths: Option<i64>,
        source: GradeSource,
        source_id: Option<Uuid>,
        reasons: Payload<Vec<Reason>>,
        author: String,
        created_at: DateTimeUtc,
    }
    /// What people wrote down.
    "account_note" account_note {
        id: RowId,
        account_id: AccountId,
        text: String,
        author: String,
        created_at: DateTimeUtc,
    }
    /// Kept sums by legal entity and currency; they change only under the account's claim. `orders` is what orders reserve, `shipped` the
    /// share of it that has shipped; `deposits` is cash on orders, which is not part of `unallocated`.
    "balance" balance {
        id: RowId,
        account_id: AccountId,
        entity: String,
        currency: Currency,
        open_minor: i64,
        disputed_minor: i64,
        orders_minor: i64,
        unallocated_minor: i64,
        credit_notes_minor: i64,
        lifetime_paid_minor: i64,
        settled_minor: i64,
        on_time_minor: i64,
        settled_count: i64,
        late_days: i64,
        shipped_minor: i64,
        deposits_minor: i64,
    }
    /// What is open on each due date, so that a check on ten thousand items reads little more than one on ten.
    "due_sum" due_sum {
        id: RowId,
        account_id: AccountId,
        entity: String,
        currency: Currency,
        due_on: NaiveDate,
        open_minor: i64,
        disputed_minor: i64,
        open_count: i64,
    }
}

impl balance::Model {
    /// The kept sums of a legal entity and currency in which the account had nothing so far.
    pub fn first(tenant_id: TenantId, id: RowId, account_id: AccountId, entity: &str, currency: Currency) -> Self {
        Self {
            tenant_id,
            id,
            account_id,
            entity: entity.to_owned(),
            currency,
            open_minor: 0,
            disputed_minor: 0,
            orders_minor: 0,
            unallocated_minor: 0,
            credit_notes_minor: 0,
            lifetime_paid_minor: 0,
            settled_minor: 0,
            on_time_minor: 0,
            settled_count: 0,
            late_days: 0,
            shipped_minor: 0,
            deposits_minor: 0,
        }
    }
}
