//! The golden vectors of numbers §10.2 that concern these rules, by name.

use super::world::{World, day, every_day, item, money};
use crate::collection::rules::{CaseMove, ClosedReason};
use crate::policy::presets::{self, clock};
use crate::policy::{Anchor, Channel, Climb, Newcomers, Pace, Policy, Stage, Step, TaskKind};
use crate::words::day::{Calendar, add_days, add_months, end_of_month};
use chrono::NaiveDate;
use std::sync::Arc;

const DUE: &str = "2025-01-01";

fn after(days: i64) -> NaiveDate {
    add_days(day(DUE), days)
}

fn letters(offsets: &[i64]) -> Vec<Step> {
    offsets
        .iter()
        .enumerate()
        .map(|(at, offset)| presets::item(&format!("l{}", at + 1), *offset).sent(Channel::Letter, "reminder"))
        .collect()
}

fn ladder(offsets: &[i64]) -> World {
    World::of(Policy::of(letters(offsets)), day(DUE)).with([item(1, day(DUE), 10_000)])
}

#[test]
fn t_01_a_draft_a_block_and_a_payment_each_hold_the_ladder_where_it_is() {
    let mut steps = letters(&[5, 20, 40]);
    steps.iter_mut().for_each(|step| step.review = true);
    let mut world = World::of(Policy::of(steps), day(DUE)).with([item(1, day(DUE), 10_000)]);
    assert_eq!(world.on(after(4)), Vec::<String>::new());
    assert_eq!(world.on(after(5)), ["draft l1[1:l1]"]);
    assert_eq!(world.on(after(30)), Vec::<String>::new(), "still step 1");
    let issued = world.item(1);
    (issued.draft_step, issued.last_step, issued.last_step_on) = (None, Some("l1".into()), Some(after(5)));
    world.facts.account.is_blocked = true;
    assert_eq!(world.on(after(30)), Vec::<String>::new(), "unchanged while blocked");
    assert_eq!(world.facts.case.as_ref().unwrap().state, "paused");
    world.facts.account.is_blocked = false;
    assert_eq!(world.on(after(30)), ["draft l2[1:l2]"], "never straight to step 3");
    world.pay(1);
    assert_eq!(world.review().case, CaseMove::Close(ClosedReason::Paid));
    assert_eq!(world.on(after(60)), Vec::<String>::new());
}

#[test]
fn t_02_the_last_step_is_final() {
    let mut world = ladder(&[5]);
    assert_eq!(world.through(after(200)), [(5, "l1[1:l1]".to_owned())]);
}

#[test]
fn t_04_cash_that_covers_the_letter_stops_it() {
    for (credit, lines) in [(0, 1), (9_999, 1), (10_000, 0), (20_000, 0)] {
        let mut world = ladder(&[5]);
        world.policy.tolerance = "0".parse().unwrap();
        world.credit(credit);
        world.move_to(after(5));
        let review = world.review();
        assert_eq!(review.notices.len(), lines, "credit {credit}");
        if let Some(notice) = review.notices.first() {
            assert_eq!((notice.lines[0].amount, notice.credit, notice.total), (money(10_000), money(credit), money(10_000 - credit)));
        }
    }
}

#[test]
fn t_05_an_age_of_ten_days_is_reached_on_the_tenth() {
    for (days, count) in [(9, 0), (10, 1), (20, 1)] {
        assert_eq!(ladder(&[10]).on(after(days)).len(), count, "{days} days");
    }
    assert!(World::of(Policy::of(letters(&[10])), day(DUE)).on(after(20)).is_empty(), "no invoice");
}

