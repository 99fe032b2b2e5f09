//! What people do on cases, and what the next review makes of it.

use super::bed::{Bed, day};
use crate::case::{TaskFilter, list_tasks};
use crate::collection::{
    ActivityIn, AssignCase, CaseFilter, CompleteTask, NoticeAct, PauseCase, RecordActivity, ResumeCase, SettleNotice, WorklistItem,
};
use crate::command::Command;
use crate::import::ImportKind;
use crate::notice::{NoticeFilter, list_notices};
use crate::policy::{CalendarIn, CreatePolicy, PolicyIn, PutCalendar, TaskKind};
use crate::tenant::TenantKind;
use crate::words::code::Code;
use crate::words::day::add_days;
use crate::words::page::PageOf;

fn all() -> PageOf {
    PageOf::first(200)
}

async fn done<C: Command>(bed: &Bed, command: C) -> C::Done {
    bed.engine.execute(&bed.who, command).await.unwrap().done
}

async fn refused<C: Command>(bed: &Bed, command: C) -> Code {
    match bed.engine.execute(&bed.who, command).await {
        Err(error) => error.code(),
        Ok(_) => panic!("it was not refused"),
    }
}

async fn worklist(bed: &Bed) -> Vec<WorklistItem> {
    bed.engine.worklist(&bed.who, None, &all()).await.unwrap().data
}

/// One customer with one invoice of 1,200.00 due on 2025-01-31, and somebody to write to.
async fn one_invoice() -> Bed {
    let bed = Bed::new(TenantKind::Sandbox, "2025-01-01").await;
    bed.import(ImportKind::Accounts, "external_id,name,currency\nA1,Lotus,CNY\n".into()).await;
    bed.import(ImportKind::Contacts, "external_id,account_external_id,name,role,email\nC1,A1,Wang,payer,w@example.com\n".into()).await;
    bed.import(
        ImportKind::Invoices,
        "external_id,account_external_id,issued_on,due_on,amount,currency\nI1,A1,2025-01-01,2025-01-31,1200.00,CNY\n".into(),
    )
    .await;
    bed
}

#[tokio::test]
async fn a_case_shows_how_late_it_is_and_goes_when_the_money_comes() {
    let bed = one_invoice().await;
    bed.run(day("2025-03-03")).await;
    let case = bed.engine.list_cases(&bed.who, &CaseFilter::default(), &all()).await.unwrap().data.remove(0);
    assert_eq!((case.stage.as_str(), case.days_past_due, case.overdue.to_string().as_str()), ("M2", 31, "CNY 1,200.00"));
    assert_eq!((case.state.as_str(), case.number, case.account_external_id.as_str()), ("active", 1, "A1"));
    assert!(case.next_step.as_ref().is_some_and(|next| next.on > day("2025-03-03")));
    let item = worklist(&bed).await.remove(0);
    assert_eq!(item.reasons[0].code, "overdue");
    assert!(item.tasks.iter().any(|task| task.kind == "call"));
    let paid = "external_id,account_external_id,received_on,amount,currency\nP1,A1,2025-03-03,1200.00,CNY\n";
    bed.import(ImportKind::Payments, paid.into()).await;
    assert_eq!(bed.engine.review_due(&bed.who, 100).await.unwrap().cases_closed, 1);
    let case = bed.engine.find_case(&bed.who, case.id).await.unwrap();
    assert_eq!((case.state.as_str(), case.closed_reason.as_deref(), case.next_step), ("closed", Some("paid"), None));
    let open = TaskFilter { states: vec!["open".into()], ..TaskFilter::default() };
    assert!(list_tasks(&bed.engine.read(&bed.who), &open, &all()).await.unwrap().data.is_empty(), "nobody calls who has paid");
    assert!(worklist(&bed).await.is_empty());
}

#[tokio::test]
async fn a_notice_names_its_lines_and_reads_in_the_customers_language() {
    let bed = one_invoice().await;
    bed.run(day("2025-02-03")).await;
    let ground = bed.engine.ground(bed.tenant()).await.unwrap();
    let read = bed.engine.read(&bed.who);
    let of_step = |step: &str| NoticeFilter { step: Some(step.into()), ..NoticeFilter::default() };
    assert!(
        list_notices(&read, &ground, &of_step("pre_due"), &all(), chrono::DateTime::UNIX_EPOCH).await.unwrap().data.is_empty(),
        "it was overdue already"
    );
    let notice = list_notices(&read, &ground, &of_step("written"), &all(), chrono::DateTime::UNIX_EPOCH).await.unwrap().data.remove(0);
    assert_eq!((notice.state.as_str(), notice.channel.as_str(), notice.lines.len()), ("ready", "email", 1));
    let line = &notice.lines[0];
    assert_eq!((line.invoice_external_id.as_str(), line.part.as_str(), line.days_past_due), ("I1", "whole", 3));
    assert_eq!(notice.language, "zh-CN");
    assert!(notice.body.contains("I1，到期日 2025-01-31，逾期 3 天：CNY 1,200.00") && !notice.body.contains("{{"), "{}", notice.body);
    assert!(notice.subject.contains("CNY 1,200.00"));
}

