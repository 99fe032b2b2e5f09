//! What an account stands at with us: every unit of money counted once (contract §1, numbers.md §3).

use crate::account::rows::balance;
use crate::exchange::rules::{Conversion, Rates};
use crate::tenant::ExposureIncludes;
use crate::words::error::Result;
use crate::words::id::AccountId;
use crate::words::money::{Currency, Money};
use serde::{Deserialize, Serialize};

/// The kept sums of one account with one of our legal entities, in one currency (decision 43).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSums {
    /// Whose they are.
    pub account: AccountId,
    /// The currency of all sums here.
    pub currency: Currency,
    /// Open items, disputed shares included; minor units, like all that follow.
    pub open: i64,
    /// Disputed share of them.
    pub disputed: i64,
    /// What orders reserve, the share that has shipped included.
    pub orders: i64,
    /// The share of it that has shipped and is not invoiced.
    pub shipped: i64,
    /// Cash not allocated.
    pub unallocated: i64,
    /// Open credit notes.
    pub credit_notes: i64,
    /// Cash on orders: it has lowered what they reserve, and nothing else (decision 24).
    pub deposits: i64,
}

impl KeptSums {
    /// The sums as they are kept.
    pub fn of(row: &balance::Model) -> Self {
        Self {
            account: row.account_id,
            currency: row.currency,
            open: row.open_minor,
            disputed: row.disputed_minor,
            orders: row.orders_minor,
            shipped: row.shipped_minor,
            unallocated: row.unallocated_minor,
            credit_notes: row.credit_notes_minor,
            deposits: row.deposits_minor,
        }
    }

    /// No sums, in this currency.
    pub fn nothing(account: AccountId, currency: Currency) -> Self {
        Self { account, currency, open: 0, disputed: 0, orders: 0, shipped: 0, unallocated: 0, credit_notes: 0, deposits: 0 }
    }

    /// The same without the parts that do not count against a limit.
    pub fn counted(self, includes: &ExposureIncludes) -> Self {
        let counts = |is_in: bool, minor: i64| if is_in { minor } else { 0 };
        Self {
            orders: counts(includes.orders, self.orders),
            shipped: counts(includes.orders, self.shipped),
            unallocated: counts(includes.unallocated, self.unallocated),
            credit_notes: counts(includes.credit_notes, self.credit_notes),
            ..self
        }
    }
}

/// The parts of an account's exposure in one currency. Exposure is `open_items + orders + shipped_not_invoiced - unallocated -
/// credit_notes`: each unit of money stands in one of them. `overdue` and `disputed` are shares of the open items, shown apart;
/// `deposits` are in none of them, for they have lowered `orders` already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Parts {
    /// Open items, overdue and disputed shares included.
    pub open_items: Money,
    /// The share of them that is past its due date, shown apart.
    pub overdue: Money,
    /// The disputed share of them, shown apart.
    pub disputed: Money,
    /// What may ship and has neither shipped nor been invoiced, less its deposits.
    pub orders: Money,
    /// What has shipped and is not invoiced yet, less its deposits.
    pub shipped_not_invoiced: Money,
    /// Cash not allocated: it counts against what is owed.
    pub unallocated: Money,
    /// Open credit notes: they count against what is owed.
    pub credit_notes: Money,
    /// Cash on orders, shown apart: it nets its own order and no other (decision 24).
    pub deposits: Money,
}

impl Parts {
    /// Open items and what orders reserve, less unallocated cash and open credit notes; below zero when the customer is in credit.
    pub fn exposure(&self) -> Result<Money> {
        let owed = self.open_items.checked_add(self.orders)?.checked_add(self.shipped_not_invoiced)?;
        owed.checked_sub(self.unallocated)?.checked_sub(self.credit_notes)
    }

    /// The same with the overdue share, which depends on the day.
    #[must_use]
    pub fn with_overdue(self, overdue: Money) -> Self {
        Self { overdue, ..self }
    }

