//! Hold rules of the policy: more reasons to hold an order than limit, account hold and account block. Shipped off (decision 49);
//! their conditions are inclusive (numbers.md §9 row 12), and disputed money never counts (contract choice 6).

use super::{Cause, WayOut};
use crate::policy::{HoldKind, HoldRule};
use crate::words::day::days_between;
use crate::words::error::Result;
use crate::words::facts::{Facts, Reason};
use crate::words::id::InstalmentId;
use crate::words::money::Money;
use crate::words::text::Bilingual;

/// The reasons of all rules in force, with what ends them. `limit` is the limit in force, in the account's currency.
pub fn causes(rules: &[HoldRule], facts: &Facts, limit: Option<Money>) -> Result<Vec<Cause>> {
    rules.iter().filter(|rule| rule.enabled).filter_map(|rule| cause(rule, facts, limit).transpose()).collect()
}

fn cause(rule: &HoldRule, facts: &Facts, limit: Option<Money>) -> Result<Option<Cause>> {
    match rule.kind {
        HoldKind::DaysOverdue => {
            let from_days = rule.days.unwrap_or(1).max(1);
            Ok(days_overdue(from_days, overdue(facts, from_days)?))
        }
        HoldKind::OverdueAmount => overdue_amount(rule, limit, overdue(facts, 1)?),
        // An expired limit holds by the core rule from its first day on (decision 21): a rule with days of grace would only be milder.
        HoldKind::LimitExpired => Ok(None),
    }
}

/// Undisputed money that is overdue.
pub(super) struct Overdue {
    pub(super) amount: Money,
    oldest_days: i64,
    items: Vec<InstalmentId>,
}

/// What is at least so many calendar days past due (decision 10: limits look at calendar days). From the rows when all are there,
/// else from the sums by due date, which are never cut.
pub(super) fn overdue(facts: &Facts, from_days: i64) -> Result<Overdue> {
    let currency = facts.account.currency;
    let mut found = Overdue { amount: Money::zero(currency), oldest_days: 0, items: Vec::new() };
    let list = &facts.open_items;
    let rows = list.rows.iter().filter(|_| !list.is_cut).map(|row| (Some(row.id), row.due_on, row.open, row.disputed));
    let sums = list.by_due.iter().filter(|_| list.is_cut).map(|sum| (None, sum.due_on, sum.open, sum.disputed));
    for (item, due_on, open, disputed) in rows.chain(sums) {
        let days = days_between(due_on, facts.today);
        if open.currency() == currency && days >= from_days && open.minor() > disputed.minor() {
            found.amount = found.amount.checked_add(open.checked_sub(disputed)?)?;
            found.oldest_days = found.oldest_days.max(days);
            found.items.extend(item);
        }
    }
    Ok(found)
}

fn days_overdue(from_days: i64, overdue: Overdue) -> Option<Cause> {
    let Overdue { amount, oldest_days, items } = overdue;
    if oldest_days < from_days {
        return None;
    }
    let en = format!("{amount} is {from_days} days or more past due, the oldest by {oldest_days} days.");
    let zh = format!("逾期 {from_days} 天及以上的款项共 {amount}，最长 {oldest_days} 天。");
    Some(held("days_overdue", amount, items, en, zh))
}

/// Amount *and* share of the limit must both be reached; without a limit there is no share to reach (numbers.md §2).
fn overdue_amount(rule: &HoldRule, limit: Option<Money>, overdue: Overdue) -> Result<Option<Cause>> {
    let Overdue { amount, items, .. } = overdue;
    let from = rule.amount.map_or(Ok(Money::zero(amount.currency())), |units| Money::round_half_up(units, amount.currency()))?;
    let is_share = |bps: i64| limit.is_none_or(|limit| i128::from(amount.minor()) * 10_000 >= i128::from(limit.minor()) * i128::from(bps));
    if !amount.is_positive() || amount.minor() < from.minor() || !rule.share_bps.is_none_or(is_share) {
        return Ok(None);
    }
    let en = format!("{amount} is overdue; orders are held from {from} on.");
    let zh = format!("逾期金额 {amount}，达到控货标准 {from}。");
    Ok(Some(held("overdue_amount", amount, items, en, zh)))
}

