//! Hold rules of the policy: more reasons to hold an order than limit, account hold and account block. Shipped off (decision 49);
//! their conditions are inclusive (numbers.md §9 row 12), and disputed money never counts (contract choice 6).

use super::{Cause, WayOut};
use crate::words::day::days_between;
use crate::words::error::Result;
use crate::words::facts::{Facts, OrderFacts, Reason};
use crate::words::id::InstalmentId;
use crate::words::money::Money;
use crate::words::text::Bilingual;
use serde::{Deserialize, Serialize};

/// One hold rule of the policy (numbers.md §2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldRule {
    /// What it looks at.
    #[serde(flatten)]
    pub when: HoldWhen,
    /// Grades it is for; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grades: Vec<String>,
}

/// What a hold rule looks at. Amounts are compared in their own currency only: a rule says nothing about other money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HoldWhen {
    /// An undisputed item is so many calendar days past due.
    DaysOverdue {
        /// From this day on, at least 1.
        from_days: i64,
    },
    /// So much is overdue, and where a share is given, it is that share of the limit too.
    OverdueAmount {
        /// From this amount on.
        from: Money,
        /// And from this share of the limit on, in basis points.
        #[serde(default)]
        share_of_limit_bps: Option<i64>,
    },
    /// The order is so large.
    OrderAmount {
        /// From this amount on.
        from: Money,
    },
    /// With the order so much of the limit is used.
    LimitUsed {
        /// From this share on, in basis points.
        from_bps: i64,
    },
    /// So many promises were broken in 90 days.
    BrokenPromises {
        /// From this number on.
        from: i64,
    },
}

/// What the account would stand at with the order, and its limit, in the account's currency; none where that cannot be told.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Exposure that counts, with the order.
    pub with_order: Option<Money>,
    /// The limit in force.
    pub limit: Option<Money>,
}

/// The reasons of all rules that apply.
pub fn causes(rules: &[HoldRule], facts: &Facts, order: &OrderFacts, standing: Standing) -> Result<Vec<Cause>> {
    let is_meant = |rule: &&HoldRule| rule.grades.is_empty() || facts.account.grade.as_ref().is_some_and(|own| rule.grades.contains(own));
    let found = rules.iter().filter(is_meant).map(|rule| cause(&rule.when, facts, order, standing));
    found.filter_map(Result::transpose).collect()
}

fn cause(when: &HoldWhen, facts: &Facts, order: &OrderFacts, standing: Standing) -> Result<Option<Cause>> {
    Ok(match when {
        HoldWhen::DaysOverdue { from_days } => days_overdue(*from_days, &overdue(facts, *from_days)?),
        HoldWhen::OverdueAmount { from, share_of_limit_bps } => {
            overdue_amount(*from, *share_of_limit_bps, standing.limit, &overdue(facts, 1)?)
        }
        HoldWhen::OrderAmount { from } => order_amount(*from, order),
        HoldWhen::LimitUsed { from_bps } => limit_used(*from_bps, standing),
        HoldWhen::BrokenPromises { from } => broken_promises(*from, facts.account.broken_promises_90d),
    })
}

/// Undisputed money that is overdue.
struct Overdue {
    amount: Money,
    oldest_days: i64,
    items: Vec<InstalmentId>,
}

/// What is at least so many calendar days past due (decision 10: limits look at calendar days). From the rows when all are there,
/// else from the sums by due date, which are never cut.
fn overdue(facts: &Facts, from_days: i64) -> Result<Overdue> {
    let currency = facts.account.currency;
    let mut found = Overdue { amount: Money::zero(currency), oldest_days: 0, items: Vec::new() };
    let list = &facts.open_items;
    let rows = list.rows.iter().filter(|_| !list.is_cut).map(|row| (Some(row.id), row.due_on, row.open, row.disputed));
    let sums = list.by_due.iter().filter(|_| list.is_cut).map(|sum| (None, sum.due_on, sum.open, sum.disputed));
    for (item, due_on, open, disputed) in rows.chain(sums) {
        let days = days_between(due_on, facts.today);
        let is_meant = open.currency() == currency && days >= from_days.max(1) && open.minor() > disputed.minor();
        if is_meant {
            found.amount = found.amount.checked_add(open.checked_sub(disputed)?)?;
            found.oldest_days = found.oldest_days.max(days);
            found.items.extend(item);
        }
    }
    Ok(found)
}

