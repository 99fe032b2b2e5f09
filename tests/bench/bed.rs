//! The ground a bench measures on: a database of its own that keeps its word (fsync on), and `recoup` as a process beside it.

use crate::postgres::{self, Cluster, Durability};
use crate::process;
use crate::world::{self, On, default_tenant};
use recoup_engine::Engine;
use recoup_engine::doors::store::StoreOptions;
use recoup_engine::import::{BeginImport, GoOn, ImportKind, ImportOptions};
use recoup_engine::plugin::{ActivatePlugin, Activation};
use recoup_engine::words::caller::Caller;
use recoup_plugins::ScriptHost;
use std::io::Cursor;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// One database of one bench.
pub struct Bed {
    /// Which database it is.
    pub on: On,
    /// What `--database-url` takes.
    pub database_url: String,
    /// A folder for files of the bench.
    pub folder: TempDir,
    cluster: Option<Cluster>,
}

impl Bed {
    /// A new, empty database. Fails where PostgreSQL is asked for and missing.
    pub fn make(on: On) -> Self {
        let folder = TempDir::with_prefix("recoup-bench-").expect("a folder for the bench");
        match on {
            On::Sqlite => {
                Self { on, database_url: format!("sqlite://{}", folder.path().join("recoup.db").display()), folder, cluster: None }
            }
            On::Postgres => {
                let cluster = Cluster::start(Durability::Full).expect("a PostgreSQL to measure on");
                Self { on, database_url: cluster.url("postgres"), folder, cluster: Some(cluster) }
            }
        }
    }

    /// Brings the database to the schema of this program, with the tenant `default` in it.
    pub fn prepare(&self) {
        postgres::aside(|| world::prepare(self.database_url.clone())).expect("the engine migrates the bench's database");
    }

    /// Work of the engine on this database, in this process, on as many threads as there are cores.
    pub fn at_work<T>(&self, work: impl AsyncFnOnce(&Engine, &Caller) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let options = StoreOptions::new(self.database_url.as_str());
            let engine = Engine::connect(&options).await.expect("the engine connects").with_plugins(Arc::new(ScriptHost::new()));
            let tenant = engine.ensure_tenant(&default_tenant("default")).await.expect("the tenant is there");
            let done = work(&engine, &Caller::engine(tenant.id)).await;
            engine.store().close().await;
            done
        })
    }

    /// A file in the bench's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// How to reach the server directly, past the engine.
    pub fn plain(&self) -> tokio_postgres::Config {
        let home = self.cluster.as_ref().and_then(Cluster::home).expect("a bench on PostgreSQL has a cluster of its own");
        let mut config = tokio_postgres::Config::new();
        config.host_path(home).user("recoup").dbname("postgres");
        config
    }

    /// A connection past the engine.
    pub async fn connect(&self) -> Client {
        connect(&self.plain()).await
    }

    /// Runs `recoup` with these arguments on this database; fails unless it succeeds. Says how long it took.
    pub fn recoup(&self, arguments: &[&str]) -> (Output, Duration) {
        let all = [arguments, &["--database-url", &self.database_url]].concat();
        let start = Instant::now();
        let output = process::recoup(&all).current_dir(self.folder.path()).output().expect("the bench starts again as recoup");
        let took = start.elapsed();
        assert!(output.status.success(), "recoup {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        (output, took)
    }
}

/// Takes a file in; every line of it must be good.
pub async fn import(engine: &Engine, who: &Caller, kind: ImportKind, csv: String) {
    let options = ImportOptions { kind, creates_accounts: false, may_set_limits: true };
    // Limits in the file are set by somebody who answers for any of them.
    let who = &Caller { is_operator: true, ..who.clone() };
    let id = engine.execute(who, BeginImport { options }).await.expect("an import begins").done.id;
    let done = engine.run_import(who, id, &options, Cursor::new(csv.into_bytes()), &|_| GoOn::Yes).await.expect("the file is worked");
    assert_eq!((done.state.as_str(), done.rejected, done.failed), ("done", 0, 0), "{done:?}");
}

/// Switches a shipped package on.
pub async fn activate(engine: &Engine, who: &Caller, name: &str) {
    let command = ActivatePlugin { host: engine.plugins(), wanted: Activation { name: name.to_owned(), ..Activation::default() } };
    engine.execute(who, command).await.expect("a shipped package goes live");
    engine.rules_changed(who.tenant).await.expect("the rules are read again");
}

/// A connection whose other half lives on the current runtime.
pub async fn connect(config: &tokio_postgres::Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.expect("the bench's own server answers");
    actix_web::rt::spawn(async move {
        // A connection cut at the end of the bench is how it ends.
        let _ = connection.await;
    });
    client
}
