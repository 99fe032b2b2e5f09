//! The bare thing an order check is compared with: an actix handler that does BEGIN, one conditional UPDATE, one INSERT, COMMIT, and
//! knows nothing of tenants, rules, reasons, journals or scripts.

use crate::bed;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde::Deserialize;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc;
use tokio::sync::Semaphore;
use tokio_postgres::{Client, Config, Statement};

/// Connections of each of the two workers.
const CONNECTIONS: usize = 16;

/// The tables, with this many accounts that may order without end.
pub async fn lay(client: &Client, accounts: u64) {
    let sql = format!(
        "CREATE TABLE bare_account (id bigint PRIMARY KEY, limit_minor bigint NOT NULL, used_minor bigint NOT NULL);
         CREATE TABLE bare_order (id uuid PRIMARY KEY, account_id bigint NOT NULL REFERENCES bare_account (id), amount_minor bigint NOT NULL);
         INSERT INTO bare_account SELECT n, 1000000000000, 0 FROM generate_series(0, {accounts} - 1) n; ANALYZE bare_account"
    );
    client.batch_execute(&sql).await.expect("the bare tables");
}

#[derive(Deserialize)]
struct Order {
    account: i64,
    amount_minor: i64,
}

/// One connection with its statements prepared.
struct Line {
    client: Client,
    claim: Statement,
    insert: Statement,
}

/// A worker's connections; actix workers are single threads, so nothing here is shared between them.
struct Lines {
    free: RefCell<Vec<Line>>,
    turns: Semaphore,
}

async fn order(lines: web::Data<Rc<Lines>>, body: web::Json<Order>) -> HttpResponse {
    let _turn = lines.turns.acquire().await;
    let Some(line) = lines.free.borrow_mut().pop() else { return HttpResponse::ServiceUnavailable().finish() };
    let done = check(&line, &body).await;
    lines.free.borrow_mut().push(line);
    match done {
        Ok(true) => HttpResponse::Created().json(serde_json::json!({ "decision": "approve" })),
        Ok(false) => HttpResponse::Created().json(serde_json::json!({ "decision": "hold" })),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

async fn check(line: &Line, order: &Order) -> Result<bool, tokio_postgres::Error> {
    line.client.batch_execute("BEGIN").await?;
    let won = line.client.execute(&line.claim, &[&order.amount_minor, &order.account]).await?;
    if won == 1 {
        line.client.execute(&line.insert, &[&order.account, &order.amount_minor]).await?;
    }
    line.client.batch_execute("COMMIT").await?;
    Ok(won == 1)
}

async fn open(config: &Config) -> Rc<Lines> {
    let mut free = Vec::new();
    for _ in 0..CONNECTIONS {
        let client = bed::connect(config).await;
        let claim = "UPDATE bare_account SET used_minor = used_minor + $1 WHERE id = $2 AND used_minor + $1 <= limit_minor";
        let claim = client.prepare(claim).await.expect("a good statement");
        let insert = client.prepare("INSERT INTO bare_order VALUES (gen_random_uuid(), $1, $2)").await.expect("a good statement");
        free.push(Line { client, claim, insert });
    }
    Rc::new(Lines { free: RefCell::new(free), turns: Semaphore::new(CONNECTIONS) })
}

/// Serves in the background until the process ends; gives the address.
pub fn serve(config: Config) -> String {
    let (say, hear) = mpsc::channel();
    std::thread::spawn(move || {
        let run = async move {
            let make = move || {
                let config = config.clone();
                App::new()
                    .data_factory(move || {
                        let config = config.clone();
                        async move { Ok::<_, std::convert::Infallible>(open(&config).await) }
                    })
                    .route("/orders", web::post().to(order))
            };
            let server = HttpServer::new(make).workers(2).bind("127.0.0.1:0").expect("a free port");
            say.send(server.addrs()[0].to_string()).expect("the bench waits for the address");
            server.run().await
        };
        actix_web::rt::System::new().block_on(run)
    });
    hear.recv().expect("the bare server says where it listens")
}
