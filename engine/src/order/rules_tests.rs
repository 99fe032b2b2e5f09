use super::*;
use crate::words::code::Code;
use proptest::prelude::*;

fn cny(minor: i64) -> Money {
    Money::new(minor, "CNY".parse().unwrap())
}

fn order(state: OrderState, amount: i64, approved: i64) -> Progress {
    Progress { state, amount, approved, shipped: 0, invoiced: 0, deposit: 0 }
}

fn approved(amount: i64) -> Progress {
    order(OrderState::Approved, amount, amount)
}

/// What the order reserves, and the shipped share of it.
fn takes(progress: Progress) -> (i64, i64) {
    let taken = progress.taken();
    (taken.reserved, taken.shipped)
}

#[test]
fn c_08_an_order_and_its_invoice_are_counted_once_and_a_cancellation_gives_the_value_back() {
    let placed = approved(100);
    assert_eq!(takes(placed), (100, 0));
    let shipped = ship(placed, cny(60)).unwrap();
    assert_eq!(takes(shipped), (100, 60), "shipping moves money from one part to the other and adds none");
    let billed = invoice(shipped, cny(60), false).unwrap();
    assert_eq!(takes(billed), (40, 0), "60 are open items now");
    let all = invoice(billed, cny(40), false).unwrap();
    assert_eq!((all.state, takes(all)), (OrderState::Invoiced, (0, 0)));
    let back = uninvoice(all, 40);
    assert_eq!((back.state, takes(back)), (OrderState::Approved, (40, 0)));
    assert_eq!(takes(uninvoice(back, 60)), (100, 60), "what had shipped is not invoiced again");
}

#[test]
fn the_last_invoice_frees_the_rest_and_its_cancellation_brings_back_no_more_than_itself() {
    let last = invoice(approved(100), cny(80), true).unwrap();
    assert_eq!((last.state, takes(last)), (OrderState::Invoiced, (0, 0)));
    assert_eq!(invoice(last, cny(1), false).unwrap_err().code(), Code::OverInvoiced);
    let back = uninvoice(last, 80);
    assert_eq!((back.state, takes(back)), (OrderState::PartiallyReleased, (80, 0)));
}

#[test]
fn no_more_is_invoiced_than_was_ordered_nor_shipped_than_may() {
    for (invoiced, asked, is_fine) in [(0, 100, true), (60, 40, true), (60, 41, false), (0, 101, false)] {
        let before = Progress { invoiced, ..approved(100) };
        assert_eq!(invoice(before, cny(asked), false).map_err(|e| e.code()).is_ok(), is_fine, "{invoiced} and {asked}");
    }
    let held = order(OrderState::Held, 100, 0);
    assert_eq!(ship(held, cny(1)).unwrap_err().code(), Code::OverShipped);
    let partial = order(OrderState::PartiallyReleased, 100, 40);
    assert_eq!(ship(partial, cny(41)).unwrap_err().code(), Code::OverShipped);
    assert_eq!(takes(ship(partial, cny(40)).unwrap()), (40, 40));
    let billed_first = invoice(approved(100), cny(100), false).unwrap();
    assert_eq!(takes(ship(billed_first, cny(100)).unwrap()), (0, 0), "goods may follow their invoice");
    let unasked = invoice(held, cny(30), false).unwrap();
    assert_eq!((takes(unasked), takes(uninvoice(unasked, 30))), ((0, 0), (0, 0)), "an order that was held reserves nothing afterwards");
}

#[test]
fn what_has_shipped_is_neither_cancelled_nor_undone_by_time() {
    let shipped = ship(approved(100), cny(60)).unwrap();
    assert_eq!(end(shipped, OrderState::Cancelled, cny(0).currency()).unwrap_err().code(), Code::AlreadyShipped);
    assert_eq!(takes(end(approved(100), OrderState::Cancelled, cny(0).currency()).unwrap()), (0, 0));
    let lapsed = lapse(shipped).unwrap();
    assert_eq!((lapsed.state, takes(lapsed)), (OrderState::Held, (60, 60)));
    let unshipped = lapse(approved(100)).unwrap();
    assert_eq!((unshipped.state, takes(unshipped)), (OrderState::Held, (0, 0)));
    assert_eq!(lapse(ship(approved(100), cny(100)).unwrap()), None, "an order that waits for its invoice is not held");
}