    /// What orders reserve, shipped or not.
    pub fn reserved(&self) -> Result<Money> {
        self.orders.checked_add(self.shipped_not_invoiced)
    }

    /// Nothing at all.
    pub fn nothing(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            open_items: zero,
            overdue: zero,
            disputed: zero,
            orders: zero,
            shipped_not_invoiced: zero,
            unallocated: zero,
            credit_notes: zero,
            deposits: zero,
        }
    }
}

/// The parts of one account's exposure over all legal entities, in one currency (decision 1), the overdue share left at zero. Sums of
/// other accounts and in other currencies are not added: see [`foreign`].
pub fn parts(account: AccountId, currency: Currency, sums: &[KeptSums]) -> Result<Parts> {
    added(currency, sums.iter().filter(|sum| sum.account == account && sum.currency == currency))
}

fn added<'a>(currency: Currency, mut sums: impl Iterator<Item = &'a KeptSums>) -> Result<Parts> {
    let start = Parts::nothing(currency);
    sums.try_fold(start, |so_far, sum| {
        let plus = |to: Money, minor| to.checked_add(Money::new(minor, currency));
        Ok(Parts {
            open_items: plus(so_far.open_items, sum.open)?,
            disputed: plus(so_far.disputed, sum.disputed)?,
            overdue: so_far.overdue,
            orders: plus(so_far.orders, sum.orders - sum.shipped)?,
            shipped_not_invoiced: plus(so_far.shipped_not_invoiced, sum.shipped)?,
            unallocated: plus(so_far.unallocated, sum.unallocated)?,
            credit_notes: plus(so_far.credit_notes, sum.credit_notes)?,
            deposits: plus(so_far.deposits, sum.deposits)?,
        })
    })
}

/// What an account stands at in other currencies than its own, in its own money at the day's rates (decisions 9 and 44).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Foreign {
    /// Exposure in all of them.
    pub exposure: Money,
    /// The disputed share of it.
    pub disputed: Money,
    /// Approved orders in it.
    pub orders: Money,
    /// How each currency's exposure was converted.
    pub workings: Vec<Conversion>,
    /// Currencies in which something is owed or reserved and for which there is no rate: nothing converts silently.
    pub missing: Vec<Currency>,
}

impl Foreign {
    /// Nothing in other currencies.
    pub fn none(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { exposure: zero, disputed: zero, orders: zero, workings: Vec::new(), missing: Vec::new() }
    }
}

/// Is there anything in another currency than this one, so that rates are needed?
pub fn needs_rates(currency: Currency, sums: &[KeptSums]) -> bool {
    sums.iter().any(|sum| sum.currency != currency && *sum != KeptSums::nothing(sum.account, sum.currency))
}

/// What stands in other currencies, converted: one conversion a currency, over all accounts given. Cash in a currency without a rate
/// does not count in the account's favour; what is owed in one makes the comparison impossible.
pub fn foreign(currency: Currency, sums: &[KeptSums], rates: &Rates) -> Result<Foreign> {
    let mut found = Foreign::none(currency);
    let others: std::collections::BTreeSet<Currency> = sums.iter().map(|sum| sum.currency).filter(|other| *other != currency).collect();
    for other in others {
        let parts = added(other, sums.iter().filter(|sum| sum.currency == other))?;
        let exposure = parts.exposure()?;
        if exposure.minor() == 0 && parts.disputed.minor() == 0 && parts.reserved()?.minor() == 0 {
            continue;
        }
        let Some(working) = rates.convert(exposure, currency)? else {
            if parts.open_items.minor() != 0 || parts.reserved()?.minor() != 0 {
                found.missing.push(other);
            }
            continue;
        };
        let in_own = |amount: Money| Ok(rates.convert(amount, currency)?.map_or(Money::zero(currency), |working| working.converted));
        found.exposure = found.exposure.checked_add(working.converted)?;
        found.disputed = found.disputed.checked_add(in_own(parts.disputed)?)?;
        found.orders = found.orders.checked_add(in_own(parts.orders)?)?;
        found.workings.push(working);
    }
    Ok(found)
}

