//! What an account stands at with us: every unit of money counted once (contract §1, numbers.md §3).

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
    /// Approved orders not invoiced yet.
    pub orders: i64,
    /// Cash not allocated.
    pub unallocated: i64,
    /// Open credit notes.
    pub credit_notes: i64,
}

/// The parts of an account's exposure in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Parts {
    /// Open items, disputed shares included.
    pub open_items: Money,
    /// The disputed share of them, shown apart.
    pub disputed: Money,
    /// Approved orders not invoiced yet.
    pub orders: Money,
    /// Cash not allocated: it counts against what is owed.
    pub unallocated: Money,
    /// Open credit notes: they count against what is owed.
    pub credit_notes: Money,
}

impl Parts {
    /// Open items and approved orders, less unallocated cash and open credit notes; below zero when the customer is in credit.
    pub fn exposure(&self) -> Result<Money> {
        self.open_items.checked_add(self.orders)?.checked_sub(self.unallocated)?.checked_sub(self.credit_notes)
    }
}

/// The parts of one account's exposure over all legal entities, in one currency (decision 1). Sums of other accounts and in other
/// currencies are not added: see [`other_currencies`].
pub fn parts(account: AccountId, currency: Currency, sums: &[KeptSums]) -> Result<Parts> {
    let zero = Money::zero(currency);
    let start = Parts { open_items: zero, disputed: zero, orders: zero, unallocated: zero, credit_notes: zero };
    sums.iter().filter(|sum| sum.account == account && sum.currency == currency).try_fold(start, |so_far, sum| {
        let plus = |to: Money, minor| to.checked_add(Money::new(minor, currency));
        Ok(Parts {
            open_items: plus(so_far.open_items, sum.open)?,
            disputed: plus(so_far.disputed, sum.disputed)?,
            orders: plus(so_far.orders, sum.orders)?,
            unallocated: plus(so_far.unallocated, sum.unallocated)?,
            credit_notes: plus(so_far.credit_notes, sum.credit_notes)?,
        })
    })
}

/// Currencies other than the account's own in which it owes us something or we hold an order: nothing converts silently, so a check
/// against a limit says `no_rate` (decisions 9 and 44).
pub fn other_currencies(account: AccountId, currency: Currency, sums: &[KeptSums]) -> Vec<Currency> {
    let counts = |sum: &&KeptSums| sum.account == account && sum.currency != currency && (sum.open != 0 || sum.orders != 0);
    let mut others: Vec<Currency> = sums.iter().filter(counts).map(|sum| sum.currency).collect();
    others.sort();
    others.dedup();
    others
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
        KeptSums { account, currency: currency.parse().unwrap(), open, disputed: 0, orders, unallocated: 0, credit_notes: 0 }
    }

    #[test]
    fn every_unit_of_money_is_counted_once() {
        let rows = [
            KeptSums { disputed: 30, unallocated: 20, ..sums(account(1), "CNY", 100, 50) },
            KeptSums { credit_notes: 5, ..sums(account(1), "CNY", 200, 0) },
        ];
        let parts = parts(account(1), cny(), &rows).unwrap();
        assert_eq!(parts.open_items.minor(), 300, "over both legal entities");
        assert_eq!(parts.exposure().unwrap().minor(), 300 + 50 - 20 - 5, "disputed money is still owed");
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
        assert_eq!(other_currencies(account(1), cny(), &rows), vec!["USD".parse().unwrap()]);
        assert_eq!(other_currencies(account(2), cny(), &rows), vec![]);
    }
}