#[tokio::test]
async fn a_paused_case_is_left_alone_until_it_is_resumed() {
    let bed = one_invoice().await;
    bed.run(day("2025-02-03")).await;
    let case = worklist(&bed).await.remove(0).case;
    let pause = |last_day: &str| PauseCase { account: case.account_id, case: case.id, last_day: day(last_day), reason: "talks".into() };
    assert_eq!(refused(&bed, pause("2025-02-02")).await, Code::ValidationFailed);
    assert_eq!(done(&bed, pause("2025-03-31")).await.state, "paused");
    assert_eq!(refused(&bed, pause("2025-04-30")).await, Code::IllegalState);
    let quiet = bed.run(day("2025-02-28")).await;
    assert_eq!((quiet.notices, quiet.tasks), (0, 0));
    let resume = ResumeCase { account: case.account_id, case: case.id };
    assert_eq!(done(&bed, resume).await.state, "active");
    let loud = bed.engine.review_due(&bed.who, 10).await.unwrap();
    assert!(loud.notices > 0 && loud.tasks > 0, "{loud:?}");
    let assigned = done(&bed, AssignCase { account: case.account_id, case: case.id, owner: Some("li".into()) }).await;
    assert_eq!(assigned.owner.as_deref(), Some("li"));
    assert_eq!(bed.engine.worklist(&bed.who, Some("li"), &all()).await.unwrap().data.len(), 1);
}

#[tokio::test]
async fn a_pause_ends_by_itself_after_its_last_day() {
    let bed = one_invoice().await;
    bed.run(day("2025-02-03")).await;
    let case = worklist(&bed).await.remove(0).case;
    done(&bed, PauseCase { account: case.account_id, case: case.id, last_day: day("2025-02-20"), reason: "talks".into() }).await;
    for no in 4..=20 {
        let quiet = bed.run(add_days(day("2025-01-31"), no)).await;
        assert_eq!((quiet.notices, quiet.tasks), (0, 0));
    }
    let loud = bed.run(day("2025-02-21")).await;
    assert!(loud.notices + loud.tasks > 0, "{loud:?}");
    assert_eq!(bed.engine.find_case(&bed.who, case.id).await.unwrap().state, "active");
}

#[tokio::test]
async fn a_clock_counts_from_the_day_the_work_was_really_done() {
    let bed = one_invoice().await;
    bed.run(day("2025-02-07")).await;
    let item = worklist(&bed).await.remove(0);
    let call = item.tasks.iter().find(|task| task.kind == "call").unwrap();
    bed.run(day("2025-02-10")).await;
    let complete =
        |on: &str| CompleteTask { account: item.case.account_id, task: call.id, outcome: "will pay".into(), done_on: Some(day(on)) };
    assert_eq!(refused(&bed, complete("2025-02-11")).await, Code::PostDated);
    let task = done(&bed, complete("2025-02-10")).await;
    assert_eq!((task.state.as_str(), task.done_on), ("done", Some(day("2025-02-10"))));
    assert_eq!(refused(&bed, complete("2025-02-10")).await, Code::IllegalState);
    assert_eq!(bed.engine.find_case(&bed.who, item.case.id).await.unwrap().clocks["call"], day("2025-02-10"));
    // A call is due every week: not on the 14th any more, but a week after it was done.
    let calls = |tasks: &[crate::case::TaskView]| tasks.iter().filter(|task| task.kind == "call").count();
    bed.run(day("2025-02-14")).await;
    assert_eq!(calls(&worklist(&bed).await[0].tasks), 0);
    bed.run(day("2025-02-17")).await;
    assert_eq!(calls(&worklist(&bed).await[0].tasks), 1);
    let called = ActivityIn { activity: TaskKind::Call, done_on: None, outcome: "no answer".into() };
    let case = item.case.id;
    let task = done(&bed, RecordActivity { account: item.case.account_id, case, activity: called.clone() }).await;
    assert_eq!((task.kind.as_str(), task.state.as_str(), task.step.as_deref()), ("call", "done", Some("call")));
    let task = done(&bed, RecordActivity { account: item.case.account_id, case, activity: called }).await;
    assert_eq!((task.state.as_str(), task.step), ("done", None));
}

