//! The throw-away PostgreSQL: one cluster per test process, started when the first test asks for it, one database per test.
//!
//! `RECOUP_TEST_POSTGRES_URL` names a server to use instead. Where there is neither that nor an `initdb`, tests for PostgreSQL are
//! skipped with one loud line; `RECOUP_REQUIRE_POSTGRES=1` turns that into a failure.

use sqlx::{Connection, Executor, PgConnection};
use std::fmt::Write as _;
use std::future::Future;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// How much a cluster keeps its word when the power fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// `fsync=off`: for tests, which lose nothing when the machine does.
    Careless,
    /// As a server in production: for figures and for crash attacks.
    Full,
}

/// Stays with the cluster's own shell: it waits for the pipe from the test process to close, then stops and removes the cluster.
/// A parent-death signal would not survive the change of user; a closed pipe does, even after `kill -9`.
const KEEPER: &str = r#"
trap '' INT TERM HUP
cd "$2" || exit 1
say() { echo "$1"; tail -n 5 initdb.log server.log 2>/dev/null | tr '\n' ' '; echo; }
if ! "$1/initdb" -D "$2/data" -U recoup -A trust -E UTF8 --locale=C --no-sync >initdb.log 2>&1; then say "initdb failed:"
elif ! "$1/pg_ctl" -D "$2/data" -l "$2/server.log" -w -t 60 -o "$3" start >/dev/null 2>&1; then say "the server did not start:"
else echo ready; fi
read -r _
"$1/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null 2>&1
cd / && rm -rf "$2"
"#;

/// A running PostgreSQL server with a migrated template database.
pub struct Cluster {
    server: String,
    query: String,
    prefix: String,
    made: AtomicU32,
    creating: Mutex<()>,
    home: Option<PathBuf>,
    keeper: Option<(Child, ChildStdin)>,
}

/// One database of one test; dropped with this value.
pub struct Database {
    cluster: &'static Cluster,
    name: String,
}

impl Database {
    /// What the engine connects to: `postgres://…`.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, name) = (self.cluster.url("postgres"), &self.name);
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        // A leftover database only costs space until the cluster goes.
        let _ = aside(|| run_sql(&admin, &sql));
    }
}

impl Cluster {
    /// Starts a cluster of its own on a socket only. Errors are sentences for a person.
    pub fn start(durability: Durability) -> Result<Self, String> {
        let mut why = String::from("no initdb of version 15 or later on the PATH, by pg_config or where distributions put it");
        for bin in find_servers() {
            match Self::start_with(&bin, durability) {
                Ok(cluster) => return Ok(cluster),
                Err(refused) => why = refused,
            }
        }
        Err(why)
    }

