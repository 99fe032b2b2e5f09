//! What becomes of a notice: a draft is let go or left out, a letter was sent.

use super::account_now;
use crate::account::rows::{account, contact};
use crate::collection::claim::claim_for_review;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::invoice::rows::instalment;
use crate::notice::SUPPLY_STOP_LETTER;
use crate::notice::rows::{notice, notice_line};
use crate::notice::rules::quiet_until;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, NoticeId};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};

crate::words! {
    /// What is done with a notice.
    pub enum NoticeAct {
        /// A draft may be sent.
        Release = "release",
        /// A draft or a notice that was not sent yet is left out; its step counts as taken.
        Cancel = "cancel",
        /// It was sent.
        Sent = "sent",
    }
}

/// Settles a notice.
pub struct SettleNotice {
    /// The account, already found.
    pub account: AccountId,
    /// The notice.
    pub notice: NoticeId,
    /// What is done with it.
    pub act: NoticeAct,
}

/// What settling a notice looks at.
pub struct NoticeNow {
    account: account::Model,
    collections_day: Option<NaiveDate>,
    row: notice::Model,
    contact: Option<contact::Model>,
    lines: Vec<notice_line::Model>,
    items: Vec<instalment::Model>,
}

impl Command for SettleNotice {
    type Facts = NoticeNow;
    type Done = NoticeId;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<NoticeNow> {
        let (account, collections_day) = account_now(read, self.account).await?;
        let row = notice::find(read.tenant()).filter(notice::Column::Id.eq(self.notice)).one(read.db()).await.map_err(failed)?;
        let row = row.filter(|row| row.account_id == self.account);
        let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such notice"))?;
        let lines = notice_line::find(read.tenant()).filter(notice_line::Column::NoticeId.eq(self.notice));
        let lines = lines.all(read.db()).await.map_err(failed)?;
        let ids = lines.iter().filter(|line| !line.is_for_information).map(|line| line.instalment_id);
        let items = instalment::find(read.tenant()).filter(read.among(instalment::Column::Id, ids)).all(read.db()).await.map_err(failed)?;
        let contact = match row.contact_id {
            Some(id) => contact::find(read.tenant()).filter(contact::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?,
            None => None,
        };
        Ok(NoticeNow { account, collections_day, row, contact, lines, items })
    }

    fn decide(&self, now: &NoticeNow, _: &Asked, attempt: &Attempt) -> Result<Decided<NoticeId>> {
        if self.act == NoticeAct::Cancel && now.row.template == SUPPLY_STOP_LETTER {
            return Err(Error::new(Code::IllegalState, "a stop of supply stands on its notice: lift the stop instead"));
        }
        if self.act == NoticeAct::Sent && now.row.state == "ready" {
            now.refuse_when_quiet(attempt)?;
        }
        let is_draft = now.row.state == "draft";
        let (state, kind) = match (self.act, now.row.state.as_str()) {
            (NoticeAct::Release, "draft") => ("ready", "notice.released"),
            (NoticeAct::Cancel, "draft" | "ready") => ("cancelled", "notice.cancelled"),
            (NoticeAct::Sent, "ready" | "unclear" | "undeliverable") => ("sent", "notice.sent"),
            (_, state) => return Err(Error::new(Code::IllegalState, format!("the notice is {state}"))),
        };
        let row = notice::Model { state: state.to_owned(), ..now.row.clone() };
        let entry = Entry {
            kind,
            subject: "notice",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "step": row.step, "channel": row.channel }),
        };
        let done_on = now.collections_day.unwrap_or(attempt.stamp.today);
        let climbed: Vec<instalment::Model> =
            if is_draft { now.items.iter().filter_map(|item| climbed(item, &now.lines, done_on)).collect() } else { Vec::new() };
        let claim = claim_for_review(&now.account, now.collections_day);
        Ok(Decided::new(row.id, Changes::on(Claim::Account(claim)).save(&row).save_all(&climbed).tell(entry)))
    }
}

impl NoticeNow {
    /// Nothing that rings or blinks goes to a person outside its hours: the last word, after everybody else (CF-16).
    fn refuse_when_quiet(&self, attempt: &Attempt) -> Result<()> {
        let hours = self.contact.as_ref().and_then(|contact| contact.hours.as_ref()).map(|hours| &hours.0);
        let Some(until) = quiet_until(&self.row.channel, hours, attempt.stamp.at) else { return Ok(()) };
        let error = Error::new(Code::ContactQuiet, format!("the person is not to be turned to at this hour; it may go from {until} on"));
        Err(error.with(serde_json::json!({ "rule": "gate:G-QUIET", "not_before": until })))
    }
}

/// The item whose step a draft held back: it is taken now, so that the ladder goes on (decision 40).
fn climbed(item: &instalment::Model, lines: &[notice_line::Model], done_on: NaiveDate) -> Option<instalment::Model> {
    let waits = |line: &&notice_line::Model| line.instalment_id == item.id && item.draft_step.as_deref() == Some(line.step.as_str());
    let line = lines.iter().filter(|line| !line.is_for_information).find(waits)?;
    Some(instalment::Model { last_step: Some(line.step.clone()), last_step_on: Some(done_on), draft_step: None, ..item.clone() })
}
