//! What outsiders see of a notice. Subject and text are made on reading, from the figures the notice keeps.

use super::grounds::Grounds;
use super::letter::{Letter, Told};
use super::rows::{notice, notice_line};
use super::rules::quiet_until;
use super::supply::SUPPLY_STOP_LETTER;
use crate::account::rows::{account, contact};
use crate::doors::store::{Read, failed};
use crate::ground::Ground;
use crate::hold::rows::supply_stop;
use crate::invoice::rows::instalment;
use crate::offer::rows::offer;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::facts::Reason;
use crate::words::id::{AccountId, CaseId, ContactId, InstalmentId, InvoiceId, NoticeId, OfferId};
use crate::words::money::Money;
use crate::words::page::{Order, Page, PageOf};
use crate::words::text::Bilingual;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;

/// One line of a notice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoticeLineView {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// The invoice's number in the ERP.
    pub invoice_external_id: String,
    /// The instalment.
    pub instalment_id: InstalmentId,
    /// `whole`, `first`, `middle` or `tail`.
    pub part: String,
    /// The step the instalment came to.
    pub step: String,
    /// The day that step was scheduled for.
    pub effective_on: NaiveDate,
    /// Days past due when the notice was made; 0 before.
    pub days_past_due: i64,
    /// Open and undisputed.
    pub amount: Money,
}

/// Why a notice that may go waits all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoticeWait {
    /// The rule: `gate:G-QUIET`, the hours of the person it goes to.
    pub rule: String,
    /// The moment from which it may go.
    pub until: DateTime<Utc>,
    /// Why, in words.
    pub reason: Reason,
}

/// A message to the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoticeView {
    /// Its id.
    pub id: NoticeId,
    /// The account.
    pub account_id: AccountId,
    /// The account's number in the ERP.
    pub account_external_id: String,
    /// The case it belongs to.
    pub case_id: Option<CaseId>,
    /// The highest step among its lines.
    pub step: String,
    /// The earliest day its steps were scheduled for.
    pub effective_on: NaiveDate,
    /// The run's day that made it.
    pub created_on: NaiveDate,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// `email`, `sms`, `letter` or `registered`.
    pub channel: String,
    /// `draft`, `ready`, `sent`, `unclear`, `undeliverable` or `cancelled`.
    pub state: String,
    /// Is it a formal notice?
    pub formal: bool,
    /// To whom.
    pub contact_id: Option<ContactId>,
    /// The legal entity of ours that writes.
    pub entity: String,
    /// Its language.
    pub language: String,
    /// The letter's text by name.
    pub template: String,
    /// What it asks for: the lines less the customer's own credit.
    pub amount: Money,
    /// The customer's own credit that is set off.
    pub credit: Money,
    /// The day the engine acts again on what it says.
    pub answer_by: NaiveDate,
    /// Not before this day.
    pub send_on: Option<NaiveDate>,
    /// Why it waits now although it is not sent; looked at anew each time it is read.
    pub waits: Option<NoticeWait>,
    /// The offer it is about.
    pub offer_id: Option<OfferId>,
    /// Who had it written: `core`, or plugin, version and line.
    pub source: String,
    /// What it asks for.
    pub lines: Vec<NoticeLineView>,
    /// Other overdue items it shows, without a deadline.
    pub information: Vec<NoticeLineView>,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
}

/// Which notices are wanted.
#[derive(Clone, Debug, Default)]
pub struct NoticeFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this case.
    pub case: Option<CaseId>,
    /// With a line at this step.
    pub step: Option<String>,
    /// In one of these states.
    pub states: Vec<String>,
    /// By this channel.
    pub channel: Option<String>,
    /// Made on this day or later.
    pub created_on_from: Option<NaiveDate>,
    /// Made on this day or earlier.
    pub created_on_to: Option<NaiveDate>,
}

/// The notice and the account it belongs to; `not_found` when there is none.
pub async fn notice_account(read: &Read, id: NoticeId) -> Result<AccountId> {
    row(read, id).await.map(|row| row.account_id)
}

