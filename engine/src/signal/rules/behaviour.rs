//! What payments and orders tell of a customer: slower, in pieces, in another way, in round sums, or far more than usual (EW-07, OR-14).
//! A habit is what was done before the recent days; without one nothing is odd. All figures are those of the policy.

use crate::policy::BehaviourRules;
use crate::words::day::{add_days, days_between};
use crate::words::id::{OrderId, PaymentId};
use crate::words::money::Money;
use crate::words::signal::{Severity, SignalType};
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// How far back a habit is looked for.
pub const HABIT_DAYS: i64 = 365;
/// A round sum is a multiple of so many units of its currency.
const ROUND_UNITS: i64 = 1_000;
/// Ways of settling that are no payment habit of the customer's.
const NO_HABIT: [&str; 3] = ["set_off", "rebate", "tax_withheld"];

/// Money that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Paid {
    /// Its payment.
    pub id: PaymentId,
    /// The day it came.
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// How it came.
    pub method: String,
    /// Did it leave an invoice paid in part?
    pub is_part: bool,
}

/// An instalment that was settled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settled {
    /// The day it was due.
    pub due_on: NaiveDate,
    /// The day it was settled.
    pub on: NaiveDate,
}

/// An order that was placed.
#[derive(Clone, Debug, PartialEq)]
pub struct Ordered {
    /// Its id.
    pub id: OrderId,
    /// Its number in the ERP.
    pub external_id: String,
    /// The day it was placed.
    pub on: NaiveDate,
    /// Its value.
    pub amount: Money,
}

/// A year of one account, oldest first in each list; nothing later than the day looked from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Money that came and did not go back.
    pub paid: Vec<Paid>,
    /// Instalments settled.
    pub settled: Vec<Settled>,
    /// Orders that were not taken back.
    pub ordered: Vec<Ordered>,
}

/// Something odd.
#[derive(Clone, Debug, PartialEq)]
pub struct Oddity {
    /// What it is.
    pub kind: SignalType,
    /// How grave.
    pub severity: Severity,
    /// What it was found in: the same cause is noticed once.
    pub cause: String,
    /// The day it happened.
    pub on: NaiveDate,
    /// What was seen, with its figures.
    pub evidence: Bilingual,
}

/// Everything odd about an account as of a day.
pub fn oddities(history: &History, rules: &BehaviourRules, day: NaiveDate) -> Vec<Oddity> {
    if !rules.enabled {
        return Vec::new();
    }
    let look = Look { history, rules, day, recent_from: add_days(day, 1 - rules.recent_days) };
    let single = [look.slower(), look.part_payments(), look.round_sums()];
    single.into_iter().flatten().chain(look.other_methods()).chain(look.odd_orders()).collect()
}

struct Look<'a> {
    history: &'a History,
    rules: &'a BehaviourRules,
    day: NaiveDate,
    /// The first recent day.
    recent_from: NaiveDate,
}

/// How many of how many.
#[derive(Clone, Copy, Default)]
struct Share {
    hits: i64,
    of: i64,
}

impl Share {
    fn of<'a, T: 'a>(all: impl Iterator<Item = &'a T>, is_hit: impl Fn(&T) -> bool) -> Self {
        all.fold(Self::default(), |share, one| Self { hits: share.hits + i64::from(is_hit(one)), of: share.of + 1 })
    }

    /// Is this at least twice the share of what was before?
    fn is_twice(self, before: Self) -> bool {
        self.hits.saturating_mul(before.of) >= before.hits.saturating_mul(self.of).saturating_mul(2)
    }
}

