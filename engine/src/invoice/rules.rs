//! What an invoice is made of, and how old its open items are.

use crate::words::code::Code;
use crate::words::day::days_between;
use crate::words::error::{Error, Fault, Result};
use crate::words::money::Money;
use chrono::NaiveDate;

crate::words! {
    /// What an instalment is of its contract (contract §1: 首款, 中款, 尾款); `whole` when there is only one.
    pub enum Part {
        /// The only instalment.
        Whole = "whole",
        /// First payment.
        First = "first",
        /// Between first and last.
        Middle = "middle",
        /// Last payment.
        Tail = "tail",
    }
}

crate::words! {
    /// How late an open item is, in five bands (contract §4, numbers.md §5).
    pub enum Band {
        /// Due today or later.
        NotDue = "not_due",
        /// 1 to 30 days past due.
        Days1To30 = "1_30",
        /// 31 to 60 days.
        Days31To60 = "31_60",
        /// 61 to 90 days.
        Days61To90 = "61_90",
        /// 91 days and more.
        Days91Plus = "91_plus",
    }
}

impl Band {
    /// The band of so many days past due; due today is not overdue (contract choice 1).
    pub fn of(days_past_due: i64) -> Self {
        match days_past_due {
            i64::MIN..=0 => Self::NotDue,
            1..=30 => Self::Days1To30,
            31..=60 => Self::Days31To60,
            61..=90 => Self::Days61To90,
            91..=i64::MAX => Self::Days91Plus,
        }
    }

    /// The due dates of the band on this day, from and to, both included; `None` where it has no end.
    pub fn due_between(self, as_of: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let back = |days: i64| Some(crate::words::day::add_days(as_of, -days));
        match self {
            Self::NotDue => (back(0), None),
            Self::Days1To30 => (back(30), back(1)),
            Self::Days31To60 => (back(60), back(31)),
            Self::Days61To90 => (back(90), back(61)),
            Self::Days91Plus => (None, back(91)),
        }
    }
}

/// Calendar days past due: 1 on the first day after the due date, negative before it.
pub fn days_past_due(due_on: NaiveDate, as_of: NaiveDate) -> i64 {
    days_between(due_on, as_of)
}

/// What an instalment falls due by, where no day was agreed: a milestone of its contract (CT-05).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaits {
    /// The milestone's name.
    pub milestone: String,
    /// Days to pay once it is reached.
    pub due_days: i64,
}

/// One due amount of an invoice, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedInstalment {
    /// Due date.
    pub due_on: NaiveDate,
    /// Amount, above zero, in the invoice's currency.
    pub amount: Money,
    /// What it is of its contract; worked out from its place when absent.
    pub part: Option<Part>,
    /// The milestone it falls due by.
    pub awaits: Option<Awaits>,
}

/// One due amount of an invoice, as it is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// Its place, from 1.
    pub no: i64,
    /// What it is of its contract.
    pub part: Part,
    /// Due date.
    pub due_on: NaiveDate,
    /// Amount.
    pub amount: Money,
    /// The milestone it falls due by.
    pub awaits: Option<Awaits>,
}

/// Something odd that is taken all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Its name: `due_before_issue`.
    pub code: &'static str,
    /// One sentence.
    pub detail: String,
}

/// The instalments of an invoice with what is odd about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// One or more, in the order asked for.
    pub instalments: Vec<Instalment>,
    /// A due date before the issue date is taken with a warning: real ledgers have it (contract §4).
    pub warnings: Vec<Warning>,
}

/// The instalments of an invoice of `total`, issued on a day. Their amounts add up to the total; without a part, one instalment is
/// `whole` and several are `first`, `middle` …, `tail`.
///
/// Refuses `use_credit_notes` (negative total, decision 18), `amount_out_of_range`, `currency_mismatch` and `validation_failed`.
pub fn schedule(total: Money, issued_on: NaiveDate, asked: &[AskedInstalment]) -> Result<Schedule> {
    if total.minor() < 0 {
        return Err(Error::new(Code::UseCreditNotes, "a negative invoice is a credit note").at("#/amount"));
    }
    if total.minor() == 0 {
        return Err(Error::new(Code::AmountOutOfRange, "an invoice is more than zero").at("#/amount"));
    }
    check_amounts(total, asked)?;
    let instalments: Vec<Instalment> = (1..)
        .zip(asked)
        .zip(places(asked.len()))
        .map(|((no, one), place)| Instalment {
            no,
            part: one.part.unwrap_or(place),
            due_on: one.due_on,
            amount: one.amount,
            awaits: one.awaits.clone(),
        })
        .collect();
    let warnings = instalments
        .iter()
        .filter(|one| one.due_on < issued_on)
        .map(|one| Warning { code: "due_before_issue", detail: format!("due on {}, before the invoice of {issued_on}", one.due_on) })
        .collect();
    Ok(Schedule { instalments, warnings })
}

fn check_amounts(total: Money, asked: &[AskedInstalment]) -> Result<()> {
    let mut faults = Vec::new();
    let mut sum: i128 = 0;
    for (at, one) in asked.iter().enumerate() {
        let mut fault = |code, detail: String| faults.push(Fault { pointer: format!("#/instalments/{at}/amount"), code, detail });
        if one.amount.currency() != total.currency() {
            fault(Code::CurrencyMismatch, format!("the invoice is in {}, this instalment in {}", total.currency(), one.amount.currency()));
        } else if !one.amount.is_positive() {
            fault(Code::AmountOutOfRange, "an instalment is more than zero".to_owned());
        }
        sum += i128::from(one.amount.minor());
    }
    if faults.is_empty() && sum != i128::from(total.minor()) {
        let detail = format!("the instalments must add up to the invoice's {total}");
        faults.push(Fault { pointer: "#/instalments".to_owned(), code: Code::ValidationFailed, detail });
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
}

/// What each of so many instalments is by its place.
fn places(count: usize) -> impl Iterator<Item = Part> {
    (1..=count).map(move |no| match (no, count) {
        (1, 1) => Part::Whole,
        (1, _) => Part::First,
        (no, count) if no == count => Part::Tail,
        _ => Part::Middle,
    })
}

#[cfg(test)]
mod tests;