async fn row(read: &Read, id: NoticeId) -> Result<notice::Model> {
    let row = notice::find(read.tenant()).filter(notice::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such notice"))
}

/// A notice as it stands at a moment; `not_found` when there is none.
pub async fn notice(read: &Read, ground: &Ground, id: NoticeId, at: DateTime<Utc>) -> Result<NoticeView> {
    let row = row(read, id).await?;
    views(read, ground, vec![row], at).await?.pop().ok_or_else(|| Error::internal("a notice has no view"))
}

/// Notices in the order they were made, as they stand at a moment.
pub async fn list_notices(
    read: &Read,
    ground: &Ground,
    filter: &NoticeFilter,
    page: &PageOf,
    at: DateTime<Utc>,
) -> Result<Page<NoticeView>> {
    use notice::Column as C;
    let mut query = notice::find(read.tenant());
    query = filter.account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
    query = filter.case.into_iter().fold(query, |query, case| query.filter(C::CaseId.eq(case)));
    query = filter.channel.iter().fold(query, |query, channel| query.filter(C::Channel.eq(channel)));
    query = filter.created_on_from.into_iter().fold(query, |query, day| query.filter(C::CreatedOn.gte(day)));
    query = filter.created_on_to.into_iter().fold(query, |query, day| query.filter(C::CreatedOn.lte(day)));
    query = if filter.states.is_empty() { query } else { query.filter(C::State.is_in(filter.states.iter().map(String::as_str))) };
    if let Some(step) = &filter.step {
        let own_line = notice_line::find(read.tenant())
            .select_only()
            .column(notice_line::Column::Id)
            .filter(Expr::col((notice_line::Entity, notice_line::Column::NoticeId)).equals((notice::Entity, C::Id)))
            .filter(notice_line::Column::Step.eq(step));
        query = query.filter(Expr::exists(own_line.into_query()));
    }
    let rows = read.page(query, C::Id, Order::OldestFirst, page).await?;
    Ok(Page { data: views(read, ground, rows.data, at).await?, next: rows.next, total: rows.total })
}

/// What letters of these notices name, read in a fixed number of queries.
struct Names {
    accounts: HashMap<AccountId, account::Model>,
    contacts: HashMap<ContactId, contact::Model>,
    lines: HashMap<NoticeId, Vec<notice_line::Model>>,
    items: HashMap<InstalmentId, instalment::Model>,
    grounds: Grounds,
    offers: HashMap<OfferId, offer::Model>,
    stops: HashMap<NoticeId, supply_stop::Model>,
}

async fn names(read: &Read, rows: &[notice::Model]) -> Result<Names> {
    let (of, db) = (read.tenant(), read.db());
    let accounts = account::find(of).filter(read.among(account::Column::Id, rows.iter().map(|row| row.account_id)));
    let contacts = contact::find(of).filter(read.among(contact::Column::Id, rows.iter().filter_map(|row| row.contact_id)));
    let lines = notice_line::find(of).filter(read.among(notice_line::Column::NoticeId, rows.iter().map(|row| row.id)));
    let offers = offer::find(of).filter(read.among(offer::Column::Id, rows.iter().filter_map(|row| row.offer_id)));
    let lines = lines.order_by_asc(notice_line::Column::Id).all(db).await.map_err(failed)?;
    let items = instalment::find(of).filter(read.among(instalment::Column::Id, lines.iter().map(|line| line.instalment_id)));
    let items: HashMap<InstalmentId, instalment::Model> =
        items.all(db).await.map_err(failed)?.into_iter().map(|row| (row.id, row)).collect();
    let formal: HashSet<NoticeId> = rows.iter().filter(|row| row.is_formal).map(|row| row.id).collect();
    let demanded = lines.iter().filter(|line| formal.contains(&line.notice_id)).filter_map(|line| items.get(&line.instalment_id));
    let grounds = Grounds::of(read, &demanded.collect::<Vec<_>>()).await?;
    let mut by_notice: HashMap<NoticeId, Vec<notice_line::Model>> = HashMap::new();
    lines.into_iter().for_each(|line| by_notice.entry(line.notice_id).or_default().push(line));
    Ok(Names {
        accounts: accounts.all(db).await.map_err(failed)?.into_iter().map(|row| (row.id, row)).collect(),
        contacts: contacts.all(db).await.map_err(failed)?.into_iter().map(|row| (row.id, row)).collect(),
        lines: by_notice,
        items,
        grounds,
        offers: offers.all(db).await.map_err(failed)?.into_iter().map(|row| (row.id, row)).collect(),
        stops: stops(read, rows).await?,
    })
}

/// The stops that notices tell of; nothing is asked for where none does.
async fn stops(read: &Read, rows: &[notice::Model]) -> Result<HashMap<NoticeId, supply_stop::Model>> {
    let of_stops: Vec<NoticeId> = rows.iter().filter(|row| row.template == SUPPLY_STOP_LETTER).map(|row| row.id).collect();
    if of_stops.is_empty() {
        return Ok(HashMap::new());
    }
    let query = supply_stop::find(read.tenant()).filter(read.among(supply_stop::Column::NoticeId, of_stops));
    Ok(query.all(read.db()).await.map_err(failed)?.into_iter().map(|row| (row.notice_id, row)).collect())
}

async fn views(read: &Read, ground: &Ground, rows: Vec<notice::Model>, at: DateTime<Utc>) -> Result<Vec<NoticeView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names = names(read, &rows).await?;
    Ok(rows.iter().map(|row| view(row, &names, ground, at)).collect())
}

