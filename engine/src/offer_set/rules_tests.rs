use super::*;
use crate::contract::paper::PaymentTerms;
use crate::offer_set::OfferPayment;
use crate::words::day::{add_days, parse_date};
use crate::words::text::Bilingual;
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn cny(units: i64) -> Money {
    Money::new(units * 100, "CNY".parse().unwrap())
}

/// 1,000 open on the first of March.
fn owed() -> Option<Owed> {
    Some(Owed { open: cny(1_000), today: day("2026-03-01") })
}

fn blank(kind: OptionKind) -> OfferOption {
    OfferOption { kind, terms: None, mode: None, tail: None, lag: None, settlement_day: None, pay: vec![], text: None }
}

/// A proposal about terms: so many days to pay.
fn days(kind: OptionKind, due_days: i64) -> OfferOption {
    OfferOption { terms: Some(PaymentTerms { due_days: Some(due_days), ..PaymentTerms::default() }), ..blank(kind) }
}

/// A proposal of a settlement: each payment by its day of March.
fn pays(kind: OptionKind, payments: &[(&str, i64)]) -> OfferOption {
    let pay = payments.iter().map(|(on, units)| OfferPayment { on: day(&format!("2026-03-{on}")), amount: cny(*units) });
    OfferOption { pay: pay.collect(), ..blank(kind) }
}

/// The faults as `pointer code`, sorted by neither.
fn told(result: Result<()>) -> String {
    let Err(error) = result else { return String::new() };
    let faults: Vec<String> = error.faults().iter().map(|fault| format!("{} {}", fault.pointer, fault.code.name())).collect();
    faults.join(", ")
}

#[test]
fn ct_10_three_terms_are_a_set_when_the_base_leaves_the_most_days() {
    use OptionKind::{Base, Best, Reference};
    for (options, faults) in [
        (vec![days(Base, 60), days(Best, 45), days(Reference, 30)], ""),
        (vec![days(Reference, 45), days(Base, 60), days(Best, 30)], ""),
        (vec![days(Base, 60), days(Best, 61), days(Reference, 30)], "#/options/1/terms/due_days validation_failed"),
        (vec![days(Reference, 61), days(Best, 30), days(Base, 60)], "#/options/0/terms/due_days validation_failed"),
        (vec![days(Base, 60), days(Best, 60), days(Reference, 30)], "#/options/1 validation_failed"),
        (vec![days(Base, 60), days(Best, 45)], "#/options validation_failed"),
        (vec![days(Base, 60), days(Best, 45), days(Best, 30)], "#/options validation_failed"),
        (vec![days(Base, 60), days(Best, 45), days(Reference, 30), days(Reference, 20)], "#/options validation_failed"),
        (vec![], "#/options validation_failed"),
        (vec![blank(Base), days(Best, 45), days(Reference, 30)], "#/options/0/terms/due_days missing_field"),
        (
            vec![OfferOption { pay: pays(Base, &[("10", 1)]).pay, ..days(Base, 60) }, days(Best, 45), days(Reference, 30)],
            "#/options/0/pay validation_failed",
        ),
    ] {
        assert_eq!(told(check_options(&options, OfferPurpose::Terms, None)), faults, "{options:?}");
    }
}

#[test]
fn ct_10_a_settlement_is_a_set_when_the_base_brings_the_least_and_none_more_than_is_open() {
    use OptionKind::{Base, Best, Reference};
    let sound = |base: OfferOption| vec![base, pays(Best, &[("10", 900)]), pays(Reference, &[("05", 1_000)])];
    let many: Vec<(String, i64)> = (10..23).map(|on| (on.to_string(), 1)).collect();
    let many: Vec<(&str, i64)> = many.iter().map(|(on, units)| (on.as_str(), *units)).collect();
    let usd = OfferPayment { on: day("2026-03-10"), amount: Money::new(100, "USD".parse().unwrap()) };
    for (options, faults) in [
        (sound(pays(Base, &[("01", 400), ("20", 300)])), ""),
        (sound(pays(Base, &[("10", 901)])), "#/options/1/pay validation_failed"),
        (
            vec![pays(Base, &[("10", 700)]), pays(Best, &[("10", 900)]), pays(Reference, &[("05", 699)])],
            "#/options/2/pay validation_failed",
        ),
        (sound(pays(Base, &[("10", 600), ("20", 401)])), "#/options/0/pay amount_out_of_range"),
        (sound(pays(Base, &[])), "#/options/0/pay validation_failed"),
        (sound(pays(Base, &many)), "#/options/0/pay validation_failed"),
        (sound(pays(Base, &many[..12])), ""),
        (sound(pays(Base, &[("10", 0)])), "#/options/0/pay/0/amount amount_out_of_range"),
        (sound(pays(Base, &[("20", 1), ("10", 1)])), "#/options/0/pay/1/on validation_failed"),
        (sound(pays(Base, &[("20", 1), ("20", 1)])), "#/options/0/pay/1/on validation_failed"),
        (sound(OfferOption { pay: vec![usd], ..blank(Base) }), "#/options/0/pay/0/amount currency_mismatch"),
        (sound(pays(Base, &[("10", 900)])), "#/options/1 validation_failed"),
        (sound(OfferOption { lag: Some(1), ..pays(Base, &[("10", 1)]) }), "#/options/0/lag validation_failed"),
    ] {
        assert_eq!(told(check_options(&options, OfferPurpose::Settlement, owed())), faults, "{options:?}");
    }
    let past = Some(Owed { today: day("2026-03-11"), ..owed().unwrap() });
    let passed = "#/options/1/pay/0/on validation_failed, #/options/2/pay/0/on validation_failed";
    assert_eq!(told(check_options(&sound(pays(Base, &[("11", 1)])), OfferPurpose::Settlement, past)), passed);
}

