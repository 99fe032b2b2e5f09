//! The script host: the only crate that knows Rhai. It answers the engine's questions and decides nothing.

mod actions;
mod alone;
mod ask;
mod breaker;
mod bundle;
pub mod check;
mod compile;
#[cfg(test)]
mod containment;
pub mod diagnostic;
mod hooks;
#[cfg(test)]
mod host_tests;
pub mod limits;
mod lint;
#[cfg(test)]
mod lint_tests;
pub mod manifest;
pub mod measure;
#[cfg(test)]
mod memory_tests;
pub mod package;
mod plan;
pub mod sandbox;
pub mod settings;
#[cfg(test)]
mod shipped_tests;
pub mod symbols;
mod texts;
#[cfg(test)]
mod traps;
mod watch;
mod words;

use crate::alone::Single;
use crate::ask::Member;
use crate::breaker::{Guard, Guards};
use crate::bundle::{Broken, Ready, Set};
use crate::diagnostic::Diagnostic;
use crate::package::Package;
use arc_swap::ArcSwap;
use recoup_engine::words::asked::{Alarm, Files, Judged, PluginSet, Plugins, ScriptError, StoredPackage};
use recoup_engine::words::error::Error;
use recoup_engine::words::id::TenantId;
use recoup_engine::words::traced::Alone;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

/// A package as it was compiled once, or what kept it from compiling.
type Compiled = Result<Arc<Package>, Arc<ScriptError>>;

/// Compiles stored packages and keeps the sets of every tenant. Reading a set takes no lock.
#[derive(Debug, Default)]
pub struct ScriptHost {
    sets: ArcSwap<HashMap<TenantId, Arc<Set>>>,
    /// By content hash, across tenants.
    compiled: Mutex<HashMap<String, Compiled>>,
    /// What was thought of a package, by its content hash: the same text is judged once.
    judged: Mutex<HashMap<String, Judged>>,
    /// What calls came to of late, whatever set they were of.
    guards: Arc<Guards>,
}

/// Packages kept compiled; beyond it those no set uses are let go.
const COMPILED_MAX: usize = 256;
/// Packages to compile that are worth a thread.
const SHARE_LEAST: usize = 2;
/// Judgements kept; beyond it all are let go.
const JUDGED_MAX: usize = 256;

impl ScriptHost {
    /// A host that knows no package yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Compiled>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The package of these files, compiled once per content. Nobody waits for the compiler but who wants this package.
    fn compiled(&self, stored: &StoredPackage) -> Compiled {
        if let Some(known) = self.known().get(&stored.hash) {
            return known.clone();
        }
        let fresh = Package::parse(&stored.files).map(Arc::new).map_err(|found| Arc::new(first_error(&found)));
        let mut kept = self.known();
        if kept.len() >= COMPILED_MAX {
            kept.retain(|_, package| package.as_ref().is_ok_and(|package| Arc::strong_count(package) > 1));
        }
        // Whoever was faster has compiled the same text.
        kept.entry(stored.hash.clone()).or_insert(fresh).clone()
    }

    /// Compiles what is not known yet on all cores, where it is enough to share: a process that comes back has a whole set to compile.
    fn compile_at_once(&self, packages: &[StoredPackage]) {
        let fresh: Vec<&StoredPackage> = {
            let known = self.known();
            packages.iter().filter(|stored| !known.contains_key(&stored.hash)).collect()
        };
        let hands = available_parallelism().map_or(1, usize::from).min(fresh.len() / SHARE_LEAST);
        if hands < 2 {
            return;
        }
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(stored) = fresh.get(next.fetch_add(1, Ordering::Relaxed)) {
                let _ = self.compiled(stored);
            }
        };
        std::thread::scope(|scope| {
            (1..hands).for_each(|_| drop(scope.spawn(work)));
            work();
        });
    }

    fn member(&self, stored: &StoredPackage, guard: Arc<Guard>) -> Member {
        let broken = |error: ScriptError| {
            tracing::error!(plugin = stored.name, version = stored.version, error = error.message, "a package cannot be loaded");
            Broken::new(stored, error)
        };
        let ready = match self.compiled(stored) {
            Ok(package) if package.manifest.plugin.name != stored.name => Err(broken(load_error(
                "plugin.toml",
                &format!("stored as {}, but its manifest says {}", stored.name, package.manifest.plugin.name),
            ))),
            Ok(package) => Ready::new(&package, stored).map_err(|refused| broken(load_error("settings", refused.detail()))),
            Err(error) => Err(broken(error.as_ref().clone())),
        };
        Member::new(stored, ready, guard)
    }
}

