use super::super::exposure::Foreign;
use super::super::fixture::{cny, day, facts, item_id, order, usd, with_items};
use super::*;
use crate::policy::{HoldKind, HoldRule};
use crate::words::id::HoldId;
use proptest::prelude::*;
use uuid::Uuid;

fn amount(units: i64) -> InForce {
    InForce::Amount { amount: cny(units) }
}

fn basis(limit: InForce) -> CheckBasis {
    CheckBasis::of(limit, cny(0))
}

fn core_of(facts: &Facts, order: &OrderFacts, basis: &CheckBasis) -> Core {
    let value = Some(order.amount).filter(|amount| amount.currency() == facts.account.currency);
    check(facts, order, &CheckBasis { value, ..basis.clone() }).unwrap()
}

fn checked(facts: &Facts, order: &OrderFacts, basis: &CheckBasis) -> String {
    let core = core_of(facts, order, basis);
    let codes: Vec<&str> = core.causes.iter().map(|cause| cause.reason.code.as_str()).collect();
    let pay = core.pay_to_release.map_or("-".to_owned(), |pay| pay.amount.amount());
    let available = core.available.map_or("-".to_owned(), Money::amount);
    format!("{} [{}] available {available} pay {pay} ship {}", core.decision, codes.join(" "), core.releasable.amount())
}

#[test]
fn golden_vectors_of_the_limit() {
    let partial = |amount| OrderFacts { is_partial_ok: true, ..order(amount) };
    for (id, exposure, limit, order, expected) in [
        ("C-01 order 0", 100, InForce::NoCheck, order(0), "approve [] available - pay - ship 0.00"),
        ("C-01", 100, InForce::NoCheck, order(100), "approve [] available - pay - ship 100.00"),
        ("C-02", 100, amount(0), order(1), "hold [no_credit] available -100.00 pay 101.00 ship 0.00"),
        ("C-03 order 1", 100, amount(200), order(1), "approve [] available 100.00 pay - ship 1.00"),
        ("C-03 order 100", 100, amount(200), order(100), "approve [] available 100.00 pay - ship 100.00"),
        ("C-03 order 150", 100, amount(200), order(150), "hold [over_limit] available 100.00 pay 50.00 ship 100.00"),
        ("C-30", 800, amount(1000), order(500), "hold [over_limit] available 200.00 pay 300.00 ship 200.00"),
        ("C-30 partial", 800, amount(1000), partial(500), "release_partial [over_limit] available 200.00 pay 300.00 ship 200.00"),
        ("no room for a part", 1000, amount(1000), partial(500), "hold [over_limit] available 0.00 pay 500.00 ship 0.00"),
        ("cash in advance", -300, amount(0), order(300), "approve [] available 300.00 pay - ship 300.00"),
        ("cash in advance, not enough", -300, InForce::Prepay, order(500), "hold [no_credit] available 300.00 pay 200.00 ship 300.00"),
        ("never had a limit", 0, InForce::Unset, order(1), "hold [no_credit] available - pay - ship 0.00"),
        (
            "limit ran out",
            0,
            InForce::Expired { ended_on: day("2025-02-28") },
            order(1),
            "hold [limit_expired] available - pay - ship 0.00",
        ),
    ] {
        assert_eq!(checked(&facts(exposure), &order, &basis(limit)), expected, "{id}");
    }
}

#[test]
fn disputed_money_is_owed_but_holds_no_order_until_its_deadline_has_passed() {
    let owing = with_items(facts(0), &[(1, "2025-02-01", 1000, 300)]);
    let timely = basis(amount(1000));
    let late = CheckBasis { disputed_late: cny(300), ..timely.clone() };
    assert_eq!(checked(&owing, &order(300), &timely), "approve [] available 300.00 pay - ship 300.00");
    assert_eq!(checked(&owing, &order(300), &late), "hold [over_limit] available 0.00 pay 300.00 ship 0.00");
    assert_eq!(core_of(&owing, &order(300), &timely).exposure, cny(1000), "all of it is shown");
}

