//! Asking plugins about what has happened on accounts: after the commit, an account at a time, in the order it happened. What follows is
//! written together with the mark that it was asked, under the account's claim: once, whatever dies in between.

use super::apply::{self, Kept, Ready};
use super::checks;
use super::compose;
use super::decide::Decided;
use super::happened::happened;
use super::load::{EVENTS, Subject, of_event};
use super::rules;
use crate::command::{Attempt, RACES_MAX, pause_after};
use crate::doors::decision::{Call, decision_facts, pack};
use crate::doors::hold_event::hold_event;
use crate::doors::plugin_event::plugin_event;
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::engine::Engine;
use crate::facts::Gathering;
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
    row: Noted,
    /// The question; none where what it happened to is not there any more.
    about: Option<About>,
}

/// How an event was written down.
#[derive(Clone)]
pub(super) enum Noted {
    /// A hold began or ended.
    Hold(hold_event::Model),
    /// Anything else.
    Other(plugin_event::Model),
}

impl Noted {
    /// What has happened to anything but a hold.
    pub(super) fn other(&self) -> Option<&plugin_event::Model> {
        if let Self::Other(row) = self { Some(row) } else { None }
    }

    fn id(&self) -> RowId {
        match self {
            Self::Hold(row) => row.id,
            Self::Other(row) => row.id,
        }
    }

    /// The question it is for, and the day it happened on.
    fn told(&self) -> (&str, NaiveDate) {
        match self {
            Self::Hold(row) => (&row.hook, row.happened_on),
            Self::Other(row) => (&row.hook, row.happened_on),
        }
    }

    fn account(&self) -> AccountId {
        match self {
            Self::Hold(row) => row.account_id,
            Self::Other(row) => row.account_id,
        }
    }

    fn tries(&self) -> i64 {
        match self {
            Self::Hold(row) => row.tries,
            Self::Other(row) => row.tries,
        }
    }

    /// Marks it as asked about: done, or to be asked again the next day.
    fn mark(&self, changes: Changes, is_done: bool, today: NaiveDate) -> Changes {
        let next = |wake_on| if is_done { wake_on } else { add_days(today, 1) };
        match self {
            Self::Hold(row) => {
                changes.save(&hold_event::Model { tries: row.tries + 1, is_done, wake_on: next(row.wake_on), ..row.clone() })
            }
            Self::Other(row) => {
                changes.save(&plugin_event::Model { tries: row.tries + 1, is_done, wake_on: next(row.wake_on), ..row.clone() })
            }
        }
    }
}