#[test]
fn t_06_jump_goes_straight_to_the_step_the_age_calls_for() {
    let mut world = ladder(&[30, 40, 50]);
    world.policy.climb = Climb::Jump;
    let seen: Vec<Vec<String>> = [29, 30, 31, 41, 51].map(|days| world.on(after(days))).into();
    let none: [&str; 0] = [];
    assert_eq!(seen[0], none);
    assert_eq!(seen[1], ["l1[1:l1]"]);
    assert_eq!(seen[2], none);
    assert_eq!(seen[3], ["l2[1:l2]"]);
    assert_eq!(seen[4], ["l3[1:l3]"]);
    let mut late = ladder(&[30, 40, 50]);
    late.policy.climb = Climb::Jump;
    assert_eq!(late.on(after(45)), ["l2[1:l2]"], "step 1 is jumped over");
}

#[test]
fn t_09_when_the_older_item_is_paid_the_younger_one_inherits_nothing() {
    let mut world = World::of(Policy::of(letters(&[30])), after(0)).with([item(1, after(-35), 10_000), item(2, after(-5), 10_000)]);
    assert_eq!(world.on(after(0)), ["l1[1:l1]"]);
    world.pay(1);
    assert_eq!(world.on(after(1)), Vec::<String>::new());
}

#[test]
fn t_10_there_is_one_next_date_and_it_is_the_earliest() {
    let mut world = World::of(Policy::of(letters(&[10])), day(DUE)).with([item(1, day(DUE), 10_000)]);
    world.move_to(after(2));
    assert_eq!(world.review().next_review_on, Some(after(10)));
    let mut world = world.with([item(2, after(-5), 10_000)]);
    assert_eq!(world.review().next_review_on, Some(after(5)));
    let mut world = world.with([item(3, after(5), 10_000)]);
    assert_eq!(world.review().next_review_on, Some(after(5)));
}

#[test]
fn t_11_a_gap_counts_from_the_day_the_step_before_was_done() {
    for (today, count) in [("2025-02-05", 0), ("2025-02-11", 1), ("2025-02-20", 1)] {
        let mut steps = letters(&[5, 10]);
        steps[1].gap_days = Some(10);
        let mut world = World::of(Policy::of(steps), day("2025-02-01")).with([item(1, day("2025-01-20"), 10_000)]);
        assert_eq!(world.on(day("2025-02-01")), ["l1[1:l1]"]);
        assert_eq!(world.on(day(today)).len(), count, "{today}");
    }
}

#[test]
fn t_12_the_last_day_of_a_grace_is_still_protected() {
    for (last_day, count) in [(None, 1), (Some("2012-01-31"), 1), (Some("2012-02-01"), 0), (Some("2012-02-02"), 0)] {
        let mut world = World::of(Policy::of(letters(&[5, 6])), day("2012-01-20")).with([item(1, day("2012-01-10"), 10_000)]);
        world.on(day("2012-01-20"));
        if let (Some(last_day), Some(case)) = (last_day, &mut world.facts.case) {
            case.state = "paused".into();
            case.paused_until = Some(day(last_day));
            world.pauses.push((day("2012-01-30"), day(last_day)));
        }
        world.move_to(day("2012-02-01"));
        assert_eq!(world.review().notices.len(), count, "{last_day:?}");
    }
}

#[test]
fn t_13_a_step_ten_days_on_does_not_meet_an_item_that_is_due_today() {
    let mut world = ladder(&[10]);
    world.review();
    assert!(world.facts.case.is_none() && world.history.is_empty());
}

#[test]
fn t_14_a_step_that_went_late_pushes_the_next_one_by_the_normal_distance() {
    let mut world = ladder(&[3, 10, 20, 30]);
    assert_eq!(world.on(after(14)), ["l1[1:l1]"]);
    world.move_to(after(15));
    assert_eq!(world.through(after(60)), [(21, "l2[1:l2]".into()), (31, "l3[1:l3]".into()), (41, "l4[1:l4]".into())]);
}

#[test]
fn t_15_the_ladder_never_leaves_a_step_out() {
    let mut world = ladder(&[3, 10, 20, 30]);
    let item = world.item(1);
    (item.last_step, item.last_step_on) = (Some("l1".into()), Some(after(3)));
    assert_eq!(world.on(after(25)), ["l2[1:l2]"]);
}

