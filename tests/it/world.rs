//! The world of one test: a database of its own, and over it the engine, the API and a clock that only the test moves.

use crate::api::{Api, master_key};
use crate::client::Client;
use crate::hearing::Hearing;
use crate::invariants;
use crate::postgres::{self, Database};
use crate::process::Server;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use recoup_api::access::Role;
use recoup_api::keys::SigningKey;
use recoup_engine::Engine;
use recoup_engine::doors::clock::{Clock, ManualClock};
use recoup_engine::doors::store::StoreOptions;
use recoup_engine::tenant::{NewTenant, Tenant, TenantKind};
use recoup_engine::words::caller::Caller;
use recoup_engine::words::day::parse_date;
use recoup_engine::words::money::Currency;
use recoup_plugins::ScriptHost;
use std::collections::BTreeSet;
use std::future::Future;
use std::io::ErrorKind;
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

/// The day on which every world begins.
pub const FIRST_DAY: &str = "2026-03-02";

/// The day on which what every world finds was made.
const THE_DAY_BEFORE: &str = "2026-03-01";

/// Which database a world stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A file of its own; never `:memory:`, which is another database per connection.
    Sqlite,
    /// A database of its own in the throw-away cluster.
    Postgres,
}

/// Removes the database when the test ends.
enum Ground {
    Folder(TempDir),
    Server(Database),
}

/// Engine, API, clock and database of one test. Fields drop in this order: the database last.
pub struct World {
    /// Which database this is, for the rare test that must know.
    pub on: On,
    /// What `--database-url` takes.
    pub database_url: String,
    /// The engine, on the clock of this world and with the script host.
    pub engine: Engine,
    /// The tenant `default`: a sandbox in Shanghai that keeps its books in CNY.
    pub tenant: Tenant,
    /// Shows [`FIRST_DAY`] until the test moves it.
    pub clock: Arc<ManualClock>,
    /// The API over that engine with the work behind it, for callers with odd tokens.
    pub api: Api,
    hearing: Arc<Hearing>,
    _ground: Ground,
}

impl World {
    /// A new world, or `None` where there is no PostgreSQL and it is not required.
    pub async fn open(on: On) -> Option<Self> {
        let ground = match on {
            On::Sqlite => Ground::Folder(copy_of_template().expect("a folder for a database file")),
            On::Postgres => match postgres::shared(prepare) {
                Ok(cluster) => Ground::Server(cluster.database().expect("a database for the test")),
                Err(why) => {
                    postgres::skip(why);
                    return None;
                }
            },
        };
        let database_url = match &ground {
            Ground::Folder(folder) => format!("sqlite://{}", folder.path().join(FILE).display()),
            Ground::Server(database) => database.url(),
        };
        let hearing = Arc::new(Hearing::of(&database_url).await);
        let clock = Arc::new(ManualClock::on(day(FIRST_DAY)));
        let engine = connect(&database_url, &clock, Some(&hearing)).await.expect("the engine connects to the test's database");
        let tenant = engine.ensure_tenant(&default_tenant("default")).await.expect("the tenant opens");
        let api = Api::serve(&engine).await;
        Some(Self { on, database_url, engine, tenant, clock, api, hearing, _ground: ground })
    }

    /// The engine acting for the tenant of this world.
    pub fn caller(&self) -> Caller {
        Caller::engine(self.tenant.id)
    }

    /// A caller with this role in the tenant of this world; `Role::Admin` may do everything alone.
    pub fn client(&self, role: Role) -> Client {
        self.api.client(role, &self.tenant.slug)
    }

    /// The caller most tests need.
    pub fn admin(&self) -> Client {
        self.client(Role::Admin)
    }

    /// The program as a process of its own over this world's database, and a caller of it who may do everything.
    pub async fn process(&self) -> (Server, Client) {
        let server = Server::start(&["--database-url", &self.database_url, "--log", "warn"]).await;
        let token = self.admin().token.unwrap_or_default();
        let client = server.client.with_token(token);
        (server, client)
    }

    /// Every read of a tenant's table since the last time this was asked: its text, each once.
    pub fn take_reads(&self) -> BTreeSet<String> {
        self.hearing.take_reads()
    }

    /// A further tenant, with the same settings.
    pub async fn another_tenant(&self, slug: &str) -> Tenant {
        self.engine.ensure_tenant(&default_tenant(slug)).await.expect("the tenant opens")
    }

