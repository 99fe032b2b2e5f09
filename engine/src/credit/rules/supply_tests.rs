//! A table of stops and threats, and what they leave of an order.

use super::super::OrderDecision;
use super::super::check::{CheckBasis, check};
use super::super::fixture::{cny, day, facts, order, with_items};
use super::*;
use crate::hold::basis::supply_bases;
use crate::limit::rules::InForce;
use crate::words::id::SignalId;
use crate::words::signal::{Fading, Severity, SignalFacts};
use uuid::Uuid;

fn stop(basis: &str, level: SupplyLevel, items: &[&str], groups: &[&str]) -> Stop {
    let known = supply_bases().unwrap();
    let basis = known.iter().find(|known| known.key == basis).unwrap();
    let law = StopLaw {
        kind: basis.kind,
        article: basis.article.clone(),
        ground: basis.grounds.first().map(|ground| ground.title.clone()),
        clause: (basis.kind == BasisKind::Clause).then(|| "§ 7 of contract K-1".to_owned()),
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let scope = StopScope { items: owned(items), groups: owned(groups) };
    Stop { hold: HoldId(Uuid::from_u128(9)), is_of_order: false, level, scope, law, stopped_on: day("2025-03-10") }
}

fn lines(of: &[(&str, &str, i64, bool)]) -> Vec<OrderLine> {
    let line = |(no, (sku, group, units, is_key_item)): (i64, &(&str, &str, i64, bool))| OrderLine {
        no,
        sku: Some((*sku).to_owned()),
        quantity: None,
        amount: cny(*units),
        group: Some((*group).to_owned()),
        is_key_item: *is_key_item,
        is_stopped: false,
        is_approved: false,
        is_shipped: false,
    };
    (1..).zip(of).map(line).collect()
}

/// Decision, codes, what to pay and what could ship of an order of these lines, or of 100 without any.
fn told(facts: &Facts, stops: &[Stop], of: &[(&str, &str, i64, bool)], is_partial_ok: bool) -> String {
    let mut lines = lines(of);
    mark(stops, facts, &mut lines).unwrap();
    let amount = if lines.is_empty() { 100 } else { of.iter().map(|(_, _, units, _)| units).sum() };
    let order = OrderFacts { lines, is_partial_ok, ..order(amount) };
    let basis = CheckBasis { stops: stops.to_vec(), ..CheckBasis::of(InForce::NoCheck, order.amount) };
    let core = check(facts, &order, &basis).unwrap();
    let codes: Vec<&str> = core.causes.iter().map(|cause| cause.reason.code.as_str()).collect();
    let pay = core.pay_to_release.map_or("-".to_owned(), |pay| pay.amount.amount());
    format!("{} [{}] pay {pay} ship {}", core.decision, codes.join(" "), core.releasable.amount())
}

#[test]
fn or_07_a_stop_holds_everything_as_long_as_its_law_carries_it() {
    use SupplyLevel::All;
    let (clean, late) = (facts(0), with_items(facts(0), &[(1, "2025-03-01", 40, 10), (2, "2025-03-14", 7, 0)]));
    let disputed = with_items(facts(0), &[(1, "2025-03-01", 40, 40)]);
    for (basis, facts, expected) in [
        ("cn_526", &late, "hold [supply_stop] pay 30.00 ship 0.00"),
        ("cn_526", &clean, "approve [] pay - ship 100.00"),
        ("cn_526", &disputed, "approve [] pay - ship 100.00"),
        ("cn_527", &late, "hold [supply_stop] pay - ship 0.00"),
        ("cn_527", &clean, "hold [supply_stop] pay - ship 0.00"),
        ("contract_clause", &clean, "hold [supply_stop] pay - ship 0.00"),
    ] {
        assert_eq!(told(facts, &[stop(basis, All, &[], &[])], &[], true), expected, "{basis}");
    }
    let of_order = Stop { is_of_order: true, ..stop("cn_527", All, &[], &[]) };
    assert_eq!(told(&clean, &[of_order], &[], true), "hold [order_supply_stop] pay - ship 0.00");
}

#[test]
fn or_07_the_reason_names_the_law_in_both_languages() {
    for (basis, en, zh) in [
        (
            "cn_526",
            "Supply to this account has been stopped since 2025-03-10 by Civil Code of the PRC, art. 526 (order of performance); it goes on \
             once what is overdue is paid.",
            "自 2025-03-10 起依据《民法典》第五百二十六条（先履行抗辩权）中止对该客户的供货；逾期款项付清后恢复供货。",
        ),
        (
            "cn_527",
            "Supply to this account has been stopped since 2025-03-10 by Civil Code of the PRC, arts. 527 and 528 (insecurity defence): its \
             business has sharply declined; it goes on once security is given or the ability to perform has returned.",
            "自 2025-03-10 起依据《民法典》第五百二十七条、第五百二十八条（不安抗辩权）（经营状况严重恶化）中止对该客户的供货；\
             客户提供适当担保或恢复履行能力后恢复供货。",
        ),
        (
            "contract_clause",
            "Supply to this account has been stopped since 2025-03-10 by the contract, § 7 of contract K-1; it goes on once the stop is lifted.",
            "自 2025-03-10 起依据合同约定（§ 7 of contract K-1）中止对该客户的供货；中止供货解除后恢复供货。",
        ),
    ] {
        let text = stop(basis, SupplyLevel::All, &[], &[]).text();
        assert_eq!((text.en.as_str(), text.zh.as_str()), (en, zh));
    }
}

#[test]
fn or_11_key_items_wait_and_the_rest_may_ship() {
    use SupplyLevel::KeyItems;
    let facts = facts(0);
    let of = [("A", "oil", 50, false), ("B", "salt", 30, true), ("C", "oil", 20, false)];
    for (stop, of, is_partial_ok, expected) in [
        (stop("cn_527", KeyItems, &["B"], &[]), &of[..], true, "release_partial [key_items_stop] pay - ship 70.00"),
        (stop("cn_527", KeyItems, &["B"], &[]), &of, false, "hold [key_items_stop] pay - ship 70.00"),
        (stop("cn_527", KeyItems, &[], &["oil"]), &of, true, "release_partial [key_items_stop] pay - ship 30.00"),
        (stop("cn_527", KeyItems, &[], &[]), &of, true, "release_partial [key_items_stop] pay - ship 70.00"),
        (stop("cn_527", KeyItems, &["A", "B", "C"], &[]), &of, true, "hold [key_items_stop] pay - ship 0.00"),
        (stop("cn_527", KeyItems, &["X"], &[]), &of, true, "approve [] pay - ship 100.00"),
        (stop("cn_527", KeyItems, &["X"], &[]), &[], true, "hold [key_items_stop] pay - ship 0.00"),
        (stop("cn_526", KeyItems, &["B"], &[]), &of, true, "approve [] pay - ship 100.00"),
    ] {
        assert_eq!(told(&facts, std::slice::from_ref(&stop), of, is_partial_ok), expected, "{:?} {of:?}", stop.scope);
    }
    let both = [stop("cn_527", KeyItems, &["A"], &[]), stop("cn_527", KeyItems, &["B"], &[])];
    assert_eq!(told(&facts, &both, &of, true), "release_partial [key_items_stop] pay - ship 20.00", "stops add up");
}

#[test]
fn or_07_a_threat_holds_what_is_overdue_and_never_lets_go() {
    let threatened = |mut facts: Facts| {
        let fading = Fading { severity: Severity::Low, observed_on: day("2025-03-12"), step_days: 30 };
        facts.risk.signals.push(SignalFacts { id: SignalId(Uuid::from_u128(5)), kind: SignalType::NoGoodsNoPayment, fading });
        facts
    };
    let late = with_items(facts(0), &[(1, "2025-03-01", 40, 10)]);
    assert_eq!(told(&late, &[], &[], true), "approve [] pay - ship 100.00");
    assert_eq!(told(&threatened(late.clone()), &[], &[], true), "hold [no_goods_no_payment] pay 30.00 ship 0.00");
    assert_eq!(told(&threatened(facts(0)), &[], &[], true), "approve [] pay - ship 100.00", "who owes nothing threatens nobody");
    let mut over = threatened(late.clone());
    over.today = day("2025-04-11");
    assert_eq!(told(&over, &[], &[], true), "approve [] pay - ship 100.00", "it fades like any signal");
    let stopped = [stop("cn_527", SupplyLevel::All, &[], &[])];
    let decision = |facts: &Facts| told(facts, &stopped, &[], true);
    assert_eq!(decision(&late), "hold [supply_stop] pay - ship 0.00");
    assert_eq!(decision(&threatened(late)), "hold [supply_stop no_goods_no_payment] pay - ship 0.00");
    assert!(OrderDecision::Hold > OrderDecision::Approve);
}
