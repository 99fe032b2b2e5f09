use super::super::check::check;
use super::super::fixture::{cny, facts, order, with_items};
use super::*;
use crate::limit::rules::InForce;

fn basis(limit: Option<i64>, ceilings: Ceilings, value: i64) -> CheckBasis {
    let limit = limit.map_or(InForce::NoCheck, |units| InForce::Amount { amount: cny(units) });
    CheckBasis { ceilings, ..CheckBasis::of(limit, cny(value)) }
}

fn codes(facts: &Facts, basis: &CheckBasis, value: i64) -> String {
    let core = check(facts, &order(value), basis).unwrap();
    core.causes.iter().map(|cause| cause.reason.code.clone()).collect::<Vec<_>>().join(" ")
}

fn open(units: i64) -> Ceilings {
    Ceilings { open: Some(cny(units)), ..Ceilings::default() }
}

fn overdue(units: i64) -> Ceilings {
    Ceilings { overdue: Some(cny(units)), ..Ceilings::default() }
}

fn orders(units: i64) -> Ceilings {
    Ceilings { orders: Some(cny(units)), ..Ceilings::default() }
}

#[test]
fn c_04_an_invoice_of_550_passes_a_limit_of_100_and_fits_one_of_1100() {
    let owing = with_items(facts(0), &[(1, "2025-04-14", 550, 0)]);
    assert_eq!(codes(&owing, &basis(Some(100), Ceilings::default(), 1), 1), "over_limit");
    assert_eq!(codes(&owing, &basis(Some(1_100), Ceilings::default(), 1), 1), "");
}

#[test]
fn c_05_what_is_overdue_passes_its_own_ceiling_although_the_total_fits() {
    let owing = with_items(facts(0), &[(1, "2025-02-14", 550, 0)]);
    assert_eq!(codes(&owing, &basis(Some(1_100), overdue(499), 1), 1), "part_limit_overdue");
    assert_eq!(codes(&owing, &basis(Some(1_100), overdue(550), 1), 1), "");
}

#[test]
fn c_06_what_is_open_passes_its_own_ceiling_or_the_total() {
    let owing = with_items(facts(0), &[(1, "2025-04-14", 550, 0), (2, "2025-04-14", 550, 0)]);
    assert_eq!(codes(&owing, &basis(Some(2_000), open(300), 1), 1), "part_limit_open");
    assert_eq!(codes(&owing, &basis(Some(900), Ceilings::default(), 1), 1), "over_limit");
}

#[test]
fn c_07_the_second_order_counts_on_top_of_the_first() {
    let with_first = |ceilings| CheckBasis { orders: cny(100), ..basis(None, ceilings, 100) };
    assert_eq!(codes(&facts(100), &with_first(orders(99)), 100), "part_limit_orders");
    assert_eq!(codes(&facts(100), &with_first(orders(150)), 100), "part_limit_orders");
    assert_eq!(codes(&facts(100), &with_first(orders(200)), 100), "");
}

#[test]
fn c_09_inside_the_margin_an_item_is_open_and_not_overdue() {
    let owing = with_items(facts(0), &[(1, "2025-03-12", 100, 0)]);
    let told = |margin_days| {
        let (open, overdue) = open_and_overdue(&owing, &basis(None, Ceilings { margin_days, ..Ceilings::default() }, 0)).unwrap();
        (open.amount, overdue.amount)
    };
    assert_eq!(told(0), (cny(0), cny(100)));
    assert_eq!(told(2), (cny(100), cny(0)));
    assert_eq!(told(3), (cny(100), cny(0)));
}

#[test]
fn c_10_only_what_is_past_due_is_overdue() {
    let owing = with_items(facts(0), &[(1, "2025-03-09", 500, 0), (2, "2025-04-13", 1_000, 0)]);
    let (open, overdue) = open_and_overdue(&owing, &basis(None, Ceilings::default(), 0)).unwrap();
    assert_eq!((overdue.count, overdue.amount), (1, cny(500)));
    assert_eq!((open.count, open.amount), (1, cny(1_000)));
}

#[test]
fn a_passed_ceiling_names_what_to_pay_and_disputed_money_does_not_count() {
    let owing = with_items(facts(0), &[(1, "2025-01-14", 300, 0), (2, "2025-02-14", 300, 100)]);
    let core = check(&owing, &order(1), &basis(None, overdue(400), 1)).unwrap();
    let pay = core.pay_to_release.unwrap();
    assert_eq!((pay.amount, pay.invoices[0].external_id.as_str()), (cny(100), "I1"));
    assert_eq!(codes(&owing, &basis(None, overdue(500), 1), 1), "");
}

#[test]
fn an_accounts_own_ceiling_stands_before_the_policys() {
    let policy = PartLimits { open: Some(500.into()), overdue: Some(100.into()), orders: None, overdue_margin_days: 3 };
    let of_policy = Ceilings::of(&policy, "CNY".parse().unwrap()).unwrap();
    let both = of_policy.with(overdue(50), None);
    assert_eq!(both, Ceilings { open: Some(cny(500)), overdue: Some(cny(50)), orders: None, margin_days: 3 });
    assert_eq!(of_policy.with(Ceilings::default(), Some(0)).margin_days, 0);
}
