//! The level of the account plan (GR-07): the highest one of which any trigger is met. Conditions are inclusive (numbers.md §9 row 12).

use super::{broken_promises, counted, gravest, oldest_days};
use crate::limit::rules::InForce;
use crate::policy::{PlanLevel, PlanTrigger, RiskRules};
use crate::signal::entry;
use crate::words::error::Result;
use crate::words::facts::{Facts, Reason};
use crate::words::money::Money;
use crate::words::text::Bilingual;

/// Place of the level and why it is this one; the first one has no reasons.
pub fn level(facts: &Facts, limit: InForce, rules: &RiskRules) -> Result<(usize, Vec<Reason>)> {
    for (at, level) in rules.plan_levels.iter().enumerate().skip(1).rev() {
        let reasons = met(facts, limit, level)?;
        if !reasons.is_empty() {
            return Ok((at, reasons));
        }
    }
    Ok((0, Vec::new()))
}

/// The reasons of every trigger that is met.
fn met(facts: &Facts, limit: InForce, level: &PlanLevel) -> Result<Vec<Reason>> {
    let mut reasons: Vec<Reason> = Vec::new();
    for trigger in &level.triggers {
        for reason in conditions(facts, limit, trigger)?.unwrap_or_default() {
            if reasons.iter().all(|known| known.code != reason.code) {
                reasons.push(reason);
            }
        }
    }
    Ok(reasons)
}

/// The reasons of one trigger; none when any of its conditions is not met.
fn conditions(facts: &Facts, limit: InForce, trigger: &PlanTrigger) -> Result<Option<Vec<Reason>>> {
    let mut found = Vec::new();
    if !trigger.grades.is_empty() {
        found.push(grade(facts, &trigger.grades));
    }
    found.extend(trigger.days_past_due.map(|from| days_past_due(facts, from)));
    if let Some(bps) = trigger.utilisation_bps {
        found.push(utilisation(facts, limit, bps)?);
    }
    if let Some(severity) = trigger.signal {
        found.push(gravest(facts).filter(|(live, _)| *live >= severity).map(|(live, signal)| {
            let known = entry(signal.kind);
            let on = signal.fading.observed_on;
            let en = format!("A signal of severity {live} is live: {} ({on}).", known.en);
            reason("signal", en, format!("存在 {live} 级预警信号：{}（{on}）。", known.zh))
        }));
    }
    found.extend(trigger.broken_promises.map(|from| broken(facts, from)));
    Ok(found.into_iter().collect())
}

fn reason(code: &str, en: String, zh: String) -> Reason {
    Reason::core(code, Bilingual::new(en, zh))
}

fn grade(facts: &Facts, grades: &[String]) -> Option<Reason> {
    let grade = facts.account.grade.as_ref().filter(|grade| grades.contains(grade))?;
    Some(reason("grade", format!("The credit grade is {grade}."), format!("信用等级为 {grade}。")))
}

fn days_past_due(facts: &Facts, from: i64) -> Option<Reason> {
    let days = oldest_days(facts);
    let text = || reason("days_past_due", format!("The oldest item is {days} days past due."), format!("最早一笔已逾期 {days} 天。"));
    (days >= from).then(text)
}

/// Of a limit of zero any exposure uses more than all; without an amount there is no share.
fn utilisation(facts: &Facts, limit: InForce, bps: i64) -> Result<Option<Reason>> {
    let Some(limit) = limit.amount(facts.account.currency) else { return Ok(None) };
    let used = counted(facts, Money::zero(facts.account.currency))?;
    let is_reached = used.is_positive() && i128::from(used.minor()) * 10_000 >= i128::from(limit.minor()) * i128::from(bps);
    Ok(is_reached.then(|| {
        let en = format!("{used} of the credit limit of {limit} is used.");
        reason("utilisation", en, format!("信用额度 {limit} 已占用 {used}。"))
    }))
}

/// The reason that promises were broken, from so many on.
pub(super) fn broken(facts: &Facts, from: i64) -> Option<Reason> {
    let count = broken_promises(facts);
    let text = || {
        let en = format!("{count} promises were broken in the last {} days.", super::PROMISE_DAYS);
        reason("broken_promises", en, format!("最近 {} 天内有 {count} 次承诺未兑现。", super::PROMISE_DAYS))
    };
    (count >= from.max(1)).then(text)
}
