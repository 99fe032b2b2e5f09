//! What people and the account plan say against an order, beside limit, hold and block: stopped credit, and a level that holds.

use super::hold_kind::overdue;
use super::{Cause, WayOut};
use crate::limit::rules::InForce;
use crate::policy::{PlanHold, PlanLevel, PlanRelease};
use crate::risk::rules::standing::{held_by_plan, stopped};
use crate::words::error::Result;
use crate::words::facts::Facts;

/// The reasons, with what ends them: a person lets stopped credit go; a level that waits for overdue money ends with it.
pub fn causes(facts: &Facts, level: Option<&PlanLevel>) -> Result<Vec<Cause>> {
    let mut found: Vec<Cause> = stopped(facts).map(|reason| Cause { reason, way_out: WayOut::person() }).into_iter().collect();
    let Some((level, reason)) = level.and_then(|level| Some((level, held_by_plan(facts, level)?))) else { return Ok(found) };
    let way_out = match level.measures.hold {
        PlanHold::WhileOverdue => {
            let late = overdue(facts, 1)?;
            if late.amount.is_positive() {
                WayOut { pay: Some(late.amount), items: late.items, ..WayOut::person() }
            } else {
                return Ok(found);
            }
        }
        PlanHold::None | PlanHold::All => WayOut::person(),
    };
    found.push(Cause { reason, way_out });
    Ok(found)
}

/// The limit as the plan level leaves it: one that ships only against money leaves none. What is stricter already stays.
pub fn limit_under(limit: InForce, level: Option<&PlanLevel>) -> InForce {
    match (level.and_then(|level| level.measures.release), limit) {
        (Some(PlanRelease::Prepay), InForce::NoCheck | InForce::NoRow | InForce::Amount { .. } | InForce::Prepay) => InForce::Prepay,
        (Some(PlanRelease::Prepay), InForce::Unset | InForce::Expired { .. }) | (None, _) => limit,
    }
}

/// Reasons of the limit, which name the plan level where it left none.
pub fn named(mut causes: Vec<Cause>, level: Option<&PlanLevel>) -> Vec<Cause> {
    let Some(level) = level.filter(|level| level.measures.release.is_some()) else { return causes };
    for Cause { reason, .. } in causes.iter_mut().filter(|cause| cause.reason.code == "no_credit") {
        reason.text.en.push_str(&format!(" It is on plan level {}.", level.key));
        reason.text.zh.push_str(&format!("该客户处于预案级别 {}。", level.key));
        reason.detail.clone_from(&reason.text.en);
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::super::check::{CheckBasis, check};
    use super::super::fixture::{cny, day, facts, order, with_items};
    use super::super::{OrderDecision, fixture};
    use super::*;
    use crate::policy::PlanMeasures;
    use crate::words::facts::CreditStop;

    fn level(hold: PlanHold, release: Option<PlanRelease>) -> PlanLevel {
        let measures = PlanMeasures { hold, release, ..PlanMeasures::default() };
        PlanLevel { key: "strict".into(), triggers: vec![], measures }
    }

    /// Codes, what to pay, and what could ship.
    fn told(facts: &Facts, level: Option<PlanLevel>, limit: i64) -> (OrderDecision, Vec<String>, Option<String>) {
        let in_force = limit_under(InForce::Amount { amount: cny(limit) }, level.as_ref());
        let basis = CheckBasis { plan: level, ..CheckBasis::of(in_force, cny(100)) };
        let core = check(facts, &order(100), &basis).unwrap();
        let codes = core.causes.iter().map(|cause| cause.reason.code.clone()).collect();
        (core.decision, codes, core.pay_to_release.map(|pay| pay.amount.amount()))
    }

    #[test]
    fn an_order_waits_for_a_person_where_credit_is_stopped_and_for_money_where_the_plan_says_so() {
        use OrderDecision::{Approve, Hold};
        let mut stopped = facts(0);
        stopped.risk.credit_stop = Some(CreditStop { reason: "court case".into(), by: "cli_1".into(), on: day("2025-03-01") });
        let mut late = with_items(facts(0), &[(1, "2025-03-01", 40, 10)]);
        late.account.overdue_total = fixture::cny(40);
        let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        assert_eq!(told(&stopped, None, 1_000), (Hold, codes(&["credit_stopped"]), None));
        assert_eq!(told(&late, Some(level(PlanHold::None, None)), 1_000), (Approve, codes(&[]), None));
        let waits = Some(level(PlanHold::WhileOverdue, None));
        assert_eq!(told(&late, waits.clone(), 1_000), (Hold, codes(&["plan_level"]), Some("30.00".into())));
        assert_eq!(told(&facts(0), waits, 1_000), (Approve, codes(&[]), None));
        assert_eq!(told(&facts(0), Some(level(PlanHold::All, None)), 1_000), (Hold, codes(&["plan_level"]), None));
        let prepay = Some(level(PlanHold::None, Some(PlanRelease::Prepay)));
        assert_eq!(told(&facts(0), prepay, 1_000), (Hold, codes(&["no_credit"]), Some("100.00".into())));
    }
}
