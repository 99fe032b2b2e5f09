//! The brief of a case (CF-15): one answer for the person who calls.

use super::cases::case_row;
use super::view::CaseView;
use crate::account::{self, AccountView, ContactView, NoteView};
use crate::case::TaskView;
use crate::case::rows::task;
use crate::doors::store::{Read, failed};
use crate::engine::Engine;
use crate::notice::rows::notice;
use crate::offer_set::{OfferSetView, live_offer_sets};
use crate::payment_process::{ExpectedItemView, PaymentProcess, list_expected, payment_process};
use crate::signal::rows::signal;
use crate::signal::{SignalView, view_of};
use crate::words::caller::Caller;
use crate::words::error::Result;
use crate::words::id::{AccountId, CaseId, ContactId, NoticeId};
use crate::words::money::Money;
use crate::words::page::PageOf;
use crate::words::text::Bilingual;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much of each list a brief shows.
const CONTACTS_MAX: u64 = 20;
const ITEMS_MAX: u64 = 20;
const TASKS_MAX: u64 = 20;
const LATEST_MAX: u64 = 10;

/// A person at the customer, as a caller needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BriefContact {
    /// The contact.
    pub contact: ContactView,
    /// What kind of person it is, in words.
    pub persona: Option<Bilingual>,
    /// Is the person away today?
    pub is_absent: bool,
    /// The first moment from now on at which the person may be turned to; now where nothing is known of its hours.
    pub may_be_reached_at: DateTime<Utc>,
}

/// A letter that was written to the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BriefNotice {
    /// The notice.
    pub id: NoticeId,
    /// The day it was made.
    pub created_on: NaiveDate,
    /// By which channel.
    pub channel: String,
    /// The highest step in it.
    pub step: String,
    /// Where it stands.
    pub state: String,
    /// To whom.
    pub contact_id: Option<ContactId>,
    /// What it asks for.
    pub amount: Money,
}

/// All that the person who calls needs to know of a case. Lists show the most pressing or the latest of what there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CaseBriefView {
    /// The day it was made for.
    pub as_of: NaiveDate,
    /// The case: how late, how much, what comes next, and why the customer does not pay.
    pub case: CaseView,
    /// Who owes.
    pub account: AccountView,
    /// Its people, at most 20, in the order they were made.
    pub contacts: Vec<BriefContact>,
    /// How it pays, what papers it asks for, and which ways of payment were agreed (CF-13, CF-14).
    pub payment_process: PaymentProcess,
    /// What is open, at most 20 items, the earliest due first: when its money is expected, and papers that we have not sent.
    pub open_items: Vec<ExpectedItemView>,
    /// Is more open than that?
    pub has_more_items: bool,
    /// Its signals that count today, at most 10, the latest first.
    pub signals: Vec<SignalView>,
    /// Open work, at most 20, the earliest due first.
    pub open_tasks: Vec<TaskView>,
    /// What was done and what came of it, what the customer promised included: the last 10, the latest first.
    pub activities: Vec<TaskView>,
    /// Proposals the customer may choose from, choices that wait for a second person, and what is agreed: at most 10, the latest first (CT-10).
    pub offer_sets: Vec<OfferSetView>,
    /// The last 10 letters, the latest first.
    pub notices: Vec<BriefNotice>,
    /// The last 10 notes, the latest first.
    pub notes: Vec<NoteView>,
}

impl Engine {
    /// The brief of a case; `not_found` when there is none. Figures of the case are as of the collections day, the rest is of today.
    pub async fn case_brief(&self, who: &Caller, id: CaseId) -> Result<CaseBriefView> {
        let read = self.read(who);
        let account = case_row(&read, id).await?.account_id;
        let ground = self.ground(who.tenant).await?;
        let stamp = ground.stamp(&*self.clock);
        let personas = &ground.settings.credit.personas;
        let contact = |contact: ContactView| BriefContact {
            persona: personas.iter().find(|known| Some(&known.key) == contact.persona.as_ref()).map(|known| known.text.clone()),
            is_absent: contact.is_absent_on(stamp.today),
            may_be_reached_at: contact.hours.as_ref().and_then(|hours| hours.may_go_at(stamp.at)).unwrap_or(stamp.at),
            contact,
        };
        let first = PageOf::first(ITEMS_MAX);
        let items = list_expected(&read, &ground, account, stamp.today, &first).await?;
        Ok(CaseBriefView {
            as_of: stamp.today,
            case: self.find_case(who, id).await?,
            account: account::account(&read, account).await?,
            contacts: account::contacts(&read, account, &PageOf::first(CONTACTS_MAX)).await?.data.into_iter().map(contact).collect(),
            payment_process: payment_process(&read, account).await?.process,
            has_more_items: items.next.is_some(),
            open_items: items.data,
            signals: signals(&read, account, stamp.today).await?,
            open_tasks: open_tasks(&read, account).await?,
            activities: activities(&read, account).await?,
            offer_sets: live_offer_sets(&read, account, stamp.today, LATEST_MAX).await?,
            notices: notices(&read, account).await?,
            notes: account::notes(&read, account, &PageOf::first(LATEST_MAX)).await?.data,
        })
    }
}

async fn signals(read: &Read, account: AccountId, today: NaiveDate) -> Result<Vec<SignalView>> {
    use signal::Column as C;
    let query = signal::find(read.tenant()).filter(C::AccountId.eq(account)).filter(C::ObservedOn.lte(today)).filter(C::EndsOn.gt(today));
    let query = query.filter(C::WithdrawnOn.is_null()).order_by_desc(C::Id).limit(LATEST_MAX);
    let rows = query.all(read.db()).await.map_err(failed)?;
    Ok(rows.iter().map(|row| view_of(row, None, today)).collect())
}

async fn open_tasks(read: &Read, account: AccountId) -> Result<Vec<TaskView>> {
    use task::Column as C;
    let query = task::find(read.tenant()).filter(C::AccountId.eq(account)).filter(C::State.eq("open"));
    let query = query.order_by_asc(C::DueOn).order_by_asc(C::Id).limit(TASKS_MAX);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(TaskView::from).collect())
}

async fn activities(read: &Read, account: AccountId) -> Result<Vec<TaskView>> {
    use task::Column as C;
    let query = task::find(read.tenant()).filter(C::AccountId.eq(account)).filter(C::State.eq("done"));
    let query = query.order_by_desc(C::DoneOn).order_by_desc(C::Id).limit(LATEST_MAX);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(TaskView::from).collect())
}

async fn notices(read: &Read, account: AccountId) -> Result<Vec<BriefNotice>> {
    use notice::Column as C;
    let query = notice::find(read.tenant()).filter(C::AccountId.eq(account)).order_by_desc(C::Id).limit(LATEST_MAX);
    let view = |row: notice::Model| BriefNotice {
        id: row.id,
        created_on: row.created_on,
        channel: row.channel,
        step: row.step,
        state: row.state,
        contact_id: row.contact_id,
        amount: Money::new(row.amount_minor - row.credit_minor, row.currency),
    };
    Ok(query.all(read.db()).await.map_err(failed)?.into_iter().map(view).collect())
}
