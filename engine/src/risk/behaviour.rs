//! Before a day is run, what payments and orders of the last days tell is looked for: in the accounts that had some, by a fixed number
//! of queries a page. Each cause is noticed once, so a day run twice finds nothing new, and a booking entered late is still seen.

use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, RACES_MAX, pause_after};
use crate::doors::store::{AccountClaim, Changes, Claim, Read, failed, uuid_at};
use crate::engine::Engine;
use crate::invoice::rows::instalment;
use crate::order::OrderState;
use crate::order::rows::sales_order;
use crate::payment::rows::{allocation, payment};
use crate::profile::rows::risk_profile;
use crate::signal::rows::signal;
use crate::signal::rules::behaviour::{HABIT_DAYS, History, Oddity, Ordered, Paid, Settled, oddities};
use crate::signal::{entry, found_row, recorded};
use crate::words::caller::Caller;
use crate::words::day::add_days;
use crate::words::error::Result;
use crate::words::id::{AccountId, InstalmentId, PaymentId, RowId, TenantId};
use crate::words::money::Money;
use crate::words::signal::SignalType;
use crate::words::stamp::least_id;
use crate::words::text::Bilingual;
use chrono::{NaiveDate, NaiveTime};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A booking may be entered so many days after its date and is still looked at.
const LATE_DAYS: i64 = 7;
/// Accounts looked at together.
const PAGE_ACCOUNTS: usize = 500;

/// Accounts with money received or orders placed in these days. Orders are found by their ids, which carry the moment they were placed.
const BUSY: &str = "
SELECT account_id FROM payment WHERE tenant_id = $1 AND received_on > $2 AND received_on <= $3
UNION
SELECT account_id FROM sales_order WHERE tenant_id = $1 AND id >= $4 AND placed_on > $2 AND placed_on <= $3";

impl Engine {
    /// Looks for what the bookings since `from`, the day of the last finished run, tell as of the day. Gives how many signals are new.
    ///
    /// # Errors
    /// When the database does not serve.
    pub(crate) async fn notice_behaviour(&self, who: &Caller, from: Option<NaiveDate>, day: NaiveDate) -> Result<i64> {
        let read = self.store.read(who.tenant);
        let from = add_days(from.unwrap_or(day), -LATE_DAYS);
        if !self.ground(who.tenant).await?.policy.risk.behaviour.enabled {
            return Ok(0);
        }
        let first_order = least_id(from.and_time(NaiveTime::MIN).and_utc());
        let busy = read.rows(BUSY, [from.into(), day.into(), first_order.into()]).await?;
        let busy: Vec<AccountId> = busy.iter().map(|row| uuid_at(row, "account_id").map(AccountId)).collect::<Result<_>>()?;
        let mut new = 0;
        let mut waiting: Vec<&[AccountId]> = busy.chunks(PAGE_ACCOUNTS).collect();
        // One account that cannot be read keeps neither the others nor the run waiting: a page is halved down to it.
        while let Some(page) = waiting.pop() {
            match self.notice_page(who, page, day).await {
                Ok(found) => new += found,
                Err(error) if error.is_outage() => return Err(error),
                Err(error) if page.len() <= 1 => tracing::error!(?page, %day, %error, "the behaviour of an account could not be looked at"),
                Err(_) => waiting.extend(page.chunks(page.len().div_ceil(2))),
            }
        }
        Ok(new)
    }

    /// Who loses a race is looked at again; who loses too often is seen on the next day.
    async fn notice_page(&self, who: &Caller, accounts: &[AccountId], day: NaiveDate) -> Result<i64> {
        let (mut new, mut waiting) = (0, accounts.to_vec());
        for lost in 0..RACES_MAX {
            pause_after(lost).await;
            let ground = if lost == 0 { self.ground(who.tenant).await? } else { self.refresh_ground(who.tenant).await? };
            let stamp = Arc::new(ground.stamp_on(&*self.clock, day));
            let attempt = Attempt { who: who.clone(), stamp, ground, lost };
            let found = found(&self.store.read(who.tenant), &attempt, &waiting, day).await?;
            let count = |of: &AccountId| found.iter().find(|(account, ..)| account == of).map_or(0, |(_, count, _)| *count);
            let all = found.iter().fold(0, |all, (_, count, _)| all + count);
            let page: Vec<Changes> = found.iter().map(|(_, _, changes)| changes.clone()).collect();
            if page.is_empty() {
                break;
            }
            waiting = self.store.write_page(who, &attempt.stamp, attempt.ground.revision, page).await?;
            new += waiting.iter().fold(all, |all, account| all - count(account));
            if waiting.is_empty() {
                break;
            }
        }
        Ok(new)
    }
}

