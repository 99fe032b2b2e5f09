//! What each kind of hold rule looks at. Conditions are inclusive (numbers.md §9 row 12), and disputed money never counts (contract
//! choice 6).

use super::{Cause, WayOut, review_overdue};
use crate::contract::rules::last_settlement;
use crate::policy::{HoldKind, HoldRule};
use crate::words::contract::ReleaseMode;
use crate::words::day::{add_days, days_between};
use crate::words::error::Result;
use crate::words::facts::{Facts, OrderFacts, Reason};
use crate::words::id::InstalmentId;
use crate::words::money::Money;
use crate::words::text::Bilingual;
use chrono::NaiveDate;

/// What the rules look at.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'a> {
    /// The account with what is open.
    pub facts: &'a Facts,
    /// The order.
    pub order: &'a OrderFacts,
    /// What it is worth in the account's currency; none without a rate.
    pub value: Option<Money>,
    /// The limit in force, in the account's currency.
    pub limit: Option<Money>,
    /// What the account stands at without this order, disputed money left out.
    pub stands: Money,
}

/// The reason this rule gives, with what ends it.
pub(super) fn cause(rule: &HoldRule, looked: &Looked<'_>) -> Result<Option<Cause>> {
    let (facts, limit) = (looked.facts, looked.limit);
    match rule.kind {
        HoldKind::DaysOverdue => {
            let from_days = rule.days.unwrap_or(1).max(1);
            Ok(days_overdue(from_days, overdue(facts, from_days)?))
        }
        HoldKind::OverdueAmount => overdue_amount(rule, limit, overdue(facts, 1)?),
        // An expired limit holds by the core rule from its first day on (decision 21): a rule with days of grace would only be milder.
        HoldKind::LimitExpired => Ok(None),
        HoldKind::PriorBalanceOpen => prior_balance(rule, facts),
        HoldKind::OrderAmount => order_amount(rule, looked),
        HoldKind::ShareOfLimit => share_of_limit(rule, looked),
        HoldKind::Terms => Ok(terms(rule, facts)),
        HoldKind::BatchLag => batch_lag(rule, looked),
        HoldKind::ReviewOverdue => Ok(review_overdue::cause(rule.days.unwrap_or(0), facts)),
        HoldKind::MonthlySettlement => monthly_settlement(rule, facts),
    }
}

/// Undisputed money that is owed.
pub struct Owed {
    /// How much.
    pub amount: Money,
    oldest_days: i64,
    /// On which items; none where they are too many to be named.
    pub items: Vec<InstalmentId>,
}

/// What is at least so many calendar days past due (decision 10: limits look at calendar days).
///
/// # Errors
/// `amount_out_of_range` when the sum leaves the range of money.
pub fn overdue(facts: &Facts, from_days: i64) -> Result<Owed> {
    owed(facts, |due_on| days_between(due_on, facts.today) >= from_days)
}

/// What is open and due on such days. From the rows when all are there, else from the sums by due date, which are never cut.
fn owed(facts: &Facts, counts: impl Fn(NaiveDate) -> bool) -> Result<Owed> {
    let currency = facts.account.currency;
    let mut found = Owed { amount: Money::zero(currency), oldest_days: 0, items: Vec::new() };
    let list = &facts.open_items;
    let rows = list.rows.iter().filter(|_| !list.is_cut).map(|row| (Some(row.id), row.due_on, row.open, row.disputed));
    let sums = list.by_due.iter().filter(|_| list.is_cut).map(|sum| (None, sum.due_on, sum.open, sum.disputed));
    for (item, due_on, open, disputed) in rows.chain(sums) {
        if open.currency() == currency && counts(due_on) && open.minor() > disputed.minor() {
            found.amount = found.amount.checked_add(open.checked_sub(disputed)?)?;
            found.oldest_days = found.oldest_days.max(days_between(due_on, facts.today));
            found.items.extend(item);
        }
    }
    Ok(found)
}

fn days_overdue(from_days: i64, overdue: Owed) -> Option<Cause> {
    let Owed { amount, oldest_days, items } = overdue;
    if oldest_days < from_days {
        return None;
    }
    let en = format!("{amount} is {from_days} days or more past due, the oldest by {oldest_days} days.");
    let zh = format!("逾期 {from_days} 天及以上的款项共 {amount}，最长 {oldest_days} 天。");
    Some(held("days_overdue", amount, items, en, zh))
}

/// Amount *and* share of the limit must both be reached; without a limit there is no share to reach (numbers.md §2).
fn overdue_amount(rule: &HoldRule, limit: Option<Money>, overdue: Owed) -> Result<Option<Cause>> {
    let Owed { amount, items, .. } = overdue;
    let from = rule.amount.map_or(Ok(Money::zero(amount.currency())), |units| Money::round_half_up(units, amount.currency()))?;
    let is_share = |bps: i64| limit.is_none_or(|limit| i128::from(amount.minor()) * 10_000 >= i128::from(limit.minor()) * i128::from(bps));
    if !amount.is_positive() || amount.minor() < from.minor() || !rule.share_bps.is_none_or(is_share) {
        return Ok(None);
    }
    let en = format!("{amount} is overdue; orders are held from {from} on.");
    let zh = format!("逾期金额 {amount}，达到控货标准 {from}。");
    Ok(Some(held("overdue_amount", amount, items, en, zh)))
}