#[test]
fn an_order_checked_again_does_not_count_itself() {
    let again = CheckBasis { own_reservation: cny(500), ..basis(amount(1000)) };
    assert_eq!(checked(&facts(1000), &order(500), &again), "approve [] available 500.00 pay - ship 500.00");
}

#[test]
fn cash_on_the_order_needs_no_credit_and_counts_only_once() {
    let paid = |deposit: i64, taken_cash: i64| CheckBasis {
        deposit: cny(deposit),
        paid: cny(deposit),
        own_reservation: cny(-taken_cash),
        ..basis(amount(1000))
    };
    for (what, exposure, basis, expected) in [
        ("paid in part", 800, paid(300, 0), "approve [] available 200.00 pay - ship 500.00"),
        ("paid too little", 800, paid(200, 0), "hold [over_limit] available 200.00 pay 100.00 ship 400.00"),
        ("paid in full, nothing available", 1500, paid(500, 0), "hold [over_limit] available -500.00 pay 500.00 ship 0.00"),
        ("cash that was unallocated until now", 500, paid(300, 300), "approve [] available 200.00 pay - ship 500.00"),
        ("it lowers the rest no more", 500, paid(200, 300), "hold [over_limit] available 200.00 pay 100.00 ship 400.00"),
    ] {
        assert_eq!(checked(&facts(exposure), &order(500), &basis), expected, "{what}");
    }
}

#[test]
fn a_part_is_whole_lines_and_none_that_fits_is_a_hold() {
    let line = |no: i64, units: i64| crate::words::facts::OrderLine {
        no,
        sku: None,
        quantity: None,
        amount: cny(units),
        group: None,
        is_key_item: false,
        is_stopped: false,
        is_approved: false,
        is_shipped: false,
    };
    let lined = |lines: &[i64]| OrderFacts {
        is_partial_ok: true,
        lines: (1..).zip(lines).map(|(no, units)| line(no, *units)).collect(),
        ..order(lines.iter().sum())
    };
    for (lines, expected) in [
        (&[150, 300, 50][..], "release_partial [over_limit] available 200.00 pay 300.00 ship 200.00"),
        (&[300, 250], "hold [over_limit] available 200.00 pay 350.00 ship 0.00"),
        (&[120, 80], "approve [] available 200.00 pay - ship 200.00"),
    ] {
        assert_eq!(checked(&facts(800), &lined(lines), &basis(amount(1000))), expected, "{lines:?}");
    }
}

#[test]
fn other_money_needs_a_rate_where_there_is_a_limit() {
    let dollars = OrderFacts { amount: usd(5), ..order(0) };
    let mixed = {
        let foreign = Foreign { missing: vec!["USD".parse().unwrap()], ..Foreign::none("CNY".parse().unwrap()) };
        CheckBasis { foreign, ..basis(amount(1000)) }
    };
    for (order, basis, expected) in [
        (&dollars, &basis(amount(1000)), "hold [no_rate] available 1000.00 pay - ship 0.00"),
        (&order(5), &mixed, "hold [no_rate] available - pay - ship 0.00"),
        (&dollars, &basis(InForce::NoCheck), "approve [] available - pay - ship 5.00"),
    ] {
        assert_eq!(checked(&facts(0), order, basis), expected);
    }
}

