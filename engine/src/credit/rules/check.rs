//! The core rule of an order check: limit, account hold, account block (decision 49), and the hold rules a policy adds.

use super::danger;
use super::exposure::{Foreign, Parts};
use super::hold_kind::Looked;
use super::hold_rule::{self, Passed, RuleAnswer, RuleBasis};
use super::limits::{self, GroupStand, TestedLimit};
use super::part_limit::{self, Ceilings};
use super::quantity_cap::{self, Capped};
use super::release::{PayToRelease, pay_to_release};
use super::release_mode;
use super::supply::{self, Stop};
use super::{Cause, OrderDecision, WayOut};
use crate::exchange::rules::{Conversion, Rates};
use crate::grade::rules::open_account::PaysFirst;
use crate::limit::rules::InForce;
use crate::limit::security::SecurityKind;
use crate::order::rules::whole_lines;
use crate::policy::PlanLevel;
use crate::words::error::Result;
use crate::words::facts::{Facts, HoldFacts, OrderFacts, Reason, Verdict};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What an order is checked against, beside the facts of its account.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckBasis {
    /// The account's own limit in force today, its securities counted in.
    pub limit: InForce,
    /// The groups whose limits the account shares.
    pub groups: Vec<GroupStand>,
    /// What the order is worth in the account's currency; none without a rate.
    pub value: Option<Money>,
    /// What of that value is paid on the order itself: so much needs no credit (decision 24).
    pub paid: Money,
    /// What the account stands at by this very order, in its own currency, and is not counted: what it reserves already for goods that
    /// have not shipped, less unallocated cash that it takes for itself.
    pub own_reservation: Money,
    /// Cash on this very order that is left for what is checked, in its own money.
    pub deposit: Money,
    /// What the account's exposure is made of, without this order.
    pub parts: Parts,
    /// Disputed money whose dispute is past its deadline: it counts again (decision 22).
    pub disputed_late: Money,
    /// Approved orders not invoiced, this one left out, in the account's currency.
    pub orders: Money,
    /// What the account stands at in other currencies.
    pub foreign: Foreign,
    /// Insurances and guarantees that ran out, with their last days.
    pub run_out: Vec<(SecurityKind, NaiveDate)>,
    /// Ceilings of single parts of the exposure.
    pub ceilings: Ceilings,
    /// The rates in force today, where any are needed.
    pub rates: Rates,
    /// How the order's own value was converted.
    pub working: Option<Conversion>,
    /// Hold rules of the policy, and what bears on whether they run.
    pub hold_rules: RuleBasis,
    /// The account's level of the account plan, with its measures; none on the first one.
    pub plan: Option<PlanLevel>,
    /// Why the account may not buy on open account at all, if so; the limit in force is zero then.
    pub pays_first: Option<PaysFirst>,
    /// Stops of supply in force: of the account, and of this order.
    pub stops: Vec<Stop>,
    /// The cap on what it orders, where it has one and tells what it sells on.
    pub capped: Option<Capped>,
}

impl CheckBasis {
    /// This limit and nothing else, for an order of this value.
    pub fn of(limit: InForce, value: Money) -> Self {
        let zero = Money::zero(value.currency());
        Self {
            limit,
            groups: Vec::new(),
            value: Some(value),
            paid: zero,
            own_reservation: zero,
            deposit: zero,
            parts: Parts::nothing(value.currency()),
            disputed_late: zero,
            orders: zero,
            foreign: Foreign::none(value.currency()),
            run_out: Vec::new(),
            ceilings: Ceilings::default(),
            rates: Rates::default(),
            working: None,
            hold_rules: RuleBasis::default(),
            plan: None,
            pays_first: None,
            stops: Vec::new(),
            capped: None,
        }
    }
}

impl CheckBasis {
    /// What of the order needs credit, in the account's currency; none without a rate.
    pub fn on_credit(&self) -> Option<Money> {
        self.value.map(|value| Money::new(value.minor().saturating_sub(self.paid.minor()), value.currency()))
    }
}

