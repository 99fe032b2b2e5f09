//! What is blank in a contract, which moves it may make, its settlement days, and what extending them does to a customer's credit.

use super::paper::{Part, PaymentTerms, ScheduledInstalment, Tail};
use crate::words::code::Code;
use crate::words::contract::{ContractState, ReleaseMode};
use crate::words::day::{add_days, add_months, days_between, end_of_month};
use crate::words::error::{Error, Fault, Result};
use crate::words::money::{Currency, Money};
use chrono::{Datelike, NaiveDate};

/// The most days a settlement day is extended by (numbers.md §2, 月结).
pub const EXTENSION_DAYS_MAX: i64 = 5;
/// So many extensions within [`EROSION_MONTHS`] lower the grade by one step (numbers.md §2, our own figure).
pub const EROSION_EXTENSIONS: usize = 2;
/// How far back extensions are counted.
pub const EROSION_MONTHS: i32 = 6;
/// Grades from the best to the worst (numbers.md §4).
const GRADES: [&str; 5] = ["AAA", "AA", "A", "B", "C"];

/// What an order check needs of a contract, as it is written down so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// All it is worth.
    pub amount: Option<Money>,
    /// How goods go against money.
    pub mode: Option<ReleaseMode>,
    /// The last money.
    pub tail: Option<Tail>,
    /// Batches a delivery may be ahead of its money.
    pub lag: Option<i64>,
    /// Day of the month on which is settled.
    pub settlement_day: Option<i64>,
    /// The instalments agreed.
    pub schedule: Vec<ScheduledInstalment>,
    /// Terms of payment.
    pub terms: PaymentTerms,
}

