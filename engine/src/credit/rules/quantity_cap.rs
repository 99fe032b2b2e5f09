//! The quantity cap: `min(order, k × average sell-out, credit)` (OR-09, numbers.md §2). Credit is the limit's business; this says how much
//! of an order the sell-out of its account carries. The cap is of a period: what other orders of the account were let go for in it is
//! taken off, so that one large order does not pass as several small ones.

use super::{Cause, WayOut};
use crate::policy::QuantityCap;
use crate::words::error::Result;
use crate::words::facts::{OrderFacts, Reason};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use serde::{Deserialize, Serialize};

/// A cap that applies to an account, with what it is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capped {
    /// What the policy or the account's plan level says.
    pub cap: QuantityCap,
    /// What the account sells on in the cap's days, on average, in its currency.
    pub average: Money,
    /// What orders placed in the last so many days were let go for already, in minor units of the same currency.
    #[serde(default)]
    pub accepted_minor: i64,
}

/// How much of the order the cap lets ship, in its own money, and why not all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CapAnswer {
    /// So much may ship.
    pub may_ship: Money,
    /// Why not all of it.
    pub cause: Option<Cause>,
}

/// Judges an order worth so much in the account's currency. More than the cap waits for a person: money does not change what is sold on.
pub fn judge(capped: Option<&Capped>, order: &OrderFacts, value: Option<Money>) -> Result<CapAnswer> {
    let all = CapAnswer { may_ship: order.amount, cause: None };
    let Some(Capped { cap, average, accepted_minor }) = capped else { return Ok(all) };
    let most = Money::round_half_up(cap.factor * average.decimal(), average.currency())?;
    let left = Money::new(most.minor().saturating_sub(*accepted_minor).max(0), most.currency());
    let fits = match value {
        Some(value) if value.minor() <= left.minor() => return Ok(all),
        // A part in another currency is the same share of the order, rounded down.
        Some(value) => i128::from(order.amount.minor()) * i128::from(left.minor()) / i128::from(value.minor().max(1)),
        None => 0,
    };
    let (factor, days) = (cap.factor.normalize(), cap.days);
    let (asked, rate_en, rate_zh) = match value {
        Some(value) => (value, "", ""),
        None => (order.amount, " There is no rate to compare them by.", "缺少汇率，无法比较。"),
    };
    let (taken_en, taken_zh) = match Money::new(*accepted_minor, most.currency()) {
        accepted if accepted.is_positive() => (
            format!(", of which {accepted} went to orders of these days and {left} is left"),
            format!("，其中已放行 {accepted}，剩余 {left}"),
        ),
        _ => (String::new(), String::new()),
    };
    let text = Bilingual::new(
        format!(
            "Orders of {days} days are capped at {factor} times what the account sells on in them ({average}): {most}{taken_en}; this one asks \
             {asked}.{rate_en}"
        ),
        format!("限量：{days} 天内的订单合计不超过平均销量（{average}）的 {factor} 倍，即 {most}{taken_zh}；本单 {asked}。{rate_zh}"),
    );
    let may_ship = Money::new(i64::try_from(fits).unwrap_or(0).max(0), order.amount.currency());
    Ok(CapAnswer { may_ship, cause: Some(Cause { reason: Reason::core("quantity_cap", text), way_out: WayOut::person() }) })
}

#[cfg(test)]
mod tests {
    use super::super::check::{CheckBasis, check};
    use super::super::fixture::{cny, facts, order, usd};
    use super::*;
    use crate::limit::rules::InForce;
    use rust_decimal::Decimal;

    fn capped(percent: i64, average: i64) -> Capped {
        Capped {
            cap: QuantityCap { factor: Decimal::new(percent, 2), days: 30, look_back_days: 90 },
            average: cny(average),
            accepted_minor: 0,
        }
    }

    #[test]
    fn or_09_the_least_of_order_cap_and_credit_may_ship() {
        let told = |asked: i64, limit: InForce, capped: Option<Capped>, is_partial_ok: bool| {
            let order = OrderFacts { is_partial_ok, ..order(asked) };
            let core = check(&facts(0), &order, &CheckBasis { capped, ..CheckBasis::of(limit, cny(asked)) }).unwrap();
            let codes: Vec<&str> = core.causes.iter().map(|cause| cause.reason.code.as_str()).collect();
            let pay = core.pay_to_release.map_or("-".to_owned(), |pay| pay.amount.amount());
            format!("{} [{}] pay {pay} ship {}", core.decision, codes.join(" "), core.releasable.amount())
        };
        let limit = |units: i64| InForce::Amount { amount: cny(units) };
        for (asked, limit, capped, is_partial_ok, expected) in [
            (100, InForce::NoCheck, None, true, "approve [] pay - ship 100.00"),
            (150, InForce::NoCheck, Some(capped(150, 100)), true, "approve [] pay - ship 150.00"),
            (151, InForce::NoCheck, Some(capped(150, 100)), true, "release_partial [quantity_cap] pay - ship 150.00"),
            (151, InForce::NoCheck, Some(capped(150, 100)), false, "hold [quantity_cap] pay - ship 150.00"),
            (200, limit(120), Some(capped(150, 100)), true, "release_partial [over_limit quantity_cap] pay - ship 120.00"),
            (200, limit(180), Some(capped(150, 100)), true, "release_partial [over_limit quantity_cap] pay - ship 150.00"),
            (200, limit(500), Some(capped(150, 0)), true, "hold [quantity_cap] pay - ship 0.00"),
        ] {
            assert_eq!(told(asked, limit, capped, is_partial_ok), expected, "{asked} {limit:?} {capped:?}");
        }
    }

    #[test]
    fn or_09_what_was_let_go_in_the_period_is_taken_off() {
        for (accepted, asked, fits) in [(0, 150, 150), (50, 100, 100), (50, 101, 100), (150, 1, 0), (400, 1, 0)] {
            let capped = Capped { accepted_minor: accepted * 100, ..capped(150, 100) };
            let answer = judge(Some(&capped), &order(asked), Some(cny(asked))).unwrap();
            assert_eq!(answer.may_ship, cny(fits), "{accepted} {asked}");
            let told = answer.cause.map(|cause| cause.reason.text.zh.contains("已放行 CNY"));
            assert_eq!(told, (fits < asked).then_some(accepted > 0), "{accepted} {asked}");
        }
    }

    #[test]
    fn or_09_a_part_in_other_money_is_the_same_share_and_without_a_rate_none() {
        let dollars = OrderFacts { amount: usd(100), ..order(0) };
        let of = |value: Option<Money>| judge(Some(&capped(100, 350)), &dollars, value).unwrap();
        assert_eq!((of(Some(cny(700))).may_ship, of(Some(cny(350))).cause), (usd(50), None));
        let unknown = of(None);
        assert_eq!(unknown.may_ship, usd(0));
        assert!(unknown.cause.is_some_and(|cause| cause.reason.text.zh.contains("缺少汇率")));
    }
}
