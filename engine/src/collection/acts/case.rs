//! Giving a case to somebody, pausing it and taking it up again.

use crate::case::rows::collection_case;
use crate::collection::cases::case_row;
use crate::collection::claim::claim_for_review;
use crate::collection::view::{CaseView, gathered, seen_on, view};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read};
use crate::facts::Gathered;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CaseId};
use chrono::NaiveDate;

/// What an act on a case looks at.
pub struct CaseNow {
    pub(super) of: Gathered,
    pub(super) row: collection_case::Model,
    day: NaiveDate,
}

pub(super) async fn case_now(read: &Read, attempt: &Attempt, account: AccountId, case: CaseId) -> Result<CaseNow> {
    let day = seen_on(read, attempt).await?;
    let of = gathered(read, attempt, &[account], day).await?.remove(&account);
    let of = of.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
    let row = case_row(read, case).await?;
    if row.account_id != account {
        return Err(Error::new(Code::NotFound, "there is no such case"));
    }
    Ok(CaseNow { of, row, day })
}

impl CaseNow {
    pub(super) fn refuse_unless(&self, states: &[&str]) -> Result<()> {
        if states.contains(&self.row.state.as_str()) {
            return Ok(());
        }
        Err(Error::new(Code::IllegalState, format!("the case is {}", self.row.state)))
    }

    pub(super) fn decided(
        &self,
        mut row: collection_case::Model,
        kind: &'static str,
        body: serde_json::Value,
        attempt: &Attempt,
    ) -> Decided<CaseView> {
        row.version += 1;
        let claim = claim_for_review(&self.of.account, Some(self.day));
        let entry = Entry { kind, subject: "case", subject_id: row.id.0, effective_on: attempt.stamp.today, decision: None, body };
        Decided::new(view(&row, &self.of, attempt), Changes::on(Claim::Account(claim)).save(&row).tell(entry))
    }
}

/// Gives a case to a person or role, or to nobody.
pub struct AssignCase {
    /// The account, already found.
    pub account: AccountId,
    /// The case.
    pub case: CaseId,
    /// Who works on it from now on.
    pub owner: Option<String>,
}

impl Command for AssignCase {
    type Facts = CaseNow;
    type Done = CaseView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<CaseNow> {
        case_now(read, attempt, self.account, self.case).await
    }

    fn decide(&self, now: &CaseNow, _: &Asked, attempt: &Attempt) -> Result<Decided<CaseView>> {
        now.refuse_unless(&["active", "paused", "handed_off"])?;
        if self.owner.as_ref().is_some_and(|owner| owner.trim().is_empty() || owner.chars().count() > 100) {
            return Err(Error::new(Code::ValidationFailed, "an owner has 1 to 100 characters").at("#/owner"));
        }
        if now.row.owner == self.owner {
            return Ok(Decided::before(view(&now.row, &now.of, attempt)));
        }
        let body = serde_json::json!({ "before": now.row.owner, "after": self.owner });
        Ok(now.decided(collection_case::Model { owner: self.owner.clone(), ..now.row.clone() }, "case.assigned", body, attempt))
    }
}

/// Stops chasing until a day has passed.
pub struct PauseCase {
    /// The account, already found.
    pub account: AccountId,
    /// The case.
    pub case: CaseId,
    /// The last protected day.
    pub last_day: NaiveDate,
    /// Why.
    pub reason: String,
}

impl Command for PauseCase {
    type Facts = CaseNow;
    type Done = CaseView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<CaseNow> {
        case_now(read, attempt, self.account, self.case).await
    }

    fn decide(&self, now: &CaseNow, _: &Asked, attempt: &Attempt) -> Result<Decided<CaseView>> {
        // Overlapping pauses are refused (contract choice 7): one that runs is ended first.
        now.refuse_unless(&["active"])?;
        if self.last_day < now.day.max(attempt.stamp.today) {
            return Err(Error::new(Code::ValidationFailed, "a pause does not end before it begins").at("#/last_day"));
        }
        if self.reason.trim().is_empty() || self.reason.chars().count() > 500 {
            return Err(Error::new(Code::ValidationFailed, "a reason has 1 to 500 characters").at("#/reason"));
        }
        let body = serde_json::json!({ "last_day": self.last_day, "reason": self.reason });
        let row = collection_case::Model { state: "paused".to_owned(), paused_until: Some(self.last_day), ..now.row.clone() };
        Ok(now.decided(row, "case.paused", body, attempt))
    }
}

/// Takes a paused case up again.
pub struct ResumeCase {
    /// The account, already found.
    pub account: AccountId,
    /// The case.
    pub case: CaseId,
}

impl Command for ResumeCase {
    type Facts = CaseNow;
    type Done = CaseView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<CaseNow> {
        case_now(read, attempt, self.account, self.case).await
    }

    fn decide(&self, now: &CaseNow, _: &Asked, attempt: &Attempt) -> Result<Decided<CaseView>> {
        now.refuse_unless(&["paused"])?;
        if now.of.account.is_blocked {
            return Err(Error::new(Code::IllegalState, "the account is blocked; its case rests until the block goes"));
        }
        let row = collection_case::Model { state: "active".to_owned(), paused_until: None, ..now.row.clone() };
        Ok(now.decided(row, "case.resumed", serde_json::json!({}), attempt))
    }
}
