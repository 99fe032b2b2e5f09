//! Which hold rules of the policy run in a check: by checkpoint, by scope, by grace since they were last passed, and by exclusion.
//! What a rule of each kind looks at is in `hold_kind`.

use super::Cause;
use super::hold_kind::{Looked, cause};
use crate::policy::{HoldKind, HoldRule};
use crate::words::checkpoint::Checkpoint;
use crate::words::day::add_days;
use crate::words::error::Result;
use crate::words::facts::AccountFacts;
use crate::words::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The rules in force, and what bears on whether they run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleBasis {
    /// Rules of the policy; those switched off do not count.
    pub rules: Vec<HoldRule>,
    /// The step of the order's life.
    pub checkpoint: Checkpoint,
    /// Exclusions of the account that are in force today.
    pub exclusions: Vec<Exclusion>,
    /// Rules that this order passed in earlier checks.
    pub passed: Vec<Passed>,
}

/// An account is let off a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The rule's name.
    pub rule: String,
    /// Where the rule would have held, no other rule is looked at either.
    pub is_release_and_stop: bool,
}

/// A rule that an order passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The rule's name.
    pub rule: String,
    /// The day it was really looked at.
    pub on: NaiveDate,
    /// What the order was worth then: for more it is looked at again.
    pub amount: Money,
}

/// What the rules say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleAnswer {
    /// The reasons of those that hold, with what ends them.
    pub causes: Vec<Cause>,
    /// Those that the order has passed, for later checks.
    pub passed: Vec<Passed>,
    /// Those that would have held and are excluded.
    pub excluded: Vec<String>,
}

/// Runs the rules that concern this account at this checkpoint.
pub fn judge(basis: &RuleBasis, looked: &Looked<'_>) -> Result<RuleAnswer> {
    let mut answer = RuleAnswer::default();
    for rule in closest(&basis.rules, &looked.facts.account) {
        let earlier = basis.passed.iter().find(|passed| passed.rule == rule.name());
        if !runs(rule, basis.checkpoint, earlier, looked) {
            answer.passed.extend(earlier.cloned());
            continue;
        }
        let Some(cause) = cause(rule, looked)? else {
            answer.passed.push(Passed { rule: rule.name().to_owned(), on: looked.facts.today, amount: looked.order.amount });
            continue;
        };
        let Some(exclusion) = basis.exclusions.iter().find(|exclusion| exclusion.rule == rule.name()) else {
            answer.causes.push(cause);
            continue;
        };
        answer.excluded.push(exclusion.rule.clone());
        if exclusion.is_release_and_stop {
            answer.causes.clear();
            break;
        }
    }
    Ok(answer)
}

/// The rules of each kind that lie closest to the account, in the policy's order: for it alone, for its segment, for all.
fn closest<'a>(rules: &'a [HoldRule], account: &AccountFacts) -> Vec<&'a HoldRule> {
    let in_scope: Vec<(u8, &HoldRule)> =
        rules.iter().filter(|rule| rule.enabled).filter_map(|rule| nearness(rule, account).map(|near| (near, rule))).collect();
    let mut nearest: BTreeMap<HoldKind, u8> = BTreeMap::new();
    for (near, rule) in &in_scope {
        let known = nearest.entry(rule.kind).or_default();
        *known = (*known).max(*near);
    }
    in_scope.into_iter().filter(|(near, rule)| nearest.get(&rule.kind) == Some(near)).map(|(_, rule)| rule).collect()
}

/// How closely a rule names this account; not at all when it is meant for others.
fn nearness(rule: &HoldRule, account: &AccountFacts) -> Option<u8> {
    let is_of_grade = rule.grades.is_empty() || account.grade.as_ref().is_some_and(|grade| rule.grades.contains(grade));
    let is_of_account = rule.account.as_ref().is_none_or(|number| *number == account.external_id);
    let is_of_segment = rule.segment.is_none() || rule.segment == account.segment;
    let near = match (&rule.account, &rule.segment) {
        (Some(_), _) => 2,
        (None, Some(_)) => 1,
        (None, None) => 0,
    };
    (is_of_grade && is_of_account && is_of_segment).then_some(near)
}

fn runs(rule: &HoldRule, checkpoint: Checkpoint, earlier: Option<&Passed>, looked: &Looked<'_>) -> bool {
    let is_here = rule.checkpoints.is_empty() || rule.checkpoints.contains(&checkpoint);
    let is_rested = |passed: &Passed| {
        let order = looked.order.amount;
        let is_worth_more = passed.amount.currency() != order.currency() || order.minor() > passed.amount.minor();
        rule.grace_days > 0 && !is_worth_more && looked.facts.today < next_check_on(passed.on, rule.grace_days)
    };
    is_here && !earlier.is_some_and(is_rested)
}

