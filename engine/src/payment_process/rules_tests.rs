use super::*;
use crate::payment_process::ApprovalStep;
use crate::words::day::parse_date;

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

/// Qingming 2026: Monday 6 April is free.
fn calendar() -> Calendar {
    Calendar { holidays: [day("2026-04-06")].into(), ..Calendar::default() }
}

/// A process of two steps that take this long together, with these pay days, which is slow in some months by so many days.
fn process(days: i64, pay_days: &[i64], slow: &[(i64, i64)]) -> PaymentProcess {
    let step = |name: &str, usual_days| ApprovalStep { name: name.to_owned(), contact_id: None, usual_days };
    PaymentProcess {
        steps: vec![step("Buyer", days / 2), step("Finance", days - days / 2)],
        pay_days: pay_days.to_vec(),
        months: slow.iter().map(|(month, late_days)| Season { month: *month, pace: Pace::Slow, late_days: *late_days }).collect(),
        ..PaymentProcess::default()
    }
}

#[test]
fn cf_13_money_is_expected_on_the_first_pay_day_after_due_date_and_approval() {
    let none: &[(i64, i64)] = &[];
    for (days, pay_days, issued, due, today, expected) in [
        // Any day is a pay day: the due date, or the working day after it.
        (0, &[][..], "2026-03-02", "2026-03-12", "2026-03-02", "2026-03-02 2026-03-12 2026-03-12"),
        (0, &[], "2026-03-02", "2026-03-14", "2026-03-02", "2026-03-02 2026-03-14 2026-03-16"),
        // The due date is later than the approval, and the other way round.
        (3, &[10, 25], "2026-03-02", "2026-03-12", "2026-03-02", "2026-03-05 2026-03-25 2026-03-25"),
        (10, &[10, 25], "2026-03-16", "2026-03-20", "2026-03-16", "2026-03-30 2026-04-10 2026-04-10"),
        // A day of the month that is the very pay day, and the one after it.
        (0, &[10, 25], "2026-03-02", "2026-03-10", "2026-03-02", "2026-03-02 2026-03-10 2026-03-10"),
        (0, &[10, 25], "2026-03-02", "2026-03-11", "2026-03-02", "2026-03-02 2026-03-25 2026-03-25"),
        // Short months: 30 and 31 are the last day; in February of a leap year the 29th.
        (0, &[31], "2026-02-02", "2026-02-20", "2026-02-02", "2026-02-02 2026-02-28 2026-03-02"),
        (0, &[30], "2028-02-01", "2028-02-20", "2028-02-01", "2028-02-01 2028-02-29 2028-02-29"),
        (0, &[31], "2026-04-01", "2026-04-10", "2026-04-01", "2026-04-01 2026-04-30 2026-04-30"),
        // A free day in the approval, and a pay day that is free.
        (2, &[], "2026-04-03", "2026-04-03", "2026-04-03", "2026-04-08 2026-04-08 2026-04-08"),
        (0, &[6], "2026-03-20", "2026-04-01", "2026-03-20", "2026-03-20 2026-04-06 2026-04-07"),
        // Pay days that passed without money give way to the next one.
        (0, &[10, 25], "2025-06-02", "2025-07-01", "2026-03-11", "2025-06-02 2026-03-25 2026-03-25"),
        (0, &[10, 25], "2025-06-02", "2025-07-01", "2026-03-10", "2025-06-02 2026-03-10 2026-03-10"),
    ] {
        let complete = papers(&[], &[], day(issued));
        let found = expect(&process(days, pay_days, none), &complete, (day(issued), day(due)), day(today), &calendar());
        let told = format!("{} {} {}", found.approved_on, found.pay_day_on, found.on);
        assert_eq!(told, expected, "{days} days, {pay_days:?}, {issued} {due}");
        assert!(found.on >= day(today));
    }
}

#[test]
fn cf_17_in_a_slow_month_money_comes_so_many_days_after_the_pay_day() {
    for (slow, due, today, expected) in [
        (&[(2, 20)][..], "2026-02-05", "2026-02-02", "2026-02-10 20 2026-03-02"),
        // The pay day has passed, its money has not.
        (&[(2, 20)], "2026-02-05", "2026-02-20", "2026-02-10 20 2026-03-02"),
        (&[(2, 20)], "2026-02-05", "2026-03-03", "2026-03-10 0 2026-03-10"),
        (&[(2, 92)], "2026-02-05", "2026-05-12", "2026-02-10 92 2026-05-13"),
        (&[(3, 20)], "2026-02-05", "2026-02-02", "2026-02-10 0 2026-02-10"),
    ] {
        let complete = papers(&[], &[], day("2026-01-05"));
        let found = expect(&process(0, &[10], slow), &complete, (day("2026-01-05"), day(due)), day(today), &calendar());
        assert_eq!(format!("{} {} {}", found.pay_day_on, found.late_days, found.on), expected, "{slow:?} {due} {today}");
    }
}

#[test]
fn cf_14_a_missing_paper_keeps_the_approval_from_beginning() {
    use DocumentKind::{Acceptance, InvoiceCopy, InvoiceOriginal};
    let issued = day("2026-03-02");
    for (required, sent, complete_on, missing) in [
        (&[][..], &[][..], Some("2026-03-02"), &[][..]),
        (&[InvoiceOriginal], &[], None, &[InvoiceOriginal]),
        (&[InvoiceOriginal, Acceptance], &[(Acceptance, "2026-03-05")], None, &[InvoiceOriginal]),
        (&[InvoiceOriginal, Acceptance], &[(Acceptance, "2026-03-05"), (InvoiceOriginal, "2026-03-03")], Some("2026-03-05"), &[]),
        // The first time counts; a copy is no original; an original is good for a copy; and nothing begins before the invoice.
        (&[Acceptance], &[(Acceptance, "2026-03-09"), (Acceptance, "2026-03-04")], Some("2026-03-04"), &[]),
        (&[InvoiceOriginal], &[(InvoiceCopy, "2026-03-03")], None, &[InvoiceOriginal]),
        (&[InvoiceCopy], &[(InvoiceOriginal, "2026-03-03")], Some("2026-03-03"), &[]),
        (&[Acceptance], &[(Acceptance, "2026-02-20")], Some("2026-03-02"), &[]),
    ] {
        let sent: Vec<_> = sent.iter().map(|(kind, on)| (*kind, day(on))).collect();
        let found = papers(required, &sent, issued);
        assert_eq!(found, Papers { complete_on: complete_on.map(day), missing: missing.to_vec() }, "{required:?} {sent:?}");
    }
    let late = Papers { complete_on: None, missing: vec![InvoiceOriginal] };
    let found = expect(&process(3, &[], &[]), &late, (issued, day("2026-03-05")), day("2026-03-09"), &calendar());
    assert_eq!((found.our_delay_days, found.received_on, found.on), (7, day("2026-03-09"), day("2026-03-12")), "as if it went today");
}
