//! The derived credit standing (numbers.md §3): how an account stands against its limit, and what people and the plan say beside it.

use super::counted;
use crate::limit::rules::InForce;
use crate::policy::{PlanHold, PlanLevel, RiskRules};
use crate::words::error::Result;
use crate::words::facts::{Facts, Reason};
use crate::words::money::Money;
use crate::words::text::Bilingual;

crate::words! {
    /// How an account stands with us, the best first. A person sets `stop`, and `no_check` by a limit of `null` or the tenant's
    /// setting: neither changes by itself, whatever is owed.
    pub enum CreditStanding {
        /// Within its limit.
        Ok = "ok",
        /// Near its limit, or on the watch-list.
        Watch = "watch",
        /// Nobody checks its limit.
        NoCheck = "no_check",
        /// Above its limit, without one that is in force, or on hold.
        Hold = "hold",
        /// A person stopped its credit.
        Stop = "stop",
    }
}

/// A standing with its reasons, the gravest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The standing.
    pub standing: CreditStanding,
    /// Why; none when all is well.
    pub reasons: Vec<Reason>,
}

/// How the account stands on the day of the facts if so much more shipped; zero asks how it stands now. `level` is its plan level.
pub fn credit_standing(facts: &Facts, limit: InForce, rules: &RiskRules, level: Option<&PlanLevel>, shipping: Money) -> Result<Standing> {
    let mut found: Vec<(CreditStanding, Reason)> = Vec::new();
    found.extend(stopped(facts).map(|reason| (CreditStanding::Stop, reason)));
    if facts.account.is_blocked {
        found.push((CreditStanding::Stop, reason("account_blocked", "The account is blocked.", "该客户已被冻结。")));
    }
    let in_force = facts.holds.iter().find(|hold| hold.order_id.is_none() && hold.expires_on.is_none_or(|last| facts.today <= last));
    found.extend(in_force.map(|hold| {
        let en = format!("Deliveries to this account are on hold: {}.", hold.code);
        (CreditStanding::Hold, reason("account_hold", &en, &format!("该客户整户控货：{}。", hold.code)))
    }));
    found.extend(level.and_then(|level| held_by_plan(facts, level)).map(|reason| (CreditStanding::Hold, reason)));
    found.extend(against_limit(facts, limit, rules, counted(facts, shipping)?));
    found.extend(facts.risk.watched_since.map(|since| {
        let en = format!("The account has been on the watch-list since {since}.");
        (CreditStanding::Watch, reason("watch_list", &en, &format!("自 {since} 起列入重点关注名单。")))
    }));
    // Reasons of one standing stay in the order they were found.
    found.sort_by_key(|(standing, _)| std::cmp::Reverse(*standing));
    let standing = found.first().map_or(CreditStanding::Ok, |(standing, _)| *standing);
    Ok(Standing { standing, reasons: found.into_iter().map(|(_, reason)| reason).collect() })
}

fn reason(code: &str, en: &str, zh: &str) -> Reason {
    Reason::core(code, Bilingual::new(en, zh))
}

/// The reason a person gave for stopping all credit.
pub fn stopped(facts: &Facts) -> Option<Reason> {
    let stop = facts.risk.credit_stop.as_ref()?;
    let en = format!("Credit was stopped on {} by {}: {}", stop.on, stop.by, stop.reason);
    Some(reason("credit_stopped", &en, &format!("{} 已由 {} 停止授信：{}", stop.on, stop.by, stop.reason)))
}

/// The reason a plan level holds all orders today; none when it holds none.
pub fn held_by_plan(facts: &Facts, level: &PlanLevel) -> Option<Reason> {
    let key = &level.key;
    match level.measures.hold {
        PlanHold::None => None,
        PlanHold::WhileOverdue if !facts.account.overdue_total.is_positive() => None,
        PlanHold::WhileOverdue => {
            let en = format!("The account is on plan level {key}: orders wait while anything is overdue.");
            Some(reason("plan_level", &en, &format!("该客户处于预案级别 {key}：有逾期未付时一律不发货。")))
        }
        PlanHold::All => {
            let en = format!("The account is on plan level {key}: its orders are held.");
            Some(reason("plan_level", &en, &format!("该客户处于预案级别 {key}：订单一律控货。")))
        }
    }
}

/// Watch above the share, hold above the limit, both strictly (as iDempiere and metasfresh).
fn against_limit(facts: &Facts, limit: InForce, rules: &RiskRules, counted: Money) -> Option<(CreditStanding, Reason)> {
    let limit = match limit {
        InForce::NoCheck | InForce::NoRow => {
            return Some((
                CreditStanding::NoCheck,
                reason("no_check", "There is no credit check on this account.", "该客户不做额度检查。"),
            ));
        }
        InForce::Expired { ended_on } => {
            let (en, zh) = (format!("The credit limit ran out on {ended_on}."), format!("信用额度已于 {ended_on} 到期。"));
            return Some((CreditStanding::Hold, reason("limit_expired", &en, &zh)));
        }
        InForce::Unset => {
            let (en, zh) = ("No credit limit has been set for this account yet.", "该客户尚未核定信用额度。");
            return Some((CreditStanding::Hold, reason("no_credit", en, zh)));
        }
        InForce::Amount { amount } => amount,
        InForce::Prepay => Money::zero(facts.account.currency),
    };
    let above = |bps: i64| i128::from(counted.minor()) * 10_000 > i128::from(limit.minor()) * i128::from(bps);
    if above(10_000) {
        let en = format!("The account stands at {counted}, above its credit limit of {limit}.");
        return Some((CreditStanding::Hold, reason("over_limit", &en, &format!("占用额度 {counted}，已超出信用额度 {limit}。"))));
    }
    above(rules.watch_share_bps).then(|| {
        let en = format!("The account stands at {counted}, near its credit limit of {limit}.");
        (CreditStanding::Watch, reason("near_limit", &en, &format!("占用额度 {counted}，接近信用额度 {limit}。")))
    })
}
