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
const HEADER: &str = "external_id,account_external_id,issued_on,due_on,amount,currency\n";

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
    let shop = Shop::open();
    let checked = shop.checks(total);
    say(&mut figures, "order check", &checked);
    figures.ratio("order check, as a multiple of the bare handler", checked.rate, bare.rate, Target::AtLeast(250));
    shop.crowd(&mut figures, total / 10);
    shop.growth(&mut figures, total / 40);
    figures.print();
}

/// `recoup serve` on a database with customers in it, and `order_hold` asked about every order.
struct Shop {
    address: String,
    token: String,
    _server: Server,
    _system: actix_web::rt::SystemRunner,
    _bed: Bed,
}

impl Shop {
    fn open() -> Self {
        let bed = Bed::make(On::Postgres);
        bed.prepare();
        bed.at_work(async |engine, who| {
            import(engine, who, ImportKind::Accounts, accounts()).await;
            import(engine, who, ImportKind::Invoices, not_due()).await;
            for (name, items, is_late) in BOOKS {
                import(engine, who, ImportKind::Invoices, items_of(name, items, is_late)).await;
            }
            activate(engine, who, "order_hold").await;
        });
        let (token, _) = bed.recoup(&["token", "--role", "admin"]);
        let system = actix_web::rt::System::new();
        let server = system.block_on(Server::start(&["--database-url", &bed.database_url, "--log", "warn"]));
        let address = server.client.address.trim_start_matches("http://").to_owned();
        Self { address, token: said(&token), _server: server, _system: system, _bed: bed }
    }

    /// Orders of the accounts that `of` names.
    fn order(&self, clients: usize, total: u64, round: &'static str, of: impl Fn(u64) -> String + Send + Sync + 'static) -> Load {
        let post = move |no: u64| {
            let account = of(no);
            let body = format!(
                r#"{{"external_id":"{round}{account}-{no}","account_external_id":"{account}","amount":{{"amount":"1.00","currency":"CNY"}}}}"#
            );
            Post { path: "/v1/orders".into(), body }
        };
        drive(&self.address, &self.token, clients, total, post)
    }

    /// The same load as on the bare handler.
    fn checks(&self, total: u64) -> Load {
        let of = |no: u64| format!("A{:07}", no * 7 % ACCOUNTS);
        self.order(CLIENTS, total / 10, "warm-", of);
        self.order(CLIENTS, total, "O", of)
    }

    /// All clients on one account: how many of a thousand are told to try again.
    fn crowd(&self, figures: &mut Figures, total: u64) {
        let crowd = self.order(CLIENTS, total, "crowd-", |_| "A0000000".to_owned());
        figures.rate("order check, 64 clients on one account", crowd.rate, None);
        let lost = crowd.statuses.iter().filter(|(status, _)| **status != 201).map(|(_, count)| count).sum::<u64>();
        figures.number("of a thousand, told to try again", lost * 1_000 / total, "‰", Some(Target::AtMost(10_000)));
    }

    /// What a check costs on an account with many open items, beside one with few.
    fn growth(&self, figures: &mut Figures, total: u64) {
        for (kind, few, many) in [("nothing late", "FEW", "MANY"), ("a fifth late", "FEW-LATE", "MANY-LATE")] {
            let one = |name: &'static str, round| self.order(1, total, round, move |_| name.to_owned());
            one(few, "warm-");
            one(many, "warm-");
            let (few, many) = (one(few, "O"), one(many, "O"));
            assert!(few.statuses.keys().chain(many.statuses.keys()).all(|status| *status == 201), "{:?} {:?}", few.statuses, many.statuses);
            figures.ratio(format!("10,000 open items, {kind}: time as a multiple of 10"), few.rate, many.rate, Target::AtMost(2_000));
        }
    }
}

/// Accounts to see what many items cost: name, open items, is a fifth of them overdue?
const BOOKS: [(&str, u64, bool); 4] = [("FEW", 10, false), ("MANY", 10_000, false), ("FEW-LATE", 10, true), ("MANY-LATE", 10_000, true)];

/// The accounts of the load, and those with a book of their own.
fn accounts() -> String {
    BOOKS.iter().fold(book::accounts(ACCOUNTS), |csv, (name, ..)| csv + format!("{name},{name},CNY,100000000.00\n").as_str())
}

/// Two invoices of each account that are not due for long.
fn not_due() -> String {
    (0..ACCOUNTS * 2).fold(HEADER.to_owned(), |csv, no| csv + format!("N{no},A{:07},2026-02-01,2029-12-31,100.00,CNY\n", no / 2).as_str())
}

/// Invoices of one account, due over 250 days.
fn items_of(name: &str, items: u64, is_late: bool) -> String {
    let first = |year| chrono::NaiveDate::from_ymd_opt(year, 1, 1).expect("a date that exists");
    let (late, later) = (first(2025), first(2029));
    (0..items).fold(HEADER.to_owned(), |csv, no| {
        let due = if is_late && no % 5 == 0 { late } else { later } + chrono::Days::new(no % 250);
        csv + format!("{name}-{no},{name},2024-12-01,{due},1000.00,CNY\n").as_str()
    })
}

fn say(figures: &mut Figures, what: &str, load: &Load) {
    assert!(load.statuses.keys().eq([&201]), "{what}: {:?}", load.statuses);
    figures.rate(what, load.rate, None);
    figures.number(format!("{what}, half within"), load.micros.value_at_quantile(0.5), "µs", None);
    figures.number(format!("{what}, 99 in 100 within"), load.micros.value_at_quantile(0.99), "µs", None);
}
