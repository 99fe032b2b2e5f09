//! Held orders are checked again by themselves when something they stand on moves (decision 52): a payment, an invoice, a limit, a hold,
//! the rules. The mark was left by whatever moved (`doors/store/recheck.rs`); here the marks are worked off, the oldest order of an
//! account first, each order through the check anybody could ask for.

use super::again::CheckOrder;
use super::calls::TidyCalls;
use super::expire::APPROVAL_EXPIRED;
use super::hold_rows::voice;
use super::lapse::StandingHold;
use super::load::{Before, Check};
use super::view::{OrderView, view};
use crate::command::{Attempt, Command, Decided};
use crate::doors::decision::MovedBy;
use crate::doors::recheck::recheck;
use crate::doors::store::{Read, failed};
use crate::engine::Engine;
use crate::order::OrderState;
use crate::order::rows::sales_order;
use crate::words::asked::{Asked, Hook, PluginSet};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::effect::EffectKind;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CreditGroupId, OrderId};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::ops::AddAssign;

/// Orders of one account looked up at once.
const ORDERS_AT_ONCE: u64 = 200;
/// How often an account whose orders cannot be checked is tried; then it waits until something moves again, or for the next day.
const TRIES_MAX: i64 = 5;

/// What has moved for the accounts that share a group limit with the one on which something did.
const GROUP_MOVED: &str = "group.moved";

/// Checks an order that waits, because something moved. A check that comes to the same answer leaves no trace.
pub struct RecheckOrder {
    /// The account, already found.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
    /// What moved.
    pub moved_by: MovedBy,
}

impl Command for RecheckOrder {
    type Facts = Check;
    type Done = OrderView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Check> {
        let check = CheckOrder { account: self.account, order: self.order }.facts(read, attempt).await?;
        let waits_for_somebody = |hold: &StandingHold| hold.row.code == APPROVAL_EXPIRED;
        let waits = |before: &Before| before.row.state.is_waiting() && !before.holds.iter().any(waits_for_somebody);
        match check.before.as_ref().is_some_and(waits) {
            true => Ok(Check { moved_by: Some(self.moved_by.clone()), ..check }),
            false => Err(Error::new(Code::IllegalState, "the order does not wait for something to move")),
        }
    }

    fn shares(&self, check: &Check) -> Option<CreditGroupId> {
        check.group.map(|group| group.root)
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::OrderCheck)
    }

    fn ask(&self, check: &Check, attempt: &Attempt) -> Asked {
        check.ask(attempt)
    }

    fn decide(&self, check: &Check, asked: &Asked, attempt: &Attempt) -> Result<Decided<OrderView>> {
        let before = check.before.as_ref().ok_or_else(|| Error::internal("an order that is checked again was read"))?;
        let decided = check.decided(asked, attempt)?;
        let known = view(&before.row)?;
        let is_same = decided.done.as_ref().is_ok_and(|done| is_same_answer(&known, done));
        let is_as_it_was = check.has_ended_nothing() && !has_said_more(asked) && is_same;
        Ok(if is_as_it_was { Decided::before(known) } else { decided })
    }
}

impl Check {
    /// Does every hold there was still stand?
    fn has_ended_nothing(&self) -> bool {
        self.over.is_empty() && self.before.iter().flat_map(|before| &before.holds).all(|hold| hold.lifted.is_none())
    }
}

/// Did a plugin propose something that changes the account? Work for people and notes come with an answer that differs, or not at all.
fn has_said_more(asked: &Asked) -> bool {
    let changes = |kind: &EffectKind| {
        matches!(kind, EffectKind::PlaceHold { .. } | EffectKind::ReleaseHold { .. } | EffectKind::Tag { .. } | EffectKind::Untag { .. })
    };
    asked.advice.iter().flat_map(|advice| &advice.effects).any(|effect| changes(&effect.kind))
}

/// Is it the same answer with the same figures? Sentences are not compared: one that counts days changes every night.
fn is_same_answer(one: &OrderView, other: &OrderView) -> bool {
    let reasons = |order: &OrderView| -> Vec<(String, String)> {
        order.reasons.iter().map(|reason| (reason.code.clone(), voice(&reason.source).to_owned())).collect()
    };
    (one.state, one.decision, one.exposure, one.available, one.reserved, one.releasable_amount)
        == (other.state, other.decision, other.exposure, other.available, other.reserved, other.releasable_amount)
        && (&one.pay_to_release, one.release_role) == (&other.pay_to_release, other.release_role)
        && reasons(one) == reasons(other)
}

