//! How the answers of plugins change a review: votes, effects that meet, failures, custom steps.

use super::world::{Set, World, day, item, money};
use crate::collection::rules::{CaseMove, Review};
use crate::policy::presets;
use crate::policy::{Channel, Policy};
use crate::words::asked::{About, Advice, Asked, CallStatus, Hook, OnFailure, Question, Vote, VoteKind};
use crate::words::day::add_days;
use crate::words::effect::{Effect, EffectKind, Values};
use crate::words::id::InstalmentId;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use uuid::Uuid;

fn advice(plugin: &str, votes: Vec<Vote>, effects: Vec<EffectKind>) -> Advice {
    let effect = |(at, kind)| Effect { kind, code: Some("CODE".into()), values: Values::new(), line: i64::try_from(at).unwrap() + 1 };
    Advice {
        plugin: plugin.into(),
        version: 1,
        hash: String::new(),
        status: CallStatus::Ok,
        on_failure: OnFailure::None,
        operations: 0,
        budget: 0,
        cpu_us: 0,
        votes,
        effects: effects.into_iter().enumerate().map(effect).collect(),
        notes: vec![],
        error: None,
    }
}

fn vote(vote: VoteKind, until: Option<NaiveDate>) -> Vote {
    Vote {
        vote,
        code: "CODE".into(),
        text: Bilingual::same("because"),
        values: Values::new(),
        line: 7,
        amount: None,
        until,
        role: None,
        pay_to_release: None,
        items: vec![],
        expires_on: None,
    }
}

const TODAY: &str = "2025-01-06";

fn today() -> NaiveDate {
    day(TODAY)
}

fn plus(days: i64) -> NaiveDate {
    add_days(today(), days)
}

fn first_item() -> InstalmentId {
    InstalmentId(Uuid::from_u128(1))
}

/// An item five days late, with a letter due today, and one that is due in ten days.
fn world(hook: Hook, answer: fn(&Question) -> Asked) -> World {
    let steps = vec![presets::item("l1", 5).sent(Channel::Letter, "reminder"), presets::item("l2", 20).sent(Channel::Letter, "reminder")];
    let mut world = World::of(Policy::of(steps), today()).with([item(1, plus(-5), 10_000), item(2, plus(10), 20_000)]);
    world.set = Set { hooks: vec![hook], leads: vec![14], every: Some(1), answer };
    world
}

fn reviewed(hook: Hook, answer: fn(&Question) -> Asked) -> Review {
    world(hook, answer).review()
}

fn dropped(review: &Review) -> Vec<&'static str> {
    review.dropped.iter().map(|fate| fate.why).collect()
}

#[test]
fn skip_beats_defer_beats_approve() {
    let wait = |days| Some(plus(days));
    type Votes = Vec<(VoteKind, Option<NaiveDate>)>;
    let table: Vec<(Votes, &str, Option<NaiveDate>)> = vec![
        (vec![(VoteKind::Approve, None)], "taken", wait(10)),
        (vec![(VoteKind::Pass, None)], "taken", wait(10)),
        (vec![(VoteKind::Approve, None), (VoteKind::Defer, wait(4))], "waits", wait(4)),
        (vec![(VoteKind::Defer, wait(9)), (VoteKind::Defer, wait(4))], "waits", wait(9)),
        (vec![(VoteKind::Defer, wait(4)), (VoteKind::Skip, None)], "skipped", wait(10)),
    ];
    for (votes, expected, next) in table {
        let mut world = world(Hook::StepDue, |_| Asked::nobody());
        world.set.every = None;
        world.set.leads.clear();
        let planned = crate::collection::rules::plan(&world.facts, &world.policy, &world.set);
        assert_eq!(planned.questions.len(), 1);
        let asked = Asked { advice: votes.iter().map(|(kind, until)| advice("p", vec![vote(*kind, *until)], vec![])).collect() };
        let review = crate::collection::rules::settle(&world.facts, &world.policy, planned, &[asked]);
        let outcome = match (review.notices.len(), review.progress.len()) {
            (1, 1) => "taken",
            (0, 1) => "skipped",
            (0, 0) => "waits",
            other => panic!("{other:?}"),
        };
        assert_eq!(outcome, expected, "{votes:?}");
        assert!(review.reasons.iter().any(|reason| reason.source == "p@1:7"));
        // Looked for again on the day the vote names, or when item 2 becomes overdue, ten days and one from now.
        assert_eq!(review.next_review_on, next.map(|next| if expected == "waits" { next } else { plus(11) }), "{votes:?}");
    }
}

