//! Saying yes or no: who may, until when, and what is written down.

use super::rows::approval;
use crate::command::Attempt;
use crate::doors::store::Entry;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::role::Role;
use chrono::NaiveDate;

/// The longest comment, in characters.
const COMMENT_CHARS_MAX: usize = 500;

/// Refuses an answer that does not count: to a request that is answered already or too late, by whoever asked, or by another role than
/// the one that is asked. What a script asks for names a role of its own, which the caller's scopes stand in for.
pub(crate) fn refuse_answer(row: &approval::Model, by: &Caller, today: NaiveDate, comment: Option<&str>) -> Result<()> {
    if row.state != "pending" {
        return Err(Error::new(Code::IllegalState, format!("the request is {} already", row.state)));
    }
    if *row.asked_by == *by.actor {
        return Err(Error::new(Code::SecondPersonRequired, "whoever asks cannot be the one who says yes"));
    }
    if row.body.is_some() && !by.is_operator && !by.roles.iter().any(|role| role.as_str() == row.role) {
        let held: Vec<&str> = by.roles.iter().copied().map(Role::as_str).collect();
        let detail = format!("this is for a {} to answer, not for {}", row.role, held.join(", "));
        return Err(Error::new(Code::InsufficientScope, detail));
    }
    if today > row.expires_on {
        return Err(Error::new(Code::IllegalState, format!("the request expired on {}", row.expires_on)));
    }
    if comment.is_some_and(|comment| comment.chars().count() > COMMENT_CHARS_MAX) {
        return Err(Error::new(Code::ValidationFailed, "a comment has at most 500 characters").at("#/comment"));
    }
    Ok(())
}

/// The request with its answer.
pub(crate) fn answered(row: &approval::Model, by: &Caller, is_granted: bool, comment: Option<&str>, attempt: &Attempt) -> approval::Model {
    approval::Model {
        state: if is_granted { "approved" } else { "rejected" }.to_owned(),
        decided_by: Some(by.actor.to_string()),
        decided_at: Some(attempt.stamp.at),
        comment: comment.map(str::to_owned),
        version: row.version + 1,
        ..row.clone()
    }
}

/// The line of the journal about an answer.
pub(crate) fn told(row: &approval::Model, attempt: &Attempt) -> Entry {
    Entry {
        kind: if row.state == "approved" { "approval.granted" } else { "approval.rejected" },
        subject: "approval",
        subject_id: row.id.0,
        effective_on: attempt.stamp.today,
        decision: None,
        body: serde_json::json!({
            "kind": row.kind, "code": row.code, "asked_by": row.asked_by, "decided_by": row.decided_by, "comment": row.comment,
        }),
    }
}
