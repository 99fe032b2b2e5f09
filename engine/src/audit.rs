//! The journal as auditors read it: who did what to what, when, and by which decision.

use crate::doors::journal::journal;
use crate::doors::store::Read;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, DecisionId, EventId, to_text};
use crate::words::page::{Order, Page, PageOf};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a line of the journal is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalSubject {
    /// Kind of thing: `order`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JournalView {
    /// Its id.
    pub id: EventId,
    /// What happened, noun and participle: `order.held`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The business day it counts for.
    pub effective_on: NaiveDate,
    /// Who did it; where it needed two persons, who asked for it.
    pub actor: String,
    /// The second person, who said yes.
    pub approved_by: Option<String>,
    /// In which request.
    pub request_id: String,
    /// The account it concerns.
    pub account_id: Option<AccountId>,
    /// The account's version after it.
    pub account_version: Option<i64>,
    /// What it happened to.
    pub subject: JournalSubject,
    /// The decision behind it.
    pub decision_id: Option<DecisionId>,
    /// What is worth saying about it.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}

fn view(row: journal::Model) -> Result<JournalView> {
    Ok(JournalView {
        id: row.id,
        kind: row.kind,
        at: row.at,
        effective_on: row.effective_on,
        actor: row.actor,
        approved_by: row.approved_by,
        request_id: row.request_id,
        account_id: row.account_id,
        account_version: row.account_version,
        subject: JournalSubject { id: to_text(prefix(&row.subject), row.subject_id), kind: row.subject },
        decision_id: row.decision_id,
        data: serde_json::from_str(&row.body).map_err(Error::internal)?,
    })
}

/// The prefix of the ids of a kind of thing.
fn prefix(subject: &str) -> &'static str {
    use crate::words::id;
    match subject {
        "account" => id::AccountId::PREFIX,
        "contact" => id::ContactId::PREFIX,
        "invoice" => id::InvoiceId::PREFIX,
        "instalment" => id::InstalmentId::PREFIX,
        "payment" => id::PaymentId::PREFIX,
        "allocation" => id::AllocationId::PREFIX,
        "credit_note" => id::CreditNoteId::PREFIX,
        "credit_limit" => id::CreditLimitId::PREFIX,
        "credit_group" => id::CreditGroupId::PREFIX,
        "security" => id::SecurityId::PREFIX,
        "signal" => id::SignalId::PREFIX,
        "exchange_rate" => id::ExchangeRateId::PREFIX,
        "order" => id::OrderId::PREFIX,
        "hold" => id::HoldId::PREFIX,
        "case" => id::CaseId::PREFIX,
        "task" => id::TaskId::PREFIX,
        "notice" => id::NoticeId::PREFIX,
        "offer" => id::OfferId::PREFIX,
        "handoff" => id::HandoffId::PREFIX,
        "policy" => id::PolicyId::PREFIX,
        "plugin" => id::PluginId::PREFIX,
        "run" => id::RunId::PREFIX,
        "import" => id::ImportId::PREFIX,
        "approval" => id::ApprovalId::PREFIX,
        "decision" => id::DecisionId::PREFIX,
        _ => id::RowId::PREFIX,
    }
}

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub struct JournalFilter {
    /// About this account.
    pub account: Option<AccountId>,
    /// Of this type, `order.held`, or of a whole noun, `order.*`.
    pub kind: Option<String>,
    /// By this actor.
    pub actor: Option<String>,
    /// About this thing.
    pub subject: Option<Uuid>,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Up to this moment.
    pub to: Option<DateTime<Utc>>,
}

/// Lines of the journal, the newest first.
pub async fn list_journal(read: &Read, filter: &JournalFilter, page: &PageOf) -> Result<Page<JournalView>> {
    let mut query = journal::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(journal::Column::AccountId.eq(account)));
    query = filter.kind.iter().fold(query, |query, kind| match kind.strip_suffix('*') {
        Some(noun) => query.filter(journal::Column::Kind.starts_with(noun)),
        None => query.filter(journal::Column::Kind.eq(kind)),
    });
    query = filter.actor.iter().fold(query, |query, actor| query.filter(journal::Column::Actor.eq(actor)));
    query = filter.subject.into_iter().fold(query, |query, subject| query.filter(journal::Column::SubjectId.eq(subject)));
    query = filter.from.into_iter().fold(query, |query, at| query.filter(journal::Column::At.gte(at)));
    query = filter.to.into_iter().fold(query, |query, at| query.filter(journal::Column::At.lte(at)));
    let rows = read.page(query, journal::Column::Id, Order::NewestFirst, page).await?;
    let data: Result<Vec<JournalView>> = rows.data.into_iter().map(view).collect();
    Ok(Page { data: data?, next: rows.next, total: rows.total })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bed;

    #[tokio::test]
    async fn the_journal_is_read_by_page_type_thing_and_actor() {
        let bed = Bed::open().await;
        let account = bed.limited("C-1", "CNY 100.00").await;
        bed.limit(account, None, "2025-04-01", None).await.unwrap();
        let order = bed.place(account, "SO-1", "CNY 1.00").await;
        let read = bed.engine.read(&bed.who);
        let limits = JournalFilter { kind: Some("credit_limit.*".into()), account: Some(account), ..JournalFilter::default() };
        let first = list_journal(&read, &limits, &PageOf::first(1)).await.unwrap();
        assert_eq!((first.data[0].kind.as_str(), first.data[0].data["reason"].as_str()), ("credit_limit.set", Some("yearly review")));
        let rest = list_journal(&read, &limits, &PageOf { after: first.next, ..PageOf::first(1) }).await.unwrap();
        assert_eq!((rest.data.len(), rest.next), (1, None));
        assert_ne!(rest.data[0].id, first.data[0].id);
        let of_order = JournalFilter { subject: Some(order.id.0), actor: Some("cli_test".into()), ..JournalFilter::default() };
        let lines = list_journal(&read, &of_order, &PageOf::first(9)).await.unwrap();
        let line = &lines.data[0];
        assert_eq!(
            (line.kind.as_str(), &line.subject.id, line.decision_id),
            ("order.approved", &order.id.to_string(), Some(order.decision_id))
        );
        assert_eq!((lines.data.len(), line.account_version), (1, Some(4)));
    }
}