#[test]
fn a_gate_that_fails_as_block_keeps_the_step_back_and_leaves_work() {
    let review = reviewed(Hook::StepDue, |_| {
        let failed = Advice { status: CallStatus::Limit, on_failure: OnFailure::Block, ..advice("p", vec![], vec![]) };
        Asked { advice: vec![failed] }
    });
    assert!(review.notices.is_empty() && review.progress.is_empty());
    assert_eq!(review.tasks[0].task, "plugin_failed");
    let core = reviewed(Hook::StepDue, |_| {
        let failed = Advice { status: CallStatus::Error, on_failure: OnFailure::Core, ..advice("p", vec![], vec![]) };
        Asked { advice: vec![failed] }
    });
    assert_eq!(core.notices.len(), 1, "as if it had abstained");
}

#[test]
fn contradictions_apply_neither_and_leave_one_task() {
    let review = reviewed(Hook::DailyAccount, |_| Asked {
        advice: vec![
            advice("a", vec![], vec![EffectKind::Assign { role: "north".into() }, EffectKind::Tag { name: "a:x".into() }]),
            advice("b", vec![], vec![EffectKind::Assign { role: "south".into() }]),
            advice("c", vec![], vec![EffectKind::Assign { role: "north".into() }]),
        ],
    });
    assert_eq!(dropped(&review), ["conflict", "conflict", "conflict"]);
    assert_eq!(review.after.as_ref().unwrap().owner, None);
    assert_eq!(review.tasks.iter().filter(|task| task.task == "plugin_conflict").count(), 1);
    assert_eq!(review.tags, [("a:x".to_owned(), true)]);
}

#[test]
fn equal_effects_are_one_with_all_its_authors_and_the_higher_priority_wins() {
    let task = || EffectKind::Task { role: "collector".into(), task: "look".into(), activity: "internal".into(), due_on: plus(3) };
    let answer: fn(&Question) -> Asked = |_| Asked::nobody();
    let mut world = world(Hook::DailyAccount, answer);
    let planned = crate::collection::rules::plan(&world.facts, &world.policy, &world.set);
    let asked = Asked {
        advice: vec![
            advice("a", vec![], vec![task(), EffectKind::SetPriority { priority: 30 }]),
            advice("b", vec![], vec![task(), EffectKind::SetPriority { priority: 80 }]),
        ],
    };
    let review = crate::collection::rules::settle(&world.facts, &world.policy, planned, &[asked]);
    assert_eq!(review.tasks.len(), 1);
    assert_eq!(review.tasks[0].sources, ["a@1:1", "b@1:1"]);
    assert_eq!(review.after.unwrap().priority, 80);
    assert_eq!(review.dropped[0].why, "lower");
    world.facts.account.is_blocked = true;
    assert!(crate::collection::rules::plan(&world.facts, &world.policy, &world.set).questions.is_empty(), "a blocked account asks nobody");
}

