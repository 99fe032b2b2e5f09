//! The second person's answer: yes or no to what was asked for.

use super::account_now;
use crate::account::rows::account;
use crate::approval::rows::approval;
use crate::approval::{ApprovalKind, ApprovalView, answered, approval_row, refuse_answer, told};
use crate::case::rows::step_instance;
use crate::collection::claim::claim_for_review;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Read, failed};
use crate::offer_set::refused;
use crate::offer_set::rows::offer_set;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ApprovalId};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};

/// Answers a request of a script, or says no to an act that waits. Whoever asked cannot be the one who answers.
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
    /// The set whose choice waits for the answer.
    offer_set: Option<offer_set::Model>,
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
        let step = if row.kind == ApprovalKind::Step { step.one(read.db()).await.map_err(failed)? } else { None };
        let offer_set = offer_set::find(read.tenant()).filter(offer_set::Column::Id.eq(row.subject_id));
        let offer_set = if row.kind == ApprovalKind::ChooseOffer { offer_set.one(read.db()).await.map_err(failed)? } else { None };
        Ok(ApprovalNow { account, row, step, offer_set })
    }

    fn decide(&self, now: &ApprovalNow, _: &Asked, attempt: &Attempt) -> Result<Decided<ApprovalView>> {
        let (by, comment) = (&attempt.who, self.comment.as_deref());
        // A step lives by the days of the runs, everything else by today.
        let run_day = now.account.as_ref().and_then(|(_, day)| *day).unwrap_or(attempt.stamp.today);
        let today = if now.row.kind == ApprovalKind::Step { run_day } else { attempt.stamp.today };
        refuse_answer(&now.row, by, today, comment)?;
        if self.is_granted && now.row.body.is_some() {
            return Err(Error::internal("an act that waits is approved by running it"));
        }
        let row = answered(&now.row, by, self.is_granted, comment, attempt);
        let entry = told(&row, attempt);
        // Two answers to a request of no account are kept apart by the revision of the rules.
        let claim = match &now.account {
            Some((account, day)) => Claim::Account(claim_for_review(account, *day)),
            None => Claim::Rules,
        };
        let woken = now.step.as_ref().filter(|step| !step.is_done).map(|step| woken(step, self.is_granted, run_day));
        let changes = woken.iter().fold(Changes::on(claim).save(&row).tell(entry), Changes::save);
        // A yes to a choice runs it; here it can only be a no.
        let over = now.offer_set.as_ref().and_then(|set| refused(set, attempt));
        let changes = over.into_iter().fold(changes, |changes, (set, told)| changes.save(&set).tell(told));
        Ok(Decided::new(ApprovalView::on(&row, attempt.stamp.today), changes))
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