/// What is new about these accounts: how many signals, and the change that keeps them.
async fn found(read: &Read, attempt: &Attempt, accounts: &[AccountId], day: NaiveDate) -> Result<Vec<(AccountId, i64, Changes)>> {
    let ids = || accounts.iter().copied();
    // The account with its version comes first: what changes while the rest is read is caught by the claim.
    let rows = account::find(read.tenant()).filter(read.among(account::Column::Id, ids())).all(read.db()).await.map_err(failed)?;
    let profiles = risk_profile::find(read.tenant()).filter(read.among(risk_profile::Column::AccountId, ids()));
    let profiles = profiles.all(read.db()).await.map_err(failed)?.into_iter().map(|row| (row.account_id, row));
    let mut profiles: HashMap<AccountId, risk_profile::Model> = profiles.collect();
    let known =
        signal::find(read.tenant()).filter(read.among(signal::Column::AccountId, ids())).filter(signal::Column::Cause.is_not_null());
    let known = known.all(read.db()).await.map_err(failed)?;
    let known: HashSet<_> = known.into_iter().map(|row| (row.account_id, row.kind, row.cause.unwrap_or_default())).collect();
    let mut histories = histories(read, accounts, day).await?;
    let rules = &attempt.ground.policy.risk;
    let mut all = Vec::new();
    for row in rows {
        let history = histories.remove(&row.id).unwrap_or_default();
        let mut odd = oddities(&history, &rules.behaviour, day);
        odd.retain(|odd| !known.contains(&(row.id, odd.kind, odd.cause.clone())));
        if !odd.is_empty() {
            let count = i64::try_from(odd.len()).unwrap_or(i64::MAX);
            all.push((row.id, count, changes(&row, profiles.remove(&row.id), &odd, attempt, day)?));
        }
    }
    Ok(all)
}

/// Adds to a change the signal of a payment that bounced: the posting act itself finds it, so no run has to look.
pub(crate) fn with_bounce(
    changes: Changes,
    bounced: &payment::Model,
    on: NaiveDate,
    profile: Option<&risk_profile::Model>,
    attempt: &Attempt,
) -> Result<Changes> {
    let rules = &attempt.ground.policy.risk;
    if !rules.behaviour.enabled {
        return Ok(changes);
    }
    let amount = Money::new(bounced.amount_minor, bounced.currency);
    let en = format!("The payment {} of {amount} bounced on {on}.", bounced.external_id);
    let evidence = Bilingual::new(en, format!("付款 {}（{amount}）于 {on} 被银行退回。", bounced.external_id));
    let odd =
        Oddity { kind: SignalType::Bounce, severity: entry(SignalType::Bounce).severity, cause: bounced.id.to_string(), on, evidence };
    with_signals(changes, bounced.tenant_id, bounced.account_id, profile.cloned(), &[odd], attempt)
}

/// Signals with the profile that says there are some, and a date for the review.
fn changes(
    row: &account::Model,
    profile: Option<risk_profile::Model>,
    odd: &[Oddity],
    attempt: &Attempt,
    day: NaiveDate,
) -> Result<Changes> {
    let claim = AccountClaim { next_review_on: Some(row.next_review_on.map_or(day, |known| known.min(day))), ..claimed(row) };
    with_signals(Changes::on(Claim::Account(claim)), row.tenant_id, row.id, profile, odd, attempt)
}

/// Adds what was found, and the word in the profile that there is something to be read.
fn with_signals(
    mut changes: Changes,
    tenant: TenantId,
    account: AccountId,
    profile: Option<risk_profile::Model>,
    odd: &[Oddity],
    attempt: &Attempt,
) -> Result<Changes> {
    changes = match profile {
        Some(profile) if profile.has_signals => changes,
        Some(profile) => changes.save(&risk_profile::Model { has_signals: true, ..profile }),
        None => {
            let blank = risk_profile::Model::blank(tenant, RowId(attempt.stamp.id()), account);
            changes.add(&risk_profile::Model { has_signals: true, ..blank })
        }
    };
    for odd in odd {
        let signal = found_row(account, odd, &attempt.ground.policy.risk.signal_days, attempt)?;
        changes = changes.add(&signal).tell(recorded(&signal));
    }
    Ok(changes)
}

