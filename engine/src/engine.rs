//! The engine as its users hold it: a database, a clock, and somebody to ask.

use crate::account::Numbers;
use crate::doors::clock::{Clock, SystemClock};
use crate::doors::lanes::Lanes;
use crate::doors::migrations::{self, Migrated};
use crate::doors::store::{Changes, Claim, Read, Store, StoreOptions};
use crate::ground::{self, Ground, Grounds};
use crate::plugin::PushVersion;
use crate::policy;
use crate::tenant::{self, NewTenant, Tenant, TenantSettings};
use crate::words::asked::{NoPlugins, Plugins};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{PolicyId, TenantId};
use crate::words::stamp::Stamp;
use std::sync::Arc;

/// The receivables and collections engine. Cheap to clone; all clones share database, caches and lanes.
#[derive(Clone)]
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) plugins: Arc<dyn Plugins>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) numbers: Arc<Numbers>,
    grounds: Arc<Grounds>,
}

impl Engine {
    /// Connects to a database with the machine's clock and nobody to ask.
    pub async fn connect(options: &StoreOptions) -> Result<Self> {
        Ok(Self {
            store: Store::connect(options).await?,
            clock: Arc::new(SystemClock),
            plugins: Arc::new(NoPlugins),
            lanes: Arc::default(),
            numbers: Arc::default(),
            grounds: Arc::default(),
        })
    }

    /// The same engine with another clock.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same engine with somebody to ask.
    pub fn with_plugins(mut self, plugins: Arc<dyn Plugins>) -> Self {
        self.plugins = plugins;
        self
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<Migrated> {
        migrations::migrate(&self.store, &*self.clock).await
    }

    /// Which schema changes are not made yet; refuses a database newer than this program.
    pub async fn pending_migrations(&self) -> Result<Vec<&'static str>> {
        migrations::pending(&self.store).await
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Reads of the caller's tenant.
    pub fn read(&self, who: &Caller) -> Read {
        self.store.read(who.tenant)
    }

    /// What the tenant's decisions stand on, as this process last saw it.
    pub async fn ground(&self, tenant: TenantId) -> Result<Arc<Ground>> {
        self.grounds.of(&self.store, &*self.plugins, tenant).await
    }

    /// What the tenant's decisions stand on, as the database has it now.
    pub async fn refresh_ground(&self, tenant: TenantId) -> Result<Arc<Ground>> {
        self.grounds.refresh(&self.store, &*self.plugins, tenant).await
    }

    /// The tenants this process has decided something for.
    pub fn tenants_at_hand(&self) -> Vec<TenantId> {
        self.grounds.at_hand()
    }

    /// Opens a tenant with the shipped policy. Refuses a slug that is taken.
    pub async fn open_tenant(&self, new: &NewTenant) -> Result<Tenant> {
        let now = self.clock.now();
        let stamp = Stamp::new(now, now.date_naive());
        let settings = TenantSettings { four_eyes: new.kind == tenant::TenantKind::Live, ..TenantSettings::default() };
        let policy = policy::first_version(PolicyId(stamp.id()), &stamp)?;
        let (tenant, changes) = tenant::open(new, policy.id, &settings, &stamp)?;
        tenant::insert(&self.store, &tenant, now).await.map_err(|error| {
            if error.is_lost_race() {
                Error::new(Code::NameTaken, format!("there is already a tenant {:?}", new.slug)).at("#/slug")
            } else {
                error
            }
        })?;
        let changes =
            Changes { claim: Claim::Nothing, ..changes }.add(&policy::rows::policy_version::Model { tenant_id: tenant.id, ..policy });
        self.store.write(&Caller::engine(tenant.id), &stamp, 1, changes).await?;
        self.ship_packages(tenant.id).await?;
        Ok(tenant)
    }

    /// Gives a tenant the packages that come with this program, switched off; those it has already are left alone.
    pub async fn ship_packages(&self, tenant: TenantId) -> Result<()> {
        let who = Caller::engine(tenant);
        for files in self.plugins.shipped() {
            let judged = self.plugins.judge(&files);
            self.execute(&who, PushVersion { judged, files, message: Some("shipped with the program".to_owned()), tag: None }).await?;
        }
        Ok(())
    }

    /// Has accounts looked at again after the rules have changed, from the last finished collections day on.
    pub async fn rules_changed(&self, tenant: TenantId) -> Result<()> {
        let state = ground::state(&self.store.read(tenant)).await?;
        if let Some(day) = state.collections_day {
            self.store.bring_reviews_forward(tenant, day).await?;
        }
        self.refresh_ground(tenant).await.map(drop)
    }

    /// Who looks at packages and answers questions.
    pub fn plugins(&self) -> Arc<dyn Plugins> {
        self.plugins.clone()
    }

    /// The tenant with this slug, opened now if there is none.
    pub async fn ensure_tenant(&self, new: &NewTenant) -> Result<Tenant> {
        match tenant::find(&self.store, &new.slug).await? {
            Some(tenant) => Ok(tenant),
            None => self.open_tenant(new).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::TenantKind;

    /// A database of this test alone: a SQLite file, or what `RECOUP_TEST_ENGINE_URL` names.
    async fn engine(folder: &tempfile::TempDir) -> Engine {
        let url = std::env::var_os("RECOUP_TEST_ENGINE_URL")
            .map_or_else(|| format!("sqlite://{}", folder.path().join("test.db").display()), |url| url.to_string_lossy().into_owned());
        Engine::connect(&StoreOptions::new(url)).await.unwrap()
    }

    #[tokio::test]
    async fn a_fresh_database_is_migrated_once_and_opens_a_tenant_once() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(&folder).await;
        let pending = engine.pending_migrations().await.unwrap();
        assert_eq!(pending.first(), Some(&"m0001_first_engine"));
        assert_eq!(engine.migrate().await.unwrap().applied, pending);
        assert!(engine.migrate().await.unwrap().applied.is_empty());
        let new = NewTenant {
            slug: "default".into(),
            kind: TenantKind::Live,
            time_zone: "Asia/Shanghai".into(),
            currency: "CNY".parse().unwrap(),
        };
        let tenant = engine.ensure_tenant(&new).await.unwrap();
        assert_eq!(engine.ensure_tenant(&new).await.unwrap().id, tenant.id);
        assert_eq!(engine.open_tenant(&new).await.unwrap_err().code(), Code::NameTaken);
        let ground = engine.ground(tenant.id).await.unwrap();
        assert_eq!((ground.revision, ground.tenant.slug.as_str()), (1, "default"));
    }
}