#[test]
fn ct_10_what_is_said_beside_a_proposal_is_said_in_both_languages() {
    use OptionKind::{Base, Best, Reference};
    for (text, faults) in [
        (Bilingual::new("Supply goes on.", "恢复供货。"), ""),
        (Bilingual::new("Supply goes on.", " "), "#/options/0/text/zh-CN validation_failed"),
        (Bilingual::new("a\nb", "恢复供货。"), "#/options/0/text/en validation_failed"),
        (Bilingual::same("x".repeat(500)), ""),
        (Bilingual::same("x".repeat(501)), "#/options/0/text/en validation_failed, #/options/0/text/zh-CN validation_failed"),
    ] {
        let options = [OfferOption { text: Some(text.clone()), ..days(Base, 60) }, days(Best, 45), days(Reference, 30)];
        assert_eq!(told(check_options(&options, OfferPurpose::Terms, None)), faults, "{text:?}");
    }
}

#[test]
fn ct_10_a_set_stands_from_today_to_ninety_days_ahead() {
    for (valid_to, is_right) in [("2026-02-28", false), ("2026-03-01", true), ("2026-05-30", true), ("2026-05-31", false)] {
        assert_eq!(check_valid_to(day(valid_to), day("2026-03-01")).is_ok(), is_right, "{valid_to}");
    }
}

#[test]
fn ct_10_where_a_set_stands_follows_from_what_happened_and_the_day() {
    use OfferSetState::{Agreed, Chosen, Expired, Open, Refused, Withdrawn};
    let answer_by = Some(day("2026-03-17"));
    for (written, answer_by, on, stands) in [
        (Open, None, "2026-03-20", Open),
        (Open, None, "2026-03-21", Expired),
        (Chosen, answer_by, "2026-03-17", Chosen),
        (Chosen, answer_by, "2026-03-18", Open),
        (Chosen, answer_by, "2026-03-21", Expired),
        (Agreed, answer_by, "2026-12-31", Agreed),
        (Refused, answer_by, "2026-12-31", Refused),
        (Withdrawn, None, "2026-12-31", Withdrawn),
    ] {
        assert_eq!(state_on(written, day("2026-03-20"), answer_by, day(on)), stands, "{written} on {on}");
    }
}

#[test]
fn ct_10_a_proposal_is_not_chosen_after_its_first_payment_was_due() {
    let option = pays(OptionKind::Best, &[("10", 1), ("20", 1)]);
    for (on, is_right) in [("2026-03-09", true), ("2026-03-10", true), ("2026-03-11", false)] {
        assert_eq!(check_first_payment(&option, day(on)).is_ok(), is_right, "{on}");
    }
    assert!(check_first_payment(&days(OptionKind::Best, 30), day("2026-12-31")).is_ok());
}

#[test]
fn ct_10_what_is_settled_together_is_one_debt() {
    let (cny, usd): (Currency, Currency) = ("CNY".parse().unwrap(), "USD".parse().unwrap());
    for (invoices, fault) in [
        (vec![(cny, "main"), (cny, "main")], ""),
        (vec![(cny, "main"), (usd, "main")], "#/invoice_external_ids/1 currency_mismatch"),
        (vec![(cny, "main"), (cny, "main"), (cny, "north")], "#/invoice_external_ids/2 entity_mismatch"),
    ] {
        assert_eq!(told(check_one_debt(invoices.into_iter())), fault);
    }
}

proptest! {
    #[test]
    fn ct_10_what_a_sound_settlement_brings_and_waives_is_what_is_open(amounts in prop::collection::vec(1_i64..400, 1..12)) {
        use OptionKind::{Base, Best, Reference};
        let open = cny(10_000);
        let pay = amounts.iter().zip(0..).map(|(units, later)| OfferPayment { on: add_days(day("2026-03-01"), later), amount: cny(*units) });
        let base = OfferOption { pay: pay.collect(), ..blank(Base) };
        let waived = concession(&base, open).unwrap();
        prop_assert_eq!(i128::from(waived.minor()) + base.total_minor(), i128::from(open.minor()));
        let options = [base, pays(Best, &[("10", 9_999)]), pays(Reference, &[("10", 10_000)])];
        let owed = Some(Owed { open, today: day("2026-03-01") });
        prop_assert!(check_options(&options, OfferPurpose::Settlement, owed).is_ok());
    }
}
