//! Order checks over HTTP on PostgreSQL with fsync on, as a multiple of a bare actix handler doing BEGIN, UPDATE, INSERT, COMMIT.

use tests::bare;
use tests::bed::Bed;
use tests::figures::Figures;
use tests::load::{Load, Post, drive};
use tests::process::become_recoup;
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
    figures.print();
}

fn say(figures: &mut Figures, what: &str, load: &Load) {
    assert!(load.statuses.keys().eq([&201]), "{what}: {:?}", load.statuses);
    figures.rate(what, load.rate, None);
    figures.number(format!("{what}, half within"), load.micros.value_at_quantile(0.5), "µs", None);
    figures.number(format!("{what}, 99 in 100 within"), load.micros.value_at_quantile(0.99), "µs", None);
}
