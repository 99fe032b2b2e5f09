//! `recoup demo`: a company, its year 2025, and what a credit manager would look at afterwards; then the API over it.

mod book;
mod held;
mod scripts;
mod tell;
mod terms;

use super::open::{self, Home};
use super::serve;
use super::show::{bar, say};
use crate::access::Role;
use crate::auth::local_token;
use crate::settings::Settings;
use crate::telemetry;
use book::Book;
use chrono::NaiveDate;
use recoup_engine::credit::{OrderIn, OrderView, PlaceOrder};
use recoup_engine::doors::clock::{Clock, ManualClock, SystemClock};
use recoup_engine::import::{BeginImport, GoOn, ImportKind, ImportOptions};
use recoup_engine::plugin::{ActivatePlugin, Activation};
use recoup_engine::policy::{ActivatePolicy, CreatePolicy, PolicyIn, presets};
use recoup_engine::tenant::{MoveTestClock, TenantKind};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::money::Money;
use std::io::{BufReader, Cursor};
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// The demo's own database, made anew each time.
const DATABASE: &str = "recoup-demo.db";
/// Where its master key lies.
const FOLDER: &str = "recoup-demo-data";
/// How long the printed token is good for.
const TOKEN_SECONDS: i64 = 24 * 3_600;
/// How many ports after a busy one are tried.
const PORTS_TRIED: u16 = 20;

#[derive(clap::Args)]
pub(super) struct DemoLine {
    /// Stop before serving
    #[arg(long)]
    exit: bool,
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

pub(super) async fn demo(settings: &Settings, line: &DemoLine) -> Result<()> {
    let settings = Settings {
        database_url: format!("sqlite://{DATABASE}"),
        data_dir: FOLDER.into(),
        currency: "CNY".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        ..settings.clone()
    };
    for old in [DATABASE.to_owned(), format!("{DATABASE}-wal"), format!("{DATABASE}-shm")] {
        if Path::new(&old).exists() {
            std::fs::remove_file(&old).map_err(|cause| Error::new(Code::StorageFull, format!("{old} cannot be made anew: {cause}")))?;
        }
    }
    let (first, last) = (day(2025, 1, 1), day(2025, 12, 31));
    let clock = Arc::new(ManualClock::on(first));
    let home = open::home_of(&settings, TenantKind::Sandbox, clock.clone()).await?;
    say("Recoup demo: a company that sells on credit, and its year 2025.\n")?;
    import_book(&home, &Book::of_year(first, last)).await?;
    switch_on(&home, &["order_hold", "early_discount", "legal_handoff"]).await?;
    adopt_policy(&home).await?;
    work_year(&home, &clock, first, last).await?;
    let held = place_orders(&home).await?;
    tell::year(&home, last, &held).await?;
    held::story(&home, last).await?;
    scripts::scenes(&home, last).await?;
    terms::scenes(&home, last).await?;
    let now = clock.now();
    home.engine.execute(&home.who, MoveTestClock { to: now }).await?;
    home.engine.store().close().await;
    if line.exit { Ok(()) } else { serve_demo(&settings).await }
}

/// The four files an ERP would send, through the same import.
async fn import_book(home: &Home, book: &Book) -> Result<()> {
    let files = [
        (ImportKind::Accounts, &book.accounts),
        (ImportKind::Contacts, &book.contacts),
        (ImportKind::Invoices, &book.invoices),
        (ImportKind::Payments, &book.payments),
    ];
    for (kind, text) in files {
        let options = ImportOptions { kind, creates_accounts: false, may_set_limits: true };
        let begun = home.engine.execute(&home.who, BeginImport { options }).await?.done;
        let file = BufReader::new(Cursor::new(text.clone().into_bytes()));
        let ended = home.engine.run_import(&home.who, begun.id, &options, file, &|_| GoOn::Yes).await?;
        if ended.state != "done" || ended.rejected > 0 {
            let first = ended.errors.first().map_or_else(String::new, |fault| format!("line {}: {}", fault.line, fault.detail));
            return Err(Error::new(Code::ValidationFailed, format!("the demo's {kind} were not all taken: {first}")));
        }
        say(&format!("imported {:>4} {kind}", ended.accepted))?;
    }
    Ok(())
}

/// Shipped plugins, switched on as an admin would.
async fn switch_on(home: &Home, names: &[&str]) -> Result<()> {
    for name in names {
        let wanted = Activation { name: (*name).to_owned(), reason: Some("the demo shows it".to_owned()), ..Activation::default() };
        let on = home.engine.execute(&home.who, ActivatePlugin { host: home.engine.plugins(), wanted }).await?.done;
        home.engine.replan(home.who.tenant).await?;
        if let Some(on) = on.done() {
            say(&format!("switched on {name} v{}", on.number))?;
        }
    }
    Ok(())
}

/// The shipped policy with one step of a plugin at its end: what stays unpaid for 75 days goes towards the lawyer.
async fn adopt_policy(home: &Home) -> Result<()> {
    let mut document = presets::preset("cn_default")?;
    let step = serde_json::json!({"key": "counsel", "kind": "item", "stage": "M3", "offset_days": 75, "gap_days": 7, "type": "legal_handoff.handoff"});
    document.steps.push(serde_json::from_value(step).map_err(Error::internal)?);
    let policy = PolicyIn { name: Some("cn_default with counsel".to_owned()), preset: None, document: Some(document) };
    let made = home.engine.execute(&home.who, CreatePolicy { new: policy }).await?.done;
    home.engine.execute(&home.who, ActivatePolicy { policy: made.id }).await?;
    home.engine.refresh_ground(home.who.tenant).await?;
    say(&format!("adopted policy v{}: {}", made.number, made.name))
}

/// Every day of the year, one after the other.
async fn work_year(home: &Home, clock: &ManualClock, first: NaiveDate, last: NaiveDate) -> Result<()> {
    let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= last).collect();
    let bar = bar(u64::try_from(days.len()).unwrap_or(0), "{pos}/{len} days");
    let (mut reviews, mut notices, mut tasks, mut cases) = (0, 0, 0, 0);
    for day in days {
        clock.set_day(day);
        let run = home.engine.start_run(&home.who, day).await?.done;
        let run = home.engine.work_run(&home.who, run.id, |_| ControlFlow::Continue(())).await?;
        (reviews, notices, tasks, cases) =
            (reviews + run.accounts_done, notices + run.notices, tasks + run.tasks, cases + run.cases_opened);
        bar.set_message(day.to_string());
        bar.inc(1);
    }
    bar.finish_and_clear();
    say(&format!("worked 365 days: {reviews} reviews, {cases} cases opened, {notices} notices and {tasks} tasks made\n"))
}

