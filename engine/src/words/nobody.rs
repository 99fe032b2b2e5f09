//! Nobody to ask: what the engine decides with when there is no script host.

use crate::words::asked::{Asked, Files, Hook, Judged, Needs, PluginSet, Plugins, Question, StepType, StoredPackage};
use crate::words::error::Result;
use crate::words::id::TenantId;
use std::sync::Arc;

/// Nobody to ask: the engine decides alone.
pub struct NoPlugins;

struct NobodyAt(i64);

impl PluginSet for NobodyAt {
    fn revision(&self) -> i64 {
        self.0
    }
    fn has(&self, _: Hook) -> bool {
        false
    }
    fn needs(&self, _: Hook) -> Needs {
        Needs::default()
    }
    fn ask(&self, _: &Question) -> Asked {
        Asked::nobody()
    }
    fn lead_days(&self) -> &[i64] {
        &[]
    }
    fn daily_every(&self) -> Option<i64> {
        None
    }
    fn step_type(&self, _: &str) -> Option<StepType> {
        None
    }
    fn template(&self, _: &str, _: &str) -> Option<String> {
        None
    }
}

impl Plugins for NoPlugins {
    fn judge(&self, _: &Files) -> Judged {
        Judged { has_errors: true, ..Judged::default() }
    }
    fn settings(&self, _: &Files, given: &serde_json::Value) -> Result<serde_json::Value> {
        Ok(given.clone())
    }
    fn shipped(&self) -> Vec<Files> {
        Vec::new()
    }
    fn at(&self, _: TenantId, revision: i64) -> Option<Arc<dyn PluginSet>> {
        Some(Arc::new(NobodyAt(revision)))
    }
    fn load(&self, _: TenantId, revision: i64, _: Vec<StoredPackage>) -> Arc<dyn PluginSet> {
        Arc::new(NobodyAt(revision))
    }
}