#[test]
fn t_16_waits_of_1_6_and_7_days_are_steps_on_days_1_7_and_14() {
    let seen = ladder(&[1, 7, 14]).through(after(30));
    assert_eq!(seen.iter().map(|(days, _)| *days).collect::<Vec<_>>(), [1, 7, 14]);
}

#[test]
fn t_17_a_step_may_count_from_the_invoice_date() {
    let mut steps = letters(&[5, 10, 15]);
    steps.iter_mut().for_each(|step| step.anchor = Anchor::InvoiceDate);
    let mut invoice = item(1, day("2025-03-15"), 10_000);
    invoice.issued_on = day("2025-03-01");
    let mut world = World::of(Policy::of(steps), day("2025-03-01")).with([invoice]);
    let seen: Vec<i64> = world.through(day("2025-05-01")).into_iter().map(|(days, _)| days).collect();
    assert_eq!(seen, [-9, -4, 1], "6, 11 and 16 March");
}

#[test]
fn t_18_t_25_reminders_before_the_due_date_go_by_part() {
    let fourteen = presets::item("pre", -14).sent(Channel::Letter, "pre_due");
    let mut world = World::of(Policy::of(vec![fourteen]), day("2025-03-01")).with([item(1, day("2025-03-31"), 10_000)]);
    world.move_to(day("2025-03-16"));
    assert_eq!(world.review().next_review_on, Some(day("2025-03-17")));
    assert_eq!(world.on(day("2025-03-17")), ["pre[1:pre]"]);

    for (part, expected) in [("first", "2025-06-23"), ("middle", "2025-06-27"), ("tail", "2025-06-20"), ("whole", "2025-06-27")] {
        let mut world = World::preset("cn_default", "2025-06-01");
        let mut instalment = item(1, day("2025-06-30"), 10_000);
        instalment.part = part.into();
        world = world.with([instalment]);
        assert_eq!(world.review().next_review_on, Some(day(expected)), "{part}: nothing before, and the case opens then");
        assert_eq!(world.on(day(expected)), ["pre_due[1:pre_due]"], "{part}");
        assert_eq!(world.facts.case.as_ref().unwrap().stage, "M0");
    }
}

#[test]
fn t_19_the_threshold_looks_at_open_balances_together() {
    for (opens, count) in [(vec![5_000, 100], 1), (vec![5_000], 0)] {
        let mut policy = Policy::of(letters(&[5]));
        policy.tolerance = "50.99".parse().unwrap();
        let items = (1..).zip(&opens).map(|(no, open)| {
            let mut item = item(no, day(DUE), *open);
            item.total = money(900_000);
            item
        });
        let mut world = World::of(policy, day(DUE)).with(items.collect::<Vec<_>>());
        assert_eq!(world.on(after(5)).len(), count);
    }
}

#[test]
fn t_20_one_notice_lists_what_is_overdue_at_the_stage_of_the_oldest() {
    let items = [item(1, after(-40), 10_000), item(2, after(-10), 5_000), item(3, after(5), 7_000)];
    let mut world = World::of(Policy::of(letters(&[5, 40])), after(0)).with(items);
    let oldest = world.item(1);
    (oldest.last_step, oldest.last_step_on) = (Some("l1".into()), Some(after(-35)));
    let review = world.review();
    let [notice] = review.notices.as_slice() else { panic!("one notice, not {}", review.notices.len()) };
    assert_eq!(notice.step, "l2");
    assert_eq!(notice.total, money(15_000));
    let lines: Vec<_> = notice.lines.iter().map(|line| (line.days_past_due, line.step.as_str(), line.effective_on)).collect();
    assert_eq!(lines, [(40, "l2", after(0)), (10, "l1", after(-5))]);
    assert_eq!(review.after.unwrap().stage, "M2");
}