/// Orders of the last day: one from every sixth customer, until one of them is held by the script.
async fn place_orders(home: &Home) -> Result<Vec<OrderView>> {
    let mut placed = Vec::new();
    for no in (1..=60).filter(|no| no % 3 == 0) {
        let account = recoup_engine::account::resolve(&home.engine.read(&home.who), None, Some(&format!("K{no:04}"))).await?;
        let order = OrderIn {
            external_id: format!("SO-{no:04}"),
            account_id: Some(account),
            account_external_id: None,
            amount: Money::new(250_000, "CNY".parse()?),
            entity: None,
            contract_external_id: None,
            contract_id: None,
            batch_no: None,
            ship_on: None,
            partial_ok: false,
            terms_days: None,
            lines: Vec::new(),
        };
        placed.push(home.engine.execute(&home.who, PlaceOrder { account, order }).await?.done);
    }
    Ok(placed)
}

async fn serve_demo(settings: &Settings) -> Result<()> {
    telemetry::metrics();
    let listener = listen(&settings.listen)?;
    let opened = open::open(settings).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let token = local_token(&opened.key, Role::Admin, "default", SystemClock.now().timestamp(), TOKEN_SECONDS)?;
    say(&format!(
        "Serving the demo. Documentation: http://{address}/docs/\n\n\
         export T={token}\n\
         curl -s -H \"Authorization: Bearer $T\" 'http://{address}/v1/reports/ageing?as_of=2025-12-31'\n\
         curl -s -H \"Authorization: Bearer $T\" 'http://{address}/v1/orders?state=held,partially_released'\n\
         curl -s -H \"Authorization: Bearer $T\" 'http://{address}/v1/worklist?limit=5'\n"
    ))?;
    serve::until_stopped(settings, opened, listener).await
}

/// The address that was asked for, or the next free port after it, and says so.
fn listen(wanted: &str) -> Result<TcpListener> {
    let refused = |cause: &dyn std::fmt::Display| Error::new(Code::ValidationFailed, format!("cannot listen on {wanted}: {cause}"));
    let (host, port) = wanted.rsplit_once(':').ok_or_else(|| refused(&"an address is host:port"))?;
    let port: u16 = port.parse().map_err(|cause| refused(&cause))?;
    for next in port..=port.saturating_add(PORTS_TRIED) {
        match TcpListener::bind(format!("{host}:{next}")) {
            Ok(listener) => {
                if next != port {
                    say(&format!("port {port} is busy; taking {next}"))?;
                }
                return Ok(listener);
            }
            Err(cause) if cause.kind() != std::io::ErrorKind::AddrInUse => return Err(refused(&cause)),
            Err(_) => {}
        }
    }
    Err(refused(&"no free port near it"))
}