#[test]
fn a_deposit_nets_its_own_order_and_covers_first_what_has_shipped() {
    for (approved, shipped, invoiced, deposit, expected, spare) in [
        (100, 0, 0, 30, (70, 0), 30),
        (100, 50, 0, 30, (70, 20), 0),
        (100, 20, 0, 30, (70, 0), 10),
        (100, 0, 0, 100, (0, 0), 100),
        (0, 0, 0, 30, (0, 0), 30),
        (100, 60, 60, 30, (10, 0), 30),
    ] {
        let progress = Progress { approved, shipped, invoiced, deposit, ..order(OrderState::Approved, 100, 0) };
        assert_eq!((takes(progress), progress.spare_deposit()), (expected, spare), "{progress:?}");
    }
}

#[test]
fn approving_again_counts_from_what_is_gone() {
    for (approved, shipped, invoiced, may_ship, expected) in [
        (0, 0, 0, 100, (100, 100)),
        (100, 60, 0, 40, (100, 100)),
        (100, 60, 0, 0, (60, 60)),
        (100, 0, 60, 0, (60, 0)),
        (0, 0, 60, 0, (0, 0)),
        (0, 0, 60, 40, (100, 40)),
    ] {
        let progress = Progress { shipped, invoiced, ..order(OrderState::Held, 100, approved) }.approve(may_ship);
        assert_eq!((progress.approved, progress.taken().reserved), expected, "{progress:?}");
    }
}

fn lines(amounts: &[i64]) -> Vec<OrderLine> {
    let line = |(no, amount): (i64, &i64)| OrderLine {
        no,
        sku: None,
        quantity: None,
        amount: cny(*amount),
        group: None,
        is_key_item: false,
        is_stopped: false,
        is_approved: false,
        is_shipped: false,
    };
    (1..).zip(amounts).map(line).collect()
}

#[test]
fn a_part_is_cut_to_whole_lines_in_their_order() {
    for (amounts, most, fits) in [(&[300, 150, 50][..], 200, 200), (&[120, 120, 60], 200, 180), (&[300], 200, 0), (&[100, 100], 200, 200)] {
        assert_eq!(whole_lines(&lines(amounts), most), fits, "{amounts:?} in {most}");
    }
    let mut some = lines(&[300, 150, 50]);
    some[1].is_shipped = true;
    approve_lines(&mut some, 200);
    assert_eq!(some.iter().map(|line| line.is_approved).collect::<Vec<_>>(), [false, true, true], "what shipped stays, then what fits");
    let mut stopped = lines(&[300, 150, 50]);
    stopped[1].is_stopped = true;
    assert_eq!(whole_lines(&stopped, 500), 350, "what is stopped fits into nothing");
    approve_lines(&mut stopped, 350);
    assert_eq!(stopped.iter().map(|line| line.is_approved).collect::<Vec<_>>(), [true, false, true]);
}

/// Anything that can happen to an order, at random.
#[derive(Clone, Debug)]
enum Act {
    Ship(i64),
    Invoice(i64, bool),
    Uninvoice(i64),
    Approve(i64),
    Deposit(i64),
    Lapse,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (1..50_i64).prop_map(Act::Ship),
        (1..50_i64, prop::bool::weighted(0.1)).prop_map(|(amount, is_last)| Act::Invoice(amount, is_last)),
        (1..50_i64).prop_map(Act::Uninvoice),
        (0..101_i64).prop_map(Act::Approve),
        (1..50_i64).prop_map(Act::Deposit),
        Just(Act::Lapse),
    ];
    prop::collection::vec(act, 1..40)
}

proptest! {
    #[test]
    fn each_unit_is_in_one_place_whatever_happens(start in 0..101_i64, acts in acts()) {
        let mut now = order(OrderState::Held, 100, start);
        for act in acts {
            let before = now;
            now = match act {
                Act::Ship(amount) => ship(now, cny(amount)).unwrap_or(now),
                Act::Invoice(amount, is_last) => invoice(now, cny(amount), is_last).unwrap_or(now),
                Act::Uninvoice(amount) => uninvoice(now, amount.min(now.invoiced)),
                Act::Approve(may_ship) if !now.is_closed() => now.approve(may_ship.min(now.waiting())),
                Act::Deposit(amount) => Progress { deposit: now.deposit + amount.min(now.deposit_room()), ..now },
                Act::Lapse => lapse(now).unwrap_or(now),
                Act::Approve(_) => now,
            };
            let (reserved, shipped) = takes(now);
            prop_assert!(0 <= shipped && shipped <= reserved, "{now:?}");
            prop_assert!(reserved + now.invoiced <= now.amount.max(now.invoiced), "never more than was ordered: {now:?}");
            prop_assert!(now.shipped <= now.amount && now.invoiced <= now.amount);
            if let Act::Ship(_) = act {
                prop_assert_eq!(takes(before).0, reserved, "shipping adds nothing");
            }
            if let Act::Invoice(_, false) = act {
                prop_assert!(takes(before).0 >= reserved, "an invoice takes the place of what was reserved");
            }
        }
    }
}
