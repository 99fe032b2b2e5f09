//! Asking plugins about holds that were placed or have ended: after the commit, an account at a time, in the order it happened. What
//! follows is written together with the mark that it was asked, under the account's claim: once, whatever dies in between.

use super::apply::{self, Kept, Ready};
use super::decide::Decided;
use super::load::{Subject, of_event};
use super::rules;
use crate::command::{Attempt, RACES_MAX, pause_after};
use crate::doors::decision::{Call, decision_facts, pack};
use crate::doors::hold_event::hold_event;
use crate::doors::store::{Changes, Claim, Read, failed};
use crate::engine::Engine;
use crate::hold::rows::hold;
use crate::order::rows::sales_order;
use crate::order::rules::Progress;
use crate::words::asked::{About, Hook, Question};
use crate::words::caller::Caller;
use crate::words::checkpoint::Checkpoint;
use crate::words::day::add_days;
use crate::words::error::{Error, Result};
use crate::words::facts::{FACTS_SCHEMA, Facts, HoldFacts, OrderFacts};
use crate::words::id::{AccountId, HoldId, OrderId, RowId};
use crate::words::money::Money;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use std::sync::Arc;

/// The first event of an account that is not asked about, with everything it is asked on.
struct Event {
    subject: Subject,
    row: hold_event::Model,
    about: About,
}

impl Engine {
    /// Asks about holds on at most so many accounts, the first event of each. Gives how many were dealt with; none when nobody listens.
    ///
    /// # Errors
    /// When the database does not serve. What was written until then stays.
    pub async fn ask_about_holds(&self, who: &Caller, accounts: u64) -> Result<u64> {
        let who = Caller { request_id: who.request_id.clone(), ..Caller::engine(who.tenant) };
        for lost in 0..RACES_MAX {
            pause_after(lost).await;
            let ground = self.refresh_ground(who.tenant).await?;
            if !ground.plugins.has(Hook::HoldPlaced) && !ground.plugins.has(Hook::HoldReleased) {
                return Ok(0);
            }
            let attempt = Attempt { who: who.clone(), stamp: Arc::new(ground.stamp(&*self.clock)), ground, lost };
            let read = self.store.read(who.tenant);
            let events = events(&read, &attempt, accounts).await?;
            let asked = u64::try_from(events.len()).map_err(Error::internal)?;
            if events.is_empty() {
                return Ok(0);
            }
            let for_rules = attempt.clone();
            let decided = tokio::task::spawn_blocking(move || decide(&for_rules, &events)).await.map_err(Error::internal)??;
            let (_, losers) = self.write_reviews(&attempt, &read, decided, attempt.stamp.today).await?;
            let lost = u64::try_from(losers.len()).map_err(Error::internal)?;
            if lost < asked {
                return Ok(asked - lost);
            }
        }
        Ok(0)
    }
}

/// The first event of each account that waits to be asked about.
async fn events(read: &Read, attempt: &Attempt, accounts: u64) -> Result<Vec<Event>> {
    use hold_event::Column as C;
    let today = attempt.stamp.today;
    let waiting = || hold_event::find(read.tenant()).filter(C::IsDone.eq(false)).filter(C::WakeOn.lte(today));
    let first = waiting().select_only().column(C::AccountId).order_by_asc(C::WakeOn).order_by_asc(C::Id).limit(accounts);
    let mut of: Vec<AccountId> = first.into_tuple().all(read.db()).await.map_err(failed)?;
    of.sort_unstable();
    of.dedup();
    if of.is_empty() {
        return Ok(Vec::new());
    }
    // The accounts with their versions come before the events: what changes in between is caught by the claim.
    let subjects = of_event(read, attempt, &of, today, &[Hook::HoldPlaced, Hook::HoldReleased]).await?;
    let rows = waiting().filter(read.among(C::AccountId, of)).order_by_asc(C::Id).all(read.db()).await.map_err(failed)?;
    let mut by_account: HashMap<AccountId, hold_event::Model> = HashMap::new();
    for row in rows {
        by_account.entry(row.account_id).or_insert(row);
    }
    let holds = hold::find(read.tenant()).filter(read.among(hold::Column::Id, by_account.values().map(|row| row.hold_id)));
    let holds: HashMap<HoldId, hold::Model> = holds.all(read.db()).await.map_err(failed)?.into_iter().map(|row| (row.id, row)).collect();
    let orders = sales_order::find(read.tenant());
    let orders = orders.filter(read.among(sales_order::Column::Id, by_account.values().filter_map(|row| row.order_id)));
    let orders: HashMap<OrderId, sales_order::Model> =
        orders.all(read.db()).await.map_err(failed)?.into_iter().map(|row| (row.id, row)).collect();
    let event = |subject: Subject| {
        let row = by_account.remove(&subject.gathered.account.id)?;
        let about = about(&row, holds.get(&row.hold_id)?, row.order_id.and_then(|id| orders.get(&id)));
        Some(Event { subject, row, about })
    };
    Ok(subjects.into_iter().filter_map(event).collect())
}

