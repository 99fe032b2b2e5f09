//! Warning lines: percents of a limit that tell people before it is used up (GR-05). One event per line on the way up, none on the way
//! down; what fell below a line and comes back is told again (C-31).

use super::exposure::{KeptSums, foreign, parts};
use crate::exchange::rules::Rates;
use crate::limit::rules::InForce;
use crate::words::error::Result;
use crate::words::id::AccountId;
use crate::words::money::{Currency, Money};

/// What an account's exposure is measured by.
#[derive(Clone, Debug)]
pub struct Gauge {
    /// The account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// The highest line it was above so far, 0 when none.
    pub level: i64,
    /// Its own limit today.
    pub own: InForce,
    /// The same with its securities counted in; none where there is no figure to compare with.
    pub limit: Option<Money>,
    /// The lines, in percent, the lowest first.
    pub lines: Vec<i64>,
    /// The rates of the day.
    pub rates: Rates,
}

/// What a look at the gauge shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The highest line the exposure is above now.
    pub level: i64,
    /// Lines passed upwards since the last look.
    pub crossed: Vec<i64>,
    /// What stands against the limit, disputed money left out.
    pub used: Money,
}

impl Gauge {
    /// Compares the kept sums, as they will be, with the lines. `None` where nothing can be said: without a rate the level stays.
    pub fn read(&self, sums: &[KeptSums]) -> Result<Option<Reading>> {
        let own = parts(self.account, self.currency, sums)?;
        let others = foreign(self.currency, sums, &self.rates)?;
        if !others.missing.is_empty() {
            return Ok(None);
        }
        let used = own.exposure()?.checked_sub(own.disputed)?.checked_add(others.exposure)?.checked_sub(others.disputed)?;
        Ok(Some(self.at(used)))
    }

    /// The same for a figure that is known already.
    pub fn at(&self, used: Money) -> Reading {
        reading(self.limit, &self.lines, self.level, used)
    }
}

/// Compares what is used of a limit with the lines, the lowest first; `before` is the highest line it was above so far. An account's
/// limit and that of a group are read alike.
pub fn reading(limit: Option<Money>, lines: &[i64], before: i64, used: Money) -> Reading {
    let above = |limit: Money, percent: i64| i128::from(used.minor()) * 100 > i128::from(limit.minor()) * i128::from(percent);
    let passed = |percent: &i64| limit.is_some_and(|limit| above(limit, *percent));
    let level = lines.iter().copied().filter(passed).max().unwrap_or(0);
    let crossed = lines.iter().copied().filter(|line| before < *line && *line <= level).collect();
    Reading { level, crossed, used }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::cny;
    use super::*;
    use uuid::Uuid;

    fn gauge(limit: Option<i64>, level: i64) -> Gauge {
        Gauge {
            account: AccountId(Uuid::from_u128(1)),
            currency: cny(0).currency(),
            level,
            own: InForce::NoRow,
            limit: limit.map(cny),
            lines: vec![80, 90, 100],
            rates: Rates::default(),
        }
    }

    #[test]
    fn c_31_each_crossing_upwards_is_told_once() {
        let mut level = 0;
        let told: Vec<Vec<i64>> = [800, 801, 850, 790, 810]
            .map(|exposure| {
                let reading = gauge(Some(1_000), level).at(cny(exposure));
                level = reading.level;
                reading.crossed
            })
            .into();
        assert_eq!(told, [vec![], vec![80], vec![], vec![], vec![80]]);
    }

    #[test]
    fn a_leap_tells_every_line_it_passes_and_without_a_limit_there_is_none() {
        assert_eq!(gauge(Some(1_000), 0).at(cny(1_001)).crossed, [80, 90, 100]);
        assert_eq!(gauge(Some(1_000), 80).at(cny(1_000)).crossed, [90]);
        assert_eq!(gauge(Some(0), 0).at(cny(1)).level, 100);
        assert_eq!(gauge(Some(0), 0).at(cny(0)).level, 0);
        assert_eq!(gauge(None, 90).at(cny(5_000)), Reading { level: 0, crossed: vec![], used: cny(5_000) });
    }

    #[test]
    fn disputed_money_uses_up_nothing_and_without_a_rate_nothing_is_said() {
        let sums = |currency: &str| KeptSums {
            account: AccountId(Uuid::from_u128(1)),
            currency: currency.parse().unwrap(),
            open: 90_000,
            disputed: 10_000,
            orders: 0,
            shipped: 0,
            deposits: 0,
            unallocated: 0,
            credit_notes: 0,
        };
        assert_eq!(gauge(Some(1_000), 0).read(&[sums("CNY")]).unwrap().unwrap().level, 0);
        assert_eq!(gauge(Some(999), 0).read(&[sums("CNY")]).unwrap().unwrap().level, 80);
        assert_eq!(gauge(Some(1_000), 80).read(&[sums("CNY"), sums("USD")]).unwrap(), None);
    }
}
