//! Which credit limit is in force, and which new one is refused.

use crate::tenant::NoLimitRow;
use crate::words::code::Code;
use crate::words::error::{Error, Fault, Result};
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

crate::words! {
    /// The two kinds of limits.
    pub enum LimitKind {
        /// The ordinary one.
        Standing = "standing",
        /// For a while: it beats the ordinary one while it is in force.
        Temporary = "temporary",
    }
}

/// A dated limit as it was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitRow {
    /// Its kind.
    pub kind: LimitKind,
    /// The limit in the account's currency; zero is no credit at all, `None` is no credit check (contract choice 11).
    pub amount: Option<Money>,
    /// The first day it is in force.
    pub valid_from: NaiveDate,
    /// The last day it is in force; for ever when absent.
    pub valid_to: Option<NaiveDate>,
}

impl LimitRow {
    fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }
}

/// What the limits of an account come to on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "limit", rename_all = "snake_case")]
pub enum InForce {
    /// Nobody checks: a row says so.
    NoCheck,
    /// Never had a limit, and the tenant's setting checks nothing.
    NoRow,
    /// So much; zero is no credit at all.
    Amount {
        /// The limit, in the account's currency.
        amount: Money,
    },
    /// Never had a limit: only what is paid for ships.
    Prepay,
    /// Never had a limit: orders wait for a credit decision.
    Unset,
    /// The last limit ran out and nothing followed.
    Expired {
        /// Its last day.
        ended_on: NaiveDate,
    },
}

impl InForce {
    /// The figure people set: none where nobody checks, nothing is in force, or prepayment is the rule.
    pub fn figure(&self) -> Option<Money> {
        match self {
            Self::Amount { amount } => Some(*amount),
            Self::NoCheck | Self::NoRow | Self::Prepay | Self::Unset | Self::Expired { .. } => None,
        }
    }

    /// The amount a check compares with: nothing to compare with where nobody checks or no figure is in force.
    pub fn amount(&self, currency: Currency) -> Option<Money> {
        match self {
            Self::Amount { amount } => Some(*amount),
            Self::Prepay => Some(Money::zero(currency)),
            Self::NoCheck | Self::NoRow | Self::Unset | Self::Expired { .. } => None,
        }
    }
}

/// The row that is in force on a day: a temporary one beats the standing ones, among one kind the newest wins.
pub fn standing_on(rows: &[LimitRow], day: NaiveDate) -> Option<&LimitRow> {
    rows.iter().filter(|row| row.holds_on(day)).max_by_key(|row| (row.kind, row.valid_from))
}

/// The limit in force on a day: a temporary one beats the standing ones, among one kind the newest `valid_from` wins; when the last
/// one ran out the account holds; without any row yet the tenant's setting decides, where "no check" is for approved accounts only
/// and means prepayment for the others (numbers.md §3, decisions 21 and 50).
pub fn in_force(rows: &[LimitRow], day: NaiveDate, setting: NoLimitRow, is_approved: bool) -> InForce {
    if let Some(row) = standing_on(rows, day) {
        return row.amount.map_or(InForce::NoCheck, |amount| InForce::Amount { amount });
    }
    if let Some(ended_on) = rows.iter().filter_map(|row| row.valid_to).filter(|last| *last < day).max() {
        return InForce::Expired { ended_on };
    }
    match (setting, is_approved) {
        (NoLimitRow::NoCheck, true) => InForce::NoRow,
        (NoLimitRow::NoCheck, false) | (NoLimitRow::Prepay, _) => InForce::Prepay,
        (NoLimitRow::Hold, _) => InForce::Unset,
    }
}

/// Is this limit more credit than what was in force before it? A first limit where nobody checked only tightens.
pub fn is_more_credit(new: Option<Money>, before: &InForce) -> bool {
    match (new, before) {
        (_, InForce::NoCheck) => false,
        (None, _) => true,
        (Some(new), InForce::Amount { amount }) => new.minor() > amount.minor(),
        (Some(_), InForce::NoRow) => false,
        (Some(new), InForce::Prepay | InForce::Unset | InForce::Expired { .. }) => new.is_positive(),
    }
}

