//! Turning money of one currency into another's at a dated rate, with the working shown (decision 9).

use crate::words::error::Result;
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A rate as it was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatedRate {
    /// One of this …
    pub from: Currency,
    /// … is so many of that.
    pub to: Currency,
    /// How many; above zero.
    pub rate: Decimal,
    /// From this day until the next rate of the pair.
    pub valid_from: NaiveDate,
}

/// The rates in force on a day, at most one a pair and direction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates(Vec<DatedRate>);

/// The working of one conversion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Conversion {
    /// What was converted.
    pub amount: Money,
    /// What it comes to, rounded half-up.
    pub converted: Money,
    /// The rate as it was set, so many `to` for one `from`.
    #[schema(examples("7.1234"))]
    pub rate: String,
    /// The currency the rate is for one of.
    pub from: Currency,
    /// The currency the rate is so many of.
    pub to: Currency,
    /// The first day of the rate.
    pub rate_on: NaiveDate,
    /// Is the rate set the other way round, so that the amount was divided by it?
    pub is_inverse: bool,
}

impl Rates {
    /// Of all these rates, those in force on a day: the newest of each pair.
    pub fn on(day: NaiveDate, mut all: Vec<DatedRate>) -> Self {
        all.retain(|rate| rate.valid_from <= day);
        all.sort_by_key(|rate| (rate.from, rate.to, std::cmp::Reverse(rate.valid_from)));
        all.dedup_by_key(|rate| (rate.from, rate.to));
        Self(all)
    }

    /// The amount in another currency: by the rate of the pair or, divided, by the one set the other way round; the newer of the two
    /// where there are both. `None` without a rate. Refuses `amount_out_of_range`.
    pub fn convert(&self, amount: Money, into: Currency) -> Result<Option<Conversion>> {
        let of = |from: Currency, to: Currency| self.0.iter().find(move |rate| rate.from == from && rate.to == to);
        let (straight, inverse) = (of(amount.currency(), into), of(into, amount.currency()));
        let is_inverse = match (straight, inverse) {
            (Some(straight), Some(inverse)) => inverse.valid_from > straight.valid_from,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        let Some(used) = (if is_inverse { inverse } else { straight }) else { return Ok(None) };
        let units = if is_inverse { amount.decimal().checked_div(used.rate) } else { amount.decimal().checked_mul(used.rate) };
        let Some(units) = units else { return Ok(None) };
        Ok(Some(Conversion {
            amount,
            converted: Money::round_half_up(units, into)?,
            rate: used.rate.to_string(),
            from: used.from,
            to: used.to,
            rate_on: used.valid_from,
            is_inverse,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;

    fn rate(from: &str, to: &str, rate: &str, valid_from: &str) -> DatedRate {
        let currency = |text: &str| text.parse().unwrap();
        DatedRate { from: currency(from), to: currency(to), rate: rate.parse().unwrap(), valid_from: parse_date(valid_from).unwrap() }
    }

    fn told(rates: Vec<DatedRate>, amount: &str, from: &str, into: &str) -> String {
        let amount = Money::parse(amount, from.parse().unwrap()).unwrap();
        let rates = Rates::on(parse_date("2025-03-14").unwrap(), rates);
        let working = rates.convert(amount, into.parse().unwrap()).unwrap();
        working.map_or("no rate".into(), |w| {
            format!("{} at {} of {}{}", w.converted.amount(), w.rate, w.rate_on, if w.is_inverse { " divided" } else { "" })
        })
    }

    #[test]
    fn the_newest_rate_of_the_day_converts_and_shows_its_working() {
        let usd = || {
            vec![rate("USD", "CNY", "7.10", "2025-01-01"), rate("USD", "CNY", "7.25", "2025-03-14"), rate("USD", "CNY", "9", "2025-03-15")]
        };
        assert_eq!(told(usd(), "100.01", "USD", "CNY"), "725.07 at 7.25 of 2025-03-14");
        assert_eq!(told(usd(), "725.07", "CNY", "USD"), "100.01 at 7.25 of 2025-03-14 divided");
        assert_eq!(told(usd(), "1.00", "EUR", "CNY"), "no rate");
        assert_eq!(told(vec![rate("USD", "CNY", "9", "2025-03-15")], "1.00", "USD", "CNY"), "no rate");
        assert_eq!(told(vec![rate("JPY", "CNY", "0.0485", "2025-03-01")], "1001", "JPY", "CNY"), "48.55 at 0.0485 of 2025-03-01");
    }

    #[test]
    fn of_a_pair_set_both_ways_the_newer_counts() {
        let both = vec![rate("USD", "CNY", "7", "2025-01-01"), rate("CNY", "USD", "0.125", "2025-02-01")];
        assert_eq!(told(both, "10.00", "USD", "CNY"), "80.00 at 0.125 of 2025-02-01 divided");
    }

    #[test]
    fn c_21_the_limit_is_in_base_and_the_rate_is_two_to_one() {
        let two = || vec![rate("CNY", "USD", "2", "2025-01-01")];
        assert_eq!(told(two(), "45.00", "USD", "CNY"), "22.50 at 2 of 2025-01-01 divided");
        assert_eq!(told(two(), "65.00", "USD", "CNY"), "32.50 at 2 of 2025-01-01 divided");
    }
}
