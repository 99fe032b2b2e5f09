//! Tables of these rules: golden vectors by their ids, and what triggers and criteria come to.

use super::standing::{CreditStanding, credit_standing};
use super::{judge, next_date};
use crate::credit::rules::fixture::{cny, day, facts, with_items};
use crate::limit::rules::InForce;
use crate::policy::{PlanHold, PlanLevel, PlanMeasures, PlanProposal, PlanTask, PlanTrigger, RiskRules};
use crate::risk::proposed;
use crate::words::effect::{FactValue, Values};
use crate::words::facts::{CreditStop, Facts, HoldFacts, PromiseFacts};
use crate::words::id::{HoldId, SignalId};
use crate::words::signal::{Fading, Severity, SignalFacts, SignalType};
use uuid::Uuid;

fn limit(units: i64) -> InForce {
    InForce::Amount { amount: cny(units) }
}

/// Standing and reasons of these facts if so much more shipped.
fn stands(facts: &Facts, limit: InForce, shipping: i64) -> (CreditStanding, Vec<String>) {
    let found = credit_standing(facts, limit, &RiskRules::default(), None, cny(shipping)).unwrap();
    (found.standing, found.reasons.into_iter().map(|reason| reason.code).collect())
}

fn heard(kind: SignalType, severity: Severity, observed_on: &str) -> SignalFacts {
    SignalFacts { id: SignalId(Uuid::from_u128(1)), kind, fading: Fading { severity, observed_on: day(observed_on), step_days: 30 } }
}

#[test]
fn c_13_the_standing_is_watch_above_nine_tenths_of_the_limit_and_hold_above_all_of_it() {
    use CreditStanding::{Hold, Ok, Watch};
    for (exposure, standing) in [(900, Ok), (901, Watch), (1_000, Watch), (1_001, Hold)] {
        assert_eq!(stands(&facts(exposure), limit(1_000), 0).0, standing, "{exposure}");
    }
    assert_eq!(stands(&facts(1_001), limit(1_000), 0).1, ["over_limit"]);
    assert_eq!(stands(&facts(901), limit(1_000), 0).1, ["near_limit"]);
}

#[test]
fn c_14_the_standing_if_an_order_shipped_is_told_before_it_ships() {
    assert_eq!(stands(&facts(850), limit(1_000), 100).0, CreditStanding::Watch);
    assert_eq!(stands(&facts(850), limit(1_000), 200).0, CreditStanding::Hold);
}

#[test]
fn c_15_stop_and_no_check_stay_whatever_is_owed() {
    for exposure in [0, 900, 1_001, 1_000_000] {
        let mut stopped = facts(exposure);
        stopped.risk.credit_stop = Some(CreditStop { reason: "court case".into(), by: "cli_1".into(), on: day("2025-03-01") });
        assert_eq!(stands(&stopped, limit(1_000), 0).0, CreditStanding::Stop);
        assert_eq!(stands(&stopped, InForce::NoCheck, 0), (CreditStanding::Stop, vec!["credit_stopped".into(), "no_check".into()]));
        assert_eq!(stands(&facts(exposure), InForce::NoCheck, 500), (CreditStanding::NoCheck, vec!["no_check".into()]));
    }
}

#[test]
fn a_standing_has_every_reason_the_gravest_first() {
    let hold = HoldFacts {
        id: HoldId(Uuid::from_u128(1)),
        order_id: None,
        source: "cli_1".into(),
        code: "forced_hold".into(),
        expires_on: Some(day("2025-03-14")),
        pay_to_release: None,
    };
    let mut held = Facts { holds: vec![hold], ..facts(950) };
    held.risk.watched_since = Some(day("2025-03-01"));
    assert_eq!(
        stands(&held, limit(1_000), 0),
        (CreditStanding::Hold, vec!["account_hold".into(), "near_limit".into(), "watch_list".into()])
    );
    held.today = day("2025-03-15");
    assert_eq!(stands(&held, limit(1_000), 0).0, CreditStanding::Watch, "the hold's last day is over");
    let ended = InForce::Expired { ended_on: day("2025-03-01") };
    assert_eq!(stands(&facts(0), ended, 0), (CreditStanding::Hold, vec!["limit_expired".into()]));
    assert_eq!(stands(&facts(0), InForce::Unset, 0).0, CreditStanding::Hold);
    assert_eq!(
        (stands(&facts(0), InForce::Prepay, 0).0, stands(&facts(1), InForce::Prepay, 0).0),
        (CreditStanding::Ok, CreditStanding::Hold)
    );
    let disputed = with_items(facts(900), &[(1, "2025-03-01", 101, 101)]);
    assert_eq!(stands(&disputed, limit(1_000), 0).0, CreditStanding::Ok, "disputed money holds nothing");
    let mut blocked = facts(0);
    blocked.account.is_blocked = true;
    assert_eq!(stands(&blocked, limit(1_000), 0), (CreditStanding::Stop, vec!["account_blocked".into()]));
}

