//! Stops of supply in force, read only where a hold says that there are some.

use crate::case::rows::task;
use crate::credit::rules::supply::{Stop, is_stop};
use crate::doors::store::{Read, failed};
use crate::hold::rows::{hold, supply_stop};
use crate::words::error::Result;
use crate::words::id::{AccountId, HoldId, OrderId};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait};

impl From<&supply_stop::Model> for Stop {
    fn from(row: &supply_stop::Model) -> Self {
        Self {
            hold: row.hold_id,
            is_of_order: row.order_id.is_some(),
            level: row.level,
            scope: row.scope.0.clone(),
            law: row.law.0.clone(),
            stopped_on: row.stopped_on,
        }
    }
}

/// The stops among these holds that concern an order. What a stop of an account left on one of its orders is no stop by itself.
pub(in crate::credit) async fn stops_among(read: &Read, holds: &[hold::Model], order: Option<OrderId>) -> Result<Vec<Stop>> {
    let concerns = |hold: &&hold::Model| is_stop(&hold.code) && (hold.order_id.is_none() || hold.order_id == order);
    let ids: Vec<HoldId> = holds.iter().filter(concerns).map(|hold| hold.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = supply_stop::find(read.tenant()).filter(read.among(supply_stop::Column::HoldId, ids));
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(Stop::from).collect())
}

/// The stops in force that concern an order of this account: what a shipment meets.
pub(in crate::credit) async fn stops_of(read: &Read, account: AccountId, order: OrderId) -> Result<Vec<Stop>> {
    use hold::Column as C;
    let concerns = Condition::any().add(C::OrderId.is_null()).add(C::OrderId.eq(order));
    let query = hold::find(read.tenant()).filter(C::AccountId.eq(account)).filter(C::State.eq("active")).filter(concerns);
    stops_among(read, &query.all(read.db()).await.map_err(failed)?, Some(order)).await
}

/// The open tasks that watch the deadlines of stops, by the stops' holds.
pub(in crate::credit) async fn deadlines_of(read: &Read, holds: Vec<HoldId>) -> Result<Vec<task::Model>> {
    if holds.is_empty() {
        return Ok(Vec::new());
    }
    let stops = supply_stop::find(read.tenant())
        .select_only()
        .column(supply_stop::Column::TaskId)
        .filter(read.among(supply_stop::Column::HoldId, holds))
        .into_query();
    let query = task::find(read.tenant()).filter(task::Column::State.eq("open")).filter(task::Column::Id.in_subquery(stops));
    query.all(read.db()).await.map_err(failed)
}

/// The task of a deadline that nobody has to watch any more.
pub(in crate::credit) fn without_deadline(task: &task::Model) -> task::Model {
    task::Model { state: "cancelled".to_owned(), outcome: Some("supply_resumed".to_owned()), version: task.version + 1, ..task.clone() }
}
