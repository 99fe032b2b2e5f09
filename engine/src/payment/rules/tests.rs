use super::*;
use crate::words::day::{add_days, parse_date};
use proptest::prelude::*;
use uuid::Uuid;

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn cny(units: i64) -> Money {
    Money::new(units * 100, "CNY".parse().unwrap())
}

fn usd(units: i64) -> Money {
    Money::new(units * 100, "USD".parse().unwrap())
}

fn id(number: u128) -> InstalmentId {
    InstalmentId(Uuid::from_u128(number))
}

fn item(number: u128, due_on: &str, open: i64) -> OpenItem {
    OpenItem {
        instalment: id(number),
        invoice_external_id: format!("I{number}"),
        contract_external_id: None,
        entity: "main".into(),
        claim: ClaimPart::Principal,
        issued_on: add_days(day(due_on), -30),
        due_on: day(due_on),
        open: cny(open),
        disputed: cny(0),
    }
}

fn cash(amount: i64, named: &[(&str, Option<i64>)]) -> Cash {
    let named = named.iter().map(|(number, amount)| NamedInvoice { external_id: (*number).into(), amount: amount.map(cny) }).collect();
    Cash { amount: cny(amount), received_on: day("2025-04-10"), entity: "main".into(), named, contract: None }
}

fn told(shares: &[Share]) -> String {
    let one = |share: &Share| format!("{}:{} {}", share.instalment.0.as_u128(), share.amount.amount(), share.allocated_on);
    shares.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Minor units of the shares in question, added up.
fn total(shares: &[Share], of: impl Fn(&Share) -> bool) -> i64 {
    shares.iter().filter(|share| of(share)).fold(0, |sum, share| sum + share.amount.minor())
}

#[test]
fn cash_that_names_a_contract_settles_what_that_contract_is_owed_first() {
    let of = |contract: &str, item: OpenItem| OpenItem { contract_external_id: Some(contract.into()), ..item };
    let items = [
        item(1, "2025-03-01", 100),
        of("K-1", item(2, "2025-03-10", 200)),
        of("K-2", item(3, "2025-03-05", 250)),
        of("K-1", item(4, "2025-03-20", 150)),
    ];
    let named = |amount: i64, named: &[(&str, Option<i64>)]| Cash { contract: Some("K-1".into()), ..cash(amount, named) };
    for (what, cash, expected) in [
        ("its oldest", named(250, &[]), "2:200.00 2025-04-10, 4:50.00 2025-04-10"),
        ("an exact match of its own", named(150, &[]), "4:150.00 2025-04-10"),
        ("then as any cash", named(400, &[]), "1:50.00 2025-04-10, 2:200.00 2025-04-10, 4:150.00 2025-04-10"),
        ("an invoice that is named comes before", named(250, &[("I1", None)]), "1:100.00 2025-04-10, 4:150.00 2025-04-10"),
        ("without a contract", cash(250, &[]), "3:250.00 2025-04-10"),
    ] {
        assert_eq!(told(&allocate(&cash, &items)), expected, "{what}");
    }
}

#[test]
fn cash_goes_to_named_then_exact_then_oldest_items() {
    let two = [item(1, "2025-03-01", 100), item(2, "2025-04-01", 200)];
    let three = [item(1, "2025-03-01", 100), item(2, "2025-04-01", 200), item(3, "2025-04-20", 250)];
    let twins = [item(2, "2025-04-01", 200), item(1, "2025-03-01", 200), item(3, "2025-02-01", 500)];
    let disputed = [OpenItem { disputed: cny(100), ..item(1, "2025-03-01", 100) }, item(2, "2025-04-01", 200)];
    let part_disputed = [OpenItem { disputed: cny(300), ..item(1, "2025-03-01", 1000) }, item(2, "2025-04-01", 200)];
    let future = [OpenItem { issued_on: day("2025-04-15"), ..item(1, "2025-05-15", 100) }, item(2, "2025-05-05", 300)];
    let foreign = [OpenItem { entity: "hk".into(), ..item(1, "2025-03-01", 100) }, OpenItem { open: usd(100), ..item(2, "2025-03-01", 1) }];
    for (what, cash, items, expected) in [
        ("P-01 oldest first", cash(250, &[]), &two[..], "1:100.00 2025-04-10, 2:150.00 2025-04-10"),
        ("P-02 the remittance first", cash(250, &[("I2", None)]), &two, "1:50.00 2025-04-10, 2:200.00 2025-04-10"),
        ("P-03 exact match", cash(250, &[]), &three, "3:250.00 2025-04-10"),
        ("an exact match of two items is the older", cash(200, &[]), &twins, "1:200.00 2025-04-10"),
        (
            "an amount named with the invoice is the most it takes",
            cash(50, &[("I2", Some(20))]),
            &two,
            "1:30.00 2025-04-10, 2:20.00 2025-04-10",
        ),
        ("a contested item waits", cash(100, &[]), &disputed, "2:100.00 2025-04-10"),
        ("a contested item is paid when named", cash(100, &[("I1", None)]), &disputed, "1:100.00 2025-04-10"),
        ("the uncontested rest is an exact match", cash(700, &[]), &part_disputed, "1:700.00 2025-04-10"),
        ("an invoice of later pays from its own day, when named", cash(100, &[("I1", None)]), &future, "1:100.00 2025-04-15"),
        ("an invoice of later takes no cash without a name", cash(100, &[]), &future, "2:100.00 2025-04-10"),
        ("other entities and currencies never", cash(100, &[("I1", None), ("I2", None)]), &foreign, ""),
        ("an unknown name leaves the cash to the rest", cash(100, &[("I9", None)]), &two, "1:100.00 2025-04-10"),
        ("nothing to share out", cash(0, &[("I1", None)]), &two, ""),
    ] {
        assert_eq!(told(&allocate(&cash, items)), expected, "{what}");
    }
}

#[test]
fn p_04_cash_without_a_name_pays_cost_then_interest_then_principal_and_a_name_turns_that_round() {
    let claim = |number, claim, open| OpenItem { invoice_external_id: "I1".into(), claim, ..item(number, "2025-03-01", open) };
    let items = [claim(1, ClaimPart::Principal, 100), claim(2, ClaimPart::Interest, 30), claim(3, ClaimPart::Cost, 20)];
    assert_eq!(told(&allocate(&cash(60, &[]), &items)), "3:20.00 2025-04-10, 2:30.00 2025-04-10, 1:10.00 2025-04-10");
    assert_eq!(told(&allocate(&cash(60, &[("I1", None)]), &items)), "1:60.00 2025-04-10");
}

#[test]
fn shares_asked_for_by_hand_are_dated_or_refused() {
    let items = [
        item(1, "2025-03-01", 100),
        OpenItem { issued_on: day("2025-04-12"), ..item(2, "2025-05-12", 50) },
        OpenItem { entity: "hk".into(), ..item(3, "2025-03-01", 100) },
        OpenItem { open: usd(100), ..item(4, "2025-03-01", 1) },
    ];
    let want = |number, amount, on: Option<&str>| WantedShare { instalment: id(number), amount, allocated_on: on.map(day) };
    for (wanted, expected) in [
        (vec![want(1, cny(60), None), want(2, cny(40), None)], "1:60.00 2025-04-10, 2:40.00 2025-04-12"),
        (vec![want(1, cny(60), Some("2025-05-01"))], "1:60.00 2025-05-01"),
        (vec![want(1, cny(60), Some("2025-04-09"))], "#/allocations/0/allocated_on validation_failed"),
        (vec![want(1, cny(101), None)], "#/allocations/0/amount over_allocation"),
        (vec![want(1, cny(60), None), want(1, cny(41), None)], "#/allocations/1/amount over_allocation"),
        (vec![want(1, cny(100), None), want(2, cny(21), None)], "#/allocations/1/amount over_allocation"),
        (
            vec![want(3, cny(1), None), want(4, usd(1), None)],
            "#/allocations/0/instalment_id entity_mismatch, #/allocations/1/amount currency_mismatch",
        ),
        (
            vec![want(1, cny(0), None), want(9, cny(1), None)],
            "#/allocations/0/amount amount_out_of_range, #/allocations/1/instalment_id unknown_reference",
        ),
    ] {
        let answer = match allocate_by_hand(&cash(120, &[]), &wanted, &items) {
            Ok(shares) => told(&shares),
            Err(error) => {
                error.faults().iter().map(|fault| format!("{} {}", fault.pointer, fault.code.name())).collect::<Vec<_>>().join(", ")
            }
        };
        assert_eq!(answer, expected, "{wanted:?}");
    }
}

#[test]
fn a_mistake_is_undone_from_its_own_day_and_a_bounce_from_the_day_it_bounced() {
    let items = [item(1, "2025-03-01", 100), OpenItem { issued_on: day("2025-04-20"), ..item(2, "2025-05-20", 200) }];
    let booked = allocate(&cash(250, &[("I2", None)]), &items);
    assert_eq!(told(&booked), "1:50.00 2025-04-10, 2:200.00 2025-04-20");
    assert_eq!(told(&reverse(&booked)), "1:-50.00 2025-04-10, 2:-200.00 2025-04-20");
    let bounced = bounce(&booked, day("2025-04-10"), day("2025-04-15")).unwrap();
    assert_eq!(told(&bounced), "1:-50.00 2025-04-15, 2:-200.00 2025-04-20");
    let refused = bounce(&booked, day("2025-04-10"), day("2025-04-09")).unwrap_err();
    assert_eq!(refused.code(), Code::ValidationFailed);
}

prop_compose! {
    fn some_item(number: u128)(due in 0_i64..120, age in 0_i64..60, open in 1_i64..50_000, disputed in prop_oneof![3 => Just(0_i64), 1 => 0_i64..50_000],
        entity in prop_oneof![4 => Just("main"), 1 => Just("hk")], is_usd in prop::bool::weighted(0.1)) -> OpenItem {
        let currency = if is_usd { "USD" } else { "CNY" }.parse().unwrap();
        OpenItem {
            entity: entity.into(),
            issued_on: add_days(day("2025-02-01"), due - age),
            due_on: add_days(day("2025-02-01"), due),
            open: Money::new(open, currency),
            disputed: Money::new(disputed.min(open), currency),
            ..item(number, "2025-03-01", 1)
        }
    }
}

fn some_items() -> impl Strategy<Value = Vec<OpenItem>> {
    (0_usize..8).prop_flat_map(|count| (0..count).map(|at| some_item(u128::try_from(at).unwrap())).collect::<Vec<_>>())
}

fn some_cash() -> impl Strategy<Value = Cash> {
    (0_i64..150_000, prop::collection::vec((0_usize..9, prop::option::of(0_i64..60_000)), 0..4)).prop_map(|(amount, named)| Cash {
        amount: Money::new(amount, "CNY".parse().unwrap()),
        named: named
            .into_iter()
            .map(|(at, amount)| NamedInvoice {
                external_id: format!("I{at}"),
                amount: amount.map(|minor| Money::new(minor, "CNY".parse().unwrap())),
            })
            .collect(),
        ..cash(0, &[])
    })
}

proptest! {
    #[test]
    fn allocation_conserves_money_and_never_pays_more_than_an_item_has_open(cash in some_cash(), items in some_items()) {
        let shares = allocate(&cash, &items);
        let allocated = total(&shares, |_| true);
        prop_assert!(allocated <= cash.amount.minor());
        for share in &shares {
            let item = items.iter().find(|item| item.instalment == share.instalment).unwrap();
            prop_assert!(share.amount.is_positive() && share.amount.minor() <= item.open.minor());
            prop_assert_eq!(share.amount.currency(), item.open.currency());
            prop_assert_eq!(&item.entity, &cash.entity);
            prop_assert_eq!(share.allocated_on, cash.received_on.max(item.issued_on));
            let is_named = cash.named.iter().any(|named| named.external_id == item.invoice_external_id);
            prop_assert!(is_named || (item.issued_on <= cash.received_on && share.amount.minor() <= item.open.minor() - item.disputed.minor()));
        }
        let mut paid: Vec<_> = shares.iter().map(|share| share.instalment).collect();
        paid.sort();
        paid.dedup();
        prop_assert_eq!(paid.len(), shares.len(), "one share an item");
        let could_take = items.iter()
            .filter(|item| item.entity == cash.entity && item.open.currency() == cash.amount.currency() && item.issued_on <= cash.received_on)
            .map(|item| {
                let taken = total(&shares, |share| share.instalment == item.instalment);
                (item.open.minor() - item.disputed.minor() - taken).max(0)
            })
            .any(|rest| rest > 0);
        prop_assert!(allocated == cash.amount.minor() || !could_take, "cash is left only when nothing may take it");
    }

    #[test]
    fn what_was_allocated_can_be_taken_back_once(cash in some_cash(), items in some_items(), later in 0_i64..60) {
        let booked = allocate(&cash, &items);
        for back in [reverse(&booked), bounce(&booked, cash.received_on, add_days(cash.received_on, later)).unwrap()] {
            prop_assert!(back.iter().all(|share| share.amount.minor() < 0));
            let all: Vec<Share> = booked.iter().chain(&back).copied().collect();
            for share in &booked {
                let rest = total(&all, |one| one.instalment == share.instalment);
                prop_assert_eq!(rest, 0);
            }
            prop_assert_eq!(reverse(&all), vec![]);
        }
    }
}
