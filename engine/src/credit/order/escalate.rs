//! A held order that has waited too long is brought before the next role, once for each level (settings: `hold_escalation`). Part of the
//! daily run: what is due is found by an index, a page at a time, and written in one transaction under the claims of its accounts.

use super::calls::{HELD_ORDER, blank, created};
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::Attempt;
use crate::credit::rules::queue::waits_too_long_before;
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::engine::Engine;
use crate::order::OrderState;
use crate::order::rows::sales_order;
use crate::tenant::EscalationLevel;
use crate::words::caller::Caller;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, OrderId};
use crate::words::money::Money;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use std::sync::Arc;

/// Orders brought before a role in one transaction.
const ORDERS_AT_ONCE: u64 = 500;
/// Rounds over orders whose accounts were changed by somebody faster; what is left then is found by the next run.
const ROUNDS_MAX: u32 = 5;

impl Engine {
    /// Brings every order that has waited too long by the day before the next role. One level a run, so that a late run sends no backlog;
    /// the same day again finds nothing. Gives how many.
    pub(crate) async fn escalate_held(&self, who: &Caller, day: NaiveDate) -> Result<u64> {
        let who = Caller { request_id: who.request_id.clone(), ..Caller::engine(who.tenant) };
        let mut escalated = 0;
        for _ in 0..ROUNDS_MAX {
            let ground = self.refresh_ground(who.tenant).await?;
            let attempt = Attempt { who: who.clone(), stamp: Arc::new(ground.stamp_on(&*self.clock, day)), ground, lost: 0 };
            let (done, lost) = self.escalate_round(&attempt, day).await?;
            escalated += done;
            if lost == 0 {
                break;
            }
        }
        Ok(escalated)
    }

    async fn escalate_round(&self, attempt: &Attempt, day: NaiveDate) -> Result<(u64, u64)> {
        let levels = &attempt.ground.settings.hold_escalation;
        let (mut done, mut lost) = (0, 0);
        // From the highest level down: who rises today does not rise twice.
        for (at, level) in levels.iter().enumerate().rev() {
            let passed = i64::try_from(at).map_err(Error::internal)?;
            let due = Due { passed, level, before: waits_too_long_before(&attempt.ground.calendar, day, level.after_days), day };
            let mut behind = None;
            loop {
                let page = due.page(&self.store.read(attempt.who.tenant), behind).await?;
                let Some((last, _)) = page.last().copied() else { break };
                behind = Some(last);
                let (moved, losers) = self.escalate_page(attempt, &due, &page).await?;
                (done, lost) = (done + moved, lost + losers);
            }
        }
        Ok((done, lost))
    }

    async fn escalate_page(&self, attempt: &Attempt, due: &Due<'_>, page: &[(OrderId, AccountId)]) -> Result<(u64, u64)> {
        let read = self.store.read(attempt.who.tenant);
        // The accounts with their versions come before the orders: what changes in between is caught by the claim.
        let of_page = account::find(read.tenant()).filter(read.among(account::Column::Id, page.iter().map(|(_, account)| *account)));
        let accounts = of_page.all(read.db()).await.map_err(failed)?;
        let orders = due.find(&read).filter(read.among(sales_order::Column::Id, page.iter().map(|(order, _)| *order)));
        let mut by_account: HashMap<AccountId, Vec<sales_order::Model>> = HashMap::new();
        for order in orders.all(read.db()).await.map_err(failed)? {
            by_account.entry(order.account_id).or_default().push(order);
        }
        let count = |orders: Option<&Vec<sales_order::Model>>| orders.map_or(0, |orders| u64::try_from(orders.len()).unwrap_or(0));
        let changes: Vec<Changes> =
            accounts.iter().filter_map(|account| by_account.get(&account.id).map(|orders| due.changes(account, orders, attempt))).collect();
        let losers = self.store.write_page(&attempt.who, &attempt.stamp, attempt.ground.revision, changes).await?;
        let lost = losers.iter().fold(0, |sum, account| sum + count(by_account.get(account)));
        let all = by_account.values().fold(0, |sum, orders| sum + count(Some(orders)));
        Ok((all - lost, lost))
    }
}

/// One level, and which orders are due for it.
struct Due<'a> {
    /// Levels an order has been brought before already.
    passed: i64,
    level: &'a EscalationLevel,
    /// Due is what waits since before this day.
    before: NaiveDate,
    day: NaiveDate,
}

impl Due<'_> {
    fn find(&self, read: &Read) -> sea_orm::Select<sales_order::Entity> {
        use sales_order::Column as C;
        let waits = C::State.is_in([OrderState::Held, OrderState::PartiallyReleased]);
        sales_order::find(read.tenant()).filter(waits).filter(C::EscalationLevel.eq(self.passed)).filter(C::HeldSince.lt(self.before))
    }

    async fn page(&self, read: &Read, behind: Option<OrderId>) -> Result<Vec<(OrderId, AccountId)>> {
        use sales_order::Column as C;
        let query = self.find(read).select_only().columns([C::Id, C::AccountId]);
        let query = behind.into_iter().fold(query, |query, last| query.filter(C::Id.gt(last)));
        query.order_by_asc(C::Id).limit(ORDERS_AT_ONCE).into_tuple().all(read.db()).await.map_err(failed)
    }

    /// The orders of one account at their new level, with a task and a line in the journal for each.
    fn changes(&self, account: &account::Model, orders: &[sales_order::Model], attempt: &Attempt) -> Changes {
        orders.iter().fold(Changes::on(Claim::Account(claimed(account))), |changes, order| {
            let details = serde_json::json!({
                "order_id": order.id, "order_external_id": order.external_id, "amount": Money::new(order.amount_minor, order.currency),
                "waiting_since": order.held_since, "level": self.passed + 1, "reasons": order.answer.0.get("reasons"),
                "pay_to_release": order.answer.0.get("pay_to_release"),
            });
            let task = blank(account.id, HELD_ORDER, &self.level.role, details, attempt);
            let raised = sales_order::Model {
                escalation_level: self.passed + 1,
                escalated_on: Some(self.day),
                version: order.version + 1,
                ..order.clone()
            };
            let body = serde_json::json!({
                "external_id": order.external_id, "role": self.level.role, "level": self.passed + 1, "waiting_since": order.held_since,
            });
            let entry =
                Entry { kind: "order.escalated", subject: "order", subject_id: order.id.0, effective_on: self.day, decision: None, body };
            changes.save(&raised).tell(created(&task, attempt)).add(&task).tell(entry)
        })
    }
}