#[tokio::test]
async fn a_draft_holds_the_ladder_until_a_person_lets_it_go() {
    let bed = one_invoice().await;
    let document = serde_json::json!({ "steps": [
        {"key": "first", "kind": "item", "offset_days": 1, "channel": "email", "template": "reminder", "review": true},
        {"key": "second", "kind": "item", "offset_days": 8, "channel": "email", "template": "second_reminder"},
    ]});
    let new = PolicyIn { name: Some("careful".into()), preset: None, document: Some(serde_json::from_value(document).unwrap()) };
    let policy = done(&bed, CreatePolicy { new }).await;
    assert_eq!((policy.number, policy.active), (2, false));
    assert!(bed.engine.activate_policy(&bed.who, policy.id).await.unwrap().done.done().unwrap().active);
    assert_eq!(bed.run(day("2025-02-03")).await.notices, 1);
    assert_eq!(bed.run(day("2025-02-24")).await.notices, 0, "the draft holds it");
    let ground = bed.engine.ground(bed.tenant()).await.unwrap();
    let drafts = NoticeFilter { states: vec!["draft".into()], ..NoticeFilter::default() };
    let draft =
        list_notices(&bed.engine.read(&bed.who), &ground, &drafts, &all(), chrono::DateTime::UNIX_EPOCH).await.unwrap().data.remove(0);
    let settle = |act| SettleNotice { account: draft.account_id, notice: draft.id, act };
    assert_eq!(refused(&bed, settle(NoticeAct::Sent)).await, Code::IllegalState);
    done(&bed, settle(NoticeAct::Release)).await;
    assert_eq!(bed.run(day("2025-03-03")).await.notices, 1, "seven days after it was let go");
}

#[tokio::test]
async fn a_new_policy_plans_everybody_anew() {
    let bed = one_invoice().await;
    bed.run(day("2025-01-10")).await;
    let tight = PolicyIn { name: None, preset: Some("cn_tight".into()), document: None };
    let policy = done(&bed, CreatePolicy { new: tight }).await;
    bed.engine.activate_policy(&bed.who, policy.id).await.unwrap();
    assert_eq!(bed.engine.review_due(&bed.who, 10).await.unwrap().done, 1);
    assert_eq!(bed.run(day("2025-01-24")).await.notices, 1, "seven days before the due date, where it had been three");
    let nonsense = PolicyIn { name: None, preset: Some("nonsense".into()), document: None };
    assert_eq!(refused(&bed, CreatePolicy { new: nonsense }).await, Code::UnknownPolicyKey);
}

#[tokio::test]
async fn a_policy_before_the_first_run_brings_its_longer_lead() {
    let bed = one_invoice().await;
    let long =
        serde_json::json!({ "steps": [{"key": "early", "kind": "item", "offset_days": -20, "channel": "email", "template": "pre_due"}] });
    let new = PolicyIn { name: Some("long".into()), preset: None, document: Some(serde_json::from_value(long).unwrap()) };
    let policy = done(&bed, CreatePolicy { new }).await;
    bed.engine.activate_policy(&bed.who, policy.id).await.unwrap();
    let mut notices = 0;
    for no in 0..12 {
        notices += bed.run(add_days(day("2025-01-02"), no)).await.notices;
    }
    assert_eq!(notices, 1);
}

#[tokio::test]
async fn a_holiday_moves_what_was_to_be_done_on_it() {
    let bed = one_invoice().await;
    let days = CalendarIn { weekend: [6, 7].into(), holidays: [day("2025-01-28")].into(), workdays: [].into() };
    let put = |version| PutCalendar { name: "CN".into(), version, days: days.clone() };
    assert_eq!(bed.engine.put_calendar(&bed.who, put(None)).await.unwrap().done.done().unwrap().version, 1);
    assert!(bed.engine.put_calendar(&bed.who, put(Some(1))).await.unwrap().is_replay);
    assert_eq!(refused(&bed, put(Some(7))).await, Code::StaleVersion);
    let settings = crate::tenant::TenantSettings { calendar: Some("CN".into()), four_eyes: false, ..Default::default() };
    done(&bed, crate::tenant::ChangeSettings { revision: None, settings }).await;
    assert_eq!(bed.run(day("2025-01-28")).await.notices, 0);
    assert_eq!(bed.run(day("2025-01-29")).await.notices, 1);
}
