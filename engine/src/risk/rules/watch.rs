//! Who belongs on the watch-list (GR-04): any criterion of the policy is enough (numbers.md §4).

use super::{counted, gravest, oldest_days, plan};
use crate::limit::rules::InForce;
use crate::policy::WatchCriteria;
use crate::signal::entry;
use crate::words::day::days_between;
use crate::words::error::Result;
use crate::words::facts::{Facts, Reason};
use crate::words::money::Money;
use crate::words::signal::{SignalFacts, SignalType};
use crate::words::text::Bilingual;

/// Every criterion that is met, with its figures.
pub fn reasons(facts: &Facts, limit: InForce, criteria: &WatchCriteria) -> Result<Vec<Reason>> {
    let mut found = Vec::new();
    found.extend(criteria.broken_promises.and_then(|from| plan::broken(facts, from)));
    found.extend(criteria.oldest_days.and_then(|most| oldest_item(facts, most)));
    if criteria.over_limit {
        found.extend(over_limit(facts, limit)?);
    }
    found.extend(criteria.bounce_days.and_then(|days| bounce(facts, days)));
    found.extend(criteria.signal.and_then(|severity| {
        let (live, signal) = gravest(facts).filter(|(live, _)| *live >= severity)?;
        let known = entry(signal.kind);
        let zh = format!("存在 {live} 级预警信号：{}。", known.zh);
        Some(reason("signal", format!("A signal of severity {live} is live: {}.", known.en), zh))
    }));
    found.extend(criteria.review_overdue_days.and_then(|most| review_overdue(facts, most)));
    Ok(found)
}

fn reason(code: &str, en: String, zh: String) -> Reason {
    Reason::core(code, Bilingual::new(en, zh))
}

/// Strictly above the figure.
fn oldest_item(facts: &Facts, most: i64) -> Option<Reason> {
    let days = oldest_days(facts);
    let text = || {
        let en = format!("The oldest item is {days} days past due, more than {most}.");
        reason("oldest_item", en, format!("最早一笔已逾期 {days} 天，超过 {most} 天。"))
    };
    (days > most).then(text)
}

/// Only against a limit that somebody set: who has none is not above it.
fn over_limit(facts: &Facts, limit: InForce) -> Result<Option<Reason>> {
    let InForce::Amount { amount: limit } = limit else { return Ok(None) };
    let used = counted(facts, Money::zero(facts.account.currency))?;
    let is_over = limit.currency() == used.currency() && used.minor() > limit.minor();
    Ok(is_over.then(|| {
        let en = format!("The account stands at {used}, above its credit limit of {limit}.");
        reason("over_limit", en, format!("占用额度 {used}，已超出信用额度 {limit}。"))
    }))
}

/// Strictly more days after the day the credit review fell due.
fn review_overdue(facts: &Facts, most: i64) -> Option<Reason> {
    let due_on = facts.account.credit_review_on?;
    let days = days_between(due_on, facts.today);
    let text = || {
        let en = format!("The credit review fell due on {due_on}, {days} days ago.");
        reason("review_overdue", en, format!("信用复核应于 {due_on} 完成，已逾期 {days} 天。"))
    };
    (days > most).then(text)
}

/// A bounce, whatever is left of it as a signal.
pub(super) fn is_bounce(signal: &SignalFacts) -> bool {
    signal.kind == SignalType::Bounce
}

fn bounce(facts: &Facts, days: i64) -> Option<Reason> {
    let bounces = facts.risk.signals.iter().filter(|signal| is_bounce(signal)).map(|signal| signal.fading.observed_on);
    let last = bounces.filter(|on| (0..days).contains(&days_between(*on, facts.today))).max()?;
    let en = format!("A payment bounced on {last}, less than {days} days ago.");
    Some(reason("bounce", en, format!("{last} 有付款被银行退回，距今不满 {days} 天。")))
}
