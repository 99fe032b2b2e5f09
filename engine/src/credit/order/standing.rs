//! How the account stands in a check, and what its plan level says: judged from the facts of the check, so that the answer never waits
//! for the next review.

use super::load::Check;
use crate::account::claimed;
use crate::command::Attempt;
use crate::credit::rules::check::CheckBasis;
use crate::doors::store::AccountClaim;
use crate::facts::Gathered;
use crate::policy::PlanLevel;
use crate::risk::is_kept;
use crate::risk::rules::judge;
use crate::risk::rules::standing::{CreditStanding, credit_standing};
use crate::words::error::Result;
use crate::words::facts::Reason;
use crate::words::money::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the account stands with and without an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderStanding {
    /// As it stood in the check, this order not counted.
    pub now: CreditStanding,
    /// As it would stand with this order shipped.
    pub if_shipped: CreditStanding,
    /// Why it would stand so, the gravest first; none when all is well.
    pub reasons: Vec<Reason>,
}

/// What a check knows of the danger an account is in.
#[derive(Clone, Debug)]
pub(super) struct Stands {
    /// Its level of the account plan today; none on the first one.
    pub(super) level: Option<PlanLevel>,
    /// What the answer tells of its standing.
    pub(super) told: OrderStanding,
    /// Does the judgement differ from what the last review kept?
    is_moved: bool,
}

impl Stands {
    /// Who lets a held order go, where the plan level of the account names somebody.
    pub(super) fn approver(&self) -> Option<&str> {
        self.level.as_ref().and_then(|level| level.measures.approver.as_deref())
    }
}

/// Judges the account of a check. What the order reserves already is not counted twice.
pub(super) fn stands(gathered: &Gathered, basis: &CheckBasis, attempt: &Attempt) -> Result<Stands> {
    let (facts, rules) = (&gathered.facts, &attempt.ground.policy.risk);
    let judged = judge(facts, basis.limit, rules)?;
    let level = rules.plan_levels.get(judged.level).filter(|_| judged.level > 0);
    let of = |minor: i64| credit_standing(facts, basis.limit, rules, level, Money::new(minor, basis.own_reservation.currency()));
    let (reserved, value) = (basis.own_reservation.minor(), basis.on_credit().map_or(0, Money::minor));
    let (now, shipped) = (of(-reserved)?, of(value - reserved)?);
    Ok(Stands {
        level: level.cloned(),
        told: OrderStanding { now: now.standing, if_shipped: shipped.standing, reasons: shipped.reasons },
        is_moved: !is_kept(gathered.profile.as_ref(), &judged, rules),
    })
}

impl Check {
    /// The claim of a check. Where the judgement has moved on from what is kept, it leaves a date for the review.
    pub(super) fn claim(&self, attempt: &Attempt) -> AccountClaim {
        let mut claim = claimed(&self.gathered.account);
        if self.stands.is_moved {
            claim.next_review_on = claim.next_review_on.into_iter().chain([attempt.stamp.today]).min();
        }
        claim
    }
}
