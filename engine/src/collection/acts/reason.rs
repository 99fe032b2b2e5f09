//! Why a customer does not pay: what it says, and what we have proof of, are two things (GR-14).

use super::case::{CaseNow, case_now};
use crate::case::NonPaymentReason;
use crate::case::rows::collection_case;
use crate::collection::view::{CaseView, view};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::Read;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CaseId};
use crate::words::text::check_line;

/// In which states of a case something is still found out about it.
const OPEN: [&str; 3] = ["active", "paused", "handed_off"];

/// Writes down why the customer says it does not pay.
pub struct ClaimReason {
    /// The account, already found.
    pub account: AccountId,
    /// The case.
    pub case: CaseId,
    /// What it says.
    pub reason: NonPaymentReason,
    /// In its words.
    pub note: Option<String>,
}

impl Command for ClaimReason {
    type Facts = CaseNow;
    type Done = CaseView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<CaseNow> {
        case_now(read, attempt, self.account, self.case).await
    }

    fn decide(&self, now: &CaseNow, _: &Asked, attempt: &Attempt) -> Result<Decided<CaseView>> {
        now.refuse_unless(&OPEN)?;
        self.note.iter().try_for_each(|note| check_line("#/note", note, 500))?;
        if self.reason == NonPaymentReason::Other && self.note.is_none() {
            return Err(Error::new(Code::ValidationFailed, "something else: say what").at("#/note"));
        }
        let before = &now.row;
        let is_known = before.claimed_reason == Some(self.reason) && before.claimed_note == self.note;
        if is_known && before.claimed_on == Some(attempt.stamp.today) {
            return Ok(Decided::before(view(before, &now.of, attempt)));
        }
        let row = collection_case::Model {
            claimed_reason: Some(self.reason),
            claimed_note: self.note.clone(),
            claimed_on: Some(attempt.stamp.today),
            claimed_by: Some(attempt.who.actor.to_string()),
            ..before.clone()
        };
        let body = serde_json::json!({ "before": before.claimed_reason, "after": self.reason, "note": self.note });
        Ok(now.decided(row, "case.reason_claimed", body, attempt))
    }
}

/// Writes down why the customer does not pay, of which there is proof.
pub struct VerifyReason {
    /// The account, already found.
    pub account: AccountId,
    /// The case.
    pub case: CaseId,
    /// What was found.
    pub reason: NonPaymentReason,
    /// The document that proves it.
    pub evidence: String,
}

impl Command for VerifyReason {
    type Facts = CaseNow;
    type Done = CaseView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<CaseNow> {
        case_now(read, attempt, self.account, self.case).await
    }

    fn decide(&self, now: &CaseNow, _: &Asked, attempt: &Attempt) -> Result<Decided<CaseView>> {
        now.refuse_unless(&OPEN)?;
        check_line("#/evidence", &self.evidence, 200)?;
        let before = &now.row;
        if before.verified_reason == Some(self.reason) && before.verified_evidence.as_ref() == Some(&self.evidence) {
            return Ok(Decided::before(view(before, &now.of, attempt)));
        }
        let row = collection_case::Model {
            verified_reason: Some(self.reason),
            verified_evidence: Some(self.evidence.clone()),
            verified_on: Some(attempt.stamp.today),
            verified_by: Some(attempt.who.actor.to_string()),
            ..before.clone()
        };
        let body = serde_json::json!({ "claimed": before.claimed_reason, "before": before.verified_reason, "after": self.reason,
            "evidence": self.evidence });
        Ok(now.decided(row, "case.reason_verified", body, attempt))
    }
}
