//! The ground a tenant's decisions stand on: its settings, policy, calendar and plugins, all at one revision.

use crate::doors::clock::{Clock, business_day};
use crate::doors::store::{Read, Store, failed};
use crate::grade::{self, GradeTables};
use crate::plugin;
use crate::policy;
use crate::policy::Policy;
use crate::tenant::rows::tenant_state;
use crate::tenant::{self, Tenant, TenantSettings};
use crate::words::asked::{PluginSet, Plugins};
use crate::words::day::Calendar;
use crate::words::error::{Error, Result};
use crate::words::id::{PolicyId, TenantId};
use crate::words::stamp::{Ids, Stamp};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::QuerySelect;
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// What changes rarely about a tenant, at one revision. A change decided on an older revision loses its claim.
#[derive(Clone)]
pub struct Ground {
    /// The revision all of this belongs to.
    pub revision: i64,
    /// The tenant.
    pub tenant: Tenant,
    /// Its settings.
    pub settings: TenantSettings,
    /// The collections policy in force.
    pub policy: Arc<Policy>,
    /// The version of that policy.
    pub policy_id: PolicyId,
    /// Its working days.
    pub calendar: Arc<Calendar>,
    /// What its grades mean.
    pub grades: Arc<GradeTables>,
    /// Its active plugins.
    pub plugins: Arc<dyn PluginSet>,
    /// The moment its test clock shows, in a sandbox that has set one.
    pub test_now: Option<DateTime<Utc>>,
    /// Shared by every ground of the tenant in this process, so that its ids sort in the order they were made.
    ids: Arc<Ids>,
}

impl Ground {
    /// The same ground with somebody else to ask: for a trial, which writes nothing.
    pub(crate) fn asking(&self, plugins: Arc<dyn PluginSet>) -> Self {
        Self { plugins, ..self.clone() }
    }

    /// The moment and business day of an attempt on this ground.
    pub fn stamp(&self, clock: &dyn Clock) -> Stamp {
        let now = self.test_now.unwrap_or_else(|| clock.now());
        Stamp::with(now, business_day(now, self.tenant.zone), self.ids.clone())
    }

    /// The most days before a due date at which anybody wants to look at an instalment.
    pub fn longest_lead(&self) -> i64 {
        let policy = self.policy.longest_lead();
        self.plugins.lead_days().iter().copied().fold(policy, i64::max)
    }

    /// A stamp for work on a given business day: the moment is real, the day is the one worked for.
    pub fn stamp_on(&self, clock: &dyn Clock, day: NaiveDate) -> Stamp {
        Stamp::with(self.test_now.unwrap_or_else(|| clock.now()), day, self.ids.clone())
    }
}

/// The grounds this process has loaded, by tenant. What it holds may be old; the claim on the revision tells.
#[derive(Default)]
pub(crate) struct Grounds(RwLock<HashMap<TenantId, Arc<Ground>>>);

impl Grounds {
    /// The ground as this process last saw it.
    pub(crate) async fn of(&self, store: &Store, plugins: &dyn Plugins, tenant: TenantId) -> Result<Arc<Ground>> {
        let known = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&tenant).cloned();
        match known {
            Some(ground) => Ok(ground),
            None => self.refresh(store, plugins, tenant).await,
        }
    }

    /// The tenants whose ground this process has in hand.
    pub(crate) fn at_hand(&self) -> Vec<TenantId> {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).keys().copied().collect()
    }

    /// The ground as the database has it now; loaded anew only if its revision moved.
    pub(crate) async fn refresh(&self, store: &Store, plugins: &dyn Plugins, tenant: TenantId) -> Result<Arc<Ground>> {
        let read = store.read(tenant);
        let known = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&tenant).cloned();
        if let Some(ground) = &known
            && revision(&read).await? == ground.revision
        {
            return Ok(ground.clone());
        }
        let ids = known.map(|ground| ground.ids.clone()).unwrap_or_default();
        let ground = Arc::new(load(store, plugins, &read, ids).await?);
        let mut held = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Of two that load at once the slower may have read before a change the quicker knows: it does not bring the old rules back.
        match held.get(&tenant).filter(|there| there.revision > ground.revision) {
            Some(newer) => Ok(newer.clone()),
            None => {
                held.insert(tenant, ground.clone());
                Ok(ground)
            }
        }
    }
}

