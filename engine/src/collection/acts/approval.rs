//! The second person's answer: yes or no to what was asked for.

use super::account_now;
use crate::account::rows::account;
use crate::approval::rows::approval;
use crate::approval::{ApprovalView, approval_row};
use crate::case::rows::step_instance;
use crate::collection::claim::claim_for_review;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ApprovalId};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};

/// Answers a request. Whoever asked cannot be the one who answers.
pub struct DecideApproval {
    /// The request.
    pub approval: ApprovalId,
    /// The account it concerns, already found.
    pub account: Option<AccountId>,
    /// Yes or no.
    pub is_granted: bool,
    /// What is said with it.
    pub comment: Option<String>,
}

/// What answering a request looks at.
pub struct ApprovalNow {
    account: Option<(account::Model, Option<NaiveDate>)>,
    row: approval::Model,
    step: Option<step_instance::Model>,
}

impl Command for DecideApproval {
    type Facts = ApprovalNow;
    type Done = ApprovalView;

    fn account(&self) -> Option<AccountId> {
        self.account
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<ApprovalNow> {
        let account = match self.account {
            Some(id) => Some(account_now(read, id).await?),
            None => None,
        };
        let row = approval_row(read, self.approval).await?;
        if row.account_id != self.account {
            return Err(Error::new(Code::NotFound, "there is no such request for approval"));
        }
        let step = step_instance::find(read.tenant()).filter(step_instance::Column::Id.eq(row.subject_id));
        let step = if row.subject == "step" { step.one(read.db()).await.map_err(failed)? } else { None };
        Ok(ApprovalNow { account, row, step })
    }

    fn decide(&self, now: &ApprovalNow, _: &Asked, attempt: &Attempt) -> Result<Decided<ApprovalView>> {
        if now.row.state != "pending" {
            return Err(Error::new(Code::IllegalState, format!("the request is {} already", now.row.state)));
        }
        if *now.row.asked_by == *attempt.who.actor {
            return Err(Error::new(Code::SecondPersonRequired, "whoever asks cannot be the one who says yes"));
        }
        if self.comment.as_ref().is_some_and(|comment| comment.chars().count() > 500) {
            return Err(Error::new(Code::ValidationFailed, "a comment has at most 500 characters").at("#/comment"));
        }
        let row = approval::Model {
            state: if self.is_granted { "approved" } else { "rejected" }.to_owned(),
            decided_by: Some(attempt.who.actor.to_string()),
            decided_at: Some(attempt.stamp.at),
            comment: self.comment.clone(),
            version: now.row.version + 1,
            ..now.row.clone()
        };
        let entry = Entry {
            kind: if self.is_granted { "approval.granted" } else { "approval.rejected" },
            subject: "approval",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "kind": row.kind, "code": row.code, "comment": row.comment }),
        };
        // Two answers to a request of no account are kept apart by the revision of the rules.
        let claim = match &now.account {
            Some((account, day)) => Claim::Account(claim_for_review(account, *day)),
            None => Claim::Rules,
        };
        let day = now.account.as_ref().and_then(|(_, day)| *day).unwrap_or(attempt.stamp.today);
        let woken = now.step.as_ref().filter(|step| !step.is_done).map(|step| woken(step, self.is_granted, day));
        let changes = woken.iter().fold(Changes::on(claim).save(&row).tell(entry), Changes::save);
        Ok(Decided::new(ApprovalView::from(&row), changes))
    }
}

/// The step that waited hears the answer at the next review.
fn woken(step: &step_instance::Model, is_granted: bool, day: NaiveDate) -> step_instance::Model {
    step_instance::Model {
        approval: if is_granted { "granted" } else { "refused" }.to_owned(),
        wake_on: step.wake_on.min(day),
        ..step.clone()
    }
}
