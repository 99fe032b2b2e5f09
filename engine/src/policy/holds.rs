//! Rules of the policy that hold orders, beside limit, hold and block (decision 49: shipped, but switched off).

use crate::policy::document::{HoldKind, HoldRule, Policy};
use crate::words::day::days_between;
use crate::words::facts::{AccountFacts, Reason};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// The rules every policy has, all switched off (numbers §2: kinds; the figures are our own).
pub fn shipped() -> Vec<HoldRule> {
    let off = |kind, days, amount, share_bps| HoldRule { kind, enabled: false, days, amount, share_bps };
    vec![
        off(HoldKind::DaysOverdue, Some(30), None, None),
        off(HoldKind::OverdueAmount, None, Some(Decimal::new(10_000, 0)), Some(1_000)),
        off(HoldKind::LimitExpired, Some(0), None, None),
    ]
}

/// Why the policy's own rules would hold an order of this account today; conditions are inclusive (numbers §9 row 12).
/// `limit_expired_on` is the last day of a credit limit that is no longer in force and was not followed by another.
pub fn reasons(policy: &Policy, account: &AccountFacts, limit_expired_on: Option<NaiveDate>, today: NaiveDate) -> Vec<Reason> {
    policy.hold_rules.iter().filter(|rule| rule.enabled).filter_map(|rule| reason(rule, account, limit_expired_on, today)).collect()
}

fn reason(rule: &HoldRule, account: &AccountFacts, limit_expired_on: Option<NaiveDate>, today: NaiveDate) -> Option<Reason> {
    match rule.kind {
        HoldKind::DaysOverdue => {
            let (days, from) = (account.oldest_days_past_due, rule.days?);
            (days >= from && days > 0).then(|| {
                let text = Bilingual::new(
                    format!("The oldest item is {days} days overdue; the policy holds from {from} days on."),
                    format!("最早一笔已逾期 {days} 天；策略规定满 {from} 天即冻结。"),
                );
                Reason::core("overdue_days", text)
            })
        }
        HoldKind::OverdueAmount => {
            let overdue = account.overdue_total;
            let is_much = overdue.is_positive() && overdue.decimal() >= rule.amount?;
            (is_much && is_share_reached(rule.share_bps, overdue, account.credit_limit)).then(|| {
                let text = Bilingual::new(
                    format!("{overdue} is overdue, as much as the policy holds for."),
                    format!("逾期金额 {overdue}，已达到策略规定的冻结额度。"),
                );
                Reason::core("overdue_amount", text)
            })
        }
        HoldKind::LimitExpired => {
            let (expired_on, grace) = (limit_expired_on?, rule.days?);
            (days_between(expired_on, today) > grace).then(|| {
                let text = Bilingual::new(
                    format!("The credit limit ended on {expired_on}, and its {grace} days of grace are over."),
                    format!("信用额度已于 {expired_on} 到期，{grace} 天宽限期已过。"),
                );
                Reason::core("limit_expired", text)
            })
        }
    }
}

/// Amount *and* share must both be reached; without a limit there is no share to reach.
fn is_share_reached(share_bps: Option<i64>, overdue: Money, limit: Option<Money>) -> bool {
    match (share_bps, limit) {
        (Some(bps), Some(limit)) => limit.share(bps).is_ok_and(|threshold| overdue.minor() >= threshold.minor()),
        (Some(_) | None, None) | (None, Some(_)) => true,
    }
}
