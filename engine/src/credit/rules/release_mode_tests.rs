use super::super::fixture::{cny, day, facts, order};
use super::*;
use crate::words::contract::{AwaitedBatch, ContractOpen};

fn agreed(mode: ReleaseMode) -> Agreed {
    Agreed {
        state: ContractState::Active,
        is_of_account: true,
        mode: Some(mode),
        amount: Some(cny(100_000)),
        tail: None,
        settlement_day: None,
        due_days: None,
        extended_until: None,
    }
}

/// A contract with cleared cash and value let go, in whole units.
fn contract(mode: ReleaseMode, cash: i64, released: i64) -> ContractFacts {
    ContractFacts {
        external_id: "K-1".into(),
        agreed: Some(agreed(mode)),
        cash_for_order: cny(0),
        cash: cny(cash),
        released: cny(released),
        reserved: cny(0),
        tail_settled: cny(0),
        open: vec![],
        awaited_batch: None,
    }
}

fn open(batch_no: Option<i64>, part: &str, due_on: &str, units: i64) -> ContractOpen {
    ContractOpen { batch_no, part: part.into(), due_on: day(due_on), amount: cny(units) }
}

/// What may ship, why not all of it, and what payment ends that.
fn told(contract: ContractFacts, order: &OrderFacts) -> String {
    told_on("2025-03-14", contract, order)
}

fn told_on(today: &str, contract: ContractFacts, order: &OrderFacts) -> String {
    let facts = Facts { contract: Some(contract), today: day(today), ..facts(0) };
    let answer = of_contract(&facts, order).unwrap();
    let why = answer.cause.map_or_else(String::new, |cause| {
        let pay = cause.way_out.pay.map_or("person".to_owned(), |pay| pay.amount());
        format!(" {} {pay}", cause.reason.code)
    });
    format!("{}{why}", answer.may_ship.amount())
}

#[test]
fn c_25_pro_rata_goods_go_up_to_the_cash_that_has_come() {
    let stands = || contract(ReleaseMode::ProRata, 40_000, 25_000);
    assert_eq!(told(stands(), &order(15_000)), "15000.00");
    assert_eq!(told(stands(), &order(20_000)), "15000.00 beyond_cash_received 5000.00");
    assert_eq!(told(contract(ReleaseMode::ProRata, 25_000, 40_000), &order(10)), "0.00 beyond_cash_received 15010.00");
}

#[test]
fn c_26_tail_hold_keeps_the_last_goods_until_the_tail_is_paid() {
    let stands = |cash, tail_open: Option<i64>| {
        let mut stands = contract(ReleaseMode::TailHold, cash, 60_000);
        stands.agreed = Some(Agreed { tail: Some(cny(20_000)), ..agreed(ReleaseMode::TailHold) });
        stands.open = tail_open.iter().map(|units| open(None, "tail", "2025-06-30", *units)).collect();
        stands.tail_settled = cny(tail_open.map_or(0, |units| 20_000 - units));
        stands
    };
    // Tail open: 100,000 − 20,000 − 60,000; paid: all that is left.
    assert_eq!(told(stands(80_000, None), &order(20_000)), "20000.00");
    assert_eq!(told(stands(80_000, None), &order(40_000)), "20000.00 tail_unpaid 20000.00");
    assert_eq!(told(stands(100_000, None), &order(40_000)), "40000.00");
    assert_eq!(told(stands(80_000, Some(20_000)), &order(40_000)), "20000.00 tail_unpaid 20000.00");
    assert_eq!(told(stands(0, Some(1)), &order(40_000)), "20000.00 tail_unpaid 1.00");
    assert_eq!(told(stands(20_000, Some(0)), &order(40_000)), "40000.00", "the tail is settled, whatever else is open");
    assert_eq!(told(stands(100_000, None), &order(40_001)), "0.00 beyond_contract person");
}

#[test]
fn c_27_prepay_ships_all_or_nothing() {
    let stands = |cents| ContractFacts { cash_for_order: Money::new(cents, "CNY".parse().unwrap()), ..contract(ReleaseMode::Prepay, 0, 0) };
    assert_eq!(told(stands(999_999), &order(10_000)), "0.00 prepayment_missing 0.01");
    assert_eq!(told(stands(1_000_000), &order(10_000)), "10000.00");
}