    fn start_with(bin: &Path, durability: Durability) -> Result<Self, String> {
        let user = unprivileged()?;
        let home = own_folder(user.as_ref())?;
        let mut options = format!("-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=400", home.display());
        options.push_str(" -c shared_buffers=256MB -c max_wal_size=4GB -c autovacuum_naptime=10s -c log_min_messages=warning");
        if durability == Durability::Careless {
            options.push_str(" -c fsync=off -c synchronous_commit=off -c full_page_writes=off");
        }
        let mut command = match &user {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args([format!("--reuid={}", user.uid), format!("--regid={}", user.gid), "--clear-groups".into(), "sh".into()]);
                command
            }
            None => Command::new("sh"),
        };
        command.arg("-c").arg(KEEPER).arg("keeper").arg(bin).arg(&home).arg(&options);
        // Its own process group: Ctrl-C at the terminal reaches the tests, and the keeper then cleans up after them.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).env("HOME", &home);
        let mut keeper = command.spawn().map_err(|e| format!("the keeper of the cluster did not start: {e}"))?;
        let pipe = keeper.stdin.take().ok_or("the keeper has no pipe")?;
        let mut said = BufReader::new(keeper.stdout.take().ok_or("the keeper says nothing")?);
        let mut line = String::new();
        said.read_line(&mut line).map_err(|e| e.to_string())?;
        if line.trim() != "ready" {
            drop(pipe);
            let _ = said.read_to_string(&mut line);
            return Err(line.replace('\n', " "));
        }
        let query = format!("?host={}", home.display().to_string().replace('/', "%2F"));
        Ok(Self { home: Some(home), keeper: Some((keeper, pipe)), ..Self::at("postgres://recoup@localhost:5432".into(), query) })
    }

    /// A server somebody else runs: `postgres://user@host:port/anything?…`. Its role must be allowed to create databases.
    fn at_url(url: &str) -> Result<Self, String> {
        let (front, query) = url.split_once('?').map_or((url, String::new()), |(front, query)| (front, format!("?{query}")));
        let (scheme, rest) = front.split_once("://").ok_or("RECOUP_TEST_POSTGRES_URL is not a URL")?;
        let host = rest.split('/').next().unwrap_or(rest);
        Ok(Self::at(format!("{scheme}://{host}"), query))
    }

    fn at(server: String, query: String) -> Self {
        let prefix = format!("recoup_test_{}", std::process::id());
        Self { server, query, prefix, made: AtomicU32::new(0), creating: Mutex::new(()), home: None, keeper: None }
    }

    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}{}", self.server, self.query)
    }

    /// Makes the template every test copies: an empty database, given to `migrate` by its URL.
    pub fn make_template<F: Future<Output = Result<(), String>>>(&self, migrate: impl FnOnce(String) -> F + Send) -> Result<(), String> {
        let (admin, template) = (self.url("postgres"), format!("{}_template", self.prefix));
        let url = self.url(&template);
        aside(|| async {
            run_sql(&admin, &format!("DROP DATABASE IF EXISTS {template} WITH (FORCE)")).await?;
            run_sql(&admin, &format!("CREATE DATABASE {template}")).await?;
            migrate(url).await
        })
    }

    /// A database of its own for one test, copied from the template. One at a time: a template in use cannot be copied.
    pub fn database(&'static self) -> Result<Database, String> {
        let _turn: MutexGuard<'_, ()> = self.creating.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("{}_{}", self.prefix, self.made.fetch_add(1, Ordering::Relaxed));
        let (admin, template) = (self.url("postgres"), format!("{}_template", self.prefix));
        let sql = format!("CREATE DATABASE {name} TEMPLATE {template}");
        aside(|| run_sql(&admin, &sql))?;
        Ok(Database { cluster: self, name })
    }

    /// The folder of a cluster of one's own, gone when the cluster is.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// Stops and removes a cluster of one's own now instead of at the end of the process.
    pub fn stop(mut self) {
        if let Some((mut keeper, pipe)) = self.keeper.take() {
            drop(pipe);
            let _ = keeper.wait();
        }
    }
}

/// The cluster of this process: started by the first who asks, kept until the process ends. `Err` says why there is none.
pub fn shared<F>(migrate: impl FnOnce(String) -> F + Send) -> Result<&'static Cluster, &'static str>
where
    F: Future<Output = Result<(), String>>,
{
    static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
    let made = SHARED.get_or_init(|| {
        let cluster = match std::env::var_os("RECOUP_TEST_POSTGRES_URL") {
            Some(url) => Cluster::at_url(&url.to_string_lossy()),
            None => Cluster::start(Durability::Careless),
        }?;
        cluster.make_template(migrate).map_err(|why| format!("the template could not be migrated: {why}"))?;
        Ok(cluster)
    });
    made.as_ref().map_err(String::as_str)
}

/// Must the tests have PostgreSQL?
pub fn is_required() -> bool {
    std::env::var_os("RECOUP_REQUIRE_POSTGRES").is_some_and(|value| value == "1")
}

/// Says once, past the harness that swallows `eprintln!`, that PostgreSQL is missing and how many tests that costs.
/// Fails the test where PostgreSQL is required.
pub fn skip(why: &str) {
    assert!(!is_required(), "RECOUP_REQUIRE_POSTGRES=1, but there is no PostgreSQL: {why}");
    static SAID: OnceLock<()> = OnceLock::new();
    SAID.get_or_init(|| {
        let mut line = format!("\nSKIPPED: {} tests for PostgreSQL did not run: {why}.", count_of_postgres_tests());
        let _ = writeln!(line, " Install PostgreSQL 15+ or set RECOUP_TEST_POSTGRES_URL.");
        let _ = std::io::stderr().write_all(line.as_bytes());
    });
}

