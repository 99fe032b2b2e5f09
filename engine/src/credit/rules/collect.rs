//! Whoever asks for goods listens: an order that comes in while money is owed is the moment to ask for it (OR-12, 要货时机).

use super::OrderDecision;
use super::hold_kind::overdue;
use super::release::PayToRelease;
use crate::tenant::CollectNow;
use crate::words::error::Result;
use crate::words::facts::Facts;
use crate::words::money::Money;
use crate::words::text::Bilingual;

/// What a collector asks for on the day an order comes in.
#[derive(Clone, Debug, PartialEq)]
pub struct CallForMoney {
    /// The payment that releases the order, where one does.
    pub pay_to_release: Option<PayToRelease>,
    /// Undisputed and past due, less the customer's own credit.
    pub overdue: Money,
    /// Undisputed and open, less the customer's own credit.
    pub open: Money,
    /// What it is about, for the person who calls.
    pub text: Bilingual,
}

/// Is money to be asked for, now that this order was answered so? Never of a customer whose account is blocked, nor of one whose own
/// credit covers what is open (contract choice 5); disputed money is not asked for.
pub fn call_for_money(
    when: CollectNow,
    facts: &Facts,
    order: &str,
    decision: OrderDecision,
    pay_to_release: Option<&PayToRelease>,
) -> Result<Option<CallForMoney>> {
    let account = &facts.account;
    let open = account.open_total.checked_sub(account.disputed_total)?.checked_sub(account.unallocated)?;
    if when == CollectNow::Off || account.is_blocked || !open.is_positive() {
        return Ok(None);
    }
    let overdue = overdue(facts, 1)?.amount;
    let overdue = Money::new(overdue.minor().min(open.minor()), open.currency());
    let pay_to_release = pay_to_release.filter(|_| decision != OrderDecision::Approve).cloned();
    let text = match &pay_to_release {
        Some(pay) => Bilingual::new(
            format!("Order {order} is asked for while {open} is open: {} paid now releases it.", pay.amount),
            format!("客户要货（订单 {order}），尚有 {open} 未清：收回 {} 即可放行。", pay.amount),
        ),
        None if overdue.is_positive() => Bilingual::new(
            format!("Order {order} is asked for while {overdue} is overdue: ask for it today."),
            format!("客户要货（订单 {order}），另有 {overdue} 已逾期：请当日催收。"),
        ),
        None if when == CollectNow::Open => Bilingual::new(
            format!("Order {order} is asked for while {open} is open: agree today when it is paid."),
            format!("客户要货（订单 {order}），尚有 {open} 未清：请当日约定付款时间。"),
        ),
        None => return Ok(None),
    };
    Ok(Some(CallForMoney { pay_to_release, overdue, open, text }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cny, facts, with_items};
    use super::*;
    use crate::words::facts::AccountFacts;

    fn owing(open: i64, disputed: i64, credit: i64, due_on: &str) -> Facts {
        let facts = with_items(facts(0), &[(1, due_on, open, disputed)]);
        let account =
            AccountFacts { open_total: cny(open), disputed_total: cny(disputed), unallocated: cny(credit), ..facts.account.clone() };
        Facts { account, ..facts }
    }

    #[test]
    fn money_is_asked_for_when_it_releases_the_order_or_is_late() {
        use CollectNow::{Off, Open, Overdue};
        use OrderDecision::{Approve, Hold, ReleasePartial};
        let (late, early) = ("2025-03-13", "2025-03-14");
        for (when, open, disputed, credit, due_on, decision, pay, expected) in [
            (Overdue, 100, 0, 0, late, Hold, Some(30), "30.00 of 100.00, 100.00 late"),
            (Overdue, 100, 0, 0, early, Hold, Some(30), "30.00 of 100.00, 0.00 late"),
            (Overdue, 100, 0, 0, early, ReleasePartial, Some(30), "30.00 of 100.00, 0.00 late"),
            (Overdue, 100, 0, 0, early, Hold, None, "nothing"),
            (Overdue, 100, 0, 0, early, Approve, None, "nothing"),
            (Open, 100, 0, 0, early, Approve, None, "nothing of 100.00, 0.00 late"),
            (Overdue, 100, 40, 0, late, Approve, None, "nothing of 60.00, 60.00 late"),
            (Overdue, 100, 0, 70, late, Approve, None, "nothing of 30.00, 30.00 late"),
            (Overdue, 100, 30, 70, late, Hold, Some(50), "nothing"),
            (Overdue, 0, 0, 0, late, Hold, Some(50), "nothing"),
            (Off, 100, 0, 0, late, Hold, Some(50), "nothing"),
        ] {
            let pay = pay.map(|units| PayToRelease { amount: cny(units), invoices: vec![], deposit: None });
            let facts = owing(open, disputed, credit, due_on);
            let told = call_for_money(when, &facts, "SO-1", decision, pay.as_ref()).unwrap().map_or("nothing".to_owned(), |call| {
                let pay = call.pay_to_release.map_or("nothing".to_owned(), |pay| pay.amount.amount());
                format!("{pay} of {}, {} late", call.open.amount(), call.overdue.amount())
            });
            assert_eq!(told, expected, "{when} {open} {disputed} {credit} {due_on} {decision}");
        }
        let blocked = owing(100, 0, 0, late);
        let blocked = Facts { account: AccountFacts { is_blocked: true, ..blocked.account.clone() }, ..blocked };
        assert_eq!(call_for_money(Overdue, &blocked, "SO-1", Hold, None).unwrap(), None);
    }
}
