//! The collections run with every account acting, on both databases: accounts a second, and beside it one set-based statement a page.

use recoup_engine::import::ImportKind;
use std::ops::ControlFlow;
use tests::bed::{Bed, activate, import};
use tests::book::{self, INVOICES_EACH};
use tests::figures::{Figures, Rate, Target, timed};
use tests::inspect;
use tests::process::become_recoup;
use tests::set_based;
use tests::world::{On, day};

fn main() {
    become_recoup();
    let mut figures = Figures::new("collections run, every account acting");
    let accounts = figures.amount(50_000);
    let bed = Bed::make(On::Postgres);
    let plain = actix_web::rt::System::new().block_on(async { set_based::rate(&bed.connect().await, accounts, INVOICES_EACH).await });
    figures.rate("one set-based statement a page, four rows an account", plain, None);
    for (on, name, least) in [(On::Postgres, "PostgreSQL", 10_000), (On::Sqlite, "SQLite", 8_000)] {
        let worked = run(on, accounts);
        figures.rate(format!("the run on {name}, accounts"), worked, Some(Target::AtLeast(least * 1_000)));
        // 10,000 accounts a second beside 48,000 of the statement, where both were first measured.
        if on == On::Postgres {
            figures.ratio("the run, as a multiple of the set-based statement", worked, plain, Target::AtLeast(208));
        }
    }
    figures.print();
}

/// Works a day on which every account has something to be said about it, with two plugins on.
fn run(on: On, accounts: u64) -> Rate {
    let bed = Bed::make(on);
    bed.prepare();
    bed.at_work(async |engine, who| {
        import(engine, who, ImportKind::Accounts, book::accounts(accounts)).await;
        import(engine, who, ImportKind::Invoices, book::invoices(accounts)).await;
        for plugin in ["order_hold", "early_discount"] {
            activate(engine, who, plugin).await;
        }
        inspect::sql(&bed.database_url, if on == On::Postgres { "VACUUM ANALYZE" } else { "ANALYZE" }).await.expect("fresh statistics");
        let day = day("2026-03-01");
        let begun = engine.start_run(who, day).await.expect("the run begins").done;
        let (done, took) = timed(engine.work_run(who, begun.id, |_| ControlFlow::Continue(()))).await;
        let done = done.expect("the run is worked");
        let acted = u64::try_from(done.notices).unwrap_or(0);
        assert!(done.state == "done" && done.failed == 0 && acted >= accounts, "every account acts: {done:?}");
        Rate::of(accounts, took)
    })
}
