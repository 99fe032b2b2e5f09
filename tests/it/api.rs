//! The API of a world: a real server in this process, on a port of its own, over the world's engine and clock.

use crate::client::Client;
use crate::process::{MASTER_KEY, free_listener};
use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use recoup_api::access::Role;
use recoup_api::app::app;
use recoup_api::auth::local_token;
use recoup_api::keys::{MasterKey, Missing, SigningKey};
use recoup_api::server::Server;
use recoup_api::spool::Spool;
use recoup_api::worker::Worker;
use recoup_engine::Engine;
use recoup_engine::doors::clock::{Clock, SystemClock};
use std::cell::RefCell;
use std::path::Path;

/// Seconds a token of a test is good for.
const TOKEN_SECONDS: i64 = 3_600;

/// Requests in hand at once; more than any test has callers.
const IN_FLIGHT_MAX: usize = 512;

/// A running server; it stops when this value goes.
pub struct Api {
    address: String,
    key: SigningKey,
    handle: ServerHandle,
    worker: RefCell<Option<Worker>>,
    /// Where files wait to be imported.
    _spool: tempfile::TempDir,
}

impl Api {
    /// Serves this engine until dropped.
    pub async fn serve(engine: &Engine) -> Self {
        let master = master_key();
        let open = async || SigningKey::of(engine, &master).await.expect("a key that this world sealed");
        let folder = tempfile::tempdir().expect("a folder for waiting files");
        let spool = Spool::in_folder(folder.path().join("spool"));
        let server = Data::new(Server::new(&master, open().await, engine.clone(), spool, IN_FLIGHT_MAX));
        let worker = RefCell::new(Some(Worker::start(&server)));
        let listener = free_listener();
        let address = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let running =
            HttpServer::new(move || app(server.clone())).workers(1).disable_signals().listen(listener).expect("a free port").run();
        let handle = running.handle();
        actix_web::rt::spawn(running);
        Self { address, key: open().await, handle, worker, _spool: folder }
    }

    /// Lets the work behind the requests finish the step in hand.
    pub async fn rest(&self) {
        let worker = self.worker.take();
        if let Some(worker) = worker {
            worker.end().await;
        }
    }

    /// A caller with a token for this role in this tenant. Role admin is the operator, who may act alone.
    pub fn client(&self, role: Role, tenant: &str) -> Client {
        Client::new(&self.address).with_token(self.token_of(role, tenant, 0))
    }

    /// A token made so many seconds after now.
    pub fn token_of(&self, role: Role, tenant: &str, later: i64) -> String {
        // Tokens live in the machine's time: a test clock lengthens none of them.
        let now = SystemClock.now().timestamp() + later;
        local_token(&self.key, role, tenant, now, TOKEN_SECONDS).expect("a token")
    }

    /// A caller without a token.
    pub fn stranger(&self) -> Client {
        Client::new(&self.address)
    }
}

/// The key that opens what tests sealed.
pub fn master_key() -> MasterKey {
    MasterKey::load(Some(MASTER_KEY), Path::new("."), Missing::Refuse).expect("a good key")
}

impl Drop for Api {
    fn drop(&mut self) {
        // The answer is a future nobody waits for: the system that runs the server ends with the test.
        drop(self.handle.stop(false));
    }
}