impl Engine {
    /// Asks about what has happened on at most so many accounts, the first event of each. Gives how many were dealt with; none when nobody
    /// listens.
    ///
    /// # Errors
    /// When the database does not serve. What was written until then stays.
    pub async fn ask_about_events(&self, who: &Caller, accounts: u64) -> Result<u64> {
        let who = Caller { request_id: who.request_id.clone(), ..Caller::engine(who.tenant) };
        for lost in 0..RACES_MAX {
            pause_after(lost).await;
            let ground = self.refresh_ground(who.tenant).await?;
            if !EVENTS.iter().any(|hook| ground.plugins.has(*hook)) {
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

/// The first event of each account that waits to be asked about, whichever table it stands in: ids tell what came first.
async fn events(read: &Read, attempt: &Attempt, accounts: u64) -> Result<Vec<Event>> {
    let today = attempt.stamp.today;
    let of = waiting_accounts(read, accounts, today).await?;
    if of.is_empty() {
        return Ok(Vec::new());
    }
    // The accounts with their versions come before the events: what changes in between is caught by the claim.
    let gathering = Gathering::begin();
    let subjects = of_event(read, attempt, &of, today, &EVENTS).await?;
    let mut by_account: HashMap<AccountId, Noted> = HashMap::new();
    for row in noted(read, &of, today).await? {
        let first = by_account.entry(row.account()).or_insert_with(|| row.clone());
        if row.id() < first.id() {
            *first = row;
        }
    }
    let holds = held(read, by_account.values()).await?;
    let things = happened(read, by_account.values()).await?;
    let event = |subject: Subject| {
        let row = by_account.remove(&subject.gathered.account.id)?;
        let about = match &row {
            Noted::Hold(row) => holds.get(&row.hold_id).map(|(hold, order)| about(row, hold, order.as_ref())),
            Noted::Other(row) => things.about(row, &subject.gathered.facts),
        };
        Some(Event { subject, row, about })
    };
    let events: Vec<Event> = subjects.into_iter().filter_map(event).collect();
    let mut hooks: Vec<Hook> = events.iter().filter_map(|event| event.about.as_ref().map(About::hook)).collect();
    hooks.sort_unstable_by_key(|hook| hook.as_str());
    hooks.dedup();
    gathering.end(&*attempt.ground.plugins, &hooks);
    Ok(events)
}

async fn waiting_accounts(read: &Read, accounts: u64, today: NaiveDate) -> Result<Vec<AccountId>> {
    use {hold_event::Column as H, plugin_event::Column as P};
    let of_holds =
        hold_event::find(read.tenant()).filter(H::IsDone.eq(false)).filter(H::WakeOn.lte(today)).select_only().column(H::AccountId);
    let of_holds = of_holds.order_by_asc(H::WakeOn).order_by_asc(H::Id).limit(accounts);
    let of_rest =
        plugin_event::find(read.tenant()).filter(P::IsDone.eq(false)).filter(P::WakeOn.lte(today)).select_only().column(P::AccountId);
    let of_rest = of_rest.order_by_asc(P::WakeOn).order_by_asc(P::Id).limit(accounts);
    let mut of: Vec<AccountId> = of_holds.into_tuple().all(read.db()).await.map_err(failed)?;
    of.extend(of_rest.into_tuple::<AccountId>().all(read.db()).await.map_err(failed)?);
    of.sort_unstable();
    of.dedup();
    Ok(of)
}

async fn noted(read: &Read, of: &[AccountId], today: NaiveDate) -> Result<Vec<Noted>> {
    use {hold_event::Column as H, plugin_event::Column as P};
    let holds = hold_event::find(read.tenant()).filter(H::IsDone.eq(false)).filter(H::WakeOn.lte(today));
    let holds = holds.filter(read.among(H::AccountId, of.iter().copied())).all(read.db()).await.map_err(failed)?;
    let rest = plugin_event::find(read.tenant()).filter(P::IsDone.eq(false)).filter(P::WakeOn.lte(today));
    let rest = rest.filter(read.among(P::AccountId, of.iter().copied())).all(read.db()).await.map_err(failed)?;
    Ok(holds.into_iter().map(Noted::Hold).chain(rest.into_iter().map(Noted::Other)).collect())
}

/// The holds of these events, each with the order it is on.
async fn held(read: &Read, rows: impl Iterator<Item = &Noted>) -> Result<HashMap<HoldId, (hold::Model, Option<sales_order::Model>)>> {
    let rows: Vec<&hold_event::Model> = rows.filter_map(|row| if let Noted::Hold(row) = row { Some(row) } else { None }).collect();
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let holds = hold::find(read.tenant()).filter(read.among(hold::Column::Id, rows.iter().map(|row| row.hold_id)));
    let orders = sales_order::find(read.tenant());
    let orders = orders.filter(read.among(sales_order::Column::Id, rows.iter().filter_map(|row| row.order_id)));
    let orders: HashMap<OrderId, sales_order::Model> =
        orders.all(read.db()).await.map_err(failed)?.into_iter().map(|row| (row.id, row)).collect();
    let with_order = |row: hold::Model| (row.id, (row.clone(), row.order_id.and_then(|id| orders.get(&id).cloned())));
    Ok(holds.all(read.db()).await.map_err(failed)?.into_iter().map(with_order).collect())
}

fn about(event: &hold_event::Model, row: &hold::Model, order: Option<&sales_order::Model>) -> About {
    let hold = HoldFacts::from(row);
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
    let Some(about) = &event.about else { return skipped(attempt, event, kept) };
    let (policy, set, facts) = (&attempt.ground.policy, &*attempt.ground.plugins, &event.subject.gathered.facts);
    let asked = set.ask(&Question::new(facts, about.clone()));
    let mut heard = rules::hear(facts, policy, set, about, &asked, event.row.tries());
    // Whoever listens does not move the day on which the account is looked at next.
    heard.review.next_review_on = event.subject.gathered.account.next_review_on;
    let mut calls: Vec<Call> = asked.advice.into_iter().map(|advice| Call { about: about.clone(), advice }).collect();
    calls.extend(checks::offers(attempt, facts, &mut heard.review));
    calls.extend(compose::compose(attempt, &event.subject, facts, &mut heard.review));
    let mut ready = apply::ready(attempt, &event.subject, &heard.review, None, calls, &[], kept)?;
    let changes = std::mem::replace(&mut ready.changes, Changes::on(Claim::Nothing));
    ready.changes = event.row.mark(changes, heard.is_done, attempt.stamp.today);
    Ok(ready)
}

/// An event whose thing is gone: nobody can be asked about it, so it ends here with its reason, and the next one of the account comes to its turn.
fn skipped(attempt: &Attempt, event: &Event, kept: &mut Kept) -> Result<Ready> {
    let account = &event.subject.gathered.account;
    let review = rules::Review { next_review_on: account.next_review_on, ..rules::Review::default() };
    let mut ready = apply::ready(attempt, &event.subject, &review, None, Vec::new(), &[], kept)?;
    let changes = std::mem::replace(&mut ready.changes, Changes::on(Claim::Nothing));
    let (hook, happened_on) = event.row.told();
    let entry = Entry {
        kind: "plugin.event_skipped",
        subject: "account",
        subject_id: account.id.0,
        effective_on: attempt.stamp.today,
        decision: None,
        body: serde_json::json!({ "hook": hook, "happened_on": happened_on, "reason": "what it happened to is not there any more" }),
    };
    ready.changes = event.row.mark(changes, true, attempt.stamp.today).tell(entry);
    Ok(ready)
}
