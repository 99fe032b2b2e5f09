//! What a dry-run shows of one call: the advice, and the way to it.

use crate::words::asked::{Advice, Question};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One statement a script came to, and what it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedLine {
    /// Line of the script, from 1.
    pub line: i64,
    /// Column, from 1.
    pub column: i64,
    /// Operations used when it began.
    pub operations: i64,
    /// Variables with another value after it than before.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub values: BTreeMap<String, String>,
}

/// One call of one plugin, with its trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Traced {
    /// What it answered.
    pub advice: Advice,
    /// The statements in the order they were come to.
    pub trace: Vec<TracedLine>,
    /// Were there more than are shown?
    pub is_cut: bool,
}

/// One package by itself, outside of real life: what it answers is counted nowhere and kept nowhere.
pub trait Alone: Send + Sync {
    /// What it answers, and the way to it where that is wanted; none where the question is not for it.
    fn ask(&self, question: &Question, is_traced: bool) -> Option<Traced>;
}

/// A package nobody can ask.
pub struct NobodyAlone;

impl Alone for NobodyAlone {
    fn ask(&self, _: &Question, _: bool) -> Option<Traced> {
        None
    }
}