/// What the core rule says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Core {
    /// The answer.
    pub decision: OrderDecision,
    /// Why it is not a plain approval, with what ends each reason.
    pub causes: Vec<Cause>,
    /// The tightest limit in force; none when nobody checks or no figure is in force.
    pub limit: Option<Money>,
    /// Every limit the order was tested against.
    pub limits: Vec<TestedLimit>,
    /// How amounts in other currencies were converted.
    pub workings: Vec<Conversion>,
    /// All the account stands at without this order, disputed money included.
    pub exposure: Money,
    /// What the tightest limit leaves: limit less exposure, disputed money left out (decision 22); may be below zero, and is none where there is no figure to compare.
    pub available: Option<Money>,
    /// The smallest payment after which this check approves; none when no payment can free the order.
    pub pay_to_release: Option<PayToRelease>,
    /// How much may ship: all of an approved order; what fits when the limit is the only reason; else nothing (decision 50).
    pub releasable: Money,
    /// Hold rules that the order has passed, for later checks.
    pub passed: Vec<Passed>,
    /// Hold rules that would have held it, were the account not let off them.
    pub excluded: Vec<String>,
}

impl Core {
    /// The verdict as plugins see it.
    pub fn verdict(&self) -> Verdict {
        let reasons = self.causes.iter().map(|cause| cause.reason.clone()).collect();
        Verdict { decision: self.decision.as_str().to_owned(), reasons }
    }
}

/// Checks an order (contract choice 12): approve when exposure and order together stay within the limit (numbers.md §3), nothing on
/// the account is held and nobody blocked it. Part of an order is released only when the order allows it (decision 25).
///
/// Refuses `amount_out_of_range` when sums leave the range of money.
pub fn check(facts: &Facts, order: &OrderFacts, basis: &CheckBasis) -> Result<Core> {
    let exposure = facts.account.exposure.checked_sub(basis.own_reservation)?.checked_add(basis.foreign.exposure)?;
    let disputed = facts.account.disputed_total.checked_add(basis.foreign.disputed)?;
    let left_out = disputed.checked_sub(basis.disputed_late)?;
    let tested = limits::test(order, basis, facts.account.currency, exposure, left_out)?;
    let (limit, available) = (tested.limit(), tested.available());

    let mut causes = Vec::new();
    if facts.account.is_blocked {
        causes.push(blocked());
    }
    causes.extend(supply::causes(&basis.stops, facts)?);
    causes.extend(danger::causes(facts, basis.plan.as_ref())?);
    causes.extend(facts.holds.iter().filter(|hold| is_of_account(hold, facts)).map(account_hold));
    let limit_causes = danger::named(tested.causes, basis.plan.as_ref());
    let of_contract = release_mode::of_contract(facts, order)?;
    let of_items = supply::key_items(&basis.stops, facts, order)?;
    let of_cap = quantity_cap::judge(basis.capped.as_ref(), order, basis.value)?;
    let stands = exposure.checked_sub(left_out)?;
    let looked = Looked { facts, order, value: basis.value, limit, stands };
    let RuleAnswer { causes: of_policy, passed, excluded } = hold_rule::judge(&basis.hold_rules, &looked)?;
    let mut others: Vec<Cause> = basis.run_out.iter().map(|(kind, ended_on)| security_expired(*kind, *ended_on)).collect();
    others.extend(part_limit::causes(&basis.ceilings, facts, basis)?);
    others.extend(of_policy);
    // Limit, contract, key items and cap say how much; whatever else holds, holds all of it.
    let is_about_amounts = causes.is_empty() && others.is_empty();
    let fits = fitting(order, &limit_causes, basis, available).minor().min(of_contract.may_ship.minor());
    let fits = fits.min(of_items.may_ship.minor()).min(of_cap.may_ship.minor());
    let fits = Money::new(cut(order, fits), order.amount.currency());
    causes.extend(limit_causes.into_iter().chain(of_contract.cause).chain(of_items.cause).chain(of_cap.cause).chain(others));

    let (decision, releasable) = match (causes.is_empty(), is_about_amounts) {
        (true, _) => (OrderDecision::Approve, order.amount),
        (false, true) if order.is_partial_ok && fits.is_positive() => (OrderDecision::ReleasePartial, fits),
        (false, true) => (OrderDecision::Hold, fits),
        (false, false) => (OrderDecision::Hold, Money::zero(order.amount.currency())),
    };
    let pay_to_release = pay_to_release(facts, &causes)?;
    let (limits, workings) = (tested.limits, basis.working.iter().chain(&basis.foreign.workings).cloned().collect());
    Ok(Core { decision, causes, limit, limits, workings, exposure, available, pay_to_release, releasable, passed, excluded })
}