#[test]
fn c_28_a_batch_ships_once_the_batch_so_many_before_it_is_paid() {
    let stands = |no, is_invoiced, reserved, unpaid: &[(i64, i64)]| ContractFacts {
        awaited_batch: Some(AwaitedBatch { no, is_invoiced, reserved: cny(reserved) }),
        open: unpaid.iter().map(|(batch, units)| open(Some(*batch), "whole", "2025-04-01", *units)).collect(),
        ..contract(ReleaseMode::BatchLag, 0, 0)
    };
    let batch = |no| OrderFacts { batch_no: Some(no), ..order(500) };
    // Lag 1: batch 2 waits for batch 1; lag 2: it waits for batch 0, which there never was.
    assert_eq!(told(stands(1, true, 0, &[(1, 300)]), &batch(2)), "0.00 batch_unpaid 300.00");
    assert_eq!(told(stands(1, true, 0, &[]), &batch(2)), "500.00");
    assert_eq!(told(stands(0, false, 0, &[(1, 300)]), &batch(2)), "500.00");
    assert_eq!(told(stands(1, true, 0, &[(2, 300)]), &batch(2)), "500.00", "another batch is not waited for");
    assert_eq!(told(stands(1, true, 200, &[]), &batch(2)), "0.00 batch_unpaid person", "the rest of it is not invoiced");
    assert_eq!(told(stands(1, false, 0, &[]), &batch(2)), "0.00 batch_unpaid person", "what nobody invoiced nobody paid");
    assert_eq!(told(ContractFacts { awaited_batch: None, ..stands(1, true, 0, &[]) }, &order(500)), "0.00 batch_missing person");
}

#[test]
fn c_29_monthly_settlement_holds_from_the_next_day_and_an_extension_gives_five_more() {
    let stands = |extended_until: Option<&str>, due_on: &str| {
        let mut stands = contract(ReleaseMode::MonthlySettlement, 0, 0);
        let extended_until = extended_until.map(day);
        stands.agreed = Some(Agreed { settlement_day: Some(25), extended_until, ..agreed(ReleaseMode::MonthlySettlement) });
        stands.open = vec![open(None, "whole", due_on, 700)];
        stands
    };
    let held = "0.00 settlement_overdue 700.00";
    for (today, extended_until, due_on, expected) in [
        ("2025-06-25", None, "2025-06-25", "500.00"),
        ("2025-06-26", None, "2025-06-25", held),
        ("2025-06-30", Some("2025-06-30"), "2025-06-25", "500.00"),
        ("2025-07-01", Some("2025-06-30"), "2025-06-25", held),
        ("2025-06-26", None, "2025-06-26", "500.00"),
        ("2025-06-25", None, "2025-05-25", held),
    ] {
        assert_eq!(told_on(today, stands(extended_until, due_on), &order(500)), expected, "{today} {extended_until:?} {due_on}");
    }
}

#[test]
fn or_16_the_next_delivery_waits_until_the_one_before_is_settled() {
    let stands = |units: i64, reserved| ContractFacts {
        open: vec![open(None, "whole", "2025-09-01", units)],
        reserved: cny(reserved),
        ..contract(ReleaseMode::PerDelivery, 0, 0)
    };
    assert_eq!(told(stands(0, 0), &order(500)), "500.00");
    assert_eq!(told(stands(300, 0), &order(500)), "0.00 previous_delivery_unpaid 300.00");
    assert_eq!(told(stands(300, 50), &order(500)), "0.00 previous_delivery_unpaid 350.00");
}

#[test]
fn only_a_contract_in_force_with_this_customer_lets_anything_ship() {
    let with = |change: fn(&mut Agreed)| {
        let mut stands = contract(ReleaseMode::OpenAccount, 0, 0);
        stands.agreed.iter_mut().for_each(change);
        stands
    };
    assert_eq!(told(with(|_| {}), &order(500)), "500.00");
    assert_eq!(told(with(|it| it.state = ContractState::Draft), &order(500)), "0.00 contract_not_active person");
    assert_eq!(told(with(|it| it.state = ContractState::Ended), &order(500)), "0.00 contract_not_active person");
    assert_eq!(told(with(|it| it.is_of_account = false), &order(500)), "0.00 contract_mismatch person");
    assert_eq!(told(ContractFacts { agreed: None, ..with(|_| {}) }, &order(500)), "500.00", "a mere name binds nobody");
    assert_eq!(of_contract(&facts(0), &order(500)).unwrap(), ModeAnswer::all(&order(500)));
}
