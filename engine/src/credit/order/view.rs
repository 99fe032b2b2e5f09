//! What outsiders see of an order: where it stands, and what its last check answered.

use super::line::OrderLineView;
use super::load::Check;
use super::standing::OrderStanding;
use crate::account::rows::account;
use crate::credit::rules::OrderDecision;
use crate::credit::rules::exposure::Parts;
use crate::credit::rules::hold_rule::Passed;
use crate::credit::rules::limits::TestedLimit;
use crate::credit::rules::release::PayToRelease;
use crate::credit::rules::settle::Settled;
use crate::doors::store::{Read, failed};
use crate::exchange::rules::Conversion;
use crate::hold::rows::hold;
use crate::order::OrderState;
use crate::order::rows::sales_order;
use crate::order::rules::Progress;
use crate::words::checkpoint::Checkpoint;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::facts::Reason;
use crate::words::id::{AccountId, DecisionId, OrderId};
use crate::words::money::{Currency, Money};
use crate::words::page::{Order, Page, PageOf};
use crate::words::role::Role;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a check answered, as it is kept with the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) reasons: Vec<Reason>,
    pub(super) exposure: Money,
    pub(super) available: Option<Money>,
    pub(super) pay_to_release: Option<PayToRelease>,
    pub(super) releasable_amount: Money,
    #[serde(default)]
    pub(super) parts: Option<Parts>,
    pub(super) checkpoint: Checkpoint,
    /// Hold rules the order has passed, for its later checks.
    #[serde(default)]
    pub(super) passed: Vec<Passed>,
    pub(super) limits: Vec<TestedLimit>,
    #[serde(default)]
    pub(super) workings: Vec<Conversion>,
    /// Orders of the first engine have none.
    #[serde(default)]
    pub(super) standing: Option<OrderStanding>,
    /// The least role that may release what waits alone.
    #[serde(default)]
    pub(super) release_role: Option<Role>,
}

impl Answer {
    pub(super) fn of(check: &Check, settled: &Settled) -> Self {
        let core = &check.core;
        Self {
            reasons: settled.reasons(),
            exposure: check.core.exposure,
            available: check.core.available,
            pay_to_release: settled.pay_to_release.clone(),
            releasable_amount: settled.releasable,
            parts: Some(check.parts),
            checkpoint: check.order.checkpoint,
            passed: core.passed.clone(),
            limits: core.limits.clone(),
            workings: core.workings.clone(),
            standing: Some(check.stands.told.clone()),
            release_role: None,
        }
    }

    /// The stored answer of an order that time has ended: its figures stand, and nothing may ship for this reason.
    pub(super) fn ended(stored: serde_json::Value, reason: Reason, currency: Currency) -> Result<serde_json::Value> {
        let answer: Self = serde_json::from_value(stored).map_err(Error::internal)?;
        let ended = Self { reasons: vec![reason], pay_to_release: None, releasable_amount: Money::zero(currency), ..answer };
        serde_json::to_value(ended).map_err(Error::internal)
    }
}

