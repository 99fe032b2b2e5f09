//! On which day the money of an open item is expected (CF-13, CF-17), and whose delay it is when a paper is missing (CF-14).

use super::process::{PaymentProcess, Season};
use super::{DocumentKind, Pace};
use crate::words::day::{Calendar, add_days, days_between, end_of_month};
use chrono::{Datelike, NaiveDate};

/// How far a pay day may lie back whose money is still on its way: the longest a slow month delays, and the longest holiday after it.
const LOOK_BACK_DAYS: i64 = 140;
/// Days looked through for a pay day: every month has one.
const LOOK_AHEAD_DAYS: i64 = 400;

/// Which papers of an invoice the customer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Papers {
    /// The day from which on the customer can begin: the invoice was issued, and all it asks for was sent. None while one is missing.
    pub complete_on: Option<NaiveDate>,
    /// What it asks for and was not sent.
    pub missing: Vec<DocumentKind>,
}

/// What the customer has of what it asks for. Of a paper sent twice the first time counts: that it was lost there is no delay of ours.
pub fn papers(required: &[DocumentKind], sent: &[(DocumentKind, NaiveDate)], issued_on: NaiveDate) -> Papers {
    let first = |wanted: DocumentKind| sent.iter().filter(|(kind, _)| is_good_for(*kind, wanted)).map(|(_, on)| *on).min();
    let mut papers = Papers { complete_on: Some(issued_on), missing: Vec::new() };
    for kind in required {
        match first(*kind) {
            Some(on) => papers.complete_on = papers.complete_on.map(|known| known.max(on)),
            None => papers.missing.push(*kind),
        }
    }
    if !papers.missing.is_empty() {
        papers.complete_on = None;
    }
    papers
}

/// Whoever asks for a copy is content with the original.
fn is_good_for(sent: DocumentKind, wanted: DocumentKind) -> bool {
    sent == wanted || (sent == DocumentKind::InvoiceOriginal && wanted == DocumentKind::InvoiceCopy)
}

/// The day on which money is expected, with the days that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The day from which on the customer can work on the invoice: today while a paper is missing.
    pub received_on: NaiveDate,
    /// Days from the issue of the invoice until then: the delay on our side.
    pub our_delay_days: i64,
    /// The day its approval steps are over.
    pub approved_on: NaiveDate,
    /// The pay day it is paid on: the first one that is neither before the approval nor before the due date, and whose money can still come.
    pub pay_day_on: NaiveDate,
    /// Days that money comes later than that, because the month is a slow one.
    pub late_days: i64,
    /// The working day on which the money is expected.
    pub on: NaiveDate,
}

/// When is the money of an item expected? The approval takes its usual working days from the day all papers are there; nobody pays before
/// the due date; then the customer's next pay day counts, and the money comes on it or on the working day after it. What is expected lies
/// never before today: a pay day that passed without money gives way to the next.
pub fn expect(
    process: &PaymentProcess,
    papers: &Papers,
    (issued_on, due_on): (NaiveDate, NaiveDate),
    today: NaiveDate,
    calendar: &Calendar,
) -> Expected {
    let received_on = papers.complete_on.unwrap_or_else(|| today.max(issued_on));
    let approved_on = calendar.add_business_days(received_on, process.approval_days());
    let from = approved_on.max(due_on).max(add_days(today, -LOOK_BACK_DAYS));
    let comes = |day: NaiveDate| (day, late_days(process, day), comes_on(process, day, calendar));
    let pay_days = (0..=LOOK_AHEAD_DAYS).map(|days| add_days(from, days)).filter(|day| is_pay_day(&process.pay_days, *day));
    let found = pay_days.map(comes).find(|(_, _, on)| *on >= today);
    let (pay_day_on, late_days, on) = found.unwrap_or_else(|| comes(from.max(today)));
    Expected { received_on, our_delay_days: days_between(issued_on, received_on).max(0), approved_on, pay_day_on, late_days, on }
}

/// Does the customer pay on this day of the month? Every day where it has no pay days; a day the month does not have is its last one.
fn is_pay_day(pay_days: &[i64], day: NaiveDate) -> bool {
    let no = i64::from(day.day());
    pay_days.is_empty() || pay_days.contains(&no) || (day == end_of_month(day) && pay_days.iter().any(|pay_day| *pay_day > no))
}

/// The pay days of the date's month; none where the customer pays on any day.
pub fn pay_days_of(process: &PaymentProcess, month: NaiveDate) -> Vec<NaiveDate> {
    let first = month.with_day(1).unwrap_or(month);
    let days = days_between(first, end_of_month(first));
    let all = (0..=days).map(|days| add_days(first, days));
    if process.pay_days.is_empty() { Vec::new() } else { all.filter(|day| is_pay_day(&process.pay_days, *day)).collect() }
}

/// What is known of the month of the date; nothing where it is like any other.
pub fn season(process: &PaymentProcess, day: NaiveDate) -> Option<&Season> {
    process.months.iter().find(|season| season.month == i64::from(day.month()))
}

fn late_days(process: &PaymentProcess, day: NaiveDate) -> i64 {
    season(process, day).filter(|season| season.pace == Pace::Slow).map_or(0, |season| season.late_days)
}

/// The working day on which the money of a pay day comes.
fn comes_on(process: &PaymentProcess, pay_day: NaiveDate, calendar: &Calendar) -> NaiveDate {
    calendar.following(add_days(pay_day, late_days(process, pay_day)))
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
