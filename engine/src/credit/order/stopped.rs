//! An order that is stopped by itself: what had been let go of it and has not shipped waits again, whoever let it.

use super::act::ActFacts;
use super::view::Answer;
use crate::command::Attempt;
use crate::credit::rules::OrderDecision;
use crate::doors::store::Changes;
use crate::doors::store::columns::Payload;
use crate::order::rules::{Progress, approve_lines, lapse};
use crate::words::error::Result;
use crate::words::facts::Reason;

/// The order as the stop leaves it. The check that follows tells all its reasons; until then this one is told.
pub(in crate::credit) fn stopped_order(facts: &ActFacts, reason: Reason, attempt: &Attempt) -> Result<Changes> {
    let mut row = facts.row.clone();
    let before = Progress::from(&row);
    row.put(lapse(before).unwrap_or(before));
    row.released_minor = row.released_minor.min(before.gone());
    row.valid_until = None;
    row.decision = OrderDecision::Hold.as_str().to_owned();
    row.answer = Payload(Answer::ended(row.answer.0.clone(), reason, row.currency)?);
    approve_lines(&mut row.lines.0, row.approved_minor);
    Ok(facts.write(&mut row, attempt.stamp.today, None, attempt)?.frees_room())
}