/// An order with the answer of its last check. A held order is an answer, not an error (contract choice 12).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderView {
    /// Its id.
    pub id: OrderId,
    /// Its number in the ERP.
    pub external_id: String,
    /// The account.
    pub account_id: AccountId,
    /// The legal entity of ours.
    pub entity: String,
    /// Its value.
    pub amount: Money,
    /// Where it stands.
    pub state: OrderState,
    /// What the last check answered.
    pub decision: OrderDecision,
    /// The step of its life at which that check was.
    pub checkpoint: Checkpoint,
    /// Why it does not simply ship, each reason naming its source.
    pub reasons: Vec<Reason>,
    /// What the account stood at in that check, this order not counted.
    pub exposure: Money,
    /// What the tightest limit leaves, disputed money left out; `null` where there is nothing to compare with.
    pub available: Option<Money>,
    /// Every limit it was tested against: the account's own and those of its groups.
    #[schema(max_items = 4)]
    pub limits: Vec<TestedLimit>,
    /// How amounts in other currencies were converted.
    #[schema(max_items = 200)]
    pub conversions: Vec<Conversion>,
    /// The smallest payment that frees the order; `null` when no payment can (decision 50).
    pub pay_to_release: Option<PayToRelease>,
    /// How much of it could ship: whole lines where it has lines.
    pub releasable_amount: Money,
    /// What that exposure is made of; `null` for an order that was checked before its parts were kept.
    pub parts: Option<Parts>,
    /// How the account stood in that check, and how it would stand with this order shipped; `null` for orders checked before it was told.
    pub standing: Option<OrderStanding>,
    /// What it reserves of the limit, less its deposit.
    pub reserved: Money,
    /// What may ship in all, by its approval or a release; what has shipped is part of it.
    pub approved: Money,
    /// What waits for another answer: it is held or back-ordered.
    pub back_ordered: Money,
    /// What a person let ship against the answer.
    pub released: Money,
    /// What has shipped.
    pub shipped: Money,
    /// What of it is on invoices.
    pub invoiced: Money,
    /// Cash on it that has not moved to an invoice: it needs no credit (decision 24).
    pub deposit: Money,
    /// The last day it may ship by its approval or release; without end when `null`.
    pub valid_until: Option<NaiveDate>,
    /// The decision record of the last check.
    pub decision_id: DecisionId,
    /// Its contract, as the ERP calls it.
    pub contract_external_id: Option<String>,
    /// Its delivery batch.
    pub batch_no: Option<i64>,
    /// The day it wants to ship.
    pub ship_on: Option<NaiveDate>,
    /// May part of it be released?
    pub partial_ok: bool,
    /// Days to pay after the invoice; `null` when the order does not say.
    pub terms_days: Option<i64>,
    /// Its lines; empty when it was placed without.
    pub lines: Vec<OrderLineView>,
    /// Why it was cancelled or rejected, in the words of whoever did it.
    pub closed_reason: Option<String>,
    /// The business day it was placed.
    pub placed_on: NaiveDate,
    /// The day from which it, or part of it, waits to be let go; `null` when nothing waits.
    pub waiting_since: Option<NaiveDate>,
    /// The least role that may release what waits of it alone, by the tenant's authority; `null` when nothing waits, or it takes two persons.
    pub release_role: Option<Role>,
    /// The last day on which a higher role was called because it has waited too long.
    pub escalated_on: Option<NaiveDate>,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was placed.
    pub created_at: DateTime<Utc>,
}

/// What the last check answered.
pub(super) fn answer(row: &sales_order::Model) -> Result<Answer> {
    serde_json::from_value(row.answer.0.clone()).map_err(Error::internal)
}

/// The order as outsiders read it. Fails only on a row that another program wrote.
pub(in crate::credit) fn view(row: &sales_order::Model) -> Result<OrderView> {
    let answer = answer(row)?;
    let money = |minor| Money::new(minor, row.currency);
    let progress = Progress::from(row);
    let back_ordered = if progress.is_closed() { 0 } else { progress.waiting() - progress.ready() };
    Ok(OrderView {
        id: row.id,
        external_id: row.external_id.clone(),
        account_id: row.account_id,
        entity: row.entity.clone(),
        amount: money(row.amount_minor),
        state: row.state,
        decision: row.decision.parse()?,
        checkpoint: answer.checkpoint,
        reasons: answer.reasons,
        exposure: answer.exposure,
        available: answer.available,
        limits: answer.limits,
        conversions: answer.workings,
        pay_to_release: answer.pay_to_release,
        releasable_amount: answer.releasable_amount,
        parts: answer.parts,
        standing: answer.standing,
        reserved: money(row.reserved_minor),
        approved: money(row.approved_minor),
        back_ordered: money(back_ordered),
        released: money(row.released_minor),
        shipped: money(row.shipped_minor),
        invoiced: money(row.invoiced_minor),
        deposit: money(row.deposit_minor),
        valid_until: row.valid_until,
        decision_id: row.decision_id,
        contract_external_id: row.contract_external_id.clone(),
        batch_no: row.batch_no,
        ship_on: row.ship_on,
        partial_ok: row.is_partial_ok,
        terms_days: row.terms_days,
        lines: row.lines.0.iter().map(OrderLineView::from).collect(),
        closed_reason: row.closed_reason.clone(),
        placed_on: row.placed_on,
        waiting_since: row.held_since.filter(|_| row.state.is_waiting()),
        release_role: answer.release_role.filter(|_| row.state.is_waiting()),
        escalated_on: row.escalated_on.filter(|_| row.state.is_waiting()),
        version: row.version,
        created_at: row.created_at,
    })
}

