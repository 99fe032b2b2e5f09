//! The ageing report over a million open items, as a multiple of the plain SQL that answers the same question.

use recoup_engine::report::{AgeingAsk, ageing};
use std::time::Duration;
use tests::bed::Bed;
use tests::figures::{Figures, Rate, Target, timed};
use tests::process::become_recoup;
use tests::world::{On, day};
use tokio_postgres::Client;

/// The day the report is about.
const AS_OF: &str = "2026-03-01";

/// How often each side answers; the fastest counts, as the one least disturbed by others.
const ROUNDS: usize = 3;

/// Open by bucket, from business dates up to the day alone.
const PLAIN: &str = "
SELECT bucket, COUNT(*), SUM(open)::bigint FROM (
    SELECT CASE WHEN age <= 0 THEN 'not_due' WHEN age <= 30 THEN '1_30' WHEN age <= 60 THEN '31_60' WHEN age <= 90 THEN '61_90' ELSE '91_plus' END AS bucket, open
      FROM (SELECT DATE 'AS_OF' - i.due_on AS age, i.amount_minor - i.paid_before_minor - COALESCE(a.paid, 0) AS open
              FROM instalment i
              LEFT JOIN (SELECT instalment_id, SUM(amount_minor) AS paid FROM allocation
                          WHERE tenant_id = 'TENANT' AND allocated_on <= DATE 'AS_OF' GROUP BY instalment_id) a ON a.instalment_id = i.id
             WHERE i.tenant_id = 'TENANT' AND i.currency = 'CNY' AND i.issued_on <= DATE 'AS_OF'
               AND (i.cancelled_on IS NULL OR i.cancelled_on > DATE 'AS_OF')) items
     WHERE open <> 0) open_items
GROUP BY bucket ORDER BY bucket";

fn main() {
    become_recoup();
    let mut figures = Figures::new("ageing report, PostgreSQL");
    let items = figures.amount(1_000_000);
    let bed = Bed::make(On::Postgres);
    bed.prepare();
    let plain = actix_web::rt::System::new().block_on(async {
        let client = bed.connect().await;
        let tenant: String = client.query_one("SELECT id::text FROM tenant", &[]).await.expect("the one tenant").get(0);
        fill(&client, &tenant, items).await;
        let sql = PLAIN.replace("TENANT", &tenant).replace("AS_OF", AS_OF);
        let mut best = Duration::MAX;
        for _ in 0..ROUNDS {
            let (rows, took) = timed(client.query(sql.as_str(), &[])).await;
            let counted: i64 = rows.expect("a good query").iter().map(|row| row.get::<_, i64>(1)).sum();
            assert_eq!(u64::try_from(counted), Ok(items), "every open item is in a bucket");
            best = best.min(took);
        }
        best
    });
    let plain = Rate::of(items, plain);
    figures.rate("plain SQL, open items", plain, None);
    let report = Rate::of(items, report(&bed, items));
    figures.rate("the ageing report, open items", report, None);
    figures.ratio("the report, time as a multiple of the plain SQL", plain, report, Target::AtMost(1_500));
    figures.print();
}

/// How long the engine's report takes, at its best.
fn report(bed: &Bed, items: u64) -> Duration {
    bed.at_work(async |engine, who| {
        let home = "CNY".parse().expect("a currency");
        let ask = AgeingAsk { as_of: day(AS_OF), currency: Some(home), entity: None, group_by_account: false, home };
        let mut best = Duration::MAX;
        for _ in 0..ROUNDS {
            let (view, took) = timed(ageing(&engine.read(who), &ask)).await;
            assert_eq!(u64::try_from(view.expect("the report").count), Ok(items), "every open item is in the report");
            best = best.min(took);
        }
        best
    })
}

/// So many open items of a thousandth as many accounts, and a quarter as many that are paid.
async fn fill(client: &Client, tenant: &str, items: u64) {
    let all = items + items / 4;
    let accounts = (items / 1_000).max(1);
    let statements = [
        format!(
            "INSERT INTO account (tenant_id, id, external_id, name, currency, kind, state, is_blocked, tags, metadata, content_hash, version, open_count, shard, created_at)
             SELECT '{tenant}', gen_random_uuid(), 'A' || n, 'Customer ' || n, 'CNY', 'company', 'open', false, '[]', '{{}}', '', 1, 1000, 0, now()
               FROM generate_series(0, {accounts} - 1) n"
        ),
        format!(
            "INSERT INTO invoice (tenant_id, id, account_id, external_id, entity, currency, total_minor, issued_on, origin, content_hash, created_at)
             SELECT '{tenant}', gen_random_uuid(), a.id, 'I' || n, '', 'CNY', 10000 + n % 9000, DATE '2025-09-01' + (n % 120), 'api', '', now()
               FROM generate_series(0, {all} - 1) n JOIN account a ON a.tenant_id = '{tenant}' AND a.external_id = 'A' || (n % {accounts})"
        ),
        format!(
            "INSERT INTO instalment (tenant_id, id, invoice_id, account_id, invoice_external_id, entity, currency, no, part, issued_on, due_on,
                                     amount_minor, open_minor, disputed_minor, paid_before_minor)
             SELECT '{tenant}', gen_random_uuid(), v.id, v.account_id, v.external_id, '', 'CNY', 1, 'whole', v.issued_on, v.issued_on + 30 + (v.total_minor % 90)::int,
                    v.total_minor, CASE WHEN substr(v.external_id, 2)::bigint < {items} THEN v.total_minor ELSE 0 END, 0, 0
               FROM invoice v"
        ),
        format!(
            "INSERT INTO allocation (tenant_id, id, account_id, invoice_id, instalment_id, currency, amount_minor, allocated_on, created_at)
             SELECT '{tenant}', gen_random_uuid(), i.account_id, i.invoice_id, i.id, 'CNY', i.amount_minor, i.issued_on + 20, now()
               FROM instalment i WHERE i.open_minor = 0"
        ),
        "VACUUM ANALYZE".to_owned(),
    ];
    for statement in statements {
        client.batch_execute(&statement).await.expect("rows of the engine's own tables");
    }
}