    /// Moves the clock to noon of this day.
    pub fn set_day(&self, text: &str) {
        self.clock.set_day(day(text));
    }

    /// Closes every connection, then fails if the ledger is not whole or a statement was heard that did not bind its tenant.
    async fn close(self) {
        self.api.rest().await;
        self.engine.store().close().await;
        invariants::clean(&invariants::broken(&self.database_url).await);
        self.hearing.clean();
    }
}

/// A day, from its text.
pub fn day(text: &str) -> NaiveDate {
    parse_date(text).expect("a date like 2026-12-31")
}

/// The clock of a world as its engine reads it: a millisecond later at every look, so that what is made later sorts later.
struct Ticking(Arc<ManualClock>);

impl Clock for Ticking {
    fn now(&self) -> DateTime<Utc> {
        let now = self.0.now() + TimeDelta::milliseconds(1);
        self.0.set(now);
        now
    }
}

const FILE: &str = "recoup.db";

/// A sandbox in Shanghai that keeps its books in CNY.
pub fn default_tenant(slug: &str) -> NewTenant {
    let currency: Currency = "CNY".parse().expect("a currency of ISO 4217");
    NewTenant { slug: slug.into(), kind: TenantKind::Sandbox, time_zone: "Asia/Shanghai".into(), currency }
}

async fn connect(url: &str, clock: &Arc<ManualClock>, hearing: Option<&Arc<Hearing>>) -> Result<Engine, String> {
    let mut options = StoreOptions::new(url);
    options.connections = 8;
    if let Some(hearing) = hearing {
        let hearing = Arc::clone(hearing);
        options.hearing = Some(Arc::new(move |sql, values| hearing.hear(sql, values.len())));
    }
    let engine = Engine::connect(&options).await.map_err(|e| e.to_string())?;
    Ok(engine.with_clock(Arc::new(Ticking(Arc::clone(clock)))).with_plugins(Arc::new(ScriptHost::new())))
}

/// What every test's database begins with: the schema of this program, the tenant `default` and a key that signs tokens.
pub async fn prepare(url: String) -> Result<(), String> {
    let clock = Arc::new(ManualClock::on(day(THE_DAY_BEFORE)));
    let engine = connect(&url, &clock, None).await?;
    engine.migrate().await.map_err(|e| e.to_string())?;
    engine.ensure_tenant(&default_tenant("default")).await.map_err(|e| e.to_string())?;
    SigningKey::of(&engine, &master_key()).await.map_err(|e| e.to_string())?;
    engine.store().close().await;
    Ok(())
}

/// A folder with a prepared SQLite file: prepared once per process, then copied.
fn copy_of_template() -> Result<TempDir, String> {
    static TEMPLATE: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
    let made = TEMPLATE.get_or_init(|| {
        let folder = TempDir::with_prefix("recoup-template-").map_err(|e| e.to_string())?;
        let file = folder.path().join(FILE);
        postgres::aside(|| prepare(format!("sqlite://{}", file.display())))?;
        let wal = std::fs::metadata(file.with_extension("db-wal")).map_or(0, |wal| wal.len());
        assert_eq!(wal, 0, "the last connection to close writes everything into the file");
        std::fs::read(file).or_else(|e| if e.kind() == ErrorKind::NotFound { Ok(Vec::new()) } else { Err(e.to_string()) })
    });
    let template = made.as_ref().map_err(Clone::clone)?;
    let folder = TempDir::with_prefix("recoup-test-").map_err(|e| e.to_string())?;
    std::fs::write(folder.path().join(FILE), template).map_err(|e| e.to_string())?;
    Ok(folder)
}

/// Runs one test in a world of its own. The door of [`on_both!`](crate::on_both).
pub fn run<F: Future<Output = World>>(on: On, test: impl FnOnce(World) -> F) {
    actix_web::rt::System::new().block_on(async {
        if let Some(world) = World::open(on).await {
            test(world).await.close().await;
        }
    });
}

/// Makes of each `async fn name(world: World) { … }` the two tests `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn test($world: &$crate::world::World) $body

            #[test]
            fn sqlite() {
                $crate::world::run($crate::world::On::Sqlite, async |world| { test(&world).await; world });
            }

            #[test]
            fn postgres() {
                $crate::world::run($crate::world::On::Postgres, async |world| { test(&world).await; world });
            }
        }
    )+ };
}