/// The revision of the tenant's rules as committed.
pub async fn revision(read: &Read) -> Result<i64> {
    let found: Option<i64> = tenant_state::find(read.tenant())
        .select_only()
        .column(tenant_state::Column::Revision)
        .into_tuple()
        .one(read.db())
        .await
        .map_err(failed)?;
    found.ok_or_else(|| Error::internal("a tenant has no state row"))
}

/// The tenant's one state row.
pub async fn state(read: &Read) -> Result<tenant_state::Model> {
    let row = tenant_state::find(read.tenant()).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::internal("a tenant has no state row"))
}

/// The working days a tenant chose; `unknown_reference` where there is no such calendar.
pub async fn calendar(read: &Read, settings: &TenantSettings) -> Result<Calendar> {
    match &settings.calendar {
        Some(name) => policy::calendar(read, name).await,
        None => Ok(Calendar::default()),
    }
}

/// The revision is read first: what moves while the rest is read makes the first claim lose, and it is loaded again.
async fn load(store: &Store, plugins: &dyn Plugins, read: &Read, ids: Arc<Ids>) -> Result<Ground> {
    let state = state(read).await?;
    let tenant = tenant::by_id(store, read.tenant()).await?;
    let policy = policy::load(read, state.policy_id).await?;
    let calendar = calendar(read, &state.settings.0).await?;
    let grades = grade::tables(read).await?;
    let set = match plugins.at(tenant.id, state.revision) {
        Some(set) => set,
        None => plugins.load(tenant.id, state.revision, plugin::active(read).await?),
    };
    Ok(Ground {
        revision: state.revision,
        tenant,
        settings: state.settings.0,
        policy: Arc::new(policy),
        policy_id: state.policy_id,
        calendar: Arc::new(calendar),
        grades: Arc::new(grades),
        plugins: set,
        test_now: state.test_now,
        ids,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::tenant::ChangeSettings;
    use crate::testing::Bed;
    use crate::words::asked::{Files, Judged, NoPlugins, StoredPackage};
    use std::sync::{Mutex, OnceLock};
    use tokio::runtime::Handle;

    /// What another task does while a set is loaded, once.
    type Meanwhile = Box<dyn FnOnce() + Send>;

    #[derive(Default)]
    struct Slow(Mutex<Option<Meanwhile>>);

    impl Plugins for Slow {
        fn judge(&self, files: &Files) -> Judged {
            NoPlugins.judge(files)
        }
        fn settings(&self, files: &Files, given: &serde_json::Value) -> Result<serde_json::Value> {
            NoPlugins.settings(files, given)
        }
        fn shipped(&self) -> Vec<Files> {
            NoPlugins.shipped()
        }
        fn at(&self, _: TenantId, _: i64) -> Option<Arc<dyn PluginSet>> {
            None
        }
        fn load(&self, tenant: TenantId, revision: i64, packages: Vec<StoredPackage>) -> Arc<dyn PluginSet> {
            let meanwhile = self.0.lock().unwrap().take();
            if let Some(meanwhile) = meanwhile {
                meanwhile();
            }
            NoPlugins.load(tenant, revision, packages)
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_two_loads_of_the_rules_the_slower_one_does_not_bring_the_old_ones_back() {
        let bed = Bed::open().await;
        let (slow, tenant) = (Arc::new(Slow::default()), bed.who.tenant);
        // A process that has not loaded anything yet.
        let engine = bed.neighbour().await.with_plugins(slow.clone());
        let newest = Arc::new(OnceLock::new());
        let (quick, who, seen): (Engine, _, _) = (engine.clone(), bed.who.clone(), newest.clone());
        *slow.0.lock().unwrap() = Some(Box::new(move || {
            // The rules move, and another task of the same process has them, before the first load is at its end.
            let overtake = async move {
                let now = tenant::settings(&quick.read(&who)).await.unwrap().settings;
                let changed = TenantSettings { decision_days: now.decision_days + 1, ..now };
                quick.execute(&who, ChangeSettings { revision: None, settings: changed }).await.unwrap();
                seen.set(quick.refresh_ground(who.tenant).await.unwrap().revision).unwrap();
            };
            tokio::task::block_in_place(|| Handle::current().block_on(overtake));
        }));
        let loaded = engine.ground(tenant).await.unwrap().revision;
        let newest = *newest.get().unwrap();
        assert_eq!(loaded, newest, "whoever was slow goes on by the rules that are there");
        assert_eq!(engine.ground(tenant).await.unwrap().revision, newest, "and they stay");
        let database = bed.numbers("SELECT revision FROM tenant_state WHERE tenant_id = $1").await;
        assert_eq!(database, [newest]);
    }
}