/// 前款不结，后货不送: anything overdue, or open at all where the rule says so (OR-03).
fn prior_balance(rule: &HoldRule, facts: &Facts) -> Result<Option<Cause>> {
    let found = if rule.any_open { owed(facts, |_| true)? } else { overdue(facts, 1)? };
    let Owed { amount, items, .. } = found;
    if !amount.is_positive() {
        return Ok(None);
    }
    let (open, zh_open) = if rule.any_open { ("open", "未付") } else { ("overdue", "逾期") };
    let en = format!("{amount} of earlier deliveries is {open}; the next one waits until it is paid.");
    let zh = format!("前款{zh_open} {amount}，结清后方可发货。");
    Ok(Some(held("prior_balance_open", amount, items, en, zh)))
}

/// In the account's currency; an order without a rate is the limit's to hold.
fn order_amount(rule: &HoldRule, looked: &Looked<'_>) -> Result<Option<Cause>> {
    let (Some(units), Some(amount)) = (rule.amount, looked.value) else { return Ok(None) };
    let from = Money::round_half_up(units, amount.currency())?;
    if amount.minor() < from.minor() {
        return Ok(None);
    }
    let en = format!("Orders of {from} and more are looked at by a person before they ship; this one is worth {amount}.");
    let zh = format!("单笔订单达到 {from} 须人工审批，本单金额 {amount}。");
    Ok(Some(by_person("order_amount", en, zh)))
}

/// Without a limit there is no share to reach; a limit of zero is for the limit itself to hold.
fn share_of_limit(rule: &HoldRule, looked: &Looked<'_>) -> Result<Option<Cause>> {
    let limit = looked.limit.filter(|limit| limit.is_positive());
    let (Some(bps), Some(limit), Some(value)) = (rule.share_bps, limit, looked.value) else { return Ok(None) };
    let from = limit.share(bps)?;
    let used = looked.stands.checked_add(value)?;
    if used.minor() < from.minor() {
        return Ok(None);
    }
    // The figure itself holds, so one minor unit less has to be left.
    let pay = Money::new(used.minor() - from.minor() + 1, used.currency());
    let en = format!("With this order {used} of the limit of {limit} is used; orders are held from {from} on.");
    let zh = format!("加上本单将占用额度 {used}（额度 {limit}），达到控货线 {from}。");
    Ok(Some(held("share_of_limit", pay, Vec::new(), en, zh)))
}

/// Long terms and some ways to pay are for a person to look at.
fn terms(rule: &HoldRule, facts: &Facts) -> Option<Cause> {
    let of_contract = facts.contract.as_ref().and_then(|contract| contract.agreed.as_ref()?.due_days);
    let days = of_contract.or(facts.account.terms_days);
    if let Some((days, from)) = days.zip(rule.days).filter(|(days, from)| days >= from) {
        let en = format!("There are {days} days to pay; orders with {from} days and more are looked at by a person.");
        let zh = format!("账期 {days} 天，账期满 {from} 天的订单须人工审批。");
        return Some(by_person("terms", en, zh));
    }
    let mode = facts.account.payment_mode.as_ref().filter(|mode| rule.payment_modes.contains(mode))?;
    let en = format!("This account pays by {mode}; such orders are looked at by a person.");
    Some(by_person("terms", en, format!("该客户付款方式为 {mode}，此类订单须人工审批。")))
}

/// The batch so many before this one, of the same contract. A contract that is paid by batches says so itself.
fn batch_lag(rule: &HoldRule, looked: &Looked<'_>) -> Result<Option<Cause>> {
    let (Some(contract), Some(batch)) = (&looked.facts.contract, looked.order.batch_no) else { return Ok(None) };
    let is_by_batches = contract.agreed.as_ref().is_some_and(|agreed| agreed.mode == Some(ReleaseMode::BatchLag));
    let awaited = Some(batch - rule.lag.unwrap_or(1));
    let mut open = contract.open.iter().filter(|open| !is_by_batches && open.batch_no == awaited);
    let owed = open.try_fold(Money::zero(contract.cash.currency()), |sum, open| sum.checked_add(open.amount))?;
    if !owed.is_positive() {
        return Ok(None);
    }
    let number = &contract.external_id;
    let of_batch = |row: &&crate::words::facts::ItemFacts| row.batch_no == awaited && row.contract_external_id.as_ref() == Some(number);
    let items = looked.facts.open_items.rows.iter().filter(of_batch).map(|row| row.id).collect();
    let no = batch - rule.lag.unwrap_or(1);
    let en = format!("Batch {batch} ships once batch {no} is paid; {owed} of it is open.");
    Ok(Some(held("batch_unpaid", owed, items, en, format!("第 {batch} 批须待第 {no} 批付清后放货，第 {no} 批尚欠 {owed}。"))))
}

