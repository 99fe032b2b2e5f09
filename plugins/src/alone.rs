//! One package by itself: dry-runs, replays and rehearsals. Nothing it answers is counted among the calls of real life.

use crate::ask::{Member, ask_watched};
use crate::watch::{Steps, Watch};
use recoup_engine::words::asked::Question;
use recoup_engine::words::traced::{Alone, Traced};
use std::sync::Arc;

/// A package that is asked alone.
#[derive(Debug)]
pub(crate) struct Single(Member);

impl Single {
    pub(crate) fn new(member: Member) -> Self {
        Self(member)
    }
}

impl Alone for Single {
    fn ask(&self, question: &Question, is_traced: bool) -> Option<Traced> {
        let Some(ready) = self.0.ready().filter(|_| is_traced) else {
            return Some(Traced { advice: ask_watched(&self.0, question, None)?, trace: Vec::new(), is_cut: false });
        };
        let steps = Arc::new(Steps::of(&ready.package.script.ast));
        let watcher: Arc<dyn Watch> = Arc::<Steps>::clone(&steps);
        let advice = ask_watched(&self.0, question, Some(watcher))?;
        let (trace, is_cut) = steps.taken();
        Some(Traced { advice, trace, is_cut })
    }
}