/// What working off some marks came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rechecked {
    /// Accounts whose marks were worked.
    pub accounts: u64,
    /// Orders that were checked.
    pub orders: u64,
    /// Orders whose answer changed.
    pub changed: u64,
    /// Orders of which nothing waits any more.
    pub freed: u64,
    /// Accounts that could not be worked and were put off.
    pub failed: u64,
}

impl AddAssign for Rechecked {
    fn add_assign(&mut self, other: Self) {
        self.accounts += other.accounts;
        self.orders += other.orders;
        self.changed += other.changed;
        self.freed += other.freed;
        self.failed += other.failed;
    }
}

impl Engine {
    /// Works off at most so many marked accounts, those that have waited longest first. Two servers may do this at once: the claim on
    /// the account lets one decide, and the other finds the answer given.
    ///
    /// # Errors
    /// When the database does not serve. What was checked until then stays, and the other marks wait.
    pub async fn recheck_held(&self, who: &Caller, limit: u64) -> Result<Rechecked> {
        let who = Caller { request_id: who.request_id.clone(), ..Caller::engine(who.tenant) };
        let mut total = Rechecked::default();
        for mark in marks(&self.store.read(who.tenant), limit).await? {
            match self.recheck_account(&who, &mark).await {
                Ok(done) => {
                    total += Rechecked { accounts: 1, ..done };
                    self.store.unmark(who.tenant, mark.id, mark.event_id).await?;
                }
                Err(error) if error.is_outage() => return Err(error),
                Err(error) => {
                    tracing::warn!(account = %mark.id, kind = mark.kind, %error, "held orders could not be checked again");
                    total += Rechecked { failed: 1, ..Rechecked::default() };
                    self.store.put_off_mark(who.tenant, mark.id, mark.event_id).await?;
                }
            }
        }
        Ok(total)
    }

    /// Checks every order of the account that waits, the oldest first: what one of them takes is gone for the next.
    async fn recheck_account(&self, who: &Caller, mark: &recheck::Model) -> Result<Rechecked> {
        let read = self.store.read(who.tenant);
        let moved_by = MovedBy { kind: mark.kind.clone(), event_id: mark.event_id, on: mark.effective_on };
        let (mut done, mut behind) = (Rechecked::default(), None);
        loop {
            let page = waiting(&read, mark.id, behind).await?;
            let Some(last) = page.last() else { break };
            behind = Some(*last);
            for order in page {
                let recheck = RecheckOrder { account: mark.id, order, moved_by: moved_by.clone() };
                match self.execute(who, recheck).await {
                    Ok(outcome) => done += told(&outcome.done, outcome.is_replay),
                    // Somebody has released or cancelled it in the meantime.
                    Err(error) if error.code() == Code::IllegalState => {}
                    Err(error) => return Err(error),
                }
            }
        }
        self.execute(who, TidyCalls { account: mark.id }).await?;
        // What moved here may be what orders of accounts under the same group limit wait for; those do not pass it on.
        if mark.kind != GROUP_MOVED {
            self.store.mark_group(who.tenant, mark, GROUP_MOVED).await?;
        }
        Ok(done)
    }
}

fn told(order: &OrderView, is_as_it_was: bool) -> Rechecked {
    let is_free = matches!(order.state, OrderState::Approved | OrderState::Released);
    Rechecked { orders: 1, changed: u64::from(!is_as_it_was), freed: u64::from(is_free), ..Rechecked::default() }
}

/// Marks in the order they are worked.
async fn marks(read: &Read, limit: u64) -> Result<Vec<recheck::Model>> {
    use recheck::Column as C;
    let query = recheck::find(read.tenant()).filter(C::Tries.lt(TRIES_MAX));
    let query = query.order_by_asc(C::Tries).order_by_asc(C::MarkedAt).order_by_asc(C::Id).limit(limit);
    query.all(read.db()).await.map_err(failed)
}

/// Orders of the account that wait, the oldest first, behind the last one that was looked at.
async fn waiting(read: &Read, account: AccountId, behind: Option<OrderId>) -> Result<Vec<OrderId>> {
    use sales_order::Column as C;
    let query = sales_order::find(read.tenant()).select_only().column(C::Id).filter(C::AccountId.eq(account));
    let query = query.filter(C::State.is_in([OrderState::Held, OrderState::PartiallyReleased]));
    let query = behind.into_iter().fold(query, |query, last| query.filter(C::Id.gt(last)));
    query.order_by_asc(C::Id).limit(ORDERS_AT_ONCE).into_tuple().all(read.db()).await.map_err(failed)
}