/// The row of an order; `not_found` when there is none.
pub(super) async fn row(read: &Read, id: OrderId) -> Result<sales_order::Model> {
    let row = sales_order::find(read.tenant()).filter(sales_order::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such order"))
}

/// An order; `not_found` when there is none.
pub async fn order_view(read: &Read, id: OrderId) -> Result<OrderView> {
    view(&row(read, id).await?)
}

/// The order with this number in the ERP.
pub async fn find_order(read: &Read, external_id: &str) -> Result<Option<OrderView>> {
    let query = sales_order::find(read.tenant()).filter(sales_order::Column::ExternalId.eq(external_id));
    query.one(read.db()).await.map_err(failed)?.as_ref().map(view).transpose()
}

/// The account an order belongs to; `not_found` when there is no such order.
pub async fn order_account(read: &Read, id: OrderId) -> Result<AccountId> {
    let query = sales_order::find(read.tenant()).select_only().column(sales_order::Column::AccountId);
    let found: Option<AccountId> = query.filter(sales_order::Column::Id.eq(id)).into_tuple().one(read.db()).await.map_err(failed)?;
    found.ok_or_else(|| Error::new(Code::NotFound, "there is no such order"))
}

/// Which orders are wanted.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of the account with this number in the ERP.
    pub account_external_id: Option<String>,
    /// With this number in the ERP.
    pub external_id: Option<String>,
    /// In one of these states; any when empty.
    pub states: Vec<OrderState>,
    /// Held for this reason now.
    pub code: Option<String>,
    /// Worth at least so much, in that currency.
    pub amount_min: Option<Money>,
}

/// Orders in the order they were placed: of those that are held, the queue of a credit desk.
pub async fn list_orders(read: &Read, filter: &OrderFilter, page: &PageOf) -> Result<Page<OrderView>> {
    let mut query = sales_order::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(sales_order::Column::AccountId.eq(account)));
    if let Some(number) = &filter.account_external_id {
        let of = account::find(read.tenant()).select_only().column(account::Column::Id).filter(account::Column::ExternalId.eq(number));
        query = query.filter(sales_order::Column::AccountId.in_subquery(of.into_query()));
    }
    query = filter.external_id.iter().fold(query, |query, number| query.filter(sales_order::Column::ExternalId.eq(number)));
    if !filter.states.is_empty() {
        query = query.filter(sales_order::Column::State.is_in(filter.states.iter().copied()));
    }
    if let Some(code) = &filter.code {
        let held = hold::find(read.tenant()).select_only().column(hold::Column::OrderId).filter(hold::Column::State.eq("active"));
        let held = held.filter(hold::Column::Code.eq(code)).filter(hold::Column::OrderId.is_not_null());
        query = query.filter(sales_order::Column::Id.in_subquery(held.into_query()));
    }
    if let Some(least) = filter.amount_min {
        query =
            query.filter(sales_order::Column::Currency.eq(least.currency())).filter(sales_order::Column::AmountMinor.gte(least.minor()));
    }
    let rows = read.page(query, sales_order::Column::Id, Order::OldestFirst, page).await?;
    let data: Result<Vec<OrderView>> = rows.data.iter().map(view).collect();
    Ok(Page { data: data?, next: rows.next, total: rows.total })
}
