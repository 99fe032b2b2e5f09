use super::super::check::check;
use super::super::fixture::{cny, day, facts, order, usd};
use super::*;
use crate::exchange::rules::{DatedRate, Rates};
use crate::words::facts::Facts;

fn own(units: i64) -> InForce {
    InForce::Amount { amount: cny(units) }
}

fn group(limit: i64, used: i64) -> GroupStand {
    let limit = GroupLimit::Amount { amount: cny(limit) };
    let id = CreditGroupId(uuid::Uuid::nil());
    GroupStand { id, external_id: "G-1".into(), limit, used: cny(used), is_short_of_rates: false, level: 0 }
}

fn in_group(limit: InForce, group: GroupStand, value: i64) -> CheckBasis {
    CheckBasis { groups: vec![group], ..CheckBasis::of(limit, cny(value)) }
}

fn told(facts: &Facts, basis: &CheckBasis, value: i64) -> String {
    let core = check(facts, &order(value), basis).unwrap();
    let codes: Vec<&str> = core.causes.iter().map(|cause| cause.reason.code.as_str()).collect();
    let money = |amount: Option<Money>| amount.map_or("-".to_owned(), Money::amount);
    format!("limit {} leaves {} {} [{}]", money(core.limit), money(core.available), core.decision, codes.join(" "))
}

#[test]
fn c_17_of_own_and_group_limit_the_tighter_wins() {
    for (limit, expected) in [
        (own(10_000), "limit 10000.00 leaves 10000.00 approve []"),
        (own(20_000), "limit 15000.00 leaves 15000.00 approve []"),
        (own(0), "limit 0.00 leaves 0.00 hold [no_credit]"),
        (InForce::NoCheck, "limit - leaves - approve []"),
        (InForce::NoRow, "limit 15000.00 leaves 15000.00 approve []"),
        (InForce::Unset, "limit 15000.00 leaves 15000.00 approve []"),
        (InForce::Prepay, "limit 15000.00 leaves 15000.00 approve []"),
    ] {
        assert_eq!(told(&facts(0), &in_group(limit, group(15_000, 0), 10), 10), expected, "{limit:?}");
    }
}

#[test]
fn both_limits_are_tested_by_what_stands_against_each() {
    // The account stands at 100, the group at 900.
    for (limit, value, expected) in [
        (own(500), 100, "limit 500.00 leaves 100.00 approve []"),
        (own(500), 101, "limit 500.00 leaves 100.00 hold [over_group_limit]"),
        (own(150), 51, "limit 150.00 leaves 50.00 hold [over_limit]"),
        (own(150), 101, "limit 150.00 leaves 50.00 hold [over_limit over_group_limit]"),
    ] {
        assert_eq!(told(&facts(100), &in_group(limit, group(1_000, 900), value), value), expected, "{limit:?} {value}");
    }
    let core = check(&facts(100), &order(101), &in_group(own(150), group(1_000, 900), 101)).unwrap();
    assert_eq!((core.pay_to_release.unwrap().amount, core.releasable), (cny(51), cny(50)), "the tighter one says what is missing");
}

#[test]
fn a_group_limit_that_ran_out_holds_and_one_of_a_group_never_limited_is_none() {
    let ended_on = day("2025-02-28");
    let over = GroupStand { limit: GroupLimit::Expired { ended_on }, ..group(0, 0) };
    assert_eq!(told(&facts(0), &in_group(own(100), over.clone(), 1), 1), "limit 100.00 leaves 100.00 hold [group_limit_expired]");
    assert_eq!(told(&facts(0), &in_group(InForce::NoCheck, over, 1), 1), "limit - leaves - approve []");
    assert_eq!(told(&facts(0), &CheckBasis::of(InForce::NoRow, cny(1)), 1), "limit - leaves - approve []");
}

#[test]
fn a_group_that_stands_in_money_without_a_rate_cannot_be_compared() {
    let short = GroupStand { is_short_of_rates: true, ..group(100, 0) };
    assert_eq!(told(&facts(0), &in_group(own(100), short, 1), 1), "limit - leaves - hold [no_rate]");
}

#[test]
fn c_20_an_order_in_place_of_another_and_an_invoice_on_top_are_each_shown_in_full() {
    let first = check(&facts(0), &order(1_000), &CheckBasis::of(own(1_000), cny(1_000))).unwrap();
    assert!(first.causes.is_empty());
    // The first order reserves 1,000; asked again at 1,500 it takes its own place.
    let instead = CheckBasis { own_reservation: cny(1_000), ..CheckBasis::of(own(1_000), cny(1_500)) };
    let over = check(&facts(1_000), &order(1_500), &instead).unwrap();
    assert!(over.causes[0].reason.detail.contains("CNY 1,500.00"), "{:?}", over.causes);
    let on_top = check(&facts(1_000), &order(100), &CheckBasis::of(own(1_000), cny(100))).unwrap();
    assert!(on_top.causes[0].reason.detail.contains("CNY 1,100.00"), "{:?}", on_top.causes);
}

#[test]
fn c_21_orders_in_other_money_use_the_limit_at_the_rate_of_the_day() {
    let rate = DatedRate { from: cny(0).currency(), to: usd(0).currency(), rate: 2.into(), valid_from: day("2025-01-01") };
    let rates = Rates::on(day("2025-03-14"), vec![rate]);
    let ask = |exposure: Money, dollars: i64| {
        let order = OrderFacts { amount: usd(dollars), ..order(0) };
        let working = rates.convert(order.amount, cny(0).currency()).unwrap().unwrap();
        let mut facts = facts(0);
        facts.account.exposure = exposure;
        let basis = CheckBasis { working: Some(working.clone()), ..CheckBasis::of(own(50), working.converted) };
        check(&facts, &order, &basis).unwrap()
    };
    let first = ask(cny(0), 45);
    assert!(first.causes.is_empty());
    assert_eq!(first.workings[0].converted.amount(), "22.50");
    let second = ask(first.workings[0].converted, 65);
    assert!(second.causes[0].reason.detail.contains("CNY 55.00"), "{:?}", second.causes);
    assert_eq!(second.releasable, usd(55), "27.50 of CNY are left, which is 55.00 of USD");
    assert_eq!(second.pay_to_release.unwrap().amount.amount(), "5.00");
}