#[test]
fn the_smaller_discount_wins_and_the_outbid_letter_is_not_sent() {
    let review = reviewed(Hook::BeforeDue, |question| {
        let About::BeforeDue { item, days_left } = question.about else { panic!() };
        assert_eq!(days_left, 10);
        let plan = |rate: &str| {
            vec![
                EffectKind::Offer { item, rate: rate.parse().unwrap(), pay_by: plus(5) },
                EffectKind::Notice {
                    to: "payer".into(),
                    template: format!("p/{rate}"),
                    items: vec![],
                    offer: Some(0),
                    channel: Some("email".into()),
                    send_on: None,
                },
            ]
        };
        Asked { advice: vec![advice("a", vec![], plan("0.02")), advice("b", vec![], plan("0.015"))] }
    });
    let [offer] = review.offers.as_slice() else { panic!("{:?}", review.offers) };
    assert_eq!((offer.rate.to_string().as_str(), offer.discount), ("0.015", money(300)));
    assert_eq!(dropped(&review), ["outbid", "outbid"]);
    let letters: Vec<_> = review.notices.iter().map(|notice| (notice.template.as_str(), notice.answer_by)).collect();
    assert_eq!(letters, [("reminder", plus(15)), ("p/0.015", plus(5))], "the core's letter, then the plugin's with the offer's last day");
    assert_eq!(review.asked_leads, [(InstalmentId(Uuid::from_u128(2)), 14)]);
    assert_eq!(review.next_review_on, Some(plus(6)), "the day after the offer ends");
}

#[test]
fn a_pause_stops_letters_of_core_and_plugins_and_the_case_until_its_last_day() {
    let mut world = world(Hook::DailyAccount, |question| {
        let letter = EffectKind::Notice {
            to: "payer".into(),
            template: "b/hello".into(),
            items: question.facts.account().unwrap().open_items.rows.iter().map(|item| item.id).collect(),
            offer: None,
            channel: None,
            send_on: None,
        };
        if question.facts.today() > today() {
            return Asked::nobody();
        }
        Asked { advice: vec![advice("b", vec![], vec![letter]), advice("a", vec![], vec![EffectKind::Pause { last_day: plus(3) }])] }
    });
    let review = world.review();
    assert!(review.notices.is_empty() && review.progress.is_empty());
    assert_eq!(dropped(&review), ["pause"]);
    assert_eq!(review.next_review_on, Some(plus(4)), "the last day is still protected");
    for days in 1..=3 {
        assert_eq!(world.on(plus(days)), Vec::<String>::new(), "day {days}");
    }
    assert_eq!(world.facts.case.as_ref().unwrap().state, "paused");
    world.on(plus(4));
    assert_eq!(world.facts.case.as_ref().unwrap().state, "active");
}

#[test]
fn letters_of_plugins_fit_under_the_cap_after_the_cores_own() {
    let review = reviewed(Hook::DailyAccount, |_| {
        let letter = |name: &str| EffectKind::Notice {
            to: "payer".into(),
            template: format!("p/{name}"),
            items: vec![first_item()],
            offer: None,
            channel: None,
            send_on: None,
        };
        Asked { advice: vec![advice("a", vec![], vec![letter("one"), letter("two")]), advice("b", vec![], vec![letter("one")])] }
    });
    let letters: Vec<_> = review.notices.iter().map(|notice| notice.template.as_str()).collect();
    assert_eq!(letters, ["reminder", "p/one"]);
    assert_eq!(dropped(&review), ["capped"]);
}

#[test]
fn holds_are_placed_once_and_only_their_plugin_lifts_them() {
    let mut world = world(Hook::DailyAccount, |question| {
        let place = EffectKind::PlaceHold { pay_to_release: Some(money(100)), items: vec![], expires_on: plus(9) };
        let lift = question.facts.account().unwrap().holds.iter().map(|hold| EffectKind::ReleaseHold { hold: hold.id });
        Asked { advice: vec![advice("a", vec![], vec![place]), advice("b", vec![], lift.collect())] }
    });
    assert_eq!(world.review().holds.len(), 1);
    world.move_to(plus(1));
    let again = world.review();
    assert!(again.holds.is_empty() && again.released_holds.is_empty());
    assert_eq!(dropped(&again), ["already_held", "not_own"]);
    world.set.answer = |_| Asked::nobody();
    world.move_to(plus(10));
    assert_eq!(world.review().ended_holds.len(), 1, "after its last day");
}