/// A year of each account as of the day.
async fn histories(read: &Read, accounts: &[AccountId], day: NaiveDate) -> Result<HashMap<AccountId, History>> {
    let from = add_days(day, -HABIT_DAYS);
    let mut histories: HashMap<AccountId, History> = HashMap::with_capacity(accounts.len());
    let settled = settled(read, accounts, from, day).await?;
    let parts = parts(read, accounts, &settled, from, day).await?;
    let paid = payment::find(read.tenant())
        .filter(read.among(payment::Column::AccountId, accounts.iter().copied()))
        .filter(payment::Column::ReceivedOn.gt(from))
        .filter(payment::Column::ReceivedOn.lte(day))
        .filter(payment::Column::VoidedOn.is_null())
        .order_by_asc(payment::Column::ReceivedOn)
        .order_by_asc(payment::Column::Id);
    for row in paid.all(read.db()).await.map_err(failed)? {
        let is_part = parts.contains(&row.id);
        let amount = Money::new(row.amount_minor, row.currency);
        let one = Paid { id: row.id, on: row.received_on, amount, method: row.method, is_part };
        histories.entry(row.account_id).or_default().paid.push(one);
    }
    let ordered = sales_order::find(read.tenant())
        .filter(read.among(sales_order::Column::AccountId, accounts.iter().copied()))
        .filter(sales_order::Column::PlacedOn.gt(from))
        .filter(sales_order::Column::PlacedOn.lte(day))
        .filter(sales_order::Column::State.ne(OrderState::Cancelled))
        .order_by_asc(sales_order::Column::PlacedOn)
        .order_by_asc(sales_order::Column::Id);
    for row in ordered.all(read.db()).await.map_err(failed)? {
        let amount = Money::new(row.amount_minor, row.currency);
        let one = Ordered { id: row.id, external_id: row.external_id, on: row.placed_on, amount };
        histories.entry(row.account_id).or_default().ordered.push(one);
    }
    for (account, one) in settled.into_values() {
        histories.entry(account).or_default().settled.push(one);
    }
    Ok(histories)
}

/// Instalments of these accounts that were settled in these days.
async fn settled(
    read: &Read,
    accounts: &[AccountId],
    from: NaiveDate,
    day: NaiveDate,
) -> Result<HashMap<InstalmentId, (AccountId, Settled)>> {
    use instalment::Column as C;
    let rows: Vec<(InstalmentId, AccountId, NaiveDate, NaiveDate)> = instalment::find(read.tenant())
        .select_only()
        .columns([C::Id, C::AccountId, C::DueOn, C::SettledOn])
        .filter(read.among(C::AccountId, accounts.iter().copied()))
        .filter(C::SettledOn.gt(from))
        .filter(C::SettledOn.lte(day))
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    Ok(rows.into_iter().map(|(id, account, due_on, on)| (id, (account, Settled { due_on, on }))).collect())
}

/// Payments of these days that left an instalment open: it was not settled on the day they were booked on it.
async fn parts(
    read: &Read,
    accounts: &[AccountId],
    settled: &HashMap<InstalmentId, (AccountId, Settled)>,
    from: NaiveDate,
    day: NaiveDate,
) -> Result<HashSet<PaymentId>> {
    use allocation::Column as C;
    let booked: Vec<(PaymentId, InstalmentId, NaiveDate)> = allocation::find(read.tenant())
        .select_only()
        .columns([C::PaymentId, C::InstalmentId, C::AllocatedOn])
        .filter(read.among(C::AccountId, accounts.iter().copied()))
        .filter(C::AllocatedOn.gt(from))
        .filter(C::AllocatedOn.lte(day))
        .filter(C::PaymentId.is_not_null())
        .filter(C::AmountMinor.gt(0))
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    let is_open = |item: &InstalmentId, on: NaiveDate| settled.get(item).is_none_or(|(_, settled)| settled.on > on);
    Ok(booked.into_iter().filter(|(_, item, on)| is_open(item, *on)).map(|(payment, ..)| payment).collect())
}