/// Refuses a new limit that cannot stand beside the others: `overlapping_limit` for the same kind from the same day, or for two closed
/// ranges of a kind that share a day (decision 51); `currency_mismatch`, `amount_out_of_range` (below zero), `validation_failed`.
pub fn may_add(new: &LimitRow, rows: &[LimitRow], currency: Currency) -> Result<()> {
    let mut faults = Vec::new();
    let mut fault = |member: &str, code, detail: String| faults.push(Fault { pointer: format!("#/{member}"), code, detail });
    if let Some(amount) = new.amount {
        if amount.currency() != currency {
            fault("amount", Code::CurrencyMismatch, format!("the account's limit is in {currency}, not in {}", amount.currency()));
        } else if amount.minor() < 0 {
            fault("amount", Code::AmountOutOfRange, "a limit is not below zero".to_owned());
        }
    }
    if new.valid_to.is_some_and(|last| last < new.valid_from) {
        fault("valid_to", Code::ValidationFailed, "a limit does not end before it begins".to_owned());
    }
    if !faults.is_empty() {
        return Err(Error::all(faults));
    }
    let same_kind = || rows.iter().filter(|row| row.kind == new.kind);
    if same_kind().any(|row| row.valid_from == new.valid_from) {
        let detail = format!("a {} limit already begins on {}", new.kind, new.valid_from);
        return Err(Error::new(Code::OverlappingLimit, detail).at("#/valid_from"));
    }
    let shares_a_day = |row: &&LimitRow| match (row.valid_to, new.valid_to) {
        (Some(last), Some(new_last)) => row.valid_from <= new_last && new.valid_from <= last,
        (None, _) | (_, None) => false,
    };
    if let Some(row) = same_kind().find(shares_a_day) {
        let last = row.valid_to.unwrap_or(row.valid_from);
        let detail = format!("a {} limit already covers {} to {last}", new.kind, row.valid_from);
        return Err(Error::new(Code::OverlappingLimit, detail).at("#/valid_from"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    fn cny() -> Currency {
        "CNY".parse().unwrap()
    }

    fn row(kind: LimitKind, amount: Option<i64>, from: &str, to: Option<&str>) -> LimitRow {
        LimitRow { kind, amount: amount.map(|units| Money::new(units * 100, cny())), valid_from: day(from), valid_to: to.map(day) }
    }

    fn told(rows: &[LimitRow], on: &str) -> String {
        match in_force(rows, day(on), NoLimitRow::NoCheck, true) {
            InForce::NoCheck | InForce::NoRow => "no check".into(),
            InForce::Amount { amount } => amount.amount(),
            InForce::Prepay => "prepay".into(),
            InForce::Unset => "unset".into(),
            InForce::Expired { ended_on } => format!("expired {ended_on}"),
        }
    }

    #[test]
    fn c_16_the_newest_limit_in_force_counts() {
        use LimitKind::{Standing, Temporary};
        let rows = [row(Standing, Some(100), "2025-02-10", None), row(Standing, Some(200), "2025-02-20", None)];
        for (on, expected) in [("2025-02-09", "no check"), ("2025-02-10", "100.00"), ("2025-02-19", "100.00"), ("2025-02-20", "200.00")] {
            assert_eq!(told(&rows, on), expected, "{on}");
        }
        let beaten = [
            row(Standing, Some(100), "2025-01-01", None),
            row(Standing, Some(150), "2025-06-01", Some("2025-06-30")),
            row(Temporary, Some(300), "2025-05-01", Some("2025-06-15")),
        ];
        for (on, expected) in [
            ("2025-04-30", "100.00"),
            ("2025-05-01", "300.00"),
            ("2025-06-15", "300.00"),
            ("2025-06-16", "150.00"),
            ("2025-07-01", "100.00"),
        ] {
            assert_eq!(told(&beaten, on), expected, "{on}");
        }
    }

    #[test]
    fn no_check_zero_and_an_expired_limit_are_three_things() {
        use LimitKind::Standing;
        for (rows, expected) in [
            (vec![], "no check"),
            (vec![row(Standing, None, "2025-01-01", None)], "no check"),
            (vec![row(Standing, Some(0), "2025-01-01", None)], "0.00"),
            (vec![row(Standing, Some(100), "2025-01-01", Some("2025-03-31"))], "expired 2025-03-31"),
            (vec![row(Standing, None, "2025-01-01", Some("2025-03-31"))], "expired 2025-03-31"),
            (
                vec![row(Standing, Some(100), "2025-01-01", Some("2025-03-31")), row(Standing, Some(1), "2025-05-01", None)],
                "expired 2025-03-31",
            ),
            (vec![row(Standing, Some(100), "2025-01-01", Some("2025-04-01"))], "100.00"),
        ] {
            assert_eq!(told(&rows, "2025-04-01"), expected, "{rows:?}");
        }
    }

    #[test]
    fn an_account_that_never_had_a_limit_follows_the_setting() {
        for (setting, is_approved, expected) in [
            (NoLimitRow::NoCheck, true, InForce::NoRow),
            (NoLimitRow::NoCheck, false, InForce::Prepay),
            (NoLimitRow::Prepay, true, InForce::Prepay),
            (NoLimitRow::Hold, true, InForce::Unset),
        ] {
            assert_eq!(in_force(&[], day("2025-04-01"), setting, is_approved), expected, "{setting} {is_approved}");
        }
    }

    #[test]
    fn more_credit_is_a_raise_or_a_first_limit_where_there_was_no_credit() {
        let amount = |units: i64| Some(Money::new(units * 100, cny()));
        let had = InForce::Amount { amount: Money::new(10_000, cny()) };
        let over = InForce::Expired { ended_on: day("2025-01-31") };
        for (new, before, expected) in [
            (amount(101), had, true),
            (amount(100), had, false),
            (amount(0), had, false),
            (None, had, true),
            (None, InForce::NoCheck, false),
            (amount(1), InForce::NoCheck, false),
            (amount(1), InForce::NoRow, false),
            (None, InForce::NoRow, true),
            (amount(1), InForce::Prepay, true),
            (amount(0), InForce::Unset, false),
            (amount(1), over, true),
        ] {
            assert_eq!(is_more_credit(new, &before), expected, "{new:?} after {before:?}");
        }
    }

    #[test]
    fn limits_may_follow_and_overlap_but_two_closed_ones_of_a_kind_may_not_cross() {
        use LimitKind::{Standing, Temporary};
        let rows = [row(Standing, Some(100), "2025-01-01", None), row(Standing, Some(100), "2025-03-01", Some("2025-05-31"))];
        for (new, expected) in [
            (row(Standing, Some(1), "2025-02-01", None), "fine"),
            (row(Standing, Some(1), "2025-04-01", None), "fine"),
            (row(Standing, Some(1), "2025-01-01", Some("2025-01-02")), "overlapping_limit"),
            (row(Standing, Some(1), "2025-03-01", None), "overlapping_limit"),
            (row(Standing, Some(1), "2025-05-31", Some("2025-06-30")), "overlapping_limit"),
            (row(Standing, Some(1), "2025-04-01", Some("2025-04-02")), "overlapping_limit"),
            (row(Standing, Some(1), "2025-06-01", Some("2025-06-30")), "fine"),
            (row(Temporary, Some(1), "2025-03-01", Some("2025-05-31")), "fine"),
            (row(Standing, Some(-1), "2025-07-01", None), "amount_out_of_range"),
            (row(Standing, Some(1), "2025-07-01", Some("2025-06-30")), "validation_failed"),
            (
                LimitRow { amount: Some(Money::new(1, "USD".parse().unwrap())), ..row(Standing, None, "2025-07-01", None) },
                "currency_mismatch",
            ),
        ] {
            let answer = may_add(&new, &rows, cny()).map_or_else(|error| error.code().name(), |()| "fine");
            assert_eq!(answer, expected, "{new:?}");
        }
    }
}