#[test]
fn holds_blocks_and_rules_add_their_reasons() {
    let hold = |expires_on: Option<&str>, pay: Option<Money>| HoldFacts {
        id: HoldId(Uuid::from_u128(1)),
        order_id: None,
        source: "order_hold".into(),
        code: "OVERDUE".into(),
        expires_on: expires_on.map(day),
        pay_to_release: pay,
    };
    let held = |hold| Facts { holds: vec![hold], ..facts(0) };
    let mut blocked = facts(0);
    blocked.account.is_blocked = true;
    let other_order = HoldFacts { order_id: Some(order(1).id), ..hold(None, None) };
    let no_check = basis(InForce::NoCheck);
    let rule = HoldRule { enabled: true, amount: Some(50.into()), ..HoldRule::of(HoldKind::OverdueAmount) };
    let ruled = CheckBasis { hold_rules: RuleBasis { rules: vec![rule], ..RuleBasis::default() }, ..basis(amount(20)) };
    let owing = with_items(facts(-60), &[(1, "2025-02-01", 60, 0)]);
    for (what, facts, basis, expected) in [
        ("blocked", &blocked, &no_check, "hold [account_blocked] available - pay - ship 0.00"),
        ("last day", &held(hold(Some("2025-03-14"), Some(cny(9)))), &no_check, "hold [account_hold] available - pay 9.00 ship 0.00"),
        ("for ever", &held(hold(None, None)), &no_check, "hold [account_hold] available - pay - ship 0.00"),
        ("over", &held(hold(Some("2025-03-13"), None)), &no_check, "approve [] available - pay - ship 50.00"),
        ("another order", &held(other_order), &no_check, "approve [] available - pay - ship 50.00"),
        (
            "limit too",
            &held(hold(None, Some(cny(9)))),
            &basis(amount(20)),
            "hold [account_hold over_limit] available 20.00 pay 30.00 ship 0.00",
        ),
        ("rule", &owing, &ruled, "hold [over_limit overdue_amount] available 20.00 pay 60.00 ship 0.00"),
    ] {
        assert_eq!(checked(facts, &order(50), basis), expected, "{what}");
    }
}

#[test]
fn pay_to_release_names_what_to_pay_oldest_first() {
    let owing = with_items(facts(0), &[(1, "2025-01-01", 100, 0), (2, "2025-02-01", 200, 50), (3, "2025-05-01", 400, 0)]);
    let core = core_of(&owing, &order(500), &basis(amount(900)));
    let pay = core.pay_to_release.unwrap();
    assert_eq!(pay.amount, cny(250));
    let items: Vec<_> = pay.invoices.iter().map(|item| (item.instalment_id, item.amount)).collect();
    assert_eq!(items, vec![(item_id(1), cny(100)), (item_id(2), cny(150))]);
}

#[test]
fn a_reason_says_what_a_credit_manager_would_say() {
    let told = |limit, order: &OrderFacts| {
        let core = core_of(&facts(800), order, &basis(limit));
        let text = core.causes[0].reason.text.clone();
        format!("{} · {}", text.en, text.zh)
    };
    expect_test::expect![[r#"
        With this order the account would stand at CNY 1,300.00, CNY 300.00 above its credit limit of CNY 1,000.00. · 加上本单，该客户占用额度将达 CNY 1,300.00，超出信用额度 CNY 1,000.00 共 CNY 300.00。
        This account has no credit: goods ship against payment, and CNY 1,300.00 is not paid yet. · 该客户无授信额度，须先款后货，尚差 CNY 1,300.00 未到账。
        The credit limit is in CNY, but this order or what is owed is in USD, and there is no exchange rate. · 信用额度币种为 CNY，本单或应收涉及 USD，缺少可用汇率，无法核对额度。"#]]
    .assert_eq(&[told(amount(1000), &order(500)), told(amount(0), &order(500)), told(amount(1000), &OrderFacts { amount: usd(5), ..order(0) })].join("\n"));
}

proptest! {
    #[test]
    fn an_approved_order_fits_and_paying_what_is_asked_frees_it(
        exposure in -2_000_i64..2_000, limit in 0_i64..2_000, amount in 0_i64..2_000, is_partial_ok: bool,
    ) {
        let order = OrderFacts { is_partial_ok, ..order(amount) };
        let basis = basis(InForce::Amount { amount: cny(limit) });
        let core = core_of(&facts(exposure), &order, &basis);
        prop_assert_eq!(core.decision == OrderDecision::Approve, exposure + amount <= limit);
        prop_assert!(core.releasable.minor() <= order.amount.minor());
        match core.pay_to_release {
            None => prop_assert_eq!(core.decision, OrderDecision::Approve),
            Some(pay) => {
                let cents = pay.amount.minor() / 100;
                prop_assert_eq!(core_of(&facts(exposure - cents), &order, &basis).decision, OrderDecision::Approve);
                prop_assert_ne!(core_of(&facts(exposure - cents + 1), &order, &basis).decision, OrderDecision::Approve);
            }
        }
    }
}
