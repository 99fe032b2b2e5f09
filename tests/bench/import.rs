//! Bulk import of invoices, as a multiple of PostgreSQL `COPY` of the same rows.

use futures::SinkExt;
use recoup_engine::import::ImportKind;
use tests::bed::{Bed, import};
use tests::book;
use tests::figures::{Figures, Rate, Target, timed};
use tests::process::become_recoup;
use tests::world::On;

fn main() {
    become_recoup();
    let mut figures = Figures::new("bulk import of invoices");
    let accounts = figures.amount(100_000);
    let rows = accounts * book::INVOICES_EACH;
    let csv = book::invoices(accounts);
    let bed = Bed::make(On::Postgres);
    let copied = actix_web::rt::System::new().block_on(copy(&bed, &csv));
    let copied = Rate::of(rows, copied);
    figures.rate("COPY of the same rows into one table with its keys", copied, None);
    bed.prepare();
    let taken = bed.at_work(async |engine, who| {
        import(engine, who, ImportKind::Accounts, book::accounts(accounts)).await;
        let ((), took) = timed(import(engine, who, ImportKind::Invoices, csv)).await;
        took
    });
    let taken = Rate::of(rows, taken);
    figures.rate("the engine's import, every invoice checked and booked", taken, None);
    figures.ratio("import, as a multiple of COPY", taken, copied, Target::AtLeast(150));
    figures.print();
}

/// `COPY` into the plainest table that would refuse the same invoice twice.
async fn copy(bed: &Bed, csv: &str) -> std::time::Duration {
    let client = bed.connect().await;
    let table = "CREATE TABLE plain_invoice (external_id text PRIMARY KEY, account_external_id text NOT NULL, issued_on date NOT NULL,
        due_on date NOT NULL, amount numeric(18, 2) NOT NULL, currency text NOT NULL)";
    client.batch_execute(table).await.expect("a plain table");
    let (done, took) = timed(async {
        let sink = client.copy_in("COPY plain_invoice FROM STDIN WITH (FORMAT csv, HEADER)").await?;
        futures::pin_mut!(sink);
        for piece in csv.as_bytes().chunks(64 * 1024) {
            sink.send(std::io::Cursor::new(piece.to_vec())).await?;
        }
        sink.finish().await
    })
    .await;
    done.expect("the same rows");
    took
}
