//! Order checks over HTTP on PostgreSQL with fsync on, as a multiple of a bare actix handler doing BEGIN, UPDATE, INSERT, COMMIT.

use recoup_engine::import::ImportKind;
use tests::bare;
use tests::bed::{Bed, activate, import};
use tests::book;
use tests::figures::{Figures, Target};
use tests::load::{Load, Post, drive};
use tests::process::{Server, become_recoup, said};
use tests::world::On;

const CLIENTS: usize = 64;
const ACCOUNTS: u64 = 1_000;

fn main() {
    become_recoup();
    let mut figures = Figures::new("order check through HTTP, PostgreSQL, fsync on");
    let bed = Bed::make(On::Postgres);
    actix_web::rt::System::new().block_on(async { bare::lay(&bed.connect().await, ACCOUNTS).await });
    let address = bare::serve(bed.plain());
    let total = figures.amount(40_000);
    let post = |no: u64| Post { path: "/orders".into(), body: format!("{{\"account\":{},\"amount_minor\":100}}", no * 7 % ACCOUNTS) };
    drive(&address, "", CLIENTS, total / 10, post);
    let bare = drive(&address, "", CLIENTS, total, post);
    say(&mut figures, "bare handler", &bare);
    let checked = checks(total);
    say(&mut figures, "order check", &checked);
    figures.ratio("order check, as a multiple of the bare handler", checked.rate, bare.rate, Target::AtLeast(250));
    figures.print();
}

/// The same load on `recoup serve`, with `order_hold` asked about every order.
fn checks(total: u64) -> Load {
    let bed = Bed::make(On::Postgres);
    bed.prepare();
    bed.at_work(async |engine, who| {
        import(engine, who, ImportKind::Accounts, book::accounts(ACCOUNTS)).await;
        import(engine, who, ImportKind::Invoices, not_due()).await;
        activate(engine, who, "order_hold").await;
    });
    let arguments = ["--database-url", &bed.database_url, "--log", "warn"];
    let (token, _) = bed.recoup(&["token", "--role", "admin"]);
    let system = actix_web::rt::System::new();
    let server = system.block_on(Server::start(&arguments));
    let address = server.client.address.trim_start_matches("http://").to_owned();
    let post = |round: &'static str| {
        move |no: u64| {
            let account = no * 7 % ACCOUNTS;
            let body = format!(
                r#"{{"external_id":"{round}{no}","account_external_id":"A{account:07}","amount":{{"amount":"1.00","currency":"CNY"}}}}"#
            );
            Post { path: "/v1/orders".into(), body }
        }
    };
    let token = said(&token);
    drive(&address, &token, CLIENTS, total / 10, post("warm-"));
    drive(&address, &token, CLIENTS, total, post("O"))
}

/// Two invoices of each account that are not due for long.
fn not_due() -> String {
    let header = "external_id,account_external_id,issued_on,due_on,amount,currency\n".to_owned();
    (0..ACCOUNTS * 2).fold(header, |csv, no| csv + format!("N{no},A{:07},2026-02-01,2029-12-31,100.00,CNY\n", no / 2).as_str())
}

fn say(figures: &mut Figures, what: &str, load: &Load) {
    assert!(load.statuses.keys().eq([&201]), "{what}: {:?}", load.statuses);
    figures.rate(what, load.rate, None);
    figures.number(format!("{what}, half within"), load.micros.value_at_quantile(0.5), "µs", None);
    figures.number(format!("{what}, 99 in 100 within"), load.micros.value_at_quantile(0.99), "µs", None);
}
