use super::*;
use crate::words::day::{add_days, parse_date};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn cny(minor: i64) -> Money {
    Money::new(minor, "CNY".parse().unwrap())
}

fn asked(due_on: &str, minor: i64, part: Option<Part>) -> AskedInstalment {
    AskedInstalment { due_on: day(due_on), amount: cny(minor), part, awaits: None }
}

fn told(total: i64, asked: &[AskedInstalment]) -> String {
    match schedule(cny(total), day("2025-01-31"), asked) {
        Ok(schedule) => {
            let one = |one: &Instalment| format!("{} {} {}", one.no, one.part, one.amount.minor());
            let parts = schedule.instalments.iter().map(one).collect::<Vec<_>>().join(", ");
            schedule.warnings.iter().fold(parts, |text, warning| format!("{text} !{}", warning.code))
        }
        Err(error) => format!("{} {}", error.code().name(), error.faults()[0].pointer),
    }
}

#[test]
fn an_invoice_is_its_instalments_and_they_add_up() {
    let dollars = AskedInstalment { amount: Money::new(100, "USD".parse().unwrap()), ..asked("2025-03-01", 1, None) };
    for (total, instalments, expected) in [
        (100, vec![asked("2025-03-01", 100, None)], "1 whole 100"),
        (100, vec![asked("2025-03-01", 100, Some(Part::Tail))], "1 tail 100"),
        (100, vec![asked("2025-03-01", 30, None), asked("2025-04-01", 70, None)], "1 first 30, 2 tail 70"),
        (
            100,
            vec![
                asked("2025-03-01", 30, None),
                asked("2025-04-01", 30, None),
                asked("2025-05-01", 30, None),
                asked("2025-06-01", 10, None),
            ],
            "1 first 30, 2 middle 30, 3 middle 30, 4 tail 10",
        ),
        (100, vec![asked("2025-01-30", 100, None)], "1 whole 100 !due_before_issue"),
        (100, vec![asked("2025-01-31", 100, None)], "1 whole 100"),
        (100, vec![asked("2025-03-01", 30, None), asked("2025-04-01", 71, None)], "validation_failed #/instalments"),
        (100, vec![], "validation_failed #/instalments"),
        (100, vec![asked("2025-03-01", 100, None), asked("2025-04-01", 0, None)], "amount_out_of_range #/instalments/1/amount"),
        (100, vec![dollars], "currency_mismatch #/instalments/0/amount"),
        (0, vec![], "amount_out_of_range #/amount"),
        (-1, vec![], "use_credit_notes #/amount"),
    ] {
        assert_eq!(told(total, &instalments), expected, "{total} {instalments:?}");
    }
}

#[test]
fn age_counts_from_the_due_date_and_due_today_is_not_overdue() {
    for (age, key) in [
        (-400, "not_due"),
        (0, "not_due"),
        (1, "1_30"),
        (30, "1_30"),
        (31, "31_60"),
        (60, "31_60"),
        (61, "61_90"),
        (90, "61_90"),
        (91, "91_plus"),
        (900, "91_plus"),
    ] {
        assert_eq!(Band::of(age).as_str(), key, "{age}");
    }
    assert_eq!(days_past_due(day("2025-02-28"), day("2025-03-01")), 1);
}

#[test]
fn t_22_four_instalments_age_one_by_one() {
    let due = ["2023-10-01", "2023-10-16", "2023-10-31", "2023-11-15"].map(day);
    let ages = |as_of: &str| due.map(|due_on| days_past_due(due_on, day(as_of)));
    assert_eq!(ages("2023-11-16"), [46, 31, 16, 1]);
    assert_eq!(ages("2023-12-16"), [76, 61, 46, 31]);
}

proptest! {
    #[test]
    fn every_due_date_lies_in_exactly_one_band(offset in -1_000_i64..1_000) {
        let as_of = day("2025-06-30");
        let due_on = add_days(as_of, offset);
        let holds = |band: &Band| {
            let (from, to) = band.due_between(as_of);
            from.is_none_or(|from| from <= due_on) && to.is_none_or(|to| due_on <= to)
        };
        let bands: Vec<Band> = Band::ALL.iter().copied().filter(holds).collect();
        prop_assert_eq!(bands, vec![Band::of(days_past_due(due_on, as_of))]);
    }
}
