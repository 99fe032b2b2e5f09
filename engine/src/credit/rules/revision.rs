//! When a changed order is checked again, and what of its approval stands meanwhile (decision 25, numbers.md §2).

use crate::order::OrderState;
use crate::order::rules::Progress;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::money::Money;

/// What a revision changes of the figures that credit looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revised {
    /// Its value from now on.
    pub amount: Money,
    /// Days to pay before and from now on; none where the order says nothing of them.
    pub terms: (Option<i64>, Option<i64>),
}

impl Revised {
    fn is_more(self, was: Progress) -> bool {
        let is_longer = match self.terms {
            (Some(was), Some(becomes)) => becomes > was,
            (None, Some(becomes)) => becomes > 0,
            (_, None) => false,
        };
        self.amount.minor() > was.amount || is_longer
    }

    /// Is it checked again? More credit is: a higher value, longer terms. So is an order that waits, for it may fit now. A lower value
    /// keeps the approval.
    pub fn needs_check(self, was: Progress) -> bool {
        self.is_more(was) || matches!(was.state, OrderState::Held | OrderState::PartiallyReleased)
    }

    /// What of its approval stands whatever the check answers, in minor units that have not shipped.
    pub fn keeps(self, was: Progress) -> i64 {
        if self.is_more(was) { 0 } else { (was.approved.min(self.amount.minor()) - was.gone()).max(0) }
    }

    /// The order at its new value, nothing else decided. Refuses `already_shipped` below what has shipped or been invoiced.
    pub fn at_new_value(self, was: Progress) -> Result<Progress> {
        if self.amount.minor() < was.gone() {
            let gone = Money::new(was.gone(), self.amount.currency());
            return Err(Error::new(Code::AlreadyShipped, format!("{gone} of the order has shipped or is invoiced")).at("#/amount"));
        }
        Ok(Progress { amount: self.amount.minor(), approved: was.approved.min(self.amount.minor()), ..was })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(state: OrderState, approved: i64, shipped: i64) -> Progress {
        Progress { state, amount: 100, approved, shipped, invoiced: 0, deposit: 0 }
    }

    #[test]
    fn more_credit_is_checked_again_and_less_keeps_the_approval() {
        use OrderState::{Approved, Held, PartiallyReleased, Released};
        for (state, approved, shipped, amount, terms, expected) in [
            (Approved, 100, 0, 101, (None, None), (true, 0)),
            (Approved, 100, 0, 90, (None, None), (false, 90)),
            (Approved, 100, 60, 80, (None, None), (false, 20)),
            (Approved, 100, 0, 100, (Some(30), Some(31)), (true, 0)),
            (Approved, 100, 0, 100, (Some(30), Some(10)), (false, 100)),
            (Approved, 100, 0, 100, (None, Some(1)), (true, 0)),
            (Approved, 100, 0, 100, (Some(30), None), (false, 100)),
            (Released, 100, 0, 120, (None, None), (true, 0)),
            (Held, 0, 0, 50, (None, None), (true, 0)),
            (PartiallyReleased, 40, 0, 60, (None, None), (true, 40)),
        ] {
            let revised = Revised { amount: Money::new(amount, "CNY".parse().unwrap()), terms };
            let was = order(state, approved, shipped);
            assert_eq!((revised.needs_check(was), revised.keeps(was)), expected, "{revised:?} {was:?}");
        }
    }

    #[test]
    fn an_order_is_not_worth_less_than_what_has_shipped() {
        let revised = |amount| Revised { amount: Money::new(amount, "CNY".parse().unwrap()), terms: (None, None) };
        let was = order(OrderState::Approved, 100, 60);
        assert_eq!(revised(59).at_new_value(was).unwrap_err().code(), Code::AlreadyShipped);
        let lower = revised(60).at_new_value(was).unwrap();
        assert_eq!((lower.amount, lower.approved, lower.taken().reserved), (60, 60, 60));
    }
}
