use super::bed::{Bed, day, run};
use crate::case::rows::collection_case;
use crate::doors::decision::{decision, unpack};
use crate::notice::rows::notice;
use crate::tenant::TenantKind;
use crate::words::code::Code;
use crate::words::day::add_days;
use std::ops::ControlFlow;

#[tokio::test]
async fn the_same_day_twice_adds_nothing() {
    let bed = Bed::new(TenantKind::Sandbox, "2025-01-01").await;
    bed.fill(40).await;
    let first = bed.run(day("2025-02-20")).await;
    assert_eq!((first.state.as_str(), first.failed, first.accounts_done), ("done", 0, first.accounts_due));
    assert!(first.accounts_due == 40 && first.notices > 20 && first.tasks > 20 && first.cases_opened > 20, "{first:?}");
    let story = bed.story().await;
    assert_eq!(bed.run(day("2025-02-20")).await, first);
    let nudged = bed.engine.review_due(&bed.who, 1_000).await.unwrap();
    assert_eq!(nudged, crate::collection::Tally::default());
    assert_eq!(bed.story().await, story);
}

#[tokio::test]
async fn runs_keep_their_order_and_never_look_ahead() {
    let sandbox = Bed::new(TenantKind::Sandbox, "2025-01-01").await;
    sandbox.run(day("2025-03-10")).await;
    assert_eq!(sandbox.engine.ground(sandbox.tenant()).await.unwrap().stamp(&*sandbox.clock).today, day("2025-03-10"));
    let early = sandbox.engine.start_run(&sandbox.who, day("2025-03-09")).await.unwrap_err();
    assert_eq!(early.code(), Code::RunOutOfOrder);
    let live = Bed::new(TenantKind::Live, "2025-03-10").await;
    assert_eq!(live.engine.start_run(&live.who, day("2025-03-11")).await.unwrap_err().code(), Code::PostDated);
    live.run(day("2025-03-10")).await;
    let again = live.engine.start_run(&live.who, day("2025-03-10")).await.unwrap();
    assert_eq!((again.is_replay, again.done.state.as_str()), (true, "done"));
}

#[tokio::test]
async fn a_dry_run_says_what_the_run_then_does_and_writes_nothing() {
    let bed = Bed::new(TenantKind::Sandbox, "2025-01-01").await;
    bed.fill(30).await;
    let before = bed.story().await;
    let foreseen = bed.engine.dry_run(&bed.who, day("2025-02-20")).await.unwrap();
    assert_eq!(bed.story().await, before);
    let done = bed.run(day("2025-02-20")).await;
    assert_eq!(
        (foreseen.accounts_due, foreseen.notices, foreseen.tasks, foreseen.cases_opened),
        (done.accounts_due, done.notices, done.tasks, done.cases_opened)
    );
}

#[tokio::test]
async fn a_run_that_is_killed_half_way_is_finished_by_another_process() {
    let (killed, whole) = (Bed::new(TenantKind::Sandbox, "2025-02-20").await, Bed::new(TenantKind::Sandbox, "2025-02-20").await);
    for bed in [&killed, &whole] {
        bed.fill(1_200).await;
    }
    let begun = killed.engine.start_run(&killed.who, day("2025-02-20")).await.unwrap().done;
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut tell = Some(tell);
    let working = killed.engine.work_run(&killed.who, begun.id, |view| {
        assert!(view.accounts_done < view.accounts_due);
        tell.take().into_iter().for_each(|tell| tell.send(()).unwrap());
        ControlFlow::Continue(())
    });
    tokio::select! { biased; _ = told => {}, _ = working => panic!("it ran to its end") }
    let other = killed.other_process().await;
    let other = other.with_clock(std::sync::Arc::new(crate::doors::clock::ManualClock::on(day("2025-02-21"))));
    let done = other.work_run(&killed.who, begun.id, |_| ControlFlow::Continue(())).await.unwrap();
    let expected = run(&whole.engine, &whole.who, day("2025-02-20")).await;
    assert_eq!((done.state.as_str(), done.notices, done.tasks), ("done", expected.notices, expected.tasks));
    assert_eq!(done.cases_opened, expected.cases_opened);
    assert_eq!(killed.story().await, whole.story().await);
}

#[tokio::test]
async fn a_run_that_is_stopped_goes_on_where_it_was() {
    let bed = Bed::new(TenantKind::Sandbox, "2025-02-20").await;
    bed.fill(1_700).await;
    let begun = bed.engine.start_run(&bed.who, day("2025-02-20")).await.unwrap().done;
    let stopped = bed.engine.work_run(&bed.who, begun.id, |_| ControlFlow::Break(())).await.unwrap();
    assert!(stopped.state == "running" && stopped.accounts_done > 0 && stopped.accounts_done < stopped.accounts_due, "{stopped:?}");
    let done = bed.engine.work_run(&bed.who, begun.id, |_| ControlFlow::Continue(())).await.unwrap();
    assert_eq!((done.state.as_str(), done.accounts_done), ("done", done.accounts_due));
}

