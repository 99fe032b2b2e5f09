use super::super::check::{CheckBasis, check};
use super::super::fixture::{advice, cny, facts, item_id, order, usd, vote, with_items};
use super::*;
use crate::limit::rules::InForce;
use proptest::prelude::*;

fn limited(units: i64) -> CheckBasis {
    CheckBasis::of(InForce::Amount { amount: cny(units) }, cny(0))
}

fn valued(ground: &CheckBasis, order: &OrderFacts) -> CheckBasis {
    CheckBasis { value: Some(order.amount), ..ground.clone() }
}

fn settled(facts: &Facts, order: &OrderFacts, ground: &CheckBasis, advice: Vec<Advice>) -> Settled {
    settle(facts, order, &check(facts, order, &valued(ground, order)).unwrap(), &Asked { advice }).unwrap()
}

fn told(settled: &Settled) -> String {
    let reasons: Vec<String> = settled.causes.iter().map(|cause| format!("{}:{}", cause.reason.source, cause.reason.code)).collect();
    let pay = settled.pay_to_release.as_ref().map_or("-".to_owned(), |pay| pay.amount.amount());
    format!("{} [{}] pay {pay} ship {}", settled.decision, reasons.join(" "), settled.releasable.amount())
}

fn partial(units: i64) -> Vote {
    Vote { amount: Some(cny(units)), ..vote(VoteKind::ReleasePartial) }
}

#[test]
fn the_strictest_vote_wins_and_keeps_its_source() {
    use VoteKind::{Approve, Deny, Hold, Pass, RequestApproval, Skip};
    let whole = order(500);
    let parts = OrderFacts { is_partial_ok: true, ..order(500) };
    let asks = |units| Vote { pay_to_release: Some(cny(units)), ..vote(Hold) };
    for (what, order, limit, votes, expected) in [
        ("nobody", &whole, 1000, vec![], "approve [] pay - ship 500.00"),
        ("pass and approve say nothing", &whole, 1000, vec![vote(Pass), vote(Approve)], "approve [] pay - ship 500.00"),
        ("hold", &whole, 1000, vec![vote(Approve), vote(Hold)], "hold [p@7:14:HOLD] pay - ship 0.00"),
        ("deny", &whole, 1000, vec![asks(9), vote(Deny)], "deny [p@7:14:HOLD p@7:14:DENY] pay - ship 0.00"),
        ("a vote of another hook", &whole, 1000, vec![vote(Skip)], "hold [p@7:14:SKIP] pay - ship 0.00"),
        ("approval", &whole, 1000, vec![vote(RequestApproval)], "hold [p@7:14:REQUEST_APPROVAL] pay - ship 0.00"),
        (
            "part",
            &parts,
            1000,
            vec![partial(200), partial(100)],
            "release_partial [p@7:14:RELEASE_PARTIAL p@7:14:RELEASE_PARTIAL] pay - ship 100.00",
        ),
        ("part of a whole order", &whole, 1000, vec![partial(200)], "hold [p@7:14:RELEASE_PARTIAL] pay - ship 0.00"),
        ("part is all", &parts, 1000, vec![partial(500)], "approve [] pay - ship 500.00"),
        ("part is nothing", &parts, 1000, vec![partial(0)], "hold [p@7:14:RELEASE_PARTIAL] pay - ship 0.00"),
        (
            "part in other money",
            &parts,
            1000,
            vec![Vote { amount: Some(usd(1)), ..partial(1) }],
            "hold [p@7:14:RELEASE_PARTIAL] pay - ship 0.00",
        ),
        ("core holds alone", &whole, 300, vec![vote(Approve)], "hold [core:over_limit] pay 200.00 ship 300.00"),
        ("core releases part", &parts, 300, vec![vote(Pass)], "release_partial [core:over_limit] pay 200.00 ship 300.00"),
        (
            "the smaller part",
            &parts,
            300,
            vec![Vote { pay_to_release: Some(cny(250)), ..partial(100) }],
            "release_partial [core:over_limit p@7:14:RELEASE_PARTIAL] pay 250.00 ship 100.00",
        ),
        (
            "a larger part does not loosen",
            &parts,
            300,
            vec![Vote { pay_to_release: Some(cny(1)), ..partial(400) }],
            "release_partial [core:over_limit p@7:14:RELEASE_PARTIAL] pay 200.00 ship 300.00",
        ),
        ("both hold", &whole, 300, vec![asks(900)], "hold [core:over_limit p@7:14:HOLD] pay 900.00 ship 0.00"),
        ("one cannot be paid", &whole, 300, vec![vote(Hold)], "hold [core:over_limit p@7:14:HOLD] pay - ship 0.00"),
    ] {
        assert_eq!(told(&settled(&facts(0), order, &limited(limit), vec![advice("p", votes)])), expected, "{what}");
    }
}

