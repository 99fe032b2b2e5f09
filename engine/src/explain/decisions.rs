//! Decision records as people read them: listed, shown with their facts, explained.

use super::{Explanation, Release, Subject, Told, explain};
use crate::account::rows::account;
use crate::doors::decision::{Record, decision, decision_facts, holds_member, unpack};
use crate::doors::store::{Read, failed};
use crate::order::rows::sales_order;
use crate::words::action::{ActionFacts, ActionSubject};
use crate::words::asked::Hook;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{
    AccountId, CaseId, CreditLimitId, CreditReviewId, DecisionId, GradeRunId, HoldId, InstalmentId, InvoiceId, OfferId, OrderId, PaymentId,
    PolicyId, SecurityId, SignalId, to_text,
};
use crate::words::page::{Order, Page, PageOf};
use crate::words::question_facts::QuestionFacts;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A decision: what it was about, on which ground it was made, who said what, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DecisionView {
    /// Its id.
    pub id: DecisionId,
    /// The account; null where an action about none was called.
    pub account_id: Option<AccountId>,
    /// What was decided about: `order`, `hold`, `action`, or a review of the account.
    pub cause: String,
    /// The id of that thing; of an action about no account, that of the decision itself.
    pub cause_id: String,
    /// The business day it was made for.
    pub effective_on: NaiveDate,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Who asked.
    pub actor: String,
    /// In which request.
    pub request_id: String,
    /// How many attempts it took; more than one where others were faster.
    pub attempts: i64,
    /// The revision of the tenant's rules it stands on.
    pub revision: i64,
    /// The policy version it stands on.
    pub policy_id: PolicyId,
    /// What was decided.
    pub outcome: String,
    /// The core verdict, reasons, calls of plugins, what was applied and what was dropped.
    #[schema(value_type = Object)]
    pub record: Record,
}

impl From<decision::Model> for DecisionView {
    fn from(row: decision::Model) -> Self {
        let prefix = match row.cause.as_str() {
            "order" | "order_release" => OrderId::PREFIX,
            "hold" | "hold_release" => HoldId::PREFIX,
            "invoice" => InvoiceId::PREFIX,
            "instalment" => InstalmentId::PREFIX,
            "payment" => PaymentId::PREFIX,
            "case" => CaseId::PREFIX,
            "offer" => OfferId::PREFIX,
            "signal" => SignalId::PREFIX,
            "credit_limit" | "group_limit" => CreditLimitId::PREFIX,
            "security" => SecurityId::PREFIX,
            "credit_review" => CreditReviewId::PREFIX,
            "grade_run" => GradeRunId::PREFIX,
            "action" => called(&row.record.0).map_or(AccountId::PREFIX, |call| match call.subject.kind() {
                ActionSubject::Account => AccountId::PREFIX,
                ActionSubject::Case => CaseId::PREFIX,
                ActionSubject::Order => OrderId::PREFIX,
                ActionSubject::Invoice => InvoiceId::PREFIX,
                ActionSubject::None => DecisionId::PREFIX,
            }),
            _ if row.account_id.is_some_and(|account| row.cause_id == account.0) => AccountId::PREFIX,
            _ => crate::words::id::RowId::PREFIX,
        };
        Self {
            id: row.id,
            account_id: row.account_id,
            cause_id: to_text(prefix, row.cause_id),
            cause: row.cause,
            effective_on: row.effective_on,
            at: row.at,
            actor: row.actor,
            request_id: row.request_id,
            attempts: row.attempts,
            revision: row.revision,
            policy_id: row.policy_id,
            outcome: row.outcome,
            record: row.record.0,
        }
    }
}

/// The call of an action that a record is of.
fn called(record: &Record) -> Option<&ActionFacts> {
    record.calls.iter().find_map(|call| call.about.action())
}

