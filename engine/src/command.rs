//! The heart of the house: what a caller wants done, and the one way it gets done.

use crate::doors::decision::{Record, decision};
use crate::doors::idempotency::idempotency;
use crate::doors::lanes::Lanes;
use crate::doors::precondition;
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Read, failed};
use crate::engine::Engine;
use crate::ground::Ground;
use crate::words::asked::{Asked, PluginSet};
use crate::words::caller::{Caller, IdempotencyKey};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CreditGroupId, DecisionId, RowId};
use crate::words::stamp::Stamp;
use rand::RngExt as _;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How often a lost race is repeated from the top before the caller is told (contract choice 15).
pub const RACES_MAX: u32 = 10;

/// One attempt at a command: who, when, and on which ground.
#[derive(Clone)]
pub struct Attempt {
    /// Who asks.
    pub who: Caller,
    /// The moment, the business day, and the source of ids.
    pub stamp: Arc<Stamp>,
    /// Settings, policy, calendar and plugins at one revision.
    pub ground: Arc<Ground>,
    /// How many attempts lost before this one.
    pub lost: u32,
}

impl Attempt {
    /// The row of a decision made in this attempt for today, with facts of its own. `cause` is what led to it, and its id.
    pub fn decision(
        &self,
        id: DecisionId,
        account: Option<AccountId>,
        cause: (&str, Uuid),
        outcome: &str,
        record: Record,
    ) -> decision::Model {
        decision::Model {
            tenant_id: self.who.tenant,
            id,
            account_id: account,
            cause: cause.0.to_owned(),
            cause_id: cause.1,
            effective_on: self.stamp.today,
            at: self.stamp.at,
            actor: self.who.actor.to_string(),
            request_id: self.who.request_id.to_string(),
            attempts: i64::from(self.lost) + 1,
            revision: self.ground.revision,
            policy_id: self.ground.policy_id,
            outcome: outcome.to_owned(),
            record: Payload(record),
            facts_id: RowId(self.stamp.id()),
            facts_slot: 0,
        }
    }
}

/// What a decision comes to: an answer, and everything that follows from it.
pub struct Decided<D> {
    /// The answer, or the refusal that leaves word of itself.
    pub done: Result<D>,
    /// What is written; nothing when the same thing had been done before.
    pub changes: Option<Changes>,
}

impl<D> Decided<D> {
    /// An answer with what follows from it.
    pub fn new(done: D, changes: Changes) -> Self {
        Self { done: Ok(done), changes: Some(changes) }
    }

    /// A refusal of which something is kept all the same: the record of who said no, and the work it leaves for a person. What was wanted
    /// has not happened.
    pub fn refused(refusal: Error, changes: Changes) -> Self {
        Self { done: Err(refusal), changes: Some(changes) }
    }

    /// The same thing was done before, under the same external id: the first answer again, and nothing to write.
    pub fn before(done: D) -> Self {
        Self { done: Ok(done), changes: None }
    }
}

/// The answer to a command, and whether it had been given before.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<D> {
    /// The answer.
    pub done: D,
    /// Was this a repetition of something already done?
    pub is_replay: bool,
    /// Was it recognised by its idempotency key, so that the very same answer is owed, and not by its content?
    pub is_by_key: bool,
}

/// Something a caller wants done. Only `facts` may wait; `ask` and `decide` are plain functions.
pub trait Command: Send + Sync + 'static {
    /// What the decision looks at.
    type Facts: Send + Sync + 'static;
    /// The answer, as outsiders read it.
    type Done: Serialize + DeserializeOwned + Send;

    /// The account whose lane this takes and whose version the change will claim; none for what belongs to no account.
    fn account(&self) -> Option<AccountId>;

    /// Everything the decision may look at, read once; the account and its version first.
    fn facts(&self, read: &Read, attempt: &Attempt) -> impl Future<Output = Result<Self::Facts>> + Send;

    /// The root of the groups whose limits this uses up, once the facts tell: its lane is taken after the account's.
    fn shares(&self, _: &Self::Facts) -> Option<CreditGroupId> {
        None
    }

    /// Does this command have a question for plugins?
    fn asks(&self, _: &dyn PluginSet) -> bool {
        false
    }

    /// The question for plugins.
    fn ask(&self, _: &Self::Facts, _: &Attempt) -> Asked {
        Asked::nobody()
    }

    /// The answer with all that follows from it.
    fn decide(&self, facts: &Self::Facts, asked: &Asked, attempt: &Attempt) -> Result<Decided<Self::Done>>;
}