#[test]
fn pay_to_release_adds_up_what_several_plugins_ask_of_the_items() {
    let owing = with_items(facts(0), &[(1, "2025-01-01", 100, 0), (2, "2025-02-01", 200, 50)]);
    let asks = |items: &[u128]| Vote { items: items.iter().copied().map(item_id).collect(), ..vote(VoteKind::Hold) };
    let answer = settled(&owing, &order(10), &limited(1000), vec![advice("p", vec![asks(&[1])]), advice("q", vec![asks(&[1, 2])])]);
    let pay = answer.pay_to_release.unwrap();
    let items: Vec<String> = pay.invoices.iter().map(|item| format!("{} {}", item.external_id, item.amount.amount())).collect();
    assert_eq!((pay.amount, items.join(", ").as_str()), (cny(250), "I1 100.00, I2 150.00"));
    assert_eq!(answer.merge, "core approve; p@7 hold; q@7 hold -> hold");
}

#[test]
fn a_plugin_that_fails_never_says_yes_and_holds_where_its_policy_says_so() {
    for (status, on_failure, expected) in [
        (CallStatus::Error, OnFailure::Core, "approve []"),
        (CallStatus::Error, OnFailure::Hold, "hold [p@7:0:plugin_failed]"),
        (CallStatus::Time, OnFailure::Hold, "hold [p@7:0:plugin_failed]"),
        (CallStatus::Limit, OnFailure::Block, "hold [p@7:0:plugin_failed]"),
        (CallStatus::Panic, OnFailure::Hold, "hold [p@7:0:plugin_failed]"),
        (CallStatus::Filtered, OnFailure::Hold, "approve []"),
    ] {
        // Votes of a call that did not end well are not listened to.
        let failed = Advice { status, on_failure, ..advice("p", vec![vote(VoteKind::Deny)]) };
        let answer = told(&settled(&facts(0), &order(10), &limited(1000), vec![failed]));
        assert!(answer.starts_with(expected), "{status} {on_failure}: {answer}");
    }
}

#[test]
fn a_request_for_approval_names_the_role() {
    let asks = Vote { role: Some("sales_director".into()), ..vote(VoteKind::RequestApproval) };
    let answer = settled(&facts(0), &order(10), &limited(1000), vec![advice("p", vec![asks])]);
    assert_eq!(answer.approvals.len(), 1);
    assert_eq!((answer.approvals[0].role.as_str(), answer.approvals[0].reason.source.as_str()), ("sales_director", "p@7:14"));
}

fn some_vote() -> impl Strategy<Value = Vote> {
    (prop::sample::select(VoteKind::ALL), prop::option::of(-10_i64..900), prop::option::of(0_i64..900), any::<bool>()).prop_map(
        |(kind, amount, pay, has_item)| Vote {
            amount: amount.map(cny),
            pay_to_release: pay.map(cny),
            items: if has_item { vec![item_id(1)] } else { vec![] },
            ..vote(kind)
        },
    )
}

fn some_advice() -> impl Strategy<Value = Advice> {
    (prop::sample::select(CallStatus::ALL), prop::sample::select(OnFailure::ALL), prop::collection::vec(some_vote(), 0..4))
        .prop_map(|(status, on_failure, votes)| Advice { status, on_failure, ..advice("p", votes) })
}

proptest! {
    #[test]
    fn no_combination_of_votes_approves_what_core_holds(
        exposure in 0_i64..900, limit in 0_i64..900, amount in 1_i64..900, is_partial_ok: bool, is_blocked: bool,
        all in prop::collection::vec(some_advice(), 0..5),
    ) {
        let mut facts = with_items(facts(exposure), &[(1, "2025-02-01", 50, 10)]);
        facts.account.is_blocked = is_blocked;
        let order = OrderFacts { is_partial_ok, ..order(amount) };
        let core = check(&facts, &order, &valued(&limited(limit), &order)).unwrap();
        let mut before = settle(&facts, &order, &core, &Asked::nobody()).unwrap();
        prop_assert_eq!((before.decision, before.releasable), (core.decision, core.releasable));
        for count in 1..=all.len() {
            let asked = Asked { advice: all[..count].to_vec() };
            let after = settle(&facts, &order, &core, &asked).unwrap();
            prop_assert!(after.decision >= before.decision, "another voter never loosens the answer");
            prop_assert!(after.releasable.minor() <= before.releasable.minor(), "nor lets more ship");
            prop_assert!(after.releasable.minor() >= 0);
            prop_assert_eq!(after.causes.is_empty(), after.decision == OrderDecision::Approve);
            before = after;
        }
    }
}
