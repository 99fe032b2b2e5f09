//! What outsiders see of stops of supply.

use crate::credit::rules::supply::Stop;
use crate::doors::store::{Read, failed};
use crate::engine::Engine;
use crate::hold::basis::{SupplyBasis, SupplyLevel, supply_bases};
use crate::hold::rows::{StopEvidence, hold, supply_stop};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, HoldId, NoticeId, OrderId, SupplyStopId, TaskId};
use crate::words::page::{Order, Page, PageOf};
use crate::words::text::Bilingual;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// A stop of supply: the law it stands on, its evidence, and the notice that told the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SupplyStopView {
    /// Its id.
    pub id: SupplyStopId,
    /// The account.
    pub account_id: AccountId,
    /// The order; `null` when the whole account is stopped.
    pub order_id: Option<OrderId>,
    /// How much it keeps back.
    pub level: SupplyLevel,
    /// The key items it names.
    pub items: Vec<String>,
    /// The groups of key items it names.
    pub groups: Vec<String>,
    /// The legal basis, by its name.
    pub basis: String,
    /// What the basis is cited as.
    pub article: Bilingual,
    /// The ground, where the basis knows some.
    pub ground: Option<Bilingual>,
    /// The clause of the contract, where that is the basis.
    pub clause: Option<String>,
    /// What proves the ground.
    pub evidence: Vec<StopEvidence>,
    /// Why, in the words of whoever stopped it.
    pub reason: String,
    /// What every order it holds is told.
    pub text: Bilingual,
    /// `active`, `lifted` or `expired`: the state of its hold.
    pub state: String,
    /// Its hold.
    pub hold_id: HoldId,
    /// The notice that was made with it.
    pub notice_id: NoticeId,
    /// The task that watches its deadline.
    pub task_id: TaskId,
    /// The day by which the customer was asked to pay or to give security.
    pub answer_by: NaiveDate,
    /// The day it was placed.
    pub stopped_on: NaiveDate,
    /// Who placed it.
    pub author: String,
    /// Who said yes; `null` where the operator acted alone.
    pub second_person: Option<String>,
    /// The day it ended.
    pub lifted_on: Option<NaiveDate>,
    /// Who ended it.
    pub lifted_by: Option<String>,
    /// Why it ended.
    pub lift_reason: Option<String>,
    /// When it was placed.
    pub created_at: DateTime<Utc>,
}

pub(super) fn view(row: &supply_stop::Model, hold: Option<&hold::Model>) -> SupplyStopView {
    SupplyStopView {
        id: row.id,
        account_id: row.account_id,
        order_id: row.order_id,
        level: row.level,
        items: row.scope.0.items.clone(),
        groups: row.scope.0.groups.clone(),
        basis: row.basis.clone(),
        article: row.law.0.article.clone(),
        ground: row.law.0.ground.clone(),
        clause: row.law.0.clause.clone(),
        evidence: row.evidence.0.clone(),
        reason: row.reason.clone(),
        text: Stop::from(row).text(),
        state: hold.map_or("lifted", |hold| hold.state.as_str()).to_owned(),
        hold_id: row.hold_id,
        notice_id: row.notice_id,
        task_id: row.task_id,
        answer_by: row.answer_by,
        stopped_on: row.stopped_on,
        author: row.author.clone(),
        second_person: row.second_person.clone(),
        lifted_on: hold.and_then(|hold| hold.lifted_on),
        lifted_by: hold.and_then(|hold| hold.lifted_by.clone()),
        lift_reason: hold.and_then(|hold| hold.lift_reason.clone()),
        created_at: row.created_at,
    }
}

pub(super) async fn stop_row(read: &Read, id: SupplyStopId) -> Result<supply_stop::Model> {
    let row = supply_stop::find(read.tenant()).filter(supply_stop::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such stop of supply"))
}

/// The account a stop belongs to; `not_found` when there is no such stop.
pub async fn supply_stop_account(read: &Read, id: SupplyStopId) -> Result<AccountId> {
    stop_row(read, id).await.map(|row| row.account_id)
}

/// A stop; `not_found` when there is none.
pub async fn supply_stop(read: &Read, id: SupplyStopId) -> Result<SupplyStopView> {
    let rows = views(read, &[stop_row(read, id).await?]).await?;
    rows.into_iter().next().ok_or_else(|| Error::internal("one row has one view"))
}

/// Which stops are wanted.
#[derive(Clone, Debug, Default)]
pub struct SupplyStopFilter {
    /// Of this account, its orders included.
    pub account: Option<AccountId>,
    /// Of this order alone.
    pub order: Option<OrderId>,
    /// In this state.
    pub state: Option<String>,
}

/// Stops in the order they were placed.
pub async fn list_supply_stops(read: &Read, filter: &SupplyStopFilter, page: &PageOf) -> Result<Page<SupplyStopView>> {
    use supply_stop::Column as C;
    let mut query = supply_stop::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
    query = filter.order.into_iter().fold(query, |query, order| query.filter(C::OrderId.eq(order)));
    if let Some(state) = &filter.state {
        let holds = hold::find(read.tenant()).select_only().column(hold::Column::Id).filter(hold::Column::State.eq(state));
        query = query.filter(C::HoldId.in_subquery(holds.into_query()));
    }
    let rows = read.page(query, C::Id, Order::OldestFirst, page).await?;
    Ok(Page { data: views(read, &rows.data).await?, next: rows.next, total: rows.total })
}

async fn views(read: &Read, rows: &[supply_stop::Model]) -> Result<Vec<SupplyStopView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let holds = hold::find(read.tenant()).filter(read.among(hold::Column::Id, rows.iter().map(|row| row.hold_id)));
    let holds = holds.all(read.db()).await.map_err(failed)?;
    let holds: HashMap<HoldId, hold::Model> = holds.into_iter().map(|row| (row.id, row)).collect();
    Ok(rows.iter().map(|row| view(row, holds.get(&row.hold_id))).collect())
}

/// The legal bases that are in force on the tenant's business day.
pub async fn supply_bases_today(engine: &Engine, who: &Caller) -> Result<Vec<SupplyBasis>> {
    let today = engine.ground(who.tenant).await?.stamp(engine.clock()).today;
    Ok(supply_bases()?.into_iter().filter(|row| row.is_in_force(today)).collect())
}
