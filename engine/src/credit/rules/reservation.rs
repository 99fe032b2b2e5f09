//! What an approved order reserves of the limit: dated movements that are only ever added, so the exposure of any past day can be
//! told (decision 43), and each unit of money is in the order or in its invoice, never in both.

use crate::words::error::Result;
use crate::words::money::Money;
use chrono::NaiveDate;

/// One change of what an order reserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// More when above zero, less when below.
    pub amount: Money,
    /// The business date it counts from.
    pub on: NaiveDate,
}

/// What an order reserved on a day: its movements up to then.
pub fn reserved(movements: &[Movement], zero: Money, day: NaiveDate) -> Result<Money> {
    movements.iter().filter(|movement| movement.on <= day).try_fold(zero, |sum, movement| sum.checked_add(movement.amount))
}

/// The movement that brings what is reserved to what may ship: after a check, a release, or the end of the order (then to zero).
pub fn to(target: Money, reserved: Money, on: NaiveDate) -> Result<Option<Movement>> {
    let amount = target.checked_sub(reserved)?;
    Ok((amount.minor() != 0).then_some(Movement { amount, on }))
}

/// An invoice takes the smaller of its amount and what is still reserved (decision 45).
pub fn invoiced(reserved: Money, invoice: Money, on: NaiveDate) -> Option<Movement> {
    let taken = reserved.minor().min(invoice.minor());
    (reserved.currency() == invoice.currency() && taken > 0).then(|| Movement { amount: Money::new(-taken, reserved.currency()), on })
}

/// A cancelled invoice gives back what it had taken from its order (decision 2), from the day of the cancellation.
pub fn given_back(taken: Money, on: NaiveDate) -> Option<Movement> {
    taken.is_positive().then_some(Movement { amount: taken, on })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    fn cny(minor: i64) -> Money {
        Money::new(minor, "CNY".parse().unwrap())
    }

    #[test]
    fn c_08_an_order_and_its_invoice_are_counted_once_and_a_cancellation_gives_the_value_back() {
        let mut movements: Vec<Movement> = to(cny(100), cny(0), day("2025-03-01")).unwrap().into_iter().collect();
        let orders = |movements: &[Movement], on: &str| reserved(movements, cny(0), day(on)).unwrap().minor();
        assert_eq!((orders(&movements, "2025-03-01"), 0), (100, 0));

        let open = 100;
        let taken = invoiced(cny(100), cny(open), day("2025-03-10")).unwrap();
        movements.push(taken);
        assert_eq!((orders(&movements, "2025-03-10"), open), (0, 100));

        movements.extend(given_back(cny(-taken.amount.minor()), day("2025-03-20")));
        assert_eq!((orders(&movements, "2025-03-20"), 0), (100, 0));
        assert_eq!([orders(&movements, "2025-02-28"), orders(&movements, "2025-03-09"), orders(&movements, "2025-03-19")], [0, 100, 0]);
    }

    #[test]
    fn an_invoice_takes_no_more_than_is_reserved_and_nothing_in_other_money() {
        let on = day("2025-03-10");
        for (reserved, invoice, taken) in [(100, 60, Some(-60)), (100, 140, Some(-100)), (0, 140, None)] {
            assert_eq!(invoiced(cny(reserved), cny(invoice), on).map(|movement| movement.amount.minor()), taken, "{reserved} {invoice}");
        }
        assert_eq!(invoiced(cny(100), Money::new(60, "USD".parse().unwrap()), on), None);
    }

    #[test]
    fn checking_again_moves_only_the_difference() {
        let on = day("2025-03-10");
        for (target, reserved, moved) in [(100, 40, Some(60)), (0, 40, Some(-40)), (40, 40, None)] {
            assert_eq!(to(cny(target), cny(reserved), on).unwrap().map(|movement| movement.amount.minor()), moved);
        }
    }
}