#[tokio::test]
async fn two_processes_on_one_day_do_the_work_once() {
    let (both, alone) = (Bed::new(TenantKind::Sandbox, "2025-02-20").await, Bed::new(TenantKind::Sandbox, "2025-02-20").await);
    for bed in [&both, &alone] {
        bed.fill(700).await;
    }
    let other = both.other_process().await;
    let (one, two) = tokio::join!(run(&both.engine, &both.who, day("2025-02-20")), run(&other, &both.who, day("2025-02-20")));
    assert_eq!((one.id, one.state, one.notices), (two.id, two.state, two.notices));
    run(&alone.engine, &alone.who, day("2025-02-20")).await;
    assert_eq!(both.story().await, alone.story().await);
    // Without any lease between them the versions of the accounts decide.
    let after = add_days(day("2025-02-20"), 9);
    for bed in [&both, &alone] {
        bed.run(after).await;
    }
    assert_eq!(both.story().await, alone.story().await);
}

#[tokio::test]
async fn two_workers_without_a_lease_between_them_lose_races_and_double_nothing() {
    let (raced, alone) = (Bed::new(TenantKind::Sandbox, "2025-02-20").await, Bed::new(TenantKind::Sandbox, "2025-02-20").await);
    for bed in [&raced, &alone] {
        bed.fill(120).await;
        bed.run(day("2025-02-19")).await;
    }
    let other = raced.other_process().await;
    let due = super::super::due::batch(&raced.engine.read(&raced.who), day("2025-02-20"), None, None).await.unwrap();
    let all: Vec<_> = due.iter().map(|one| one.account).collect();
    let (one, two) = tokio::join!(
        raced.engine.review_accounts(&raced.who, all.clone(), day("2025-02-20")),
        other.review_accounts(&raced.who, all.iter().rev().copied().collect(), day("2025-02-20"))
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.done + two.done, one.failed + two.failed), (i64::try_from(all.len()).unwrap(), 0));
    alone.run(day("2025-02-20")).await;
    assert_eq!(raced.story().await, alone.story().await);
}

#[tokio::test]
async fn an_account_that_cannot_be_reviewed_is_put_off_and_the_others_go_on() {
    let bed = Bed::new(TenantKind::Sandbox, "2025-01-01").await;
    bed.fill(30).await;
    let spoil = "UPDATE account SET tags = '{' WHERE tenant_id = $1 AND external_id = 'A7'";
    let db = bed.engine.store().writer();
    use sea_orm::ConnectionTrait as _;
    db.execute_raw(sea_orm::Statement::from_sql_and_values(db.get_database_backend(), spoil, [bed.tenant().into()])).await.unwrap();
    let done = bed.run(day("2025-02-20")).await;
    assert_eq!((done.state.as_str(), done.failed, done.accounts_done), ("done", 1, 29));
}

#[tokio::test]
async fn what_was_decided_is_kept_with_its_facts() {
    let bed = Bed::new(TenantKind::Sandbox, "2025-01-01").await;
    bed.fill(12).await;
    bed.run(day("2025-02-20")).await;
    let read = bed.engine.read(&bed.who);
    let decisions = decision::find(bed.tenant()).all(read.db()).await.unwrap();
    let cases = collection_case::find(bed.tenant()).all(read.db()).await.unwrap();
    assert!(cases.iter().all(|case| decisions.iter().any(|decision| decision.account_id == Some(case.account_id))));
    let mut numbers: Vec<i64> = cases.iter().map(|case| case.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=i64::try_from(cases.len()).unwrap()).collect::<Vec<_>>());
    for decision in &decisions {
        let rows = crate::doors::decision::decision_facts::find(bed.tenant()).all(read.db()).await.unwrap();
        let body = &rows.iter().find(|row| row.id == decision.facts_id).unwrap().body;
        assert_eq!(unpack(decision, body).unwrap().account().map(|facts| facts.account.id), decision.account_id);
        assert!(!decision.record.0.applied.is_empty() && !decision.record.0.reasons.is_empty());
    }
    let notices = notice::find(bed.tenant()).all(read.db()).await.unwrap();
    assert!(notices.iter().any(|notice| notice.state == "undeliverable") && notices.iter().any(|notice| notice.state == "ready"));
}
