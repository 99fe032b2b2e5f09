//! The ground a bench measures on: a database of its own that keeps its word (fsync on), and `recoup` as a process beside it.

use crate::postgres::{self, Cluster, Durability};
use crate::process;
use crate::world::{self, On};
use std::path::PathBuf;
use std::process::Output;
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

/// A connection whose other half lives on the current runtime.
pub async fn connect(config: &tokio_postgres::Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.expect("the bench's own server answers");
    actix_web::rt::spawn(async move {
        // A connection cut at the end of the bench is how it ends.
        let _ = connection.await;
    });
    client
}