#[test]
fn t_21_no_reminder_before_the_due_date_while_something_is_overdue() {
    let pre = presets::item("pre", -10).sent(Channel::Letter, "pre_due");
    let mut world = World::of(Policy::of(vec![pre]), after(0)).with([item(1, after(-5), 10_000), item(2, after(10), 10_000)]);
    assert_eq!(world.on(after(0)), Vec::<String>::new());
    world.pay(1);
    assert_eq!(world.on(after(2)), ["pre[2:pre]"], "it goes once the older one is paid");
}

#[test]
fn t_22_stages_are_read_from_ages_and_boundaries_from_the_policy() {
    let mut policy = Policy::of(letters(&[1]));
    policy.stages =
        [("B0", 0), ("B1", 1), ("B4", 4), ("B31", 31), ("B61", 61)].map(|(key, from_days)| Stage { key: key.into(), from_days }).into();
    let dues = ["2023-10-01", "2023-10-16", "2023-10-31", "2023-11-15"];
    for (today, expected) in [("2023-11-16", ["B31", "B31", "B4", "B1"]), ("2023-12-16", ["B61", "B61", "B31", "B31"])] {
        let stages = dues.map(|due| policy.stages[policy.stage_of(crate::words::day::days_between(day(due), day(today)))].key.clone());
        assert_eq!(stages, expected, "{today}");
    }
}

#[test]
fn t_23_t_24_due_dates_by_terms() {
    for (start, expected) in [("2016-01-22", "2016-02-21"), ("2017-01-22", "2017-02-21")] {
        assert_eq!(add_days(day(start), 30), day(expected));
    }
    for (start, expected) in [("2016-01-22", "2016-02-29"), ("2017-01-22", "2017-02-28")] {
        assert_eq!(end_of_month(add_months(day(start), 1)), day(expected));
    }
    assert_eq!(end_of_month(add_days(day("2024-01-15"), 30)), day("2024-02-29"));
}

#[test]
fn t_26_grades_stretch_and_shorten_gaps() {
    let policy = Policy::of(letters(&[1]));
    for (grade, gap) in [(Some("AAA"), 11), (Some("AA"), 9), (Some("A"), 7), (Some("B"), 6), (Some("C"), 4), (None, 7)] {
        assert_eq!(policy.gap(7, Pace { grade, ..Pace::default() }), gap, "{grade:?}");
    }
}

#[test]
fn or_22_an_account_is_new_until_its_first_invoices_are_settled() {
    let mut policy = Policy::of(letters(&[1]));
    let gap = |policy: &Policy, settled| policy.gap(7, Pace { settled, ..Pace::default() });
    assert_eq!(gap(&policy, Some(0)), 7, "no rule, no difference");
    policy.newcomers = Some(Newcomers { first_invoices: 3, gap_percent: 50 });
    for (settled, days) in [(Some(0), 4), (Some(2), 4), (Some(3), 7), (Some(30), 7), (None, 7)] {
        assert_eq!(gap(&policy, settled), days, "{settled:?} settled");
    }
    let graded = Pace { grade: Some("C"), settled: Some(0), ..Pace::default() };
    assert_eq!(policy.gap(7, graded), 2, "a quarter of seven days, rounded up once");
}

#[test]
fn the_default_policy_reminds_calls_and_lets_three_clocks_run() {
    let mut world = World::preset("cn_default", "2025-01-01").with([item(1, day("2025-01-31"), 10_000)]);
    let seen = world.through(day("2025-03-10"));
    let of = |name: &str| seen.iter().filter(|(_, what)| what.contains(name)).map(|(days, _)| *days).collect::<Vec<_>>();
    assert_eq!(of("pre_due"), [-3]);
    assert_eq!(of("call_t1"), [-1]);
    assert_eq!(of("task call"), [-1, 1, 8, 15, 22, 29, 36], "weekly; the first is the call before the due date");
    assert_eq!(of("written"), [3, 13, 23, 33], "every ten days from the third");
    assert_eq!(of("visit"), [30]);
}