/// Asks this very test binary, with the same filters, which tests it has.
fn count_of_postgres_tests() -> String {
    let listed = std::env::current_exe().and_then(|me| Command::new(me).args(std::env::args_os().skip(1)).arg("--list").output());
    listed.map_or("some".into(), |list| {
        String::from_utf8_lossy(&list.stdout).lines().filter(|line| line.ends_with("::postgres: test")).count().to_string()
    })
}

/// Runs one piece of asynchronous work to its end on a thread and runtime of its own, so that it may be called from anywhere.
pub fn aside<T: Send, F: Future<Output = Result<T, String>>>(work: impl FnOnce() -> F + Send) -> Result<T, String> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        runtime.block_on(work())
    };
    std::thread::scope(|scope| scope.spawn(run).join().unwrap_or_else(|_| Err("the work panicked".into())))
}

/// Runs one statement that returns nothing.
async fn run_sql(url: &str, sql: &str) -> Result<(), String> {
    let mut connection = PgConnection::connect(url).await.map_err(|e| e.to_string())?;
    let done = connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await;
    let _ = connection.close().await;
    done.map(drop).map_err(|e| format!("{sql}: {e}"))
}

/// A person of this machine, by the numbers `setpriv` takes.
struct User {
    uid: u32,
    gid: u32,
}

/// Whom the server runs as: nobody in particular unless we are root, which PostgreSQL refuses.
fn unprivileged() -> Result<Option<User>, String> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let known = std::fs::read_to_string("/etc/passwd").map_err(|e| e.to_string())?;
    let find = |name: &str| {
        let line = known.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(str::parse);
        Some(User { uid: numbers.next()?.ok()?, gid: numbers.next()?.ok()? })
    };
    find("postgres").or_else(|| find("nobody")).map(Some).ok_or_else(|| "neither a user postgres nor nobody to run the server as".into())
}

/// A new folder that belongs to the user, with a path short enough for a socket in it.
fn own_folder(user: Option<&User>) -> Result<PathBuf, String> {
    let temp = std::env::temp_dir();
    let parent = if user.is_some() || temp.as_os_str().len() > 60 { Path::new("/tmp") } else { &temp };
    let folder = tempfile::Builder::new().prefix("recoup-pg-").tempdir_in(parent).map_err(|e| e.to_string())?.keep();
    if let Some(user) = user {
        std::os::unix::fs::chown(&folder, Some(user.uid), Some(user.gid)).map_err(|e| e.to_string())?;
    }
    Ok(folder)
}

/// Every folder with a whole server of version 15 or later: the PATH's, then `pg_config`'s, then where distributions put them, newest first.
fn find_servers() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = std::env::split_paths(&path).filter_map(|at| at.join("initdb").canonicalize().ok()).collect();
    found.iter_mut().for_each(|initdb| _ = initdb.pop());
    if let Ok(said) = Command::new("pg_config").arg("--bindir").output() {
        found.push(String::from_utf8_lossy(&said.stdout).trim().into());
    }
    let mut usual: Vec<PathBuf> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr"]
        .iter()
        .flat_map(|at| std::fs::read_dir(at).into_iter().flatten().flatten())
        .filter(|at| at.path().to_string_lossy().contains("pgsql-") || at.path().to_string_lossy().contains("postgresql"))
        .map(|at| at.path().join("bin"))
        .collect();
    usual.sort_by_key(|bin| std::cmp::Reverse(version(bin)));
    found.append(&mut usual);
    let mut seen = Vec::new();
    found.retain(|bin| version(bin) >= Some(15) && bin.join("pg_ctl").exists() && !seen.contains(bin) && (seen.push(bin.clone()), true).1);
    found
}

/// The major version of the server in this folder.
fn version(bin: &Path) -> Option<u32> {
    let said = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    text.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty())?.parse().ok()
}
