//! A database of one test with a small book in it, and everything collections left behind, as lines that can be compared.

use crate::account::rows::account;
use crate::case::rows::{collection_case, task};
use crate::doors::clock::ManualClock;
use crate::doors::store::StoreOptions;
use crate::engine::Engine;
use crate::import::{BeginImport, GoOn, ImportKind, ImportOptions};
use crate::invoice::rows::instalment;
use crate::notice::rows::{notice, notice_line};
use crate::run::RunView;
use crate::tenant::{NewTenant, TenantKind};
use crate::words::caller::Caller;
use crate::words::day::{add_days, parse_date};
use crate::words::id::{AccountId, TenantId};
use chrono::NaiveDate;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

pub(super) fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

pub(super) struct Bed {
    pub(super) engine: Engine,
    pub(super) who: Caller,
    pub(super) clock: Arc<ManualClock>,
    url: String,
    _folder: tempfile::TempDir,
}

static TENANTS: AtomicU32 = AtomicU32::new(0);

impl Bed {
    /// A tenant of its own, in a SQLite file or in the database that `RECOUP_TEST_ENGINE_URL` names.
    pub(super) async fn new(kind: TenantKind, today: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = std::env::var_os("RECOUP_TEST_ENGINE_URL")
            .map_or_else(|| format!("sqlite://{}", folder.path().join("test.db").display()), |url| url.to_string_lossy().into_owned());
        let clock = Arc::new(ManualClock::on(day(today)));
        let engine =
            Engine::connect(&StoreOptions { connections: 4, ..StoreOptions::new(url.clone()) }).await.unwrap().with_clock(clock.clone());
        engine.migrate().await.unwrap();
        let slug = format!("t{}-{}", std::process::id(), TENANTS.fetch_add(1, Ordering::Relaxed));
        let new = NewTenant { slug, kind, time_zone: "Asia/Shanghai".into(), currency: "CNY".parse().unwrap() };
        let tenant = engine.open_tenant(&new).await.unwrap();
        Self { engine, who: Caller::engine(tenant.id), clock, url, _folder: folder }
    }

    /// The same database as another process sees it: nothing in memory, lanes of its own.
    pub(super) async fn other_process(&self) -> Engine {
        let options = StoreOptions { connections: 4, ..StoreOptions::new(self.url.clone()) };
        Engine::connect(&options).await.unwrap().with_clock(self.clock.clone())
    }

    pub(super) async fn import(&self, kind: ImportKind, csv: String) {
        let options = ImportOptions { kind, creates_accounts: true, may_set_limits: true };
        let begun = self.engine.execute(&self.who, BeginImport { options }).await.unwrap().done;
        let done =
            self.engine.run_import(&self.who, begun.id, &options, std::io::Cursor::new(csv.into_bytes()), &|_| GoOn::Yes).await.unwrap();
        assert_eq!((done.state.as_str(), done.rejected), ("done", 0));
    }

    pub(super) async fn run(&self, on: NaiveDate) -> RunView {
        run(&self.engine, &self.who, on).await
    }

    pub(super) fn tenant(&self) -> TenantId {
        self.who.tenant
    }

    /// A book of accounts with five invoices each, due around the end of January 2025, some of them paid late; one account in three
    /// has nobody to write to.
    pub(super) async fn fill(&self, accounts: u64) {
        let first = day("2025-01-20");
        let (mut people, mut invoices, mut payments) = (
            "external_id,account_external_id,name,role,email\n".to_owned(),
            "external_id,account_external_id,issued_on,due_on,amount,currency\n".to_owned(),
            "external_id,account_external_id,received_on,amount,currency,invoice_external_id\n".to_owned(),
        );
        let mut customers = "external_id,name,currency\n".to_owned();
        for no in 0..accounts {
            writeln!(customers, "A{no},Customer {no},CNY").unwrap();
            if no % 3 != 0 {
                writeln!(people, "C{no},A{no},Payer {no},payer,payer{no}@example.com").unwrap();
            }
            for item in 0..5 {
                let due_on = add_days(first, i64::try_from((no * 7 + item * 5) % 25).unwrap());
                writeln!(invoices, "I{no}-{item},A{no},{},{due_on},{}.00,CNY", add_days(due_on, -30), 100 + no).unwrap();
                if (no + item) % 3 == 0 {
                    let paid_on = add_days(due_on, i64::try_from((no + item) % 20).unwrap() - 2);
                    writeln!(payments, "P{no}-{item},A{no},{paid_on},{}.00,CNY,I{no}-{item}", 100 + no).unwrap();
                }
            }
        }
        self.import(ImportKind::Accounts, customers).await;
        self.import(ImportKind::Contacts, people).await;
        self.import(ImportKind::Invoices, invoices).await;
        self.import(ImportKind::Payments, payments).await;
    }

    /// Everything that collections left behind, a line each, without ids and instants.
    pub(super) async fn story(&self) -> Vec<String> {
        let read = self.engine.read(&self.who);
        let (of, db) = (self.tenant(), read.db());
        let accounts: HashMap<AccountId, account::Model> =
            account::find(of).all(db).await.unwrap().into_iter().map(|row| (row.id, row)).collect();
        let name = |id: &AccountId| accounts[id].external_id.clone();
        let mut story: Vec<String> = accounts
            .values()
            .map(|row| format!("account {} next {:?} daily {:?}", row.external_id, row.next_review_on, row.daily_asked_on))
            .collect();
        for row in collection_case::find(of).all(db).await.unwrap() {
            story.push(format!(
                "case {} {} {} since {} opened {} overdue {:?} closed {:?} next {:?} {:?} clocks {:?}",
                name(&row.account_id),
                row.state,
                row.stage,
                row.stage_since,
                row.opened_on,
                row.overdue_since,
                row.closed_on,
                row.next_step,
                row.next_step_on,
                row.clocks.0
            ));
        }
        for row in task::find(of).all(db).await.unwrap() {
            let line = format!("{} {} {} effective {} made {}", row.kind, row.state, row.role, row.effective_on, row.created_on);
            story.push(format!("task {} {line} {}", name(&row.account_id), row.details.0));
        }
        let mut lines: HashMap<_, Vec<String>> = HashMap::new();
        for row in notice_line::find(of).all(db).await.unwrap() {
            let line =
                format!("{} {} {} {} days {}", row.invoice_external_id, row.step, row.effective_on, row.days_past_due, row.amount_minor);
            lines.entry(row.notice_id).or_default().push(line);
        }
        for row in notice::find(of).all(db).await.unwrap() {
            let mut lines = lines.remove(&row.id).unwrap_or_default();
            lines.sort();
            story.push(format!(
                "notice {} {} {} {} made {} {lines:?}",
                name(&row.account_id),
                row.step,
                row.state,
                row.effective_on,
                row.created_on
            ));
        }
        for row in instalment::find(of).all(db).await.unwrap() {
            story.push(format!("item {} {:?} {:?}", row.invoice_external_id, row.last_step, row.last_step_on));
        }
        story.sort();
        story
    }
}

/// Starts and works off the run of a day.
pub(super) async fn run(engine: &Engine, who: &Caller, on: NaiveDate) -> RunView {
    let begun = engine.start_run(who, on).await.unwrap().done;
    engine.work_run(who, begun.id, |_| ControlFlow::Continue(())).await.unwrap()
}
