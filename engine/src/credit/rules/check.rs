//! The core rule of an order check: limit, account hold, account block (decision 49), and the hold rules a policy adds.

use super::exposure;
use super::hold_rule;
use super::release::{PayToRelease, pay_to_release};
use super::{Cause, OrderDecision, WayOut};
use crate::limit::rules::InForce;
use crate::order::rules::whole_lines;
use crate::policy::HoldRule;
use crate::words::error::Result;
use crate::words::facts::{Facts, HoldFacts, OrderFacts, Reason, Verdict};
use crate::words::money::{Currency, Money};
use crate::words::text::Bilingual;
use serde::{Deserialize, Serialize};

/// What an order is checked against, beside the facts of its account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckBasis {
    /// The limit in force today.
    pub limit: InForce,
    /// What this very order already reserves for goods that have not shipped; it is not counted twice when it is checked again.
    pub own_reservation: Money,
    /// Cash on this very order that is left for what is checked: so much of it needs no credit (decision 24).
    pub deposit: Money,
    /// The share of that cash which is still unallocated, for the order comes only now: it lowers the rest of the exposure no more.
    pub taken_cash: Money,
    /// Disputed money whose dispute is past its deadline: it counts again (decision 22).
    pub disputed_late: Money,
    /// Other currencies in which the account owes something or holds orders.
    pub other_currencies: Vec<Currency>,
    /// Hold rules of the policy; those switched off do not count.
    pub hold_rules: Vec<HoldRule>,
}

impl CheckBasis {
    /// This limit and nothing else.
    pub fn of(limit: InForce, currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            limit,
            own_reservation: zero,
            deposit: zero,
            taken_cash: zero,
            disputed_late: zero,
            other_currencies: Vec::new(),
            hold_rules: Vec::new(),
        }
    }
}

/// What the core rule says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Core {
    /// The answer.
    pub decision: OrderDecision,
    /// Why it is not a plain approval, with what ends each reason.
    pub causes: Vec<Cause>,
    /// The limit in force; none when nobody checks or no figure is in force.
    pub limit: Option<Money>,
    /// All the account stands at without this order, disputed money included.
    pub exposure: Money,
    /// Limit less exposure, disputed money left out (decision 22); may be below zero, and is none where there is no figure to compare.
    pub available: Option<Money>,
    /// The smallest payment after which this check approves; none when no payment can free the order.
    pub pay_to_release: Option<PayToRelease>,
    /// How much may ship: all of an approved order; what fits when the limit is the only reason; else nothing (decision 50).
    pub releasable: Money,
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
    let currency = facts.account.currency;
    let own = if basis.own_reservation.currency() == currency { basis.own_reservation } else { Money::zero(currency) };
    let taken = if basis.taken_cash.currency() == currency { basis.taken_cash } else { Money::zero(currency) };
    let exposure = facts.account.exposure.checked_sub(own)?.checked_add(taken)?;
    let left_out = facts.account.disputed_total.checked_sub(basis.disputed_late)?;
    let limit = basis.limit.amount(currency);
    let comparable = limit.filter(|_| basis.other_currencies.is_empty());
    let available = comparable.map(|limit| exposure::available(limit, exposure, left_out)).transpose()?;

    let mut causes = Vec::new();
    if facts.account.is_blocked {
        causes.push(blocked());
    }
    causes.extend(facts.holds.iter().filter(|hold| is_of_account(hold, facts)).map(account_hold));
    let limit_cause = limit_cause(order, basis, currency, available)?;
    let is_limit_alone = causes.is_empty() && limit_cause.as_ref().is_some_and(|cause| cause.way_out.is_payable());
    causes.extend(limit_cause);
    let of_policy = hold_rule::causes(&basis.hold_rules, facts, limit)?;
    let is_limit_alone = is_limit_alone && of_policy.is_empty();
    causes.extend(of_policy);

    let fits = fits(order, basis, available);
    let (decision, releasable) = match (causes.is_empty(), is_limit_alone) {
        (true, _) => (OrderDecision::Approve, order.amount),
        (false, true) if order.is_partial_ok && fits > 0 => (OrderDecision::ReleasePartial, Money::new(fits, order.amount.currency())),
        (false, true) => (OrderDecision::Hold, Money::new(fits, order.amount.currency())),
        (false, false) => (OrderDecision::Hold, Money::zero(order.amount.currency())),
    };
    let pay_to_release = pay_to_release(facts, &causes)?;
    Ok(Core { decision, causes, limit, exposure, available, pay_to_release, releasable })
}

