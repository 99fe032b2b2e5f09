use super::super::paper::{DueBasis, SettlementCycle};
use super::*;
use crate::words::day::parse_date;

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn cny(units: i64) -> Money {
    Money::new(units * 100, "CNY".parse().unwrap())
}

fn whole(mode: ReleaseMode) -> Written {
    let terms = PaymentTerms {
        cycle: Some(SettlementCycle::Monthly),
        method: Some("transfer".into()),
        due_basis: Some(DueBasis::Delivery),
        due_days: Some(30),
        grace_days: Some(0),
    };
    Written { amount: Some(cny(1_000)), mode: Some(mode), tail: None, lag: None, settlement_day: None, schedule: vec![], terms }
}

#[test]
fn ct_01_a_contract_with_blanks_names_them_and_stays_a_draft() {
    let empty = Written { amount: None, mode: None, terms: PaymentTerms::default(), ..whole(ReleaseMode::Prepay) };
    for (written, blanks) in [
        (whole(ReleaseMode::Prepay), ""),
        (whole(ReleaseMode::OpenAccount), ""),
        (whole(ReleaseMode::TailHold), "#/tail"),
        (Written { tail: Some(Tail { amount: None, share_bps: Some(2_000) }), ..whole(ReleaseMode::TailHold) }, ""),
        (whole(ReleaseMode::BatchLag), "#/lag"),
        (whole(ReleaseMode::MonthlySettlement), "#/settlement_day"),
        (Written { settlement_day: Some(25), ..whole(ReleaseMode::MonthlySettlement) }, ""),
        (empty, "#/amount #/mode #/terms/cycle #/terms/method #/terms/due_basis #/terms/due_days #/terms/grace_days"),
    ] {
        assert_eq!(written.blanks().join(" "), blanks, "{written:?}");
    }
}

#[test]
fn a_contract_moves_only_forward_and_comes_into_force_whole() {
    use ContractState::{Active, Draft, Ended};
    for (before, wanted, blanks, expected) in [
        (None, None, &[][..], Ok(Active)),
        (None, None, &["#/lag"], Ok(Draft)),
        (None, Some(Draft), &[], Ok(Draft)),
        (None, Some(Active), &["#/lag"], Err(Code::ContractIncomplete)),
        (None, Some(Ended), &[], Err(Code::ValidationFailed)),
        (Some(Draft), None, &[], Ok(Draft)),
        (Some(Draft), Some(Active), &[], Ok(Active)),
        (Some(Draft), Some(Active), &["#/lag", "#/mode"], Err(Code::ContractIncomplete)),
        (Some(Draft), Some(Ended), &["#/lag"], Ok(Ended)),
        (Some(Active), None, &["#/lag"], Err(Code::ContractIncomplete)),
        (Some(Active), Some(Draft), &[], Err(Code::IllegalState)),
        (Some(Active), Some(Ended), &[], Ok(Ended)),
        (Some(Ended), Some(Active), &[], Err(Code::IllegalState)),
    ] {
        assert_eq!(comes_to(before, wanted, blanks).map_err(|error| error.code()), expected, "{before:?} {wanted:?} {blanks:?}");
    }
}

#[test]
fn what_cannot_be_agreed_is_refused_in_its_place() {
    let refused = |change: fn(&mut Written)| {
        let mut written = whole(ReleaseMode::TailHold);
        change(&mut written);
        written.check("CNY".parse().unwrap()).err().map_or_else(String::new, |error| error.faults()[0].pointer.clone())
    };
    let instalment = |part, units| ScheduledInstalment { part, amount: cny(units), due_on: None, milestone: None };
    assert_eq!(refused(|_| {}), "");
    assert_eq!(refused(|it| it.amount = Some(cny(0))), "#/amount");
    assert_eq!(refused(|it| it.tail = Some(Tail { amount: Some(cny(1_000)), share_bps: None })), "#/tail/amount");
    assert_eq!(refused(|it| it.tail = Some(Tail { amount: Some(cny(1)), share_bps: Some(1) })), "#/tail");
    assert_eq!(refused(|it| it.tail = Some(Tail { amount: None, share_bps: Some(10_000) })), "#/tail/share_bps");
    assert_eq!(refused(|it| it.lag = Some(0)), "#/lag");
    assert_eq!(refused(|it| it.settlement_day = Some(32)), "#/settlement_day");
    let scheduled = |parts: &[(Part, i64)], tail: Option<Tail>| {
        let schedule = parts.iter().map(|(part, units)| instalment(*part, *units)).collect();
        Written { schedule, tail, ..whole(ReleaseMode::TailHold) }.check("CNY".parse().unwrap()).is_ok()
    };
    let fifth = Some(Tail { amount: None, share_bps: Some(2_000) });
    assert!(scheduled(&[(Part::First, 300), (Part::Middle, 500), (Part::Tail, 200)], fifth));
    assert!(!scheduled(&[(Part::First, 400), (Part::Middle, 500), (Part::Tail, 100)], fifth));
    assert!(!scheduled(&[(Part::First, 300), (Part::Tail, 200)], fifth));
}

#[test]
fn a_settlement_day_is_the_last_of_a_month_that_is_too_short() {
    for (day_of_month, before, expected) in [
        (25, "2025-06-25", "2025-05-25"),
        (25, "2025-06-26", "2025-06-25"),
        (31, "2025-03-01", "2025-02-28"),
        (31, "2025-02-28", "2025-01-31"),
        (30, "2024-03-15", "2024-02-29"),
        (1, "2025-01-01", "2024-12-01"),
    ] {
        assert_eq!(last_settlement(day_of_month, day(before)), day(expected), "{day_of_month} before {before}");
    }
}

#[test]
fn a_settlement_day_is_extended_by_at_most_five_days() {
    let extended = |on: &str, days, today: &str| {
        extended_until(Some(25), day(on), days, day(today)).map_err(|error| error.faults()[0].pointer.clone())
    };
    assert_eq!(extended("2025-06-25", 5, "2025-06-26"), Ok(day("2025-06-30")));
    assert_eq!(extended("2025-06-25", 5, "2025-06-30"), Ok(day("2025-06-30")));
    assert_eq!(extended("2025-06-25", 5, "2025-07-01"), Err("#/days".into()));
    assert_eq!(extended("2025-06-25", 6, "2025-06-26"), Err("#/days".into()));
    assert_eq!(extended("2025-06-25", 0, "2025-06-26"), Err("#/days".into()));
    assert_eq!(extended("2025-06-24", 5, "2025-06-26"), Err("#/settlement_on".into()));
}

#[test]
fn or_06_every_second_extension_in_six_months_lowers_the_grade_by_one_step() {
    assert_eq!([0, 1, 2, 3].map(lowers_grade), [false, true, false, true]);
    assert_eq!(eroding_since(day("2025-08-31")), day("2025-03-01"));
    assert_eq!(["AAA", "AA", "A", "B", "C", "x"].map(one_step_lower), [Some("AA"), Some("A"), Some("B"), Some("C"), None, None]);
}