#[test]
fn a_plugin_may_open_a_case_and_bring_a_step_forward_but_not_before_its_gap() {
    let mut world = World::of(Policy::of(vec![presets::item("l1", 5).sent(Channel::Letter, "reminder")]), today());
    world = world.with([item(1, plus(30), 10_000)]);
    world.set = Set { hooks: vec![Hook::DailyAccount], leads: vec![], every: Some(1), answer: |_| Asked { advice: vec![] } };
    world.set.answer = |question| match question.facts.account().unwrap().case {
        None => Asked { advice: vec![advice("a", vec![], vec![EffectKind::OpenCase])] },
        Some(_) => Asked {
            advice: vec![advice("a", vec![], vec![EffectKind::OpenCase, EffectKind::ScheduleStep { key: "l9".into(), on: plus(3) }])],
        },
    };
    assert_eq!(world.review().case, CaseMove::Open);
    world.move_to(plus(1));
    let review = world.review();
    assert_eq!(dropped(&review), ["already_open", "unknown_step"]);
    assert!(world.facts.case.is_some(), "kept although nothing is due");
    world.pay(1);
    world.move_to(plus(2));
    assert!(matches!(world.review().case, CaseMove::Close(_)));
}

fn legal_world(answer: fn(&Question) -> Asked) -> World {
    let mut step = presets::item("counsel", 5);
    step.step_type = Some("legal.walk".into());
    let mut world = World::of(Policy::of(vec![step]), today()).with([item(1, plus(-5), 10_000)]);
    world.set = Set { hooks: vec![Hook::Step], leads: vec![], every: None, answer };
    world
}

#[test]
fn a_custom_step_begins_walks_asks_for_a_yes_and_hands_the_case_off() {
    let mut world = legal_world(|question| {
        let About::Step { step } = &question.about else { panic!() };
        let effects = match (step.at.as_str(), step.approval.as_str()) {
            ("begun", _) => vec![
                EffectKind::StepTo { state: "walking".into(), wake_on: plus(4) },
                EffectKind::StepData { key: "seen".into(), value: "yes".into() },
            ],
            (_, "none") => vec![EffectKind::RequestApproval { role: "legal".into() }, EffectKind::StepWait { wake_on: plus(20) }],
            _ => vec![EffectKind::Handoff { to: "legal".into(), documents: vec!["contract".into()] }, EffectKind::StepDone],
        };
        Asked { advice: vec![advice("legal", vec![], effects)] }
    });
    let review = world.review();
    assert!(review.steps[0].is_new && review.progress.len() == 1);
    assert_eq!(review.steps[0].step.data.get("seen").map(String::as_str), Some("yes"));
    assert_eq!(review.next_review_on, Some(plus(4)));
    assert_eq!(review.after.unwrap().next_step.as_deref(), Some("counsel"));
    world.move_to(plus(4));
    let review = world.review();
    assert_eq!((review.approvals.len(), world.facts.steps[0].approval.as_str()), (1, "asked"));
    assert_eq!(review.next_review_on, Some(plus(20)));
    world.facts.steps[0].approval = "granted".into();
    world.facts.steps[0].wake_on = plus(5);
    world.move_to(plus(5));
    let review = world.review();
    assert_eq!(review.handoffs[0].documents, ["contract"]);
    assert!(review.steps[0].is_done && world.facts.steps.is_empty());
    assert_eq!(world.facts.case.as_ref().unwrap().state, "handed_off");
    assert_eq!(world.on(plus(40)), Vec::<String>::new(), "in other hands");
}

#[test]
fn a_handoff_without_a_second_person_is_not_made() {
    let review = legal_world(|_| {
        let effects = vec![EffectKind::Handoff { to: "legal".into(), documents: vec![] }, EffectKind::StepDone];
        Asked { advice: vec![advice("legal", vec![], effects)] }
    })
    .review();
    assert_eq!(dropped(&review), ["approval_missing"]);
    assert!(review.handoffs.is_empty());
}