fn held(code: &str, way_out: WayOut, en: String, zh: String) -> Option<Cause> {
    Some(Cause { reason: Reason::core(code, Bilingual::new(en, zh)), way_out })
}

fn days_overdue(from_days: i64, overdue: &Overdue) -> Option<Cause> {
    let Overdue { amount, oldest_days, items } = overdue;
    let from_days = from_days.max(1);
    if *oldest_days < from_days {
        return None;
    }
    let en = format!("{amount} is {from_days} days or more past due, the oldest by {oldest_days} days.");
    let zh = format!("逾期 {from_days} 天及以上的款项共 {amount}，最长 {oldest_days} 天。");
    held("days_overdue", WayOut { pay: Some(*amount), items: items.clone(), expires_on: None }, en, zh)
}

fn overdue_amount(from: Money, share_bps: Option<i64>, limit: Option<Money>, overdue: &Overdue) -> Option<Cause> {
    let Overdue { amount, items, .. } = overdue;
    let is_share = |bps: i64| limit.is_none_or(|limit| i128::from(amount.minor()) * 10_000 >= i128::from(limit.minor()) * i128::from(bps));
    if amount.currency() != from.currency() || !amount.is_positive() || amount.minor() < from.minor() || !share_bps.is_none_or(is_share) {
        return None;
    }
    let en = format!("{amount} is overdue; orders are held from {from} on.");
    let zh = format!("逾期金额 {amount}，达到控货标准 {from}。");
    held("overdue_amount", WayOut { pay: Some(*amount), items: items.clone(), expires_on: None }, en, zh)
}

fn order_amount(from: Money, order: &OrderFacts) -> Option<Cause> {
    if order.amount.currency() != from.currency() || order.amount.minor() < from.minor() {
        return None;
    }
    let en = format!("Orders of {from} and more need a credit decision; this one is {}.", order.amount);
    let zh = format!("单笔订单金额达到 {from} 须经信用审批，本单为 {}。", order.amount);
    held("order_amount", WayOut::person(), en, zh)
}

fn limit_used(from_bps: i64, standing: Standing) -> Option<Cause> {
    let (used, limit) = (standing.with_order?, standing.limit.filter(|limit| limit.is_positive())?);
    let ceiling = i128::from(limit.minor()) * i128::from(from_bps);
    if i128::from(used.minor()) * 10_000 < ceiling {
        return None;
    }
    // The largest amount that still stays below the share: the condition is inclusive.
    let below = i64::try_from((ceiling - 1).div_euclid(10_000)).ok()?;
    let pay = Money::new(used.minor().checked_sub(below)?, used.currency());
    let percent = crate::words::rate::Rate::ratio(i128::from(from_bps), 100)?.0.normalize();
    let en = format!("With this order {used} of the limit of {limit} is used; orders are held from {percent} % on.");
    let zh = format!("加上本单，额度 {limit} 已占用 {used}，达到控货标准 {percent}%。");
    held("limit_used", WayOut::pay(pay), en, zh)
}