/// After a check on day *d* with *g* days of grace the next check is on day *d + g + 1* (numbers.md §2).
pub fn next_check_on(checked_on: NaiveDate, grace_days: i64) -> NaiveDate {
    add_days(checked_on, grace_days + 1)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cny, day, facts, order, with_items};
    use super::*;

    /// A rule for everybody that holds an order of at least so many units.
    fn big(units: i64) -> HoldRule {
        HoldRule { enabled: true, amount: Some(units.into()), ..HoldRule::of(HoldKind::OrderAmount) }
    }

    fn codes(basis: &RuleBasis, units: i64) -> String {
        let facts = with_items(facts(0), &[(1, "2025-03-01", 40, 0)]);
        let order = order(units);
        let answer =
            judge(basis, &Looked { facts: &facts, order: &order, value: Some(order.amount), limit: None, stands: cny(0) }).unwrap();
        answer.causes.iter().map(|cause| cause.reason.code.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn c_19_a_rule_rests_for_its_days_of_grace_and_wakes_for_more_money() {
        assert_eq!(next_check_on(day("2025-03-01"), 2), day("2025-03-04"));
        let basis = |on: &str, grace_days, amount| RuleBasis {
            rules: vec![HoldRule { grace_days, ..big(100) }],
            passed: vec![Passed { rule: "order_amount".into(), on: day(on), amount: cny(amount) }],
            ..RuleBasis::default()
        };
        // Today is 14 March.
        for (on, grace_days, amount, expected) in [
            ("2025-03-12", 2, 100, ""),
            ("2025-03-11", 2, 100, "order_amount"),
            ("2025-03-12", 1, 100, "order_amount"),
            ("2025-03-14", 0, 100, "order_amount"),
            ("2025-03-12", 2, 99, "order_amount"),
        ] {
            assert_eq!(codes(&basis(on, grace_days, amount), 100), expected, "{on} {grace_days} {amount}");
        }
    }

    #[test]
    fn what_was_passed_is_remembered_from_the_day_it_was_really_looked_at() {
        let facts = facts(0);
        let earlier = Passed { rule: "order_amount".into(), on: day("2025-03-12"), amount: cny(50) };
        let judged = |grace_days, units| {
            let basis =
                RuleBasis { rules: vec![HoldRule { grace_days, ..big(100) }], passed: vec![earlier.clone()], ..RuleBasis::default() };
            judge(&basis, &Looked { facts: &facts, order: &order(units), value: Some(cny(units)), limit: None, stands: cny(0) })
                .unwrap()
                .passed
        };
        assert_eq!(judged(5, 50), std::slice::from_ref(&earlier), "at rest");
        assert_eq!(judged(0, 50), [Passed { on: day("2025-03-14"), ..earlier.clone() }], "looked at again");
        assert_eq!(judged(0, 100), [], "held");
    }

    #[test]
    fn or_01_a_rule_runs_at_its_checkpoints_only() {
        let at = |checkpoint| RuleBasis {
            rules: vec![HoldRule { checkpoints: vec![Checkpoint::Ship, Checkpoint::Invoice], ..big(100) }],
            checkpoint,
            ..RuleBasis::default()
        };
        let run: Vec<&str> =
            Checkpoint::ALL.iter().filter(|at_step| !codes(&at(**at_step), 100).is_empty()).map(|it| it.as_str()).collect();
        assert_eq!(run, ["ship", "invoice"]);
    }

    #[test]
    fn the_rule_closest_to_the_account_runs_and_a_grade_narrows_it() {
        let mut stands = facts(0);
        (stands.account.segment, stands.account.grade) = (Some("retail".into()), Some("B".into()));
        let all = big(100);
        let retail = HoldRule { key: Some("retail".into()), segment: Some("retail".into()), ..big(200) };
        let own = HoldRule { key: Some("own".into()), account: Some("C-1".into()), ..big(300) };
        let for_a = HoldRule { key: Some("for_a".into()), account: Some("C-1".into()), grades: vec!["A".into()], ..big(1) };
        let others = HoldRule { key: Some("others".into()), account: Some("C-2".into()), ..big(1) };
        let late = HoldRule { enabled: true, ..HoldRule::of(HoldKind::PriorBalanceOpen) };
        let ran = |rules: &[&HoldRule]| {
            let rules: Vec<HoldRule> = rules.iter().map(|rule| (*rule).clone()).collect();
            closest(&rules, &stands.account).iter().map(|rule| rule.name().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ran(&[&all, &others, &for_a]), "order_amount");
        assert_eq!(ran(&[&all, &retail, &others]), "retail");
        assert_eq!(ran(&[&all, &retail, &own, &for_a, &late]), "own prior_balance_open");
        assert_eq!(ran(&[&HoldRule { enabled: false, ..own.clone() }, &retail]), "retail");
    }

    #[test]
    fn an_exclusion_works_on_the_rule_it_names_unless_it_stops_the_rest() {
        let late = HoldRule { enabled: true, ..HoldRule::of(HoldKind::PriorBalanceOpen) };
        let excluding = |rule: &str, is_release_and_stop| RuleBasis {
            rules: vec![late.clone(), big(100)],
            exclusions: vec![Exclusion { rule: rule.into(), is_release_and_stop }],
            ..RuleBasis::default()
        };
        assert_eq!(codes(&excluding("nothing", true), 100), "prior_balance_open order_amount");
        assert_eq!(codes(&excluding("prior_balance_open", false), 100), "order_amount");
        assert_eq!(codes(&excluding("prior_balance_open", true), 100), "");
        assert_eq!(codes(&excluding("order_amount", true), 100), "", "what held before it is released too");
        assert_eq!(codes(&excluding("order_amount", true), 99), "prior_balance_open", "a rule that would not hold stops nothing");
    }
}