impl Engine {
    /// Does it: facts, question, decision, one short transaction; again from the top when someone was faster.
    ///
    /// # Errors
    /// What the command refuses, or `try_again` after [`RACES_MAX`] lost races.
    pub async fn execute<C: Command>(&self, who: &Caller, command: C) -> Result<Outcome<C::Done>> {
        let command = Arc::new(command);
        let _lane = enter(&self.lanes, who, command.account()).await; // good manners; the version is the law
        let mut ground = self.ground(who.tenant).await?;
        for lost in 0..RACES_MAX {
            pause_after(lost).await;
            let stamp = Arc::new(ground.stamp(&*self.clock));
            let attempt = Attempt { who: who.clone(), stamp, ground: ground.clone(), lost };
            match self.attempt(&command, attempt).await {
                Err(error) if error.is_lost_race() => {
                    let now = self.refresh_ground(who.tenant).await?;
                    let reason = if now.revision == ground.revision { "account" } else { "rules" };
                    metrics::counter!("recoup_plugin_lost_races_total", "reason" => reason).increment(1);
                    ground = now;
                }
                answer => return answer,
            }
        }
        Err(Error::new(Code::TryAgain, "others were faster ten times in a row; nothing was changed"))
    }

    /// Refuses what only looks at a thing, and so is no command, where it insists on another version of it than there is.
    ///
    /// # Errors
    /// `stale_version` with the version there is.
    pub async fn judge_expected(&self, who: &Caller) -> Result<()> {
        match &who.expected {
            Some(expected) => precondition::judge(&self.store.read(who.tenant), who, expected).await,
            None => Ok(()),
        }
    }

    async fn attempt<C: Command>(&self, command: &Arc<C>, attempt: Attempt) -> Result<Outcome<C::Done>> {
        let read = self.store.read(attempt.who.tenant);
        if let Some(key) = &attempt.who.idempotency
            && let Some(done) = answered_before(&read, key).await?
        {
            return Ok(Outcome { done, is_replay: true, is_by_key: true });
        }
        let mut facts = command.facts(&read, &attempt).await?; // no transaction is open here …
        let _shared = match command.shares(&facts) {
            Some(root) => {
                let (lane, has_waited) = self.lanes.enter_group(attempt.who.tenant, root).await;
                if has_waited {
                    facts = command.facts(&read, &attempt).await?;
                }
                Some(lane)
            }
            None => None,
        };
        if let Some(expected) = &attempt.who.expected {
            precondition::judge(&read, &attempt.who, expected).await?;
        }
        let facts = Arc::new(facts);
        let asked = ask(command, &facts, &attempt).await?; // … nor here
        let Decided { done, changes } = command.decide(&facts, &asked, &attempt)?;
        let changes = changes.map(|changes| changes.tell_listeners(&*attempt.ground.plugins, &attempt.stamp));
        let Some(mut changes) = changes else { return Ok(Outcome { done: done?, is_replay: true, is_by_key: false }) };
        // A refusal is answered anew each time, so it is not kept under the key.
        if let (Some(key), Ok(done)) = (&attempt.who.idempotency, &done) {
            changes.idempotency = Some((key.clone(), serde_json::to_value(done).map_err(Error::internal)?));
        }
        self.store.write(&attempt.who, &attempt.stamp, attempt.ground.revision, changes).await?;
        Ok(Outcome { done: done?, is_replay: false, is_by_key: false })
    }
}

async fn enter<'a>(lanes: &'a Lanes, who: &Caller, account: Option<AccountId>) -> Option<tokio::sync::MutexGuard<'a, ()>> {
    match account {
        Some(account) => Some(lanes.enter(who.tenant, account).await),
        None => None,
    }
}

/// Scripts run on the blocking pool: they are short, but they never hold up a thread that serves others.
async fn ask<C: Command>(command: &Arc<C>, facts: &Arc<C::Facts>, attempt: &Attempt) -> Result<Asked> {
    if !command.asks(&*attempt.ground.plugins) {
        return Ok(Asked::nobody());
    }
    let (command, facts, attempt) = (command.clone(), facts.clone(), attempt.clone());
    tokio::task::spawn_blocking(move || command.ask(&facts, &attempt)).await.map_err(Error::internal)
}

async fn answered_before<D: DeserializeOwned>(read: &Read, key: &IdempotencyKey) -> Result<Option<D>> {
    let row = idempotency::find(read.tenant()).filter(idempotency::Column::Scope.eq(&key.scope)).one(read.db()).await.map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    if row.fingerprint != key.fingerprint {
        return Err(Error::new(Code::IdempotencyKeyReused, "this Idempotency-Key was used with another body").at("@Idempotency-Key"));
    }
    serde_json::from_str(&row.answer).map(Some).map_err(Error::internal)
}

/// Nothing before the first attempt, then a little longer each time, with jitter so that rivals do not meet again.
pub(crate) async fn pause_after(lost: u32) {
    if lost > 0 {
        let most = 1_u64 << lost.min(6);
        // The generator belongs to its thread and must be gone before the wait.
        let wait = Duration::from_millis(rand::rng().random_range(0..=most));
        tokio::time::sleep(wait).await;
    }
}
