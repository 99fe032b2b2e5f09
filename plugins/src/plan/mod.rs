//! What a hook fills in: votes and effects, each with the script line that made it. Rust checks all of it when the call is
//! over; one bad effect drops the whole plan, because half a plan was never what its author meant.

pub(crate) mod close;
pub(crate) mod kind;
pub(crate) mod letters;
pub(crate) mod text;
pub(crate) mod value;

use crate::limits::{EFFECTS_MAX, PRINT_BYTES_MAX};
use crate::words::ctx::Shown;
use crate::words::table::{Fallible, raise};
use recoup_engine::words::asked::{Vote, VoteKind};
use recoup_engine::words::effect::{Effect, EffectKind, Values};
use recoup_engine::words::text::Bilingual;
use rhai::{Dynamic, NativeCallContext, Position};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Why a plan does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) line: i64,
    pub(crate) column: i64,
    pub(crate) message: String,
    /// A size was exceeded.
    pub(crate) is_limit: bool,
}

/// Votes and effects as the script proposed them.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) votes: Vec<Vote>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) notes: Vec<String>,
    pub(crate) printed: usize,
    /// The first thing that was wrong. It stays, even if the script catches the error it raised.
    pub(crate) refused: Option<Refusal>,
}

/// The plan a hook fills in.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) shown: Shown,
    draft: Arc<Mutex<Draft>>,
}

/// Line and column of a call, from 1; 0 when unknown.
pub(crate) fn place(position: Position) -> (i64, i64) {
    let number = |n: Option<usize>| n.and_then(|n| i64::try_from(n).ok()).unwrap_or(0);
    (number(position.line()), number(position.position()))
}

impl Plan {
    pub(crate) fn new(shown: &Shown) -> Self {
        Self { shown: shown.clone(), draft: Arc::default() }
    }

    /// Is it the plan of the same call?
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.draft, &other.draft)
    }

    pub(crate) fn draft(&self) -> MutexGuard<'_, Draft> {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything proposed, leaving the plan empty.
    pub(crate) fn take(&self) -> Draft {
        std::mem::take(&mut self.draft())
    }

    /// Spoils the plan and stops the script at this call.
    pub(crate) fn refuse<T>(&self, call: &NativeCallContext, message: impl Into<String>) -> Fallible<T> {
        self.spoil(call, message.into(), false)
    }

    fn spoil<T>(&self, call: &NativeCallContext, message: String, is_limit: bool) -> Fallible<T> {
        let (line, column) = place(call.call_position());
        self.draft().refused.get_or_insert(Refusal { line, column, message: message.clone(), is_limit });
        raise(message)
    }

    /// A line for the notes; what is beyond 2 KiB is cut.
    pub(crate) fn print(&self, text: &str) {
        let mut draft = self.draft();
        let left = PRINT_BYTES_MAX.saturating_sub(draft.printed);
        if left > 0 {
            let end = (0..=left.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            draft.printed += text.len().max(1);
            draft.notes.push(text[..end].to_owned());
        }
    }

    /// Values or a plain text that follow a code.
    fn reason(&self, call: &NativeCallContext, with: Option<Dynamic>) -> Fallible<(Values, Bilingual)> {
        match with {
            None => Ok((Values::new(), Bilingual::default())),
            Some(text) if text.is_string() => Ok((Values::new(), Bilingual::same(text.to_string()))),
            Some(map) => match value::values(map) {
                Ok(values) => Ok((values, Bilingual::default())),
                Err(why) => self.refuse(call, why),
            },
        }
    }

    /// Adds a vote and tells its place.
    pub(crate) fn vote(&self, call: &NativeCallContext, vote: VoteKind, code: &str, with: Option<Dynamic>) -> Fallible<usize> {
        let (values, text) = self.reason(call, with)?;
        let (line, _) = place(call.call_position());
        let vote = Vote {
            vote,
            code: code.to_owned(),
            text,
            values,
            line,
            amount: None,
            until: None,
            role: None,
            pay_to_release: None,
            items: Vec::new(),
            expires_on: None,
        };
        self.room(call)?;
        let mut draft = self.draft();
        draft.votes.push(vote);
        Ok(draft.votes.len() - 1)
    }

    /// Adds an effect and tells its place.
    pub(crate) fn effect(&self, call: &NativeCallContext, kind: EffectKind, code: Option<&str>, with: Option<Dynamic>) -> Fallible<usize> {
        let (mut values, text) = self.reason(call, with)?;
        if !text.en.is_empty() {
            text::keep(&mut values, &text);
        }
        let (line, _) = place(call.call_position());
        self.room(call)?;
        let mut draft = self.draft();
        draft.effects.push(Effect { kind, code: code.map(str::to_owned), values, line });
        Ok(draft.effects.len() - 1)
    }

    fn room(&self, call: &NativeCallContext) -> Fallible<()> {
        let used = {
            let draft = self.draft();
            draft.votes.len() + draft.effects.len()
        };
        if used < EFFECTS_MAX { Ok(()) } else { self.spoil(call, format!("a plan has at most {EFFECTS_MAX} effects"), true) }
    }
}
