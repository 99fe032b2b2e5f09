//! How long it takes to gather what plugins are shown: building facts is the real cost of a question, so it is told apart from the call.

use crate::words::asked::{Hook, PluginSet};
use std::time::Instant;

/// Facts that are being gathered for a question, or for a page of them.
#[derive(Debug)]
pub struct Gathering(Instant);

impl Gathering {
    /// Begins to gather.
    pub fn begin() -> Self {
        Self(Instant::now())
    }

    /// Everything is read: seconds for each of these questions that somebody of the set answers, as `recoup_facts_seconds{hook}`. A page
    /// of accounts is one reading, and so is a question about one; no account and no tenant ever stands in a label.
    pub fn end(self, set: &dyn PluginSet, hooks: &[Hook]) {
        let took = self.0.elapsed();
        for hook in hooks.iter().filter(|hook| set.has(**hook)) {
            metrics::histogram!("recoup_facts_seconds", "hook" => hook.as_str()).record(took);
        }
    }
}
