//! What every command that touches data needs: the engine over a current schema, and the keys.

use super::show::say;
use crate::clock;
use crate::keys::{MasterKey, Missing, SigningKey};
use crate::settings::{self, Settings};
use recoup_engine::Engine;
use recoup_engine::doors::clock::Clock;
use recoup_engine::doors::keys;
use recoup_engine::doors::store::StoreOptions;
use recoup_engine::tenant::{self, NewTenant, TenantKind};
use recoup_engine::words::caller::Caller;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::TenantId;
use recoup_plugins::ScriptHost;
use std::sync::Arc;

/// An installation at work.
pub(super) struct Opened {
    pub(super) engine: Engine,
    pub(super) master: MasterKey,
    pub(super) key: SigningKey,
}

/// The engine over a schema that is current. SQLite is brought up to date on the way; PostgreSQL waits for `recoup migrate`.
pub(super) async fn engine(settings: &Settings) -> Result<Engine> {
    let engine = connect(settings).await?;
    let pending = engine.pending_migrations().await?;
    if pending.is_empty() {
        return Ok(engine);
    }
    if !settings.is_sqlite() {
        let detail = format!("the database lacks {}; run: recoup migrate", pending.join(", "));
        return Err(Error::new(Code::DatabaseUnavailable, detail));
    }
    engine.migrate().await?;
    Ok(engine)
}

/// The engine, its keys, and the tenant `default`, which the first start makes (decision 54).
pub(super) async fn open(settings: &Settings) -> Result<Opened> {
    let engine = engine(settings).await?;
    // Once a key lies sealed in the database, only the master key that sealed it will do; a new one would hide the loss.
    let is_first_start = keys::signing_key(engine.store()).await?.is_none();
    let missing = if settings.is_sqlite() && is_first_start { Missing::Make } else { Missing::Refuse };
    let master = MasterKey::load(settings::master_key().as_deref(), &settings.data_dir, missing)?;
    let key = SigningKey::of(&engine, &master).await?;
    ensure_default(&engine, settings).await?;
    Ok(Opened { engine, master, key })
}

/// A tenant of the local database, and the operator acting in it: whoever can run the program owns the host.
pub(super) struct Home {
    pub(super) engine: Engine,
    pub(super) who: Caller,
}

/// The engine and a tenant by its slug. The tenant `default` is made where there is none yet.
pub(super) async fn home(settings: &Settings, slug: &str) -> Result<Home> {
    let engine = engine(settings).await?;
    ensure_default(&engine, settings).await?;
    operator_in(engine, slug).await
}

/// Whoever works at the command line owns the installation.
pub(super) fn operator(tenant: TenantId) -> Caller {
    Caller { actor: "local:admin".into(), is_operator: true, request_id: clock::fresh_id("req"), ..Caller::engine(tenant) }
}

async fn operator_in(engine: Engine, slug: &str) -> Result<Home> {
    let found = tenant::find(engine.store(), slug).await?;
    let tenant = found.ok_or_else(|| Error::new(Code::NotFound, format!("there is no tenant {slug:?}")))?.id;
    let who = operator(tenant);
    Ok(Home { engine, who })
}

/// The tenant `default` of this kind, in an engine that tells time by this clock.
pub(super) async fn home_of(settings: &Settings, kind: TenantKind, clock: Arc<dyn Clock>) -> Result<Home> {
    let engine = engine(settings).await?.with_clock(clock);
    ensure(&engine, settings, kind).await?;
    operator_in(engine, "default").await
}

async fn ensure_default(engine: &Engine, settings: &Settings) -> Result<()> {
    ensure(engine, settings, TenantKind::Live).await
}

async fn ensure(engine: &Engine, settings: &Settings, kind: TenantKind) -> Result<()> {
    let first = NewTenant { slug: "default".into(), kind, time_zone: settings.time_zone.clone(), currency: settings.currency.parse()? };
    engine.ensure_tenant(&first).await.map(drop)
}

/// `recoup migrate`.
pub(super) async fn migrate(settings: &Settings) -> Result<()> {
    let engine = connect(settings).await?;
    engine.pending_migrations().await?;
    let made = engine.migrate().await?.applied;
    engine.store().close().await;
    match made.as_slice() {
        [] => say("the schema is up to date"),
        made => say(&format!("made {}", made.join(", "))),
    }
}

async fn connect(settings: &Settings) -> Result<Engine> {
    let mut options = StoreOptions::new(settings.database_url.as_str());
    options.connections = settings.database_connections;
    // The address may hold a password, so it is not repeated.
    let engine = Engine::connect(&options)
        .await
        .map_err(|cause| Error::new(Code::DatabaseUnavailable, format!("the database cannot be reached: {}", cause.detail())))?;
    Ok(engine.with_plugins(Arc::new(ScriptHost::new())))
}