#[test]
fn a_custom_step_that_fails_stays_is_asked_three_times_and_then_weekly_with_one_task() {
    let mut world = legal_world(|_| Asked {
        advice: vec![Advice { status: CallStatus::Error, on_failure: OnFailure::Stay, ..advice("legal", vec![], vec![]) }],
    });
    let mut tasks = Vec::new();
    for days in 0..=16 {
        world.move_to(plus(days));
        let review = world.review();
        tasks.extend(review.tasks.iter().map(|task| (days, task.task.clone())));
        if let Some(change) = review.steps.first() {
            assert_eq!(change.step.at, "begun");
        }
    }
    assert_eq!(tasks, [(2, "step_failed".to_owned())]);
    assert_eq!((world.facts.steps[0].tries, world.facts.steps[0].wake_on), (5, plus(23)));
}

#[test]
fn a_custom_step_without_its_plugin_does_not_begin() {
    let mut world = legal_world(|_| Asked::nobody());
    world.set.hooks.clear();
    let review = world.review();
    assert!(review.steps.is_empty() && review.progress.is_empty());
    assert_eq!(review.next_review_on, Some(plus(26)), "only the next stage lies ahead");
    assert_eq!(review.after.unwrap().stage, "M1");
}

#[test]
fn nothing_of_an_event_happens_while_somebody_fails_and_at_the_last_try_a_person_is_told() {
    let about = || About::HoldPlaced {
        hold: crate::words::facts::HoldFacts {
            id: crate::words::id::HoldId(Uuid::from_u128(9)),
            order_id: None,
            source: "core".into(),
            code: "over_limit".into(),
            expires_on: None,
            pay_to_release: None,
        },
        order: None,
    };
    let task = EffectKind::Task { role: "sales".into(), task: "tell".into(), activity: "internal".into(), due_on: today() };
    let letter = EffectKind::Notice {
        to: "payer".into(),
        template: "p/HELD".into(),
        items: vec![first_item()],
        offer: None,
        channel: Some("letter".into()),
        send_on: None,
    };
    let good = || advice("p", vec![], vec![task.clone(), letter.clone()]);
    let bad = || Advice { status: CallStatus::Error, on_failure: OnFailure::Retry, ..advice("q", vec![], vec![]) };
    for (said, tries, is_blocked, expected) in [
        (vec![good()], 0, false, "done: tell, 1 letters, dropped []"),
        (vec![good()], 2, false, "done: tell, 1 letters, dropped []"),
        (vec![good(), bad()], 0, false, "again: , 0 letters, dropped []"),
        (vec![good(), bad()], 1, false, "again: , 0 letters, dropped []"),
        (vec![good(), bad()], 2, false, "done: plugin_failed tell, 1 letters, dropped []"),
        (vec![good()], 0, true, "done: tell, 0 letters, dropped [\"stopped\"]"),
        (vec![], 0, false, "done: , 0 letters, dropped []"),
    ] {
        let mut world = world(Hook::HoldPlaced, |_| Asked::nobody());
        world.facts.account.is_blocked = is_blocked;
        let heard = crate::collection::rules::hear(&world.facts, &world.policy, &world.set, &about(), &Asked { advice: said }, tries);
        let tasks: Vec<&str> = heard.review.tasks.iter().map(|task| task.task.as_str()).collect();
        let told = format!(
            "{}: {}, {} letters, dropped {:?}",
            if heard.is_done { "done" } else { "again" },
            tasks.join(" "),
            heard.review.notices.len(),
            dropped(&heard.review)
        );
        assert_eq!(told, expected, "{tries} {is_blocked}");
        assert_eq!(heard.review.case, CaseMove::Rest, "an event moves no case by itself");
        assert!(heard.review.progress.is_empty() && heard.review.clocks.is_empty());
    }
}
