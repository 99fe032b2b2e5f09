//! An act that waits: the command is stored as it will be run, and the caller hears that it waits.

use super::expire::expired;
use super::kind::ApprovalKind;
use super::request::{Ask, Request};
use super::rows::approval;
use crate::command::{Attempt, Decided};
use crate::doors::clock::start_of;
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::code::Code;
use crate::words::day::add_days;
use crate::words::error::{Error, Result};
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, ApprovalId};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

/// An act waits so many days for its second person, then it expires (api.md §11).
pub(crate) const WAITS_DAYS: i64 = 7;

/// What an act that may need a second person comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Acted<D> {
    /// It waits. Nothing has been changed yet.
    Waits(Waiting),
    /// It is done.
    Done(D),
}

impl<D> Acted<D> {
    /// What was done, if it was.
    pub fn done(self) -> Option<D> {
        match self {
            Self::Done(done) => Some(done),
            Self::Waits(_) => None,
        }
    }
}

/// The answer to an act that waits for a second person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// The request that was filed.
    pub id: ApprovalId,
    /// `pending_approval`.
    pub state: String,
    /// What it needs.
    pub approval: Needed,
}

/// What an act needs before it is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Needed {
    /// The request, to be answered at `/v1/approvals/{id}/decisions`.
    pub id: ApprovalId,
    /// The role of whoever may say yes.
    pub needs: String,
    /// The moment from which on no answer counts.
    pub expires_at: DateTime<Utc>,
    /// What is asked, in both languages.
    pub text: Bilingual,
}

impl Waiting {
    fn of(row: &approval::Model, zone: Tz) -> Self {
        let expires_at = start_of(add_days(row.expires_on, 1), zone);
        let text = Bilingual::new(&row.text_en, &row.text_zh);
        let approval = Needed { id: row.id, needs: row.role.clone(), expires_at, text };
        Self { id: row.id, state: "pending_approval".to_owned(), approval }
    }
}

/// An act as it is stored until somebody says yes.
pub(crate) struct Proposal {
    /// Which command waits.
    pub(crate) kind: ApprovalKind,
    /// The account it concerns.
    pub(crate) account: Option<AccountId>,
    /// What kind of thing it is about, and which.
    pub(crate) subject: (&'static str, Uuid),
    /// Why it waits, and for whom.
    pub(crate) ask: Ask,
    /// What is asked, as a sentence.
    pub(crate) text: Bilingual,
    /// How much money it is about.
    pub(crate) amount: Option<Money>,
    /// The command, as it will be run.
    pub(crate) body: Json,
}

/// What is asked about this thing and not answered.
pub(crate) async fn pending_about(read: &Read, subject: Uuid) -> Result<Vec<approval::Model>> {
    let query = approval::find(read.tenant()).filter(approval::Column::SubjectId.eq(subject)).filter(approval::Column::State.eq("pending"));
    query.all(read.db()).await.map_err(failed)
}

/// Files the act, or finds it filed. Nothing is granted by that: everything is judged anew when somebody says yes.
pub(crate) fn propose<D>(proposal: Proposal, pending: &[approval::Model], claim: Claim, attempt: &Attempt) -> Result<Decided<Acted<D>>> {
    let (today, zone) = (attempt.stamp.today, attempt.ground.tenant.zone);
    let fingerprint = fingerprint(proposal.kind, proposal.subject.1, &proposal.body)?;
    let same = pending.iter().find(|row| row.fingerprint.as_deref() == Some(&*fingerprint));
    if let Some(row) = same.filter(|row| today <= row.expires_on) {
        return Ok(Decided::before(Acted::Waits(Waiting::of(row, zone))));
    }
    let request = Request {
        kind: proposal.kind,
        account: proposal.account,
        subject: proposal.subject,
        role: proposal.ask.role.as_str(),
        code: &proposal.ask.code,
        text: because(proposal.text, proposal.ask.reason.as_ref()),
        asked_by: &attempt.who.actor,
        amount: proposal.amount,
        days: (today, WAITS_DAYS),
    };
    let row = request.row(&attempt.who, &attempt.stamp);
    let row = approval::Model { body: Some(Payload(proposal.body)), fingerprint: Some(fingerprint), ..row };
    let entry = Entry {
        kind: "approval.asked",
        subject: "approval",
        subject_id: row.id.0,
        effective_on: today,
        decision: None,
        body: serde_json::json!({ "kind": row.kind, "role": row.role, "code": row.code, "amount": proposal.amount, "expires_on": row.expires_on }),
    };
    let changes = match same.map(|row| expired(row, today)) {
        Some((late, told)) => Changes::on(claim).save(&late).tell(told),
        None => Changes::on(claim),
    };
    let changes = changes.add(&row).tell(entry);
    Ok(Decided::new(Acted::Waits(Waiting::of(&row, zone)), changes))
}

/// The sentence of a request, with the reason a script gave behind it.
fn because(text: Bilingual, reason: Option<&Bilingual>) -> Bilingual {
    match reason {
        Some(reason) => Bilingual::new(format!("{} {}", text.en, reason.en), format!("{}{}", text.zh, reason.zh)),
        None => text,
    }
}

fn fingerprint(kind: ApprovalKind, subject: Uuid, body: &Json) -> Result<String> {
    content_hash(&(kind, subject, body))
}

/// Refuses to run a stored act that is not the one that was asked for: exactly the stored bytes are approved (api.md §11).
pub(crate) fn refuse_altered(row: &approval::Model) -> Result<()> {
    let Some(Payload(body)) = &row.body else { return Ok(()) };
    if row.fingerprint == Some(fingerprint(row.kind, row.subject_id, body)?) {
        return Ok(());
    }
    Err(Error::new(Code::InvariantBroken, format!("the stored act of {} was changed after it had been asked for", row.id)))
}
