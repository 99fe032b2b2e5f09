//! What is active, with one package in the place of its own version: what a trial asks.

use crate::words::asked::{Asked, Hook, Needs, PluginSet, Question, StepType};
use crate::words::traced::{Alone, Traced};
use std::sync::{Arc, Mutex, PoisonError};

/// A question that was put to the package, and what it answered.
pub(super) type Heard = (Question, Traced);

pub(super) struct TrialSet {
    active: Arc<dyn PluginSet>,
    name: String,
    hooks: Vec<Hook>,
    alone: Arc<dyn Alone>,
    heard: Mutex<Vec<Heard>>,
}

impl TrialSet {
    pub(super) fn new(active: Arc<dyn PluginSet>, name: &str, hooks: Vec<Hook>, alone: Arc<dyn Alone>) -> Self {
        Self { active, name: name.to_owned(), hooks, alone, heard: Mutex::default() }
    }

    /// Everything the package was asked so far.
    pub(super) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl PluginSet for TrialSet {
    fn revision(&self) -> i64 {
        self.active.revision()
    }
    fn has(&self, hook: Hook) -> bool {
        self.hooks.contains(&hook) || self.active.has(hook)
    }
    /// Nobody knows yet what a draft looks at, and one account more or less costs nothing.
    fn needs(&self, _: Hook) -> Needs {
        Needs { open_items: true, holds: true, evidence: true, contacts: true, offers: true, case: true, state: true }
    }
    fn ask(&self, question: &Question) -> Asked {
        let mut asked = self.active.ask(question);
        asked.advice.retain(|advice| advice.plugin != self.name);
        if let Some(traced) = self.alone.ask(question, true) {
            asked.advice.push(traced.advice.clone());
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).push((question.clone(), traced));
        }
        asked
    }
    fn lead_days(&self) -> &[i64] {
        self.active.lead_days()
    }
    fn daily_every(&self) -> Option<i64> {
        self.active.daily_every()
    }
    fn step_type(&self, name: &str) -> Option<StepType> {
        self.active.step_type(name)
    }
    fn template(&self, key: &str, language: &str) -> Option<String> {
        self.active.template(key, language)
    }
}