async fn row(read: &Read, id: DecisionId) -> Result<decision::Model> {
    let row = decision::find(read.tenant()).filter(decision::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such decision"))
}

/// A decision; `not_found` when there is none.
pub async fn decision(read: &Read, id: DecisionId) -> Result<DecisionView> {
    row(read, id).await.map(DecisionView::from)
}

/// The facts a decision was made on; `not_found` where there is no such decision or its facts were not kept.
pub async fn decision_facts(read: &Read, id: DecisionId) -> Result<QuestionFacts> {
    let head = row(read, id).await?;
    let page =
        decision_facts::find(read.tenant()).filter(decision_facts::Column::Id.eq(head.facts_id)).one(read.db()).await.map_err(failed)?;
    let page = page.ok_or_else(|| Error::new(Code::NotFound, "the facts of this decision are not kept"))?;
    unpack(&head, &page.body)
}

/// Why was this decided? In Chinese for `zh…`, in English for every other language.
pub async fn explain_decision(read: &Read, id: DecisionId, language: &str) -> Result<Explanation> {
    let head = row(read, id).await?;
    let name = name_of(read, &head).await?;
    let action = called(&head.record.0).map(|call| call.name.as_str());
    let subject = match head.cause.as_str() {
        "order" => Subject::Order(&name),
        "order_release" => Subject::OrderRelease(&name),
        "hold" => Subject::Hold(&name),
        "action" if head.account_id.is_none() => Subject::ActionWithoutAccount(action.unwrap_or_default()),
        "action" => Subject::Action(action.unwrap_or_default(), &name),
        "hold_release" => Subject::HoldRelease(&name),
        "invoice" | "instalment" | "payment" | "case" | "offer" | "signal" => Subject::Event(&name),
        "credit_limit" | "group_limit" | "security" => Subject::Limit(&name),
        _ => Subject::Account(&name),
    };
    let record = &head.record.0;
    let release = record.to_release.as_ref().map_or_else(Release::default, |ways| Release {
        pay: ways.pay,
        role: ways.role.as_deref(),
        expires_on: ways.expires_on,
    });
    Ok(explain(&Told::of(subject, &head.outcome, record, release), language))
}

/// What people call the order or the account a decision is about; empty where it is about none.
async fn name_of(read: &Read, head: &decision::Model) -> Result<String> {
    let name = if matches!(head.cause.as_str(), "order" | "order_release") {
        let order = sales_order::find(read.tenant()).select_only().column(sales_order::Column::ExternalId);
        order.filter(sales_order::Column::Id.eq(OrderId(head.cause_id))).into_tuple().one(read.db()).await.map_err(failed)?
    } else {
        let Some(id) = head.account_id else { return Ok(String::new()) };
        let account = account::find(read.tenant()).select_only().column(account::Column::ExternalId);
        account.filter(account::Column::Id.eq(id)).into_tuple().one(read.db()).await.map_err(failed)?
    };
    name.ok_or_else(|| Error::internal("a decision is about something that is not there"))
}

/// Which decisions are wanted.
#[derive(Clone, Debug, Default)]
pub struct DecisionFilter {
    /// About this account.
    pub account: Option<AccountId>,
    /// In which plugins were asked this.
    pub hook: Option<Hook>,
    /// In which this plugin was asked.
    pub plugin: Option<String>,
    /// With a reason or vote of this code.
    pub code: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Made for this day or later.
    pub from: Option<NaiveDate>,
    /// Made for this day or earlier.
    pub to: Option<NaiveDate>,
}

/// Decisions, the newest first.
pub async fn list_decisions(read: &Read, filter: &DecisionFilter, page: &PageOf) -> Result<Page<DecisionView>> {
    let mut query = decision::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(decision::Column::AccountId.eq(account)));
    query = filter.outcome.iter().fold(query, |query, outcome| query.filter(decision::Column::Outcome.eq(outcome)));
    query = filter.from.into_iter().fold(query, |query, day| query.filter(decision::Column::EffectiveOn.gte(day)));
    query = filter.to.into_iter().fold(query, |query, day| query.filter(decision::Column::EffectiveOn.lte(day)));
    let hook = filter.hook.map(|hook| ("hook", hook.as_str().to_owned()));
    let plugin = filter.plugin.clone().map(|plugin| ("plugin", plugin));
    let code = filter.code.clone().map(|code| ("code", code));
    for (member, value) in hook.into_iter().chain(plugin).chain(code) {
        query = query.filter(decision::Column::Record.like(holds_member(member, &value)?));
    }
    Ok(read.page(query, decision::Column::Id, Order::NewestFirst, page).await?.map(DecisionView::from))
}

#[cfg(test)]
#[path = "decisions_tests.rs"]
mod tests;