fn held(code: &str, pay: Money, items: Vec<InstalmentId>, en: String, zh: String) -> Cause {
    Cause { reason: Reason::core(code, Bilingual::new(en, zh)), way_out: WayOut { pay: Some(pay), items, expires_on: None } }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cny, day, facts, with_items};
    use super::*;
    use crate::words::facts::DueSum;

    fn rule(kind: HoldKind, days: Option<i64>, amount: Option<i64>, share_bps: Option<i64>) -> HoldRule {
        HoldRule { kind, enabled: true, days, amount: amount.map(Into::into), share_bps }
    }

    fn told(rule: HoldRule, facts: &Facts, limit: Option<i64>) -> String {
        let found = causes(&[rule], facts, limit.map(cny)).unwrap();
        let pay = |cause: &Cause| cause.way_out.pay.map_or("-".to_owned(), |pay| pay.amount());
        found.iter().map(|cause| format!("{} {} {}", cause.reason.code, pay(cause), cause.way_out.items.len())).collect()
    }

    #[test]
    fn a_hold_rule_holds_from_its_figure_on_and_looks_past_what_is_disputed() {
        use HoldKind::{DaysOverdue, LimitExpired, OverdueAmount};
        // Today is 14 March: 30 days, 13 days, due today; the oldest item of all is disputed whole.
        let owing = with_items(
            facts(0),
            &[(1, "2025-01-01", 50, 50), (2, "2025-02-12", 100, 20), (3, "2025-03-01", 40, 0), (4, "2025-03-14", 9, 0)],
        );
        let clean = facts(0);
        for (rule, facts, limit, expected) in [
            (rule(DaysOverdue, Some(30), None, None), &owing, None, "days_overdue 80.00 1"),
            (rule(DaysOverdue, Some(31), None, None), &owing, None, ""),
            (rule(DaysOverdue, Some(13), None, None), &owing, None, "days_overdue 120.00 2"),
            (rule(DaysOverdue, Some(0), None, None), &owing, None, "days_overdue 120.00 2"),
            (rule(DaysOverdue, Some(0), None, None), &clean, None, ""),
            (rule(OverdueAmount, None, Some(120), None), &owing, None, "overdue_amount 120.00 2"),
            (rule(OverdueAmount, None, Some(121), None), &owing, None, ""),
            (rule(OverdueAmount, None, None, None), &clean, None, ""),
            (rule(OverdueAmount, None, Some(1), Some(1_000)), &owing, Some(1_200), "overdue_amount 120.00 2"),
            (rule(OverdueAmount, None, Some(1), Some(1_000)), &owing, Some(1_201), ""),
            (rule(OverdueAmount, None, Some(1), Some(1_000)), &owing, None, "overdue_amount 120.00 2"),
            (rule(LimitExpired, Some(0), None, None), &owing, Some(1), ""),
            (HoldRule { enabled: false, ..rule(DaysOverdue, Some(1), None, None) }, &owing, None, ""),
        ] {
            assert_eq!(told(rule.clone(), facts, limit), expected, "{rule:?} {limit:?}");
        }
    }

    #[test]
    fn a_cut_list_is_judged_by_its_sums() {
        let mut owing = with_items(facts(0), &[(1, "2025-02-12", 100, 0)]);
        owing.open_items.is_cut = true;
        owing.open_items.by_due = vec![DueSum { due_on: day("2025-02-12"), open: cny(700), disputed: cny(100), count: 7 }];
        assert_eq!(told(rule(HoldKind::DaysOverdue, Some(30), None, None), &owing, None), "days_overdue 600.00 0");
    }
}
