//! A year of days: imported whole, worked day by day.

use super::bed::{Bed, day};
use crate::import::ImportKind;
use crate::notice::rows::notice_line;
use crate::tenant::TenantKind;
use crate::words::day::add_days;
use std::collections::HashSet;

/// Each instalment takes each step of its ladder once; a clock's line comes again with another day.
async fn each_step_once(bed: &Bed) {
    let read = bed.engine.read(&bed.who);
    let lines = notice_line::find(bed.tenant()).all(read.db()).await.unwrap();
    let mut seen = HashSet::new();
    for line in lines.iter().filter(|line| !line.is_for_information) {
        let key = if line.step == "written" { Some(line.effective_on) } else { None };
        assert!(seen.insert((line.instalment_id, line.step.clone(), key)), "{} {} twice", line.invoice_external_id, line.step);
    }
}

#[tokio::test]
async fn days_that_were_missed_heal_and_no_step_is_lost_or_doubled() {
    let (daily, gaps) = (Bed::new(TenantKind::Sandbox, "2025-01-01").await, Bed::new(TenantKind::Sandbox, "2025-01-01").await);
    for bed in [&daily, &gaps] {
        bed.fill(24).await;
    }
    let first = day("2025-01-10");
    for no in 0..60 {
        daily.run(add_days(first, no)).await;
        if no % 4 == 3 {
            gaps.run(add_days(first, no)).await;
        }
    }
    for bed in [&daily, &gaps] {
        each_step_once(bed).await;
    }
    let cases = |story: Vec<String>| story.into_iter().filter(|line| line.starts_with("case")).count();
    assert_eq!(cases(daily.story().await), cases(gaps.story().await));
}

#[tokio::test]
async fn trusting_the_date_of_the_next_review_ends_where_reviewing_everyone_daily_ends() {
    let (trusting, daily) = (Bed::new(TenantKind::Sandbox, "2025-01-01").await, Bed::new(TenantKind::Sandbox, "2025-01-01").await);
    for bed in [&trusting, &daily] {
        bed.fill(18).await;
    }
    use sea_orm::ConnectionTrait as _;
    for no in 0..75 {
        let on = add_days(day("2025-01-05"), no);
        trusting.run(on).await;
        let db = daily.engine.store().writer();
        let all = "UPDATE account SET next_review_on = $2 WHERE tenant_id = $1";
        db.execute_raw(sea_orm::Statement::from_sql_and_values(db.get_database_backend(), all, [daily.tenant().into(), on.into()]))
            .await
            .unwrap();
        daily.run(on).await;
    }
    assert_eq!(trusting.story().await, daily.story().await);
}

/// The year 2012 of the public sample, where `RECOUP_TEST_DATA` names the folder that holds it.
#[tokio::test]
async fn a_real_year_imported_whole_is_worked_day_by_day() {
    let Some(folder) = std::env::var_os("RECOUP_TEST_DATA") else { return };
    let folder = std::path::PathBuf::from(folder).join("ibm_ar");
    let bed = Bed::new(TenantKind::Sandbox, "2012-01-01").await;
    for (kind, file) in
        [(ImportKind::Accounts, "accounts.csv"), (ImportKind::Invoices, "invoices_2012.csv"), (ImportKind::Payments, "payments_2012.csv")]
    {
        bed.import(kind, std::fs::read_to_string(folder.join(file)).unwrap()).await;
    }
    let (mut notices, mut closed) = (0, 0);
    for no in 0..366 {
        let done = bed.run(add_days(day("2012-01-01"), no)).await;
        assert_eq!(done.failed, 0);
        notices += done.notices;
        closed += done.cases_closed;
    }
    each_step_once(&bed).await;
    assert!(notices > 800 && closed > 400, "{notices} notices, {closed} cases closed");
    let story = bed.story().await;
    let open = story.iter().filter(|line| line.starts_with("case") && line.contains("closed None")).count();
    assert!((30..=100).contains(&open), "{open} cases are open at the end of the year");
}