/// How much of the order the limits leave room for, in its own currency: what is paid on it and the share of the rest that is available,
/// rounded down. All of it where they hold nothing, and nothing where no payment ends what they say.
fn fitting(order: &OrderFacts, causes: &[Cause], basis: &CheckBasis, available: Option<Money>) -> Money {
    let (currency, most) = (order.amount.currency(), order.amount.minor().max(0));
    if causes.is_empty() {
        return Money::new(most, currency);
    }
    let on_credit = basis.on_credit().filter(|_| causes.iter().all(|cause| cause.way_out.is_payable()));
    let (Some(on_credit), Some(available)) = (on_credit, available) else { return Money::zero(currency) };
    let paid = paid_on(order, basis);
    if available.currency() == currency {
        return Money::new(available.minor().saturating_add(paid).clamp(0, most), currency);
    }
    let (rest, on_credit, available) = (most - paid, on_credit.minor().max(0), available.minor().max(0));
    if available >= on_credit {
        return Money::new(most, currency);
    }
    let share = i128::from(rest) * i128::from(available) / i128::from(on_credit);
    Money::new(paid.saturating_add(i64::try_from(share).unwrap_or(0)), currency)
}

fn security_expired(kind: SecurityKind, ended_on: NaiveDate) -> Cause {
    let (en, zh) = match kind {
        SecurityKind::Insurance => ("credit insurance", "信用保险"),
        SecurityKind::Guarantee => ("guarantee", "担保"),
    };
    let en = format!("The {en} behind this account ran out on {ended_on} and was neither renewed nor withdrawn.");
    cause("security_expired", WayOut::person(), en, format!("该客户的{zh}已于 {ended_on} 到期，既未续保也未撤销。"))
}

/// What of a part of an order can ship: all of it, or its whole lines.
pub(super) fn cut(order: &OrderFacts, most: i64) -> i64 {
    if order.lines.is_empty() { most } else { whole_lines(&order.lines, most) }
}

/// What is paid on the order itself, in its own money; no more than it asks.
fn paid_on(order: &OrderFacts, basis: &CheckBasis) -> i64 {
    let is_same = basis.deposit.currency() == order.amount.currency();
    if is_same { basis.deposit.minor().clamp(0, order.amount.minor().max(0)) } else { 0 }
}

/// A stop of supply speaks for itself: it names the law it stands on.
fn is_of_account(hold: &HoldFacts, facts: &Facts) -> bool {
    hold.order_id.is_none() && !supply::is_stop(&hold.code) && hold.expires_on.is_none_or(|last| facts.today <= last)
}

fn cause(code: &str, way_out: WayOut, en: String, zh: String) -> Cause {
    Cause { reason: Reason::core(code, Bilingual::new(en, zh)), way_out }
}

fn blocked() -> Cause {
    let en = "The account is blocked; nothing ships until the block is taken off.";
    cause("account_blocked", WayOut::person(), en.to_owned(), "该客户已被冻结，解除冻结前一律不发货。".to_owned())
}

fn account_hold(hold: &HoldFacts) -> Cause {
    let (code, source) = (&hold.code, &hold.source);
    let (until_en, until_zh) =
        hold.expires_on.map_or_else(Default::default, |last| (format!(" until {last}"), format!("，有效期至 {last}")));
    let en = format!("Deliveries to this account are on hold{until_en}: {code}, placed by {source}.");
    let zh = format!("该客户处于整户控货状态{until_zh}：{code}，由 {source} 设置。");
    cause("account_hold", WayOut { pay: hold.pay_to_release, expires_on: hold.expires_on, ..WayOut::person() }, en, zh)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