fn about(event: &hold_event::Model, row: &hold::Model, order: Option<&sales_order::Model>) -> About {
    let hold = HoldFacts {
        id: row.id,
        order_id: row.order_id,
        source: row.source.clone(),
        code: row.code.clone(),
        expires_on: row.expires_on,
        pay_to_release: row.pay_to_release_minor.zip(row.currency).map(|(minor, currency)| Money::new(minor, currency)),
    };
    let order = order.map(order_facts);
    if event.hook == Hook::HoldPlaced.as_str() { About::HoldPlaced { hold, order } } else { About::HoldReleased { hold, order } }
}

/// An order as a script sees it outside of a check: what of it still waits.
pub(super) fn order_facts(row: &sales_order::Model) -> OrderFacts {
    OrderFacts {
        id: row.id,
        external_id: row.external_id.clone(),
        amount: Money::new(Progress::from(row).waiting(), row.currency),
        contract_external_id: row.contract_external_id.clone(),
        batch_no: row.batch_no,
        ship_on: row.ship_on,
        is_partial_ok: row.is_partial_ok,
        lines: row.lines.0.iter().filter(|line| !line.is_shipped).cloned().collect(),
        checkpoint: Checkpoint::default(),
    }
}

fn decide(attempt: &Attempt, events: &[Event]) -> Result<Decided> {
    let mut kept = Kept { id: RowId(attempt.stamp.id()), facts: Vec::new() };
    let ready = events.iter().map(|event| one(attempt, event, &mut kept)).collect::<Result<Vec<Ready>>>()?;
    let facts: Vec<&Facts> = kept.facts.iter().map(|facts| &**facts).collect();
    let page = decision_facts::Model { tenant_id: attempt.who.tenant, id: kept.id, schema_version: FACTS_SCHEMA, body: pack(&facts)? };
    Ok(Decided { ready, facts: if facts.is_empty() { Vec::new() } else { vec![page] } })
}

fn one(attempt: &Attempt, event: &Event, kept: &mut Kept) -> Result<Ready> {
    let (policy, set, facts) = (&attempt.ground.policy, &*attempt.ground.plugins, &event.subject.gathered.facts);
    let asked = set.ask(&Question { facts: Arc::clone(facts), about: event.about.clone() });
    let mut heard = rules::hear(facts, policy, set, &event.about, &asked, event.row.tries);
    // Whoever listens does not move the day on which the account is looked at next.
    heard.review.next_review_on = event.subject.gathered.account.next_review_on;
    let calls = asked.advice.into_iter().map(|advice| Call { about: event.about.clone(), advice }).collect();
    let mut ready = apply::ready(attempt, &event.subject, &heard.review, None, calls, &[], kept)?;
    let changes = std::mem::replace(&mut ready.changes, Changes::on(Claim::Nothing));
    ready.changes = changes.save(&told(&event.row, heard.is_done, attempt.stamp.today));
    Ok(ready)
}

fn told(row: &hold_event::Model, is_done: bool, today: NaiveDate) -> hold_event::Model {
    hold_event::Model { tries: row.tries + 1, is_done, wake_on: if is_done { row.wake_on } else { add_days(today, 1) }, ..row.clone() }
}
