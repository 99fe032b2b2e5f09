//! The bare thing a collections run is compared with: one set-based statement a page, which finds the accounts due, claims them and
//! writes four rows for each. It asks no rule, no plugin, keeps no facts and explains nothing.

use crate::figures::{Rate, timed};
use tokio_postgres::Client;

/// Accounts a page, as in the engine's own run.
const PAGE: i64 = 500;

const TABLES: &str = "
CREATE TABLE plain_account (tenant_id uuid NOT NULL, id uuid NOT NULL, version bigint NOT NULL, next_review_on date NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE INDEX plain_due ON plain_account (tenant_id, next_review_on);
CREATE TABLE plain_item (tenant_id uuid NOT NULL, id uuid NOT NULL, account_id uuid NOT NULL, open_minor bigint NOT NULL, due_on date NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE INDEX plain_open ON plain_item (tenant_id, account_id, due_on);
CREATE TABLE plain_notice (tenant_id uuid NOT NULL, id uuid NOT NULL, account_id uuid NOT NULL, amount_minor bigint NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE plain_task (LIKE plain_notice INCLUDING ALL);
CREATE TABLE plain_journal (LIKE plain_notice INCLUDING ALL);
CREATE TABLE plain_outbox (LIKE plain_notice INCLUDING ALL);";

const RUN_PAGE: &str = "
WITH due AS (SELECT id FROM plain_account WHERE tenant_id = $1 AND next_review_on <= $2::text::date ORDER BY next_review_on, id LIMIT $3),
     claimed AS (UPDATE plain_account a SET version = version + 1, next_review_on = $2::text::date + 7 FROM due
                  WHERE a.tenant_id = $1 AND a.id = due.id RETURNING a.id),
     owed AS (SELECT c.id AS account_id, SUM(i.open_minor)::bigint AS amount_minor FROM claimed c
                JOIN plain_item i ON i.tenant_id = $1 AND i.account_id = c.id AND i.due_on < $2::text::date GROUP BY c.id),
     notices AS (INSERT INTO plain_notice SELECT $1, gen_random_uuid(), account_id, amount_minor FROM owed),
     tasks AS (INSERT INTO plain_task SELECT $1, gen_random_uuid(), account_id, amount_minor FROM owed),
     entries AS (INSERT INTO plain_journal SELECT $1, gen_random_uuid(), account_id, amount_minor FROM owed RETURNING id, account_id, amount_minor)
INSERT INTO plain_outbox SELECT $1, id, account_id, amount_minor FROM entries";

/// Accounts a second, each with this many open items and all of them due.
pub async fn rate(client: &Client, accounts: u64, items_each: u64) -> Rate {
    client.batch_execute(TABLES).await.expect("plain tables");
    let tenant = "'00000000-0000-7000-8000-000000000001'::uuid";
    let fill = format!(
        "INSERT INTO plain_account SELECT {tenant}, gen_random_uuid(), 1, '2026-03-01' FROM generate_series(1, {accounts});
         INSERT INTO plain_item SELECT {tenant}, gen_random_uuid(), id, 10000, '2026-02-01' FROM plain_account, generate_series(1, {items_each});
         VACUUM ANALYZE"
    );
    for statement in fill.split(';') {
        client.batch_execute(statement).await.expect("plain rows");
    }
    let page = RUN_PAGE.replace("$1", tenant).replace("$2::text::date", "'2026-03-02'::date").replace("$3", &PAGE.to_string());
    let page = client.prepare(&page).await.expect("a good statement");
    let (written, took) = timed(async {
        let mut written = 0;
        loop {
            let now = client.execute(&page, &[]).await.expect("a page");
            if now == 0 {
                return written;
            }
            written += now;
        }
    })
    .await;
    assert_eq!(written, accounts, "every account acts once");
    Rate::of(written, took)
}