impl Written {
    /// What keeps it a draft: the members that are blank, as pointers (CT-01). What only one mode needs is blank only there.
    pub fn blanks(&self) -> Vec<&'static str> {
        let terms = &self.terms;
        let of_mode = match self.mode {
            Some(ReleaseMode::TailHold) => ("#/tail", self.tail.is_some()),
            Some(ReleaseMode::BatchLag) => ("#/lag", self.lag.is_some()),
            Some(ReleaseMode::MonthlySettlement) => ("#/settlement_day", self.settlement_day.is_some()),
            Some(ReleaseMode::Prepay | ReleaseMode::ProRata | ReleaseMode::OpenAccount | ReleaseMode::PerDelivery) | None => ("", true),
        };
        let members = [
            ("#/amount", self.amount.is_some()),
            ("#/mode", self.mode.is_some()),
            of_mode,
            ("#/terms/cycle", terms.cycle.is_some()),
            ("#/terms/method", terms.method.is_some()),
            ("#/terms/due_basis", terms.due_basis.is_some()),
            ("#/terms/due_days", terms.due_days.is_some()),
            ("#/terms/grace_days", terms.grace_days.is_some()),
        ];
        members.into_iter().filter(|(_, is_filled)| !is_filled).map(|(member, _)| member).collect()
    }

    /// The tail in money; none where none is agreed, or a share of an amount that is not known yet.
    pub fn tail_amount(&self) -> Result<Option<Money>> {
        let of_share = |bps: i64| self.amount.map(|amount| amount.share(bps)).transpose();
        match self.tail {
            Some(Tail { amount: Some(amount), .. }) => Ok(Some(amount)),
            Some(Tail { share_bps: Some(bps), .. }) => of_share(bps),
            Some(Tail { amount: None, share_bps: None }) | None => Ok(None),
        }
    }

    /// Refuses what cannot be agreed, all faults at once. `currency` is the account's.
    pub fn check(&self, currency: Currency) -> Result<()> {
        let mut faults = Vec::new();
        let mut fault =
            |pointer: &str, code, detail: &str| faults.push(Fault { pointer: pointer.to_owned(), code, detail: detail.to_owned() });
        let own = self.amount.map_or(currency, Money::currency);
        if self.amount.is_some_and(|amount| !amount.is_positive()) {
            fault("#/amount", Code::AmountOutOfRange, "a contract is worth more than zero");
        }
        if let Some(tail) = self.tail {
            check_tail(tail, self.amount, own, &mut fault);
        }
        if self.lag.is_some_and(|lag| !(1..=1_000).contains(&lag)) {
            fault("#/lag", Code::ValidationFailed, "a delivery is 1 to 1,000 batches ahead of its money");
        }
        if self.settlement_day.is_some_and(|day| !(1..=31).contains(&day)) {
            fault("#/settlement_day", Code::ValidationFailed, "a day of the month is 1 to 31, where 31 is its last day");
        }
        if self.terms.due_days.is_some_and(|days| !(0..=730).contains(&days)) {
            fault("#/terms/due_days", Code::ValidationFailed, "days to pay are 0 to 730");
        }
        if self.terms.grace_days.is_some_and(|days| !(0..=90).contains(&days)) {
            fault("#/terms/grace_days", Code::ValidationFailed, "days of grace are 0 to 90");
        }
        check_schedule(self, own, &mut fault);
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

fn check_tail(tail: Tail, amount: Option<Money>, currency: Currency, fault: &mut impl FnMut(&str, Code, &str)) {
    match tail {
        Tail { amount: Some(tail), share_bps: None } => {
            if tail.currency() != currency {
                fault("#/tail/amount", Code::CurrencyMismatch, "the tail is in the contract's currency");
            } else if !tail.is_positive() || amount.is_some_and(|amount| tail.minor() >= amount.minor()) {
                fault("#/tail/amount", Code::AmountOutOfRange, "the tail is more than zero and less than the contract");
            }
        }
        Tail { amount: None, share_bps: Some(bps) } => {
            if !(1..=9_999).contains(&bps) {
                fault("#/tail/share_bps", Code::ValidationFailed, "the tail is 1 to 9,999 basis points of the contract");
            }
        }
        Tail { .. } => fault("#/tail", Code::ValidationFailed, "a tail is an amount or a share, one of the two"),
    }
}

fn check_schedule(written: &Written, currency: Currency, fault: &mut impl FnMut(&str, Code, &str)) {
    if written.schedule.is_empty() {
        return;
    }
    if written.schedule.len() > 100 {
        return fault("#/schedule", Code::ValidationFailed, "a schedule has at most 100 instalments");
    }
    for (at, instalment) in written.schedule.iter().enumerate() {
        if instalment.amount.currency() != currency {
            fault(&format!("#/schedule/{at}/amount"), Code::CurrencyMismatch, "an instalment is in the contract's currency");
        } else if !instalment.amount.is_positive() {
            fault(&format!("#/schedule/{at}/amount"), Code::AmountOutOfRange, "an instalment is more than zero");
        }
        if instalment.milestone.as_ref().is_some_and(|text| text.is_empty() || text.chars().count() > 100) {
            fault(&format!("#/schedule/{at}/milestone"), Code::ValidationFailed, "a milestone has 1 to 100 characters");
        }
    }
    let total = |of_tail: bool| {
        let counted = written.schedule.iter().filter(|instalment| !of_tail || instalment.part == Part::Tail);
        counted.fold(0_i128, |sum, instalment| sum + i128::from(instalment.amount.minor()))
    };
    if written.amount.is_some_and(|amount| i128::from(amount.minor()) != total(false)) {
        fault("#/schedule", Code::ValidationFailed, "the instalments add up to the contract's amount");
    }
    let tail = written.tail_amount().ok().flatten();
    if tail.is_some_and(|tail| total(true) != 0 && total(true) != i128::from(tail.minor())) {
        fault("#/schedule", Code::ValidationFailed, "the tail instalments add up to the tail");
    }
}

/// The state a contract comes to. Absent, it comes into force by itself as soon as nothing is blank. Refuses `contract_incomplete`
/// when it should be in force with blanks, and `illegal_state` for a move back.
pub fn comes_to(before: Option<ContractState>, wanted: Option<ContractState>, blanks: &[&'static str]) -> Result<ContractState> {
    use ContractState::{Active, Draft, Ended};
    let wanted = wanted.unwrap_or(match before {
        Some(state) => state,
        None if blanks.is_empty() => Active,
        None => Draft,
    });
    match (before, wanted) {
        (Some(Ended), _) => Err(Error::new(Code::IllegalState, "the contract has ended")),
        (Some(Active), Draft) => Err(Error::new(Code::IllegalState, "a contract in force does not become a draft again").at("#/state")),
        (None, Ended) => Err(Error::new(Code::ValidationFailed, "a contract begins as a draft or in force").at("#/state")),
        (_, Active) if !blanks.is_empty() => {
            let names: Vec<String> = blanks.iter().map(|blank| blank.trim_start_matches("#/").replace('/', ".")).collect();
            let error = Error::new(Code::ContractIncomplete, format!("blank: {}", names.join(", ")));
            Err(blanks.iter().fold(error, |error, blank| error.at(*blank)))
        }
        (Some(Draft | Active) | None, Draft | Active | Ended) => Ok(wanted),
    }
}

/// The due date of what waits for a milestone: the last day a date may have. It is not due, on no day, until the milestone is reached.
pub const NOT_REACHED: NaiveDate = NaiveDate::from_ymd_opt(2999, 12, 31).expect("a date that exists");

/// When what a milestone makes fall due is due: so many days after it was reached (CT-05).
pub fn due_by_milestone(reached_on: Option<NaiveDate>, due_days: i64) -> NaiveDate {
    reached_on.map_or(NOT_REACHED, |on| add_days(on, due_days))
}

/// The settlement date of this month: the day itself, or the last of the month where the month has no such day.
fn settlement_in_month(day: i64, month: NaiveDate) -> NaiveDate {
    let last = end_of_month(month);
    let day = u32::try_from(day).unwrap_or(31).min(last.day());
    last.with_day(day).unwrap_or(last)
}

/// The newest settlement date before this day: what fell due by it should have been paid.
pub fn last_settlement(day: i64, before: NaiveDate) -> NaiveDate {
    let of_month = settlement_in_month(day, before);
    if of_month < before { of_month } else { settlement_in_month(day, add_months(before, -1)) }
}

/// The last day of an extension of a settlement date, in calendar days. Refuses one longer than [`EXTENSION_DAYS_MAX`], one of a day on
/// which is not settled, and one that would be over already.
pub fn extended_until(settlement_day: Option<i64>, settlement_on: NaiveDate, days: i64, today: NaiveDate) -> Result<NaiveDate> {
    if !(1..=EXTENSION_DAYS_MAX).contains(&days) {
        let detail = format!("a settlement day is extended by 1 to {EXTENSION_DAYS_MAX} days");
        return Err(Error::new(Code::ValidationFailed, detail).at("#/days"));
    }
    if settlement_day.is_none_or(|day| settlement_in_month(day, settlement_on) != settlement_on) {
        return Err(
            Error::new(Code::ValidationFailed, format!("{settlement_on} is no settlement day of this contract")).at("#/settlement_on")
        );
    }
    let until = add_days(settlement_on, days);
    if days_between(today, until) < 0 {
        return Err(Error::new(Code::ValidationFailed, format!("it would have ended on {until} already")).at("#/days"));
    }
    Ok(until)
}

/// The first day on which extensions are counted.
pub fn eroding_since(today: NaiveDate) -> NaiveDate {
    add_days(add_months(today, -EROSION_MONTHS), 1)
}

/// Does one more extension, after so many in the last months, lower the grade? Every second one does.
pub fn lowers_grade(earlier: usize) -> bool {
    (earlier + 1).is_multiple_of(EROSION_EXTENSIONS)
}

/// The grade one step below; none below the last, and none for a grade that is not of the scale.
pub fn one_step_lower(grade: &str) -> Option<&'static str> {
    let at = GRADES.iter().position(|known| *known == grade)?;
    GRADES.get(at + 1).copied()
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