/// How much of an order fits into what is available and what is paid on it: whole lines where it has lines (numbers.md §2).
fn fits(order: &OrderFacts, basis: &CheckBasis, available: Option<Money>) -> i64 {
    let room = available.map_or(0, |available| available.minor().saturating_add(paid_on(order, basis)));
    cut(order, room.clamp(0, order.amount.minor().max(0)))
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

fn is_of_account(hold: &HoldFacts, facts: &Facts) -> bool {
    hold.order_id.is_none() && hold.expires_on.is_none_or(|last| facts.today <= last)
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
    cause("account_hold", WayOut { pay: hold.pay_to_release, items: Vec::new(), expires_on: hold.expires_on }, en, zh)
}

/// The reason the limit gives, if it gives one. A limit that can be compared gives a reason that a payment ends.
fn limit_cause(order: &OrderFacts, basis: &CheckBasis, currency: Currency, available: Option<Money>) -> Result<Option<Cause>> {
    let limit = match basis.limit {
        InForce::NoCheck => return Ok(None),
        InForce::Expired { ended_on } => {
            let en = format!("The credit limit ran out on {ended_on} and has not been renewed.");
            return Ok(Some(cause("limit_expired", WayOut::person(), en, format!("信用额度已于 {ended_on} 到期，尚未续批。"))));
        }
        InForce::Unset => {
            let en = "No credit limit has been set for this account yet; a credit decision is needed.".to_owned();
            let zh = "该客户尚未核定信用额度，须先完成授信审批。".to_owned();
            return Ok(Some(cause("no_credit", WayOut::person(), en, zh)));
        }
        InForce::Amount { amount } => amount,
        InForce::Prepay => Money::zero(currency),
    };
    let strange = (order.amount.currency() != currency).then(|| order.amount.currency());
    let Some(available) = available.filter(|_| strange.is_none()) else {
        return Ok(Some(no_rate(strange, currency, basis)));
    };
    let on_credit = Money::new(order.amount.minor() - paid_on(order, basis), currency);
    if on_credit.minor() <= available.minor() {
        return Ok(None);
    }
    let missing = on_credit.checked_sub(available)?;
    if limit.minor() == 0 {
        let en = format!("This account has no credit: goods ship against payment, and {missing} is not paid yet.");
        return Ok(Some(cause("no_credit", WayOut::pay(missing), en, format!("该客户无授信额度，须先款后货，尚差 {missing} 未到账。"))));
    }
    let stands = limit.checked_add(missing)?;
    let en = format!("With this order the account would stand at {stands}, {missing} above its credit limit of {limit}.");
    let zh = format!("加上本单，该客户占用额度将达 {stands}，超出信用额度 {limit} 共 {missing}。");
    Ok(Some(cause("over_limit", WayOut::pay(missing), en, zh)))
}

fn no_rate(order: Option<Currency>, currency: Currency, basis: &CheckBasis) -> Cause {
    let mut strange: Vec<&str> = basis.other_currencies.iter().map(Currency::as_str).collect();
    strange.extend(order.as_ref().map(Currency::as_str));
    strange.sort_unstable();
    strange.dedup();
    let strange = strange.join(", ");
    let en = format!("The credit limit is in {currency}, but this order or what is owed is in {strange}, and there is no exchange rate.");
    let zh = format!("信用额度币种为 {currency}，本单或应收涉及 {strange}，缺少可用汇率，无法核对额度。");
    cause("no_rate", WayOut::person(), en, zh)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