/// What was due by the last settlement day, from the day after its days of grace on.
fn monthly_settlement(rule: &HoldRule, facts: &Facts) -> Result<Option<Cause>> {
    let Some(day) = rule.settlement_day else { return Ok(None) };
    let settled_on = last_settlement(day, add_days(facts.today, -rule.days.unwrap_or(0)));
    let Owed { amount, items, .. } = owed(facts, |due_on| due_on <= settled_on)?;
    if !amount.is_positive() {
        return Ok(None);
    }
    let en = format!("{amount} that was due by the settlement day {settled_on} is open.");
    Ok(Some(held("settlement_overdue", amount, items, en, format!("结算日 {settled_on} 应付款项尚有 {amount} 未付。"))))
}

fn held(code: &str, pay: Money, items: Vec<InstalmentId>, en: String, zh: String) -> Cause {
    Cause { reason: Reason::core(code, Bilingual::new(en, zh)), way_out: WayOut { items, ..WayOut::pay(pay) } }
}

fn by_person(code: &str, en: String, zh: String) -> Cause {
    Cause { reason: Reason::core(code, Bilingual::new(en, zh)), way_out: WayOut::person() }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cny, day, facts, order, with_items};
    use super::*;
    use crate::words::facts::DueSum;

    fn rule(kind: HoldKind, days: Option<i64>, amount: Option<i64>, share_bps: Option<i64>) -> HoldRule {
        HoldRule { enabled: true, days, amount: amount.map(Into::into), share_bps, ..HoldRule::of(kind) }
    }

    fn told(rule: HoldRule, facts: &Facts, limit: Option<i64>) -> String {
        let stands = facts.account.exposure.checked_sub(facts.account.disputed_total).unwrap();
        let found = cause(&rule, &Looked { facts, order: &order(500), value: Some(cny(500)), limit: limit.map(cny), stands }).unwrap();
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

    #[test]
    fn or_03_what_is_overdue_holds_the_next_delivery_and_by_policy_whatever_is_open() {
        let prior = |any_open| HoldRule { any_open, ..rule(HoldKind::PriorBalanceOpen, None, None, None) };
        let due = with_items(facts(0), &[(1, "2025-03-14", 60, 10), (2, "2025-06-01", 40, 0)]);
        let late = with_items(due.clone(), &[(3, "2025-03-13", 5, 0)]);
        for (rule, facts, expected) in [
            (prior(false), &due, ""),
            (prior(true), &due, "prior_balance_open 90.00 2"),
            (prior(false), &late, "prior_balance_open 5.00 1"),
            (prior(true), &facts(0), ""),
        ] {
            assert_eq!(told(rule.clone(), facts, None), expected, "{rule:?}");
        }
    }

    #[test]
    fn size_share_and_terms_hold_from_their_figure_on() {
        use HoldKind::{OrderAmount, ShareOfLimit, Terms};
        // The order is worth 500, the account stands at 400.
        let mut stands = facts(400);
        (stands.account.terms_days, stands.account.payment_mode) = (Some(60), Some("bill".into()));
        let paid_by = |mode: &str| HoldRule { payment_modes: vec![mode.into()], ..rule(Terms, None, None, None) };
        for (rule, limit, expected) in [
            (rule(OrderAmount, None, Some(500), None), None, "order_amount - 0"),
            (rule(OrderAmount, None, Some(501), None), None, ""),
            (rule(ShareOfLimit, None, None, Some(9_000)), Some(1_000), "share_of_limit 0.01 0"),
            (rule(ShareOfLimit, None, None, Some(8_000)), Some(1_000), "share_of_limit 100.01 0"),
            (rule(ShareOfLimit, None, None, Some(9_001)), Some(1_000), ""),
            (rule(ShareOfLimit, None, None, Some(1)), None, ""),
            (rule(Terms, Some(60), None, None), None, "terms - 0"),
            (rule(Terms, Some(61), None, None), None, ""),
            (paid_by("bill"), None, "terms - 0"),
            (paid_by("transfer"), None, ""),
        ] {
            assert_eq!(told(rule.clone(), &stands, limit), expected, "{rule:?} {limit:?}");
        }
    }

    #[test]
    fn a_settlement_day_of_the_policy_has_its_own_days_of_grace() {
        let settle =
            |settlement_day, days| HoldRule { settlement_day: Some(settlement_day), ..rule(HoldKind::MonthlySettlement, days, None, None) };
        let owing = with_items(facts(0), &[(1, "2025-03-10", 70, 0), (2, "2025-03-11", 9, 0)]);
        // Today is 14 March.
        assert_eq!(told(settle(10, None), &owing, None), "settlement_overdue 70.00 1");
        assert_eq!(told(settle(10, Some(3)), &owing, None), "settlement_overdue 70.00 1");
        assert_eq!(told(settle(10, Some(4)), &owing, None), "");
        assert_eq!(told(settle(14, None), &owing, None), "");
    }
}
