//! What outsiders see of an account's credit standing.

use super::now::{gathered, level_now};
use super::rules::standing::{self, CreditStanding};
use crate::command::Attempt;
use crate::engine::Engine;
use crate::facts::Gathered;
use crate::policy::PlanMeasures;
use crate::words::caller::Caller;
use crate::words::error::Result;
use crate::words::facts::Reason;
use crate::words::id::AccountId;
use crate::words::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// How an account stands with us today.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CreditStandingView {
    /// The account.
    pub account_id: AccountId,
    /// The business day looked at.
    pub as_of: NaiveDate,
    /// The standing: derived each time it is asked for, but for what a person set.
    pub standing: CreditStanding,
    /// Why, the gravest first; none when all is well.
    pub reasons: Vec<Reason>,
    /// The limit in force; `null` when there is no figure to compare with.
    pub limit: Option<Money>,
    /// What counts against the limit: the exposure less disputed money.
    pub counted: Money,
    /// The standing is `watch` above this; `null` without a limit.
    pub watch_above: Option<Money>,
    /// The level of the account plan.
    pub plan: PlanView,
    /// The day it came onto the watch-list; `null` when it is not on it.
    pub watched_since: Option<NaiveDate>,
}

/// A level of the account plan, and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanView {
    /// Its name.
    pub level: String,
    /// The day the account came to it; `null` on the first level, and until the next review after a change.
    pub since: Option<NaiveDate>,
    /// Why it is not the first one.
    pub reasons: Vec<Reason>,
    /// What it does.
    pub measures: PlanMeasures,
}

/// The credit standing of an account today; `not_found` when there is no such account.
pub async fn credit_standing(engine: &Engine, who: &Caller, id: AccountId) -> Result<CreditStandingView> {
    let ground = engine.ground(who.tenant).await?;
    let stamp = Arc::new(ground.stamp(engine.clock()));
    let attempt = Attempt { who: who.clone(), stamp, ground, lost: 0 };
    view(&gathered(&engine.read(who), &attempt, id).await?, &attempt)
}

/// The standing of an account that was read.
pub(super) fn view(gathered: &Gathered, attempt: &Attempt) -> Result<CreditStandingView> {
    let (facts, rules) = (&gathered.facts, &attempt.ground.policy.risk);
    let currency = facts.account.currency;
    let (level, judged) = level_now(gathered, attempt)?;
    let found = standing::credit_standing(facts, gathered.secured_limit, rules, level, Money::zero(currency))?;
    let limit = gathered.secured_limit.amount(currency);
    let key = level.map(|level| level.key.clone()).unwrap_or_default();
    let kept = gathered.profile.as_ref().filter(|profile| profile.plan_level.as_ref() == Some(&key));
    Ok(CreditStandingView {
        account_id: gathered.account.id,
        as_of: facts.today,
        standing: found.standing,
        reasons: found.reasons,
        limit,
        counted: super::rules::counted(facts, Money::zero(currency))?,
        watch_above: limit.map(|limit| limit.share(rules.watch_share_bps)).transpose()?,
        plan: PlanView {
            since: kept.and_then(|profile| profile.plan_since),
            reasons: judged.plan_reasons,
            measures: level.map(|level| level.measures.clone()).unwrap_or_default(),
            level: key,
        },
        watched_since: facts.risk.watched_since,
    })
}
