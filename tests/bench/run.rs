//! The collections run with every account acting, on both databases: accounts a second, and beside it one set-based statement a page.

use tests::bed::Bed;
use tests::book::INVOICES_EACH;
use tests::figures::Figures;
use tests::process::become_recoup;
use tests::set_based;
use tests::world::On;

fn main() {
    become_recoup();
    let mut figures = Figures::new("collections run, every account acting");
    let accounts = figures.amount(50_000);
    let bed = Bed::make(On::Postgres);
    let plain = actix_web::rt::System::new().block_on(async { set_based::rate(&bed.connect().await, accounts, INVOICES_EACH).await });
    figures.rate("one set-based statement a page, four rows an account", plain, None);
    figures.print();
}