/// Name of the level and the codes of its reasons.
fn planned(facts: &Facts, limit: InForce, rules: &RiskRules) -> (String, Vec<String>) {
    let found = judge(facts, limit, rules).unwrap();
    (rules.plan_levels[found.level].key.clone(), found.plan_reasons.into_iter().map(|reason| reason.code).collect())
}

#[test]
fn the_highest_level_with_a_trigger_that_is_met_whole_is_the_accounts() {
    let level = |key: &str, triggers| PlanLevel { key: key.into(), triggers, measures: PlanMeasures::default() };
    let rules = RiskRules {
        plan_levels: vec![
            level("normal", vec![]),
            level("watched", vec![PlanTrigger { utilisation_bps: Some(9_000), ..PlanTrigger::default() }]),
            level("strict", vec![PlanTrigger { grades: vec!["C".into()], days_past_due: Some(31), ..PlanTrigger::default() }]),
        ],
        ..RiskRules::default()
    };
    let graded = |grade: &str, due_on: &str| {
        let mut graded = with_items(facts(0), &[(1, due_on, 10, 0)]);
        graded.account.grade = Some(grade.into());
        graded
    };
    // Today is 14 March: 31 days after 11 February.
    for (facts, limit, expected) in [
        (facts(899), limit(1_000), ("normal", vec![])),
        (facts(900), limit(1_000), ("watched", vec!["utilisation"])),
        (facts(900), InForce::NoCheck, ("normal", vec![])),
        (facts(1), limit(0), ("watched", vec!["utilisation"])),
        (facts(0), limit(0), ("normal", vec![])),
        (graded("C", "2025-02-11"), limit(1_000), ("strict", vec!["grade", "days_past_due"])),
        (graded("C", "2025-02-12"), limit(1_000), ("normal", vec![])),
        (graded("B", "2025-02-11"), limit(1_000), ("normal", vec![])),
    ] {
        let expected = (expected.0.to_owned(), expected.1.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(planned(&facts, limit, &rules), expected);
    }
}

#[test]
fn a_grave_signal_is_an_emergency_until_it_fades() {
    let rules = RiskRules::default();
    let mut facts = facts(0);
    facts.risk.signals = vec![heard(SignalType::CreditorsGathering, Severity::High, "2025-03-14")];
    let mut seen = Vec::new();
    for on in ["2025-03-13", "2025-03-14", "2025-04-12", "2025-04-13", "2025-05-13", "2025-06-12"] {
        facts.today = day(on);
        seen.push(planned(&facts, limit(1_000), &rules).0);
    }
    assert_eq!(seen, ["normal", "emergency", "emergency", "attention", "normal", "normal"]);
    facts.today = day("2025-03-14");
    assert_eq!(next_date(&facts, &rules, None), Some(day("2025-04-13")));
    facts.risk.signals = vec![heard(SignalType::CashIn, Severity::High, "2025-03-14")];
    assert_eq!(planned(&facts, limit(1_000), &rules).0, "normal", "good news is no danger");
}

#[test]
fn broken_promises_count_for_half_a_year() {
    let rules = RiskRules::default();
    let promise =
        |state: &str, due_on: &str| PromiseFacts { amount: cny(1), due_on: day(due_on), made_on: day("2024-01-01"), state: state.into() };
    let mut facts = facts(0);
    facts.promises = vec![promise("broken", "2024-09-15"), promise("broken", "2024-09-16"), promise("kept", "2025-03-01")];
    assert_eq!(planned(&facts, limit(1), &rules), ("attention".into(), vec!["broken_promises".into()]));
    facts.promises[0].due_on = day("2025-03-01");
    assert_eq!(planned(&facts, limit(1), &rules).0, "tight");
    assert_eq!(judge(&facts, limit(1), &rules).unwrap().watch_reasons[0].code, "broken_promises");
}

#[test]
fn each_criterion_of_the_watch_list_is_enough_and_may_be_off() {
    let rules = RiskRules::default();
    let watched = |facts: &Facts, limit| -> Vec<String> {
        judge(facts, limit, &rules).unwrap().watch_reasons.into_iter().map(|reason| reason.code).collect()
    };
    // Today is 14 March: 60 days after 13 January, 90 days after 14 December.
    let owing = |due_on: &str| with_items(facts(0), &[(1, due_on, 10, 0)]);
    assert!(watched(&owing("2025-01-13"), limit(1_000)).is_empty());
    assert_eq!(watched(&owing("2025-01-12"), limit(1_000)), ["oldest_item"]);
    assert_eq!(next_date(&owing("2025-01-13"), &rules, None), Some(day("2025-03-15")));
    assert!(watched(&facts(1_000), limit(1_000)).is_empty());
    assert_eq!(watched(&facts(1_001), limit(1_000)), ["over_limit"]);
    assert!(watched(&facts(1_001), InForce::NoCheck).is_empty());
    let signalled = |kind, severity, on: &str| {
        let mut facts = facts(0);
        facts.risk.signals = vec![heard(kind, severity, on)];
        facts
    };
    assert_eq!(watched(&signalled(SignalType::Relocation, Severity::High, "2025-03-01"), limit(1)), ["signal"]);
    assert!(watched(&signalled(SignalType::Relocation, Severity::Medium, "2025-03-01"), limit(1)).is_empty());
    assert_eq!(watched(&signalled(SignalType::Bounce, Severity::Low, "2024-12-15"), limit(1)), ["bounce"]);
    assert!(watched(&signalled(SignalType::Bounce, Severity::Low, "2024-12-14"), limit(1)).is_empty());
    let mut unreviewed = facts(0);
    for (due_on, codes) in [("2025-02-12", vec![]), ("2025-02-11", vec!["review_overdue"])] {
        unreviewed.account.credit_review_on = Some(day(due_on));
        assert_eq!(watched(&unreviewed, limit(1)), codes, "{due_on}");
    }
    let off = r#"{"watch_list": {"broken_promises": null, "oldest_days": null, "over_limit": false, "bounce_days": null, "signal": null, "review_overdue_days": null}}"#;
    let off: RiskRules = serde_json::from_str(off).unwrap();
    assert!(judge(&owing("2020-01-01"), limit(1), &off).unwrap().watch_reasons.is_empty());
}

#[test]
fn a_plan_level_holds_orders_only_as_it_says() {
    let level = |hold| PlanLevel { key: "strict".into(), triggers: vec![], measures: PlanMeasures { hold, ..PlanMeasures::default() } };
    let mut late = facts(0);
    late.account.overdue_total = cny(1);
    for (hold, facts, standing) in [
        (PlanHold::None, &late, CreditStanding::Ok),
        (PlanHold::WhileOverdue, &late, CreditStanding::Hold),
        (PlanHold::WhileOverdue, &facts(0), CreditStanding::Ok),
        (PlanHold::All, &facts(0), CreditStanding::Hold),
    ] {
        let found = credit_standing(facts, limit(1_000), &RiskRules::default(), Some(&level(hold)), cny(0)).unwrap();
        assert_eq!(found.standing, standing, "{hold}");
    }
}

#[test]
fn ew_04_a_stop_is_proposed_on_the_bases_that_the_books_carry() {
    let task = |proposes| PlanTask { key: "emergency_plan".to_owned(), role: "credit_manager".to_owned(), within_days: 1, proposes };
    let bases = |overdue: i64, disputed: i64, today: &str| {
        let mut facts = facts(0);
        facts.today = day(today);
        (facts.account.overdue_total, facts.account.disputed_total) = (cny(overdue), cny(disputed));
        match proposed(&task(Some(PlanProposal::SupplyStop)), &facts).unwrap().remove("bases") {
            Some(FactValue::List(bases)) => bases.join(" "),
            other => panic!("a list of bases, not {other:?}"),
        }
    };
    for (overdue, disputed, today, expected) in [
        (0, 0, "2026-03-02", "cn_527 contract_clause"),
        (1, 0, "2026-03-02", "cn_526 cn_527 contract_clause"),
        (100, 100, "2026-03-02", "cn_527 contract_clause"),
        (100, 99, "2026-03-02", "cn_526 cn_527 contract_clause"),
        (1, 0, "2020-12-31", "contract_clause"),
    ] {
        assert_eq!(bases(overdue, disputed, today), expected, "{overdue} overdue, {disputed} disputed, on {today}");
    }
    assert_eq!(proposed(&task(None), &facts(0)).unwrap(), Values::new());
}