#[test]
fn a_step_on_a_day_off_waits_for_the_next_working_day_and_keeps_its_effective_date() {
    let mut world = ladder(&[3]); // Saturday 4 January 2025
    world.facts.calendar = Arc::new(Calendar::default());
    assert_eq!(world.on(after(3)), Vec::<String>::new());
    world.move_to(after(5));
    let review = world.review();
    assert_eq!((review.progress[0].effective_on, review.progress[0].done_on), (after(3), after(5)));
    assert_eq!(review.notices[0].lines[0].effective_on, after(3));
}

#[test]
fn a_night_that_was_missed_is_made_up_for_with_the_effective_date_it_had() {
    let mut world = ladder(&[5, 20]);
    world.move_to(after(9));
    let review = world.review();
    assert_eq!((review.progress[0].effective_on, review.progress[0].done_on), (after(5), after(9)));
    assert_eq!(review.next_review_on, Some(after(24)));
}

#[test]
fn a_day_that_is_reviewed_twice_adds_nothing() {
    let mut world = World::preset("cn_default", "2025-03-03").with([item(1, after(0), 10_000), item(2, day("2025-03-05"), 10_000)]);
    assert!(!world.review().is_empty());
    let again = world.review();
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn the_disputed_share_is_not_asked_for_and_a_wholly_disputed_item_is_left_alone() {
    let mut world = World::of(Policy::of(letters(&[5])), day(DUE)).with([item(1, day(DUE), 100_000)]);
    world.item(1).disputed = money(30_000);
    world.move_to(after(20));
    let review = world.review();
    assert_eq!(review.notices[0].total, money(70_000), "P-16");
    let mut world = ladder(&[5, 10]);
    world.on(after(5));
    world.item(1).disputed = money(10_000);
    assert_eq!(world.on(after(40)), Vec::<String>::new());
    assert!(world.facts.case.is_some(), "the case waits for the dispute");
}

#[test]
fn each_legal_entity_and_currency_writes_its_own_letter() {
    let mut world = ladder(&[5]);
    let mut other = item(2, day(DUE), 5_000);
    other.entity = "south".into();
    let mut foreign = item(3, day(DUE), 700);
    foreign.open = crate::words::money::Money::new(700, "USD".parse().unwrap());
    foreign.disputed = crate::words::money::Money::zero("USD".parse().unwrap());
    world = world.with([other, foreign]);
    world.move_to(after(5));
    let review = world.review();
    let mut letters: Vec<String> = review.notices.iter().map(|notice| format!("{} {}", notice.entity, notice.total)).collect();
    letters.sort();
    assert_eq!(letters, ["main CNY 100.00", "main USD 7.00", "south CNY 50.00"]);
}

#[test]
fn a_letter_that_reaches_nobody_is_kept_with_work_for_a_person_and_counts_as_done() {
    let mut world = World::preset("cn_default", "2025-01-28").with([item(1, day("2025-01-31"), 10_000)]);
    world.facts.contacts.clear();
    assert_eq!(world.on(day("2025-01-28")), ["pre_due[1:pre_due]", "task missing_contact"]);
    assert_eq!(world.item(1).last_step.as_deref(), Some("pre_due"));
}

#[test]
fn formal_letters_list_only_their_step_and_keep_seven_days() {
    let mut world =
        World::preset("four_stage", DUE).with([item(1, after(-30), 10_000), item(2, after(-27), 5_000), item(3, after(-3), 900)]);
    for (no, on) in [(1, after(-10)), (2, after(-7))] {
        let item = world.item(no);
        (item.last_step, item.last_step_on) = (Some("notice_2".into()), Some(on));
    }
    let review = world.review();
    let [notice] = review.notices.as_slice() else { panic!("{review:?}") };
    assert!(notice.is_formal);
    assert_eq!(notice.lines.len(), 1);
    assert_eq!(notice.information.len(), 2, "younger lines are shown, without a deadline");
    world.move_to(after(1));
    let seen = world.through(after(10));
    assert_eq!(seen[0].1, "reminder[3:reminder]", "what was only shown has its turn the next day");
    let second = seen.iter().find(|(_, what)| what.contains("2:notice_3")).unwrap();
    assert_eq!(second.0, 30 + 7, "seven days after the first formal letter, not three");
}

#[test]
fn notices_keep_the_policys_distance_and_what_falls_due_inside_rides_along() {
    let mut policy = Policy::of(letters(&[5]));
    policy.min_days_between_notices = 10;
    let mut world = World::of(policy, day(DUE)).with([item(1, after(0), 10_000), item(2, after(3), 10_000), item(3, after(7), 10_000)]);
    let seen = world.through(after(40));
    assert_eq!(seen, [(5, "l1[1:l1]".to_owned()), (15, "l1[2:l1 3:l1]".to_owned())]);
}

#[test]
fn a_sent_item_letter_counts_for_the_written_clock() {
    let mut steps = letters(&[5]);
    steps.push(clock("written", 10, 3).sent(Channel::Letter, "written"));
    steps.push(clock("call", 7, 1).done_by(TaskKind::Call, "collector"));
    let mut world = World::of(Policy::of(steps), day(DUE)).with([item(1, day(DUE), 10_000)]);
    let seen = world.through(after(27));
    let written: Vec<i64> = seen.iter().filter(|(_, what)| !what.starts_with("task")).map(|(days, _)| *days).collect();
    // The clock strikes on day 3; the letter of day 5 sets it back to 15.
    assert_eq!(written, [3, 5, 15, 25]);
}

#[test]
fn a_step_meant_for_a_stage_waits_for_it() {
    let mut steps = letters(&[5]);
    steps[0].stage = Some("M2".into());
    let mut world = World::of(Policy::of(steps), day(DUE)).with([item(1, day(DUE), 10_000)]);
    assert_eq!(world.through(after(60)), [(31, "l1[1:l1]".to_owned())]);
}

#[test]
fn a_smaller_rest_than_a_step_asks_for_is_left_on_its_step() {
    let mut world = World::preset("registered", DUE).with([item(1, day(DUE), 4_900)]);
    world.facts.calendar = every_day();
    let seen = world.through(after(100));
    assert_eq!(seen.iter().map(|(days, _)| *days).collect::<Vec<_>>(), [0, 10]);
}

#[test]
fn a_policy_that_renames_its_steps_repeats_nothing() {
    let mut world = ladder(&[5, 20, 40]);
    let item = world.item(1);
    (item.last_step, item.last_step_on) = (Some("old_name".into()), Some(after(6)));
    assert_eq!(world.on(after(20)), Vec::<String>::new());
    assert_eq!(world.on(after(21)), ["l2[1:l2]"], "fifteen days after the old step");
}

#[test]
fn a_blocked_account_opens_no_case() {
    let mut world = ladder(&[5]);
    world.facts.account.is_blocked = true;
    assert_eq!(world.on(after(9)), Vec::<String>::new());
    assert!(world.facts.case.is_none());
}

#[test]
fn an_account_is_looked_at_only_on_days_that_matter() {
    let mut world = World::preset("three_letters", DUE).with([item(1, day(DUE), 10_000)]);
    let mut looked = Vec::new();
    let mut next = Some(day(DUE));
    while let Some(today) = next {
        world.move_to(today);
        looked.push(crate::words::day::days_between(day(DUE), today));
        next = world.review().next_review_on;
    }
    assert_eq!(looked, [0, 1, 5, 20, 31, 40, 61, 91, 181, 366], "steps and stages, and then never again");
}
