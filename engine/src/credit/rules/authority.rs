//! Which acts of credit one person may answer for alone (capability IC-01, api.md §11).

use crate::exchange::rules::Rates;
use crate::limit::rules::{InForce, LimitRow, in_force};
use crate::tenant::NoLimitRow;
use crate::words::error::Result;
use crate::words::money::{Currency, Money};

/// Does a new limit let an account have more credit, on any day of its validity, than the limits there are? Only that is judged: a lower
/// limit needs nobody. A first limit, and one after the last has run out, is judged whole, because nobody has answered for any credit yet.
pub fn is_raise(new: &LimitRow, known: &[LimitRow]) -> bool {
    let with_new: Vec<LimitRow> = known.iter().copied().chain([*new]).collect();
    // What is in force changes only on days on which a limit begins or the day after one ends.
    let turns = known.iter().flat_map(|row| [Some(row.valid_from), row.valid_to.and_then(|last| last.succ_opt())]).flatten();
    let days = turns.filter(|day| *day >= new.valid_from && new.valid_to.is_none_or(|last| *day <= last)).chain([new.valid_from]);
    days.into_iter().any(|day| {
        // Which setting stands in for a row that is not there does not matter: only rows that were set are compared.
        let on = |rows: &[LimitRow]| granted(in_force(rows, day, NoLimitRow::Hold, true));
        on(&with_new) > on(known)
    })
}

/// How much credit a limit grants, from nothing to no check at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Granted {
    UpTo(i64),
    All,
}

fn granted(limit: InForce) -> Granted {
    match limit {
        InForce::NoCheck => Granted::All,
        InForce::Amount { amount } => Granted::UpTo(amount.minor()),
        InForce::NoRow | InForce::Prepay | InForce::Unset | InForce::Expired { .. } => Granted::UpTo(0),
    }
}

/// What lifting a hold on a whole account is measured by: what it owes and has on approved orders, in the tenant's currency at these
/// rates. None where a rate is missing.
///
/// # Errors
/// `amount_out_of_range` when the sum leaves the range of money.
pub fn at_stake(sums: impl IntoIterator<Item = (Money, Money)>, own: Currency, rates: &Rates) -> Result<Option<Money>> {
    let mut minor = 0_i128;
    for (open, orders) in sums {
        let both = open.checked_add(orders)?;
        if both.currency() == own || both.minor() == 0 {
            minor += i128::from(both.minor());
            continue;
        }
        let Some(working) = rates.convert(both, own)? else { return Ok(None) };
        minor += i128::from(working.converted.minor());
    }
    Money::from_sum(minor, own).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::rules::LimitKind;
    use crate::words::day::parse_date;

    fn row(kind: LimitKind, amount: Option<i64>, from: &str, to: Option<&str>) -> LimitRow {
        let cny = "CNY".parse().unwrap();
        let day = |text: &str| parse_date(text).unwrap();
        LimitRow { kind, amount: amount.map(|units| Money::new(units * 100, cny)), valid_from: day(from), valid_to: to.map(day) }
    }

    #[test]
    fn only_more_credit_on_some_day_is_a_raise() {
        use LimitKind::{Standing, Temporary};
        let known = [
            row(Standing, Some(500), "2026-01-01", None),
            row(Standing, Some(200), "2026-06-01", Some("2026-06-30")),
            row(Temporary, Some(900), "2026-03-01", Some("2026-03-31")),
        ];
        for (new, expected, why) in [
            (row(Standing, Some(400), "2026-02-01", None), false, "lower than what is in force"),
            (row(Standing, Some(500), "2026-02-01", None), false, "the same"),
            (row(Standing, Some(501), "2026-02-01", None), true, "higher"),
            (row(Standing, None, "2026-02-01", None), true, "no check"),
            (row(Standing, Some(0), "2026-02-01", None), false, "no credit at all"),
            (row(Standing, Some(400), "2026-06-15", None), true, "higher than the closed one of June"),
            (row(Standing, Some(800), "2026-03-10", Some("2026-03-20")), false, "the temporary one beats it on all its days"),
            (row(Standing, Some(800), "2026-03-10", None), true, "it comes into force when the temporary one ends"),
            (row(Temporary, Some(450), "2026-04-01", Some("2026-04-30")), false, "a temporary one may lower"),
        ] {
            assert_eq!(is_raise(&new, &known), expected, "{why}");
        }
        assert!(is_raise(&row(Standing, Some(1), "2026-01-01", None), &[]), "a first limit");
        assert!(!is_raise(&row(Standing, Some(0), "2026-01-01", None), &[]), "a first limit of nothing");
        let ended = [row(Standing, Some(900), "2025-01-01", Some("2025-12-31"))];
        assert!(is_raise(&row(Standing, Some(500), "2026-01-01", None), &ended), "one after the last ran out");
        let free = [row(Standing, None, "2026-01-01", None)];
        assert!(!is_raise(&row(Standing, Some(9_000), "2026-02-01", None), &free), "a limit where there was no check");
    }

    #[test]
    fn what_is_at_stake_is_what_an_account_owes_and_has_on_orders_in_our_own_money() {
        use crate::exchange::rules::DatedRate;
        let day = parse_date("2026-03-01").unwrap();
        let seven = DatedRate { from: "USD".parse().unwrap(), to: "CNY".parse().unwrap(), rate: 7.into(), valid_from: day };
        let (none, rates) = (Rates::default(), Rates::on(day, vec![seven]));
        let (cny, usd): (Currency, Currency) = ("CNY".parse().unwrap(), "USD".parse().unwrap());
        let sums = |of: &[(i64, i64, Currency)]| {
            of.iter().map(|(open, orders, c)| (Money::new(*open, *c), Money::new(*orders, *c))).collect::<Vec<_>>()
        };
        for (of, expected) in [
            (vec![], Some(0)),
            (vec![(100, 20, cny), (3, 0, cny)], Some(123)),
            (vec![(100, 0, cny), (0, 0, usd)], Some(100)),
            (vec![(100, 0, cny), (0, 1, usd)], None),
        ] {
            assert_eq!(at_stake(sums(&of), cny, &none).unwrap().map(Money::minor), expected, "{of:?}");
        }
        let both = sums(&[(100, 0, cny), (3, 2, usd)]);
        assert_eq!(at_stake(both, cny, &rates).unwrap().map(Money::minor), Some(135));
    }
}