fn broken_promises(from: i64, broken: i64) -> Option<Cause> {
    if broken < from.max(1) {
        return None;
    }
    let en = format!("{broken} promises to pay were broken in the last 90 days.");
    let zh = format!("近 90 天内付款承诺失信 {broken} 次。");
    held("broken_promises", WayOut::person(), en, zh)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cny, day, facts, order, usd, with_items};
    use super::*;
    use crate::words::facts::DueSum;

    fn told(when: HoldWhen, facts: &Facts, amount: i64, limit: Option<i64>) -> String {
        let standing = Standing { with_order: facts.account.exposure.checked_add(cny(amount)).ok(), limit: limit.map(cny) };
        let rule = HoldRule { when, grades: vec![] };
        let found = causes(&[rule], facts, &order(amount), standing).unwrap();
        let pay = |cause: &Cause| cause.way_out.pay.map_or("-".to_owned(), |pay| pay.amount());
        found.iter().map(|cause| format!("{} {} {}", cause.reason.code, pay(cause), cause.way_out.items.len())).collect()
    }

    #[test]
    fn a_hold_rule_holds_from_its_figure_on_and_looks_past_what_is_disputed() {
        // Today is 14 March: 30 days, 13 days, due today; the oldest item of all is disputed whole.
        let owing = with_items(
            facts(0),
            &[(1, "2025-01-01", 50, 50), (2, "2025-02-12", 100, 20), (3, "2025-03-01", 40, 0), (4, "2025-03-14", 9, 0)],
        );
        let mut broken = facts(0);
        broken.account.broken_promises_90d = 2;
        let amount = |from, share_of_limit_bps| HoldWhen::OverdueAmount { from, share_of_limit_bps };
        for (when, facts, ordered, limit, expected) in [
            (HoldWhen::DaysOverdue { from_days: 30 }, &owing, 1, None, "days_overdue 80.00 1"),
            (HoldWhen::DaysOverdue { from_days: 31 }, &owing, 1, None, ""),
            (HoldWhen::DaysOverdue { from_days: 13 }, &owing, 1, None, "days_overdue 120.00 2"),
            (HoldWhen::DaysOverdue { from_days: 0 }, &owing, 1, None, "days_overdue 120.00 2"),
            (HoldWhen::DaysOverdue { from_days: 0 }, &broken, 1, None, ""),
            (amount(cny(120), None), &owing, 1, None, "overdue_amount 120.00 2"),
            (amount(cny(121), None), &owing, 1, None, ""),
            (amount(usd(1), None), &owing, 1, None, ""),
            (amount(cny(1), Some(1_000)), &owing, 1, Some(1_200), "overdue_amount 120.00 2"),
            (amount(cny(1), Some(1_000)), &owing, 1, Some(1_201), ""),
            (HoldWhen::OrderAmount { from: cny(500) }, &owing, 500, None, "order_amount - 0"),
            (HoldWhen::OrderAmount { from: cny(500) }, &owing, 499, None, ""),
            (HoldWhen::LimitUsed { from_bps: 9_000 }, &owing, 701, Some(1_000), "limit_used 0.01 0"),
            (HoldWhen::LimitUsed { from_bps: 9_000 }, &owing, 700, Some(1_000), ""),
            (HoldWhen::LimitUsed { from_bps: 9_000 }, &owing, 800, Some(1_000), "limit_used 99.01 0"),
            (HoldWhen::LimitUsed { from_bps: 9_000 }, &owing, 701, None, ""),
            (HoldWhen::BrokenPromises { from: 2 }, &broken, 1, None, "broken_promises - 0"),
            (HoldWhen::BrokenPromises { from: 3 }, &broken, 1, None, ""),
        ] {
            assert_eq!(told(when.clone(), facts, ordered, limit), expected, "{when:?} order {ordered}");
        }
    }

    #[test]
    fn a_cut_list_is_judged_by_its_sums() {
        let mut owing = with_items(facts(0), &[(1, "2025-02-12", 100, 0)]);
        owing.open_items.is_cut = true;
        owing.open_items.by_due = vec![DueSum { due_on: day("2025-02-12"), open: cny(700), disputed: cny(100), count: 7 }];
        assert_eq!(told(HoldWhen::DaysOverdue { from_days: 30 }, &owing, 1, None), "days_overdue 600.00 0");
    }

    #[test]
    fn a_rule_for_some_grades_leaves_the_others_alone() {
        let rule = HoldRule { when: HoldWhen::OrderAmount { from: cny(1) }, grades: vec!["C".into()] };
        let mut graded = facts(0);
        for (grade, count) in [(None, 0), (Some("A"), 0), (Some("C"), 1)] {
            graded.account.grade = grade.map(str::to_owned);
            let standing = Standing { with_order: None, limit: None };
            assert_eq!(causes(std::slice::from_ref(&rule), &graded, &order(5), standing).unwrap().len(), count, "{grade:?}");
        }
    }
}