/// Limit less exposure, where what is disputed inside its deadline does not count (decision 22). `disputed` is that share.
pub fn available(limit: Money, exposure: Money, disputed: Money) -> Result<Money> {
    limit.checked_sub(exposure.checked_sub(disputed)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn cny() -> Currency {
        "CNY".parse().unwrap()
    }

    fn account(number: u128) -> AccountId {
        AccountId(Uuid::from_u128(number))
    }

    fn sums(account: AccountId, currency: &str, open: i64, orders: i64) -> KeptSums {
        let currency = currency.parse().unwrap();
        KeptSums { account, currency, open, disputed: 0, orders, shipped: 0, unallocated: 0, credit_notes: 0, deposits: 0 }
    }

    #[test]
    fn every_unit_of_money_is_counted_once() {
        let rows = [
            KeptSums { disputed: 30, unallocated: 20, shipped: 15, deposits: 40, ..sums(account(1), "CNY", 100, 50) },
            KeptSums { credit_notes: 5, ..sums(account(1), "CNY", 200, 0) },
        ];
        let parts = parts(account(1), cny(), &rows).unwrap();
        assert_eq!(parts.open_items.minor(), 300, "over both legal entities");
        assert_eq!((parts.orders.minor(), parts.shipped_not_invoiced.minor()), (35, 15), "what shipped is a part of its own");
        assert_eq!(
            parts.exposure().unwrap().minor(),
            300 + 50 - 20 - 5,
            "disputed money is still owed; deposits are in the orders already"
        );
        let free = available(Money::new(400, cny()), parts.exposure().unwrap(), parts.disputed).unwrap();
        assert_eq!(free.minor(), 400 - 325 + 30, "but does not use up the limit");
    }

    #[test]
    fn c_22_what_others_owe_and_what_is_in_other_money_is_not_counted() {
        let rows = [
            sums(account(1), "CNY", 100, 0),
            sums(account(2), "CNY", 500, 500),
            sums(account(1), "USD", 0, 70),
            sums(account(1), "EUR", 0, 0),
        ];
        assert_eq!(parts(account(1), cny(), &rows).unwrap().exposure().unwrap().minor(), 100);
        let own: Vec<KeptSums> = rows.iter().filter(|row| row.account == account(1)).cloned().collect();
        assert_eq!(foreign(cny(), &own, &Rates::default()).unwrap().missing, vec!["USD".parse().unwrap()]);
        assert_eq!(foreign(cny(), &rows[1..2], &Rates::default()).unwrap(), Foreign::none(cny()));
        assert!(needs_rates(cny(), &own) && !needs_rates(cny(), &rows[1..2]));
    }

    #[test]
    fn what_is_owed_in_other_money_counts_at_the_rate_of_the_day() {
        let rate = |from: &str, rate: &str| crate::exchange::rules::DatedRate {
            from: from.parse().unwrap(),
            to: cny(),
            rate: rate.parse().unwrap(),
            valid_from: crate::words::day::parse_date("2025-01-01").unwrap(),
        };
        let rates = Rates::on(crate::words::day::parse_date("2025-03-14").unwrap(), vec![rate("USD", "7.5"), rate("EUR", "8")]);
        let rows = [
            sums(account(1), "CNY", 100, 0),
            KeptSums { disputed: 20, unallocated: 50, ..sums(account(1), "USD", 101, 30) },
            sums(account(1), "USD", 0, 2),
            KeptSums { unallocated: 10, ..sums(account(1), "EUR", 0, 0) },
            KeptSums { unallocated: 10, ..sums(account(1), "GBP", 0, 0) },
        ];
        let told = foreign(cny(), &rows, &rates).unwrap();
        // 83 USD cents are 622.5, half-up 623; 10 EUR cents of cash take 80 off; pounds have no rate and are no debt.
        assert_eq!((told.exposure.minor(), told.disputed.minor(), told.orders.minor()), (623 - 80, 150, 240));
        assert_eq!((told.workings.len(), told.missing), (2, vec![]));
    }
}