fn view(row: &notice::Model, names: &Names, ground: &Ground, at: DateTime<Utc>) -> NoticeView {
    let account = names.accounts.get(&row.account_id);
    let contact = row.contact_id.and_then(|id| names.contacts.get(&id));
    let lines = names.lines.get(&row.id).map_or(&[][..], Vec::as_slice);
    let told = Told {
        row,
        account: account.map_or("", |account| account.name.as_str()),
        contact: contact.map(|contact| contact.name.as_str()),
        lines: lines.iter().filter(|line| !line.is_for_information).map(|line| (line, names.items.get(&line.instalment_id))).collect(),
        offer: row.offer_id.and_then(|id| names.offers.get(&id)),
        stop: names.stops.get(&row.id),
        grounds: &names.grounds,
    };
    let Letter { subject, body } = told.letter(&*ground.plugins);
    NoticeView {
        id: row.id,
        account_id: row.account_id,
        account_external_id: account.map(|account| account.external_id.clone()).unwrap_or_default(),
        case_id: row.case_id,
        step: row.step.clone(),
        effective_on: row.effective_on,
        created_on: row.created_on,
        created_at: row.created_at,
        channel: row.channel.clone(),
        state: row.state.clone(),
        formal: row.is_formal,
        contact_id: row.contact_id,
        entity: row.entity.clone(),
        language: row.language.clone(),
        template: row.template.clone(),
        amount: Money::new(row.amount_minor - row.credit_minor, row.currency),
        credit: Money::new(row.credit_minor, row.currency),
        answer_by: row.answer_by,
        send_on: row.send_on,
        waits: contact.and_then(|contact| wait(row, contact, at)),
        offer_id: row.offer_id,
        source: row.source.clone(),
        lines: lines.iter().filter(|line| !line.is_for_information).map(line_view).collect(),
        information: lines.iter().filter(|line| line.is_for_information).map(line_view).collect(),
        subject,
        body,
    }
}

/// The hours of the person keep what was not sent yet.
fn wait(row: &notice::Model, contact: &contact::Model, at: DateTime<Utc>) -> Option<NoticeWait> {
    let is_to_go = matches!(row.state.as_str(), "draft" | "ready");
    let hours = contact.hours.as_ref().filter(|_| is_to_go)?;
    let until = quiet_until(&row.channel, Some(&hours.0), at)?;
    let (name, zone) = (&contact.name, &hours.0.time_zone);
    let text = Bilingual::new(
        format!("{name} is not to be turned to at this hour ({zone}); it may go from {until} on."),
        format!("现在不宜联系{name}（时区 {zone}），可于 {until} 起发送。"),
    );
    Some(NoticeWait { rule: "gate:G-QUIET".to_owned(), until, reason: Reason::core("contact_quiet", text) })
}

fn line_view(line: &notice_line::Model) -> NoticeLineView {
    NoticeLineView {
        invoice_id: line.invoice_id,
        invoice_external_id: line.invoice_external_id.clone(),
        instalment_id: line.instalment_id,
        part: line.part.clone(),
        step: line.step.clone(),
        effective_on: line.effective_on,
        days_past_due: line.days_past_due,
        amount: Money::new(line.amount_minor, line.currency),
    }
}
