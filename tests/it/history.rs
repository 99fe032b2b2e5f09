//! What callers saw, written down before and after each call. The checker alone decides whether the database agrees: an
//! acknowledged act is there once, a refused one is not, one without an answer is there once or not at all. It never asks the server
//! whether it did well.

use crate::client::Answer;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How one act ended for its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// Sent, and nothing came back yet; if nothing ever does, the act may have happened or not.
    Unknown,
    /// Acknowledged.
    Done,
    /// Refused, with status and code.
    Refused(String),
}

/// Acts by their external id or idempotency key.
#[derive(Default)]
pub struct History(Mutex<BTreeMap<String, Came>>);

impl History {
    fn acts(&self) -> MutexGuard<'_, BTreeMap<String, Came>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before the call.
    pub fn begin(&self, id: &str) {
        self.acts().entry(id.to_owned()).or_insert(Came::Unknown);
    }

    /// After the call; `None` when no answer came. A 5xx says nothing about what happened.
    pub fn end(&self, id: &str, answer: Option<&Answer>) {
        let Some(answer) = answer else { return };
        let came = match answer.status {
            200..=299 => Came::Done,
            400..=499 => Came::Refused(format!("{} {}", answer.status, answer.json["code"])),
            _ => return,
        };
        self.acts().insert(id.to_owned(), came);
    }

    /// How this one ended so far.
    pub fn of(&self, id: &str) -> Option<Came> {
        self.acts().get(id).cloned()
    }

    /// How many ended this way.
    pub fn count(&self, wanted: impl Fn(&Came) -> bool) -> usize {
        self.acts().values().filter(|came| wanted(came)).count()
    }

    /// Compares with how often the database has each id; gives every disagreement.
    pub fn disagreements(&self, found: &BTreeMap<String, u64>) -> Vec<String> {
        let acts = self.acts();
        let mut wrong = Vec::new();
        for (id, came) in acts.iter() {
            let times = found.get(id).copied().unwrap_or(0);
            let agrees = match came {
                Came::Done => times == 1,
                Came::Refused(_) => times == 0,
                Came::Unknown => times <= 1,
            };
            if !agrees {
                wrong.push(format!("{id}: the caller saw {came:?}, the database has it {times} times"));
            }
        }
        wrong.extend(found.keys().filter(|id| !acts.contains_key(*id)).map(|id| format!("{id}: nobody asked for it")));
        wrong
    }
}

#[test]
fn a_lost_a_doubled_and_an_uncalled_act_are_seen() {
    let history = History::default();
    for (id, came) in [("lost", Came::Done), ("twice", Came::Unknown), ("half", Came::Refused("422".into())), ("fine", Came::Done)] {
        history.acts().insert(id.into(), came);
    }
    let found = [("twice", 2), ("half", 1), ("fine", 1), ("stranger", 1)].map(|(id, times)| (id.to_owned(), times)).into();
    let wrong = history.disagreements(&found);
    let seen: Vec<&str> = wrong.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(seen, ["half", "lost", "twice", "stranger"]);
}