fn load_error(file: &str, detail: &str) -> ScriptError {
    ScriptError { file: file.to_owned(), line: 0, column: 0, message: detail.to_owned() }
}

fn first_error(found: &[Diagnostic]) -> ScriptError {
    found.iter().find(|one| one.is_error()).map_or_else(
        || ScriptError { file: String::new(), line: 0, column: 0, message: "the package cannot be loaded".to_owned() },
        |one| ScriptError { file: one.file.clone(), line: one.line, column: one.column, message: one.message.clone() },
    )
}

/// Looks at a package: its form, its language, its tests and what they reach.
fn judge(files: &Files, hash: String) -> Judged {
    let report = check::check(files);
    let diagnostics = serde_json::to_value(&report.diagnostics).unwrap_or_default();
    let unfit = serde_json::to_value(&report.unfit).unwrap_or_default();
    let has_errors = report.diagnostics.iter().any(Diagnostic::is_error);
    let failed_tests = report.tests.failed().map(|test| test.name.clone()).collect();
    let tests = i64::try_from(report.tests.tests.len()).unwrap_or(i64::MAX);
    let judged = Judged { hash, diagnostics, has_errors, failed_tests, tests, unfit, ..Judged::default() };
    match check::manifest(files) {
        Ok(summary) => Judged {
            name: summary.name,
            version: summary.version,
            title: summary.title,
            needs_second_person: summary.needs_second_person,
            hooks: summary.hooks,
            step_types: summary.step_types,
            actions: summary.actions,
            ..judged
        },
        Err(_) => Judged { has_errors: true, ..judged },
    }
}

impl Plugins for ScriptHost {
    fn judge(&self, files: &Files) -> Judged {
        let hash = package::content_hash(files);
        let known = self.judged.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some(known) = known {
            return known;
        }
        // Tests may take their time: nobody waits for them but who wants this package.
        let judged = judge(files, hash.clone());
        let mut kept = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= JUDGED_MAX {
            kept.clear();
        }
        kept.insert(hash, judged.clone());
        judged
    }

    fn alone(&self, package: StoredPackage) -> Arc<dyn Alone> {
        let guard = Guard::alone(&package.name, package.version);
        Arc::new(Single::new(self.member(&package, guard)))
    }

    fn settings(&self, files: &Files, given: &serde_json::Value) -> Result<serde_json::Value, Error> {
        check::settings(files, given)
    }

    fn shipped(&self) -> Vec<Files> {
        package::shipped().into_iter().map(|(_, files)| files).collect()
    }

    fn at(&self, tenant: TenantId, revision: i64) -> Option<Arc<dyn PluginSet>> {
        let set = self.sets.load().get(&tenant).filter(|set| set.revision() == revision).map(Arc::clone);
        set.map(|set| -> Arc<dyn PluginSet> { set })
    }

    fn load(&self, tenant: TenantId, revision: i64, packages: Vec<StoredPackage>) -> Arc<dyn PluginSet> {
        if let Ok(level) = u32::try_from(revision) {
            // Of whichever tenant moved last: no tenant ever stands in a label.
            metrics::gauge!("recoup_plugin_set_revision").set(f64::from(level));
        }
        self.compile_at_once(&packages);
        let versions: Vec<(String, i64)> = packages.iter().map(|stored| (stored.name.clone(), stored.version)).collect();
        let (guards, pulse) = self.guards.of(tenant, &versions);
        let members = packages.iter().zip(guards).map(|(stored, guard)| self.member(stored, guard)).collect();
        let set = Arc::new(Set::new(revision, members, pulse));
        self.sets.rcu(|sets| {
            let mut sets = HashMap::clone(sets);
            // Two loads may race: the newer revision stays.
            let is_newer = sets.get(&tenant).is_none_or(|kept| kept.revision() <= revision);
            if is_newer {
                sets.insert(tenant, Arc::clone(&set));
            }
            sets
        });
        set
    }

    fn last_call(&self, tenant: TenantId) -> Option<Duration> {
        self.guards.last_call(tenant)
    }

    fn take_alarms(&self) -> Vec<(TenantId, Alarm)> {
        self.guards.take_alarms()
    }

    fn raise_alarms(&self, alarms: Vec<(TenantId, Alarm)>) {
        self.guards.raise(alarms);
    }
}
