//! Tasks that come and go with orders: the call for money on the day an order is asked for, and the escalation of one that waits.

use super::load::Check;
use crate::account::claimed;
use crate::account::rows::{account, balance};
use crate::case::rows::task;
use crate::command::{Attempt, Command, Decided};
use crate::credit::rules::collect::{CallForMoney, call_for_money};
use crate::credit::rules::settle::Settled;
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::order::rows::sales_order;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, OrderId, TaskId};
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::HashMap;

/// The kind of task that asks for money on the day an order is asked for.
const COLLECT_NOW: &str = "collect_now";
/// The kind of task that calls a higher role to an order that has waited too long.
pub(super) const HELD_ORDER: &str = "held_order";

impl Check {
    /// Raises the call for money, unless one is open: in the same change as the order.
    pub(super) fn call(&self, changes: Changes, settled: &Settled, attempt: &Attempt) -> Result<Changes> {
        // A case that is paused or in other hands is not ours to drive.
        let is_ours = self.case.as_ref().is_none_or(|(_, state)| state == "active");
        if self.before.is_some() || self.calls > 0 || !is_ours {
            return Ok(changes);
        }
        let when = attempt.ground.settings.collect_now;
        let call = call_for_money(when, &self.gathered.facts, &self.order.external_id, settled.decision, settled.pay_to_release.as_ref())?;
        let Some(call) = call else { return Ok(changes) };
        let row = self.task_of(&call, attempt);
        Ok(changes.add(&row).tell(created(&row, attempt)))
    }

    fn task_of(&self, call: &CallForMoney, attempt: &Attempt) -> task::Model {
        let details = serde_json::json!({
            "order_id": self.order.id, "order_external_id": self.order.external_id, "pay_to_release": call.pay_to_release,
            "overdue": call.overdue, "open": call.open, "text": call.text,
        });
        let case = self.case.as_ref().map(|(case, _)| *case);
        task::Model {
            case_id: case,
            activity: "call".to_owned(),
            ..blank(self.gathered.account.id, COLLECT_NOW, "collector", details, attempt)
        }
    }
}

/// A task of the core's own, for today.
pub(in crate::credit) fn blank(account: AccountId, kind: &str, role: &str, details: serde_json::Value, attempt: &Attempt) -> task::Model {
    let stamp = &attempt.stamp;
    task::Model {
        tenant_id: attempt.who.tenant,
        id: TaskId(stamp.id()),
        account_id: account,
        case_id: None,
        kind: kind.to_owned(),
        activity: "internal".to_owned(),
        role: role.to_owned(),
        step: None,
        effective_on: stamp.today,
        due_on: stamp.today,
        state: "open".to_owned(),
        source: "core".to_owned(),
        details: Payload(details),
        created_on: stamp.today,
        done_on: None,
        done_by: None,
        outcome: None,
        version: 1,
        contact_id: None,
        created_at: stamp.at,
    }
}

/// The journal's line for a new task.
pub(in crate::credit) fn created(row: &task::Model, attempt: &Attempt) -> Entry {
    let body = serde_json::json!({ "tasks": [{ "id": row.id, "kind": row.kind, "role": row.role }] });
    Entry { kind: "task.created", subject: "task", subject_id: row.id.0, effective_on: attempt.stamp.today, decision: None, body }
}

/// Ends the tasks of an account whose reason is gone: the call for money once nothing is left to ask for, the call of a higher role once
/// its order waits no more.
pub(super) struct TidyCalls {
    /// The account.
    pub(super) account: AccountId,
}

/// What ending tasks looks at.
pub(super) struct CallsNow {
    account: account::Model,
    balances: Vec<balance::Model>,
    open: Vec<task::Model>,
    orders: HashMap<OrderId, sales_order::Model>,
}

impl Command for TidyCalls {
    type Facts = CallsNow;
    type Done = u64;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<CallsNow> {
        let tenant = read.tenant();
        let account = account::find(tenant).filter(account::Column::Id.eq(self.account)).one(read.db()).await.map_err(failed)?;
        let account = account.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let open = task::find(tenant).filter(task::Column::AccountId.eq(self.account)).filter(task::Column::State.eq("open"));
        let open = open.filter(task::Column::Kind.is_in([COLLECT_NOW, HELD_ORDER])).all(read.db()).await.map_err(failed)?;
        let (mut balances, mut orders) = (Vec::new(), Vec::new());
        if !open.is_empty() {
            let of_account = balance::find(tenant).filter(balance::Column::AccountId.eq(self.account));
            balances = of_account.all(read.db()).await.map_err(failed)?;
            let named = sales_order::find(tenant).filter(read.among(sales_order::Column::Id, open.iter().filter_map(order_of)));
            orders = named.all(read.db()).await.map_err(failed)?;
        }
        Ok(CallsNow { account, balances, open, orders: orders.into_iter().map(|row| (row.id, row)).collect() })
    }

    fn decide(&self, now: &CallsNow, _: &Asked, attempt: &Attempt) -> Result<Decided<u64>> {
        let over: Vec<task::Model> = now.open.iter().filter_map(|row| now.is_over(row).map(|why| ended(row, why))).collect();
        let Some(first) = over.first() else { return Ok(Decided::before(0)) };
        let all: Vec<_> = over.iter().map(|row| serde_json::json!({ "id": row.id, "kind": row.kind, "outcome": row.outcome })).collect();
        let entry = Entry {
            kind: "task.cancelled",
            subject: "task",
            subject_id: first.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "tasks": all }),
        };
        let changes = Changes::on(Claim::Account(claimed(&now.account))).save_all(&over).tell(entry);
        Ok(Decided::new(u64::try_from(over.len()).unwrap_or(u64::MAX), changes))
    }
}

impl CallsNow {
    /// Why the task is over, if it is.
    fn is_over(&self, row: &task::Model) -> Option<&'static str> {
        if row.kind == COLLECT_NOW {
            let is_owed = |sums: &balance::Model| {
                sums.open_minor - sums.disputed_minor > sums.unallocated_minor.saturating_add(sums.credit_notes_minor)
            };
            return (!self.balances.iter().any(is_owed)).then_some("nothing_open");
        }
        let waits = order_of(row).and_then(|id| self.orders.get(&id)).is_some_and(|order| order.state.is_waiting());
        (!waits).then_some("order_moved_on")
    }
}

fn order_of(row: &task::Model) -> Option<OrderId> {
    row.details.0.get("order_id").and_then(|id| serde_json::from_value(id.clone()).ok())
}

fn ended(row: &task::Model, why: &str) -> task::Model {
    task::Model { state: "cancelled".to_owned(), outcome: Some(why.to_owned()), version: row.version + 1, ..row.clone() }
}