impl Look<'_> {
    /// What is noticed once a calendar month, however often it is looked at.
    fn monthly(&self, kind: SignalType, severity: Severity, en: String, zh: String) -> Oddity {
        Oddity { kind, severity, cause: self.day.format("%Y-%m").to_string(), on: self.day, evidence: Bilingual::new(en, zh) }
    }

    /// Days late on average of what was settled, early ones counting 0, half-up; none of fewer than `least`.
    fn late(&self, is_recent: bool, least: i64) -> Option<i64> {
        let settled = self.history.settled.iter().filter(|one| (one.on >= self.recent_from) == is_recent);
        let (count, days) =
            settled.fold((0_i64, 0_i64), |(count, days), one| (count + 1, days.saturating_add(days_between(one.due_on, one.on).max(0))));
        (count >= least.max(1)).then(|| (2 * days + count) / (2 * count))
    }

    fn slower(&self) -> Option<Oddity> {
        let (now, before) = (self.late(true, 2)?, self.late(false, self.rules.habit_count)?);
        let by = now - before;
        if by < self.rules.slower_by_days {
            return None;
        }
        let severity = if by >= 2 * self.rules.slower_by_days { Severity::Medium } else { Severity::Low };
        let days = self.rules.recent_days;
        let en = format!("Invoices were settled {now} days late on average in the last {days} days, {before} before.");
        Some(self.monthly(SignalType::SlowerPayments, severity, en, format!("最近 {days} 天平均逾期 {now} 天付清，此前为 {before} 天。")))
    }

    /// Recent payments that are hits, where they were less than half as usual before.
    fn habit(&self, is_hit: impl Fn(&Paid) -> bool, least: i64) -> Option<Share> {
        let share = |is_recent| Share::of(self.history.paid.iter().filter(|paid| (paid.on >= self.recent_from) == is_recent), &is_hit);
        let (now, before) = (share(true), share(false));
        (before.of >= self.rules.habit_count && now.hits >= least.max(1) && now.is_twice(before)).then_some(now)
    }

    fn part_payments(&self) -> Option<Oddity> {
        let Share { hits, of } = self.habit(|paid| paid.is_part, self.rules.part_payments)?;
        let days = self.rules.recent_days;
        let en = format!("{hits} of {of} payments in the last {days} days left an invoice paid in part.");
        let zh = format!("最近 {days} 天的 {of} 笔付款中有 {hits} 笔只付清了部分发票。");
        Some(self.monthly(SignalType::PartPayments, Severity::Low, en, zh))
    }

    fn round_sums(&self) -> Option<Oddity> {
        let is_round = |paid: &Paid| {
            let unit = ROUND_UNITS.saturating_mul(10_i64.saturating_pow(paid.amount.currency().digits()));
            paid.is_part && paid.amount.minor() % unit == 0
        };
        let Share { hits, of } = self.habit(is_round, self.rules.round_sums)?;
        let days = self.rules.recent_days;
        let en = format!("{hits} of {of} payments in the last {days} days were round sums that no invoice says.");
        let zh = format!("最近 {days} 天的 {of} 笔付款中有 {hits} 笔为整数金额，与发票不符。");
        Some(self.monthly(SignalType::RoundSums, Severity::Low, en, zh))
    }

    /// Recent payments in a way that was never used before, where four out of five came in one.
    fn other_methods(&self) -> Vec<Oddity> {
        let counts = |paid: &&Paid| !NO_HABIT.contains(&paid.method.as_str());
        let (recent, before): (Vec<&Paid>, Vec<&Paid>) =
            self.history.paid.iter().filter(counts).partition(|paid| paid.on >= self.recent_from);
        let mut by_method: BTreeMap<&str, i64> = BTreeMap::new();
        before.iter().for_each(|paid| *by_method.entry(&paid.method).or_default() += 1);
        let all = i64::try_from(before.len()).unwrap_or(i64::MAX);
        let Some((usual, count)) = by_method.iter().max_by_key(|(_, count)| **count) else { return Vec::new() };
        if all < self.rules.habit_count || count * 5 < all * 4 {
            return Vec::new();
        }
        let new = recent.into_iter().filter(|paid| !by_method.contains_key(paid.method.as_str()));
        let oddity = |paid: &Paid| {
            let en = format!("{} came by {} where payments used to come by {usual}.", paid.amount, paid.method);
            let evidence = Bilingual::new(en, format!("付款 {} 方式为 {}，以往均为 {usual}。", paid.amount, paid.method));
            Oddity { kind: SignalType::MethodChange, severity: Severity::Low, cause: paid.id.to_string(), on: paid.on, evidence }
        };
        new.map(oddity).collect()
    }

    /// Recent orders far above the middle one of those before them, in their currency.
    fn odd_orders(&self) -> Vec<Oddity> {
        let ordered = &self.history.ordered;
        let recent = ordered.iter().enumerate().filter(|(_, order)| order.on >= self.recent_from);
        recent.filter_map(|(at, order)| self.odd_order(&ordered[..at], order)).collect()
    }

    fn odd_order(&self, before: &[Ordered], order: &Ordered) -> Option<Oddity> {
        let same = before.iter().filter(|other| other.amount.currency() == order.amount.currency());
        let mut amounts: Vec<i64> = same.map(|other| other.amount.minor()).collect();
        amounts.sort_unstable();
        let usual = amounts.get(amounts.len() / 2).copied()?;
        let count = i64::try_from(amounts.len()).unwrap_or(i64::MAX);
        let is_far = i128::from(order.amount.minor()) * 100 > i128::from(usual) * i128::from(self.rules.odd_order_percent);
        if count < self.rules.habit_count || !is_far {
            return None;
        }
        let usual = Money::new(usual, order.amount.currency());
        let en = format!("Order {} is worth {}; orders used to be worth {usual}.", order.external_id, order.amount);
        let evidence = Bilingual::new(en, format!("订单 {} 金额 {}，以往一般为 {usual}。", order.external_id, order.amount));
        Some(Oddity { kind: SignalType::OddOrder, severity: Severity::Low, cause: order.id.to_string(), on: order.on, evidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;
    use uuid::Uuid;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    fn cny(units: i64) -> Money {
        Money::new(units * 100, "CNY".parse().unwrap())
    }

    /// One payment every twenty days up to the day before `today`, each told by `paid`.
    fn monthly(count: u64, paid: impl Fn(i64, &mut Paid)) -> History {
        let today = day("2026-06-30");
        let one = |no: i64| {
            let id = PaymentId(Uuid::from_u128(u128::try_from(no).unwrap()));
            let mut one = Paid { id, on: add_days(today, -20 * no - 1), amount: cny(123), method: "transfer".into(), is_part: false };
            paid(no, &mut one);
            one
        };
        let mut history = History { paid: (0..i64::try_from(count).unwrap()).map(one).collect(), ..History::default() };
        history.paid.reverse();
        history
    }

    fn found(history: &History) -> Vec<(SignalType, Severity, String)> {
        let all = oddities(history, &BehaviourRules::default(), day("2026-06-30"));
        all.into_iter().map(|one| (one.kind, one.severity, one.cause)).collect()
    }

    #[test]
    fn who_pays_as_ever_is_not_noticed() {
        assert_eq!(found(&monthly(12, |_, _| {})), []);
        assert_eq!(found(&History::default()), []);
    }

    #[test]
    fn slower_payments_are_noticed_by_their_average_once_a_month() {
        let settled = |late: &[i64], first: &str| -> Vec<Settled> {
            late.iter().map(|late| Settled { due_on: add_days(day(first), -late), on: day(first) }).collect()
        };
        for (before, recent, expected) in [
            (&[0, 2, 4, 2, 2][..], &[12, 12][..], Some(Severity::Low)),
            (&[0, 2, 4, 2, 2], &[11, 11], None),
            (&[0, 2, 4, 2, 2], &[22, 22], Some(Severity::Medium)),
            (&[-9, -9, 0, 0, 0], &[10, 10], Some(Severity::Low)),
            (&[0, 2, 4, 2], &[40, 40], None),
            (&[0, 2, 4, 2, 2], &[40], None),
        ] {
            let history =
                History { settled: [settled(before, "2026-03-01"), settled(recent, "2026-06-01")].concat(), ..History::default() };
            let expected: Vec<_> =
                expected.map(|severity| (SignalType::SlowerPayments, severity, "2026-06".to_owned())).into_iter().collect();
            assert_eq!(found(&history), expected, "{before:?} {recent:?}");
        }
    }

    #[test]
    fn pieces_and_round_sums_are_noticed_where_they_were_no_habit() {
        let part = |no: i64, paid: &mut Paid| paid.is_part = no < 2;
        assert_eq!(found(&monthly(12, part)), [(SignalType::PartPayments, Severity::Low, "2026-06".into())]);
        assert_eq!(found(&monthly(12, |no, paid| paid.is_part = no < 1)), []);
        assert_eq!(found(&monthly(12, |_, paid| paid.is_part = true)), [], "that is how it always pays");
        assert_eq!(found(&monthly(6, part)), [], "too little is known");
        let round = |no: i64, paid: &mut Paid| {
            (paid.is_part, paid.amount) = if no < 3 { (true, cny(5_000)) } else { (false, cny(5_000)) };
        };
        let both = [SignalType::PartPayments, SignalType::RoundSums].map(|kind| (kind, Severity::Low, "2026-06".into()));
        assert_eq!(found(&monthly(12, round)), both, "round sums that are what the invoices say are not odd");
    }

    #[test]
    fn a_payment_in_a_new_way_is_noticed_by_itself() {
        let cheque = |no: i64, paid: &mut Paid| {
            if no == 1 {
                paid.method = "cheque".into()
            }
        };
        let cause = PaymentId(Uuid::from_u128(1)).to_string();
        assert_eq!(found(&monthly(12, cheque)), [(SignalType::MethodChange, Severity::Low, cause)]);
        let mixed = |no: i64, paid: &mut Paid| {
            if no % 2 == 1 {
                paid.method = "cheque".into()
            }
        };
        assert_eq!(found(&monthly(12, mixed)), [], "no way is the usual one");
        assert_eq!(
            found(&monthly(12, |no, paid| if no == 0 {
                paid.method = "set_off".into()
            })),
            []
        );
    }

    #[test]
    fn an_order_far_above_the_middle_one_is_noticed() {
        let order = |no: u128, on: &str, units: i64| Ordered {
            id: OrderId(Uuid::from_u128(no)),
            external_id: format!("SO-{no}"),
            on: day(on),
            amount: cny(units),
        };
        let mut ordered: Vec<Ordered> = (1..=5).map(|no| order(no, "2026-03-01", 100 * i64::try_from(no).unwrap())).collect();
        ordered.push(order(6, "2026-06-01", 900));
        ordered.push(order(7, "2026-06-02", 1_201));
        let cause = OrderId(Uuid::from_u128(7)).to_string();
        let history = History { ordered, ..History::default() };
        assert_eq!(found(&history), [(SignalType::OddOrder, Severity::Low, cause)], "above three times the usual 400");
        let off = BehaviourRules { enabled: false, ..BehaviourRules::default() };
        assert_eq!(oddities(&history, &off, day("2026-06-30")), []);
    }
}
