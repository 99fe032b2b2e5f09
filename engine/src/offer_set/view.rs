//! What outsiders see of an offer set: colleagues all of it, the customer the letter.

use super::letter::Told;
use super::rows::{offer_set, offer_set_invoice};
use super::rules::{LETTER_ORDER, concession, state_on};
use super::{OfferOption, OfferPayment, OfferPurpose, OfferSetState, OptionKind};
use crate::account::rows::account;
use crate::contract::paper::{PaymentTerms, Tail};
use crate::doors::store::{Read, failed};
use crate::words::code::Code;
use crate::words::contract::ReleaseMode;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ApprovalId, ContractId, InvoiceId, OfferSetId};
use crate::words::money::Money;
use crate::words::page::{Order, Page, PageOf};
use crate::words::text::Bilingual;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// An invoice a settlement is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfferSetInvoiceView {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// Its number in the ERP.
    pub external_id: String,
    /// What was open on it when the set was made.
    pub open: Money,
}

/// A proposal, with the letter the customer knows it by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfferOptionView {
    /// `A`, `B` or `C`: all the customer knows of it.
    pub label: String,
    /// What it is for us; stays in the house.
    pub kind: OptionKind,
    /// Terms of payment; what is `null` stays as it is in the contract.
    pub terms: Option<PaymentTerms>,
    /// How goods go against money.
    pub mode: Option<ReleaseMode>,
    /// The last money.
    pub tail: Option<Tail>,
    /// Batches a delivery is ahead of its money.
    pub lag: Option<i64>,
    /// Day of the month on which is settled.
    pub settlement_day: Option<i64>,
    /// What is paid when.
    pub pay: Vec<OfferPayment>,
    /// What is paid in all; `null` about terms.
    pub total: Option<Money>,
    /// What is open less that: waived once all of it has come. `null` about terms.
    pub concession: Option<Money>,
    /// What the letter says beside it.
    pub text: Option<Bilingual>,
}

/// What the customer chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfferChoiceView {
    /// Which one.
    pub option: OptionKind,
    /// On which day.
    pub chosen_on: NaiveDate,
    /// Who at the customer.
    pub by: String,
    /// Where its word lies.
    pub evidence: Option<String>,
    /// The request for a second person, where one was needed.
    pub approval_id: Option<ApprovalId>,
    /// The last day on which that request can be answered.
    pub answer_by: Option<NaiveDate>,
}

/// A set of three proposals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfferSetView {
    /// Its id.
    pub id: OfferSetId,
    /// Its number in the system that made it.
    pub external_id: String,
    /// The account.
    pub account_id: AccountId,
    /// What it is about.
    pub purpose: OfferPurpose,
    /// Where it stands today.
    pub state: OfferSetState,
    /// The contract, about terms.
    pub contract_id: Option<ContractId>,
    /// That contract's number in the ERP.
    pub contract_external_id: Option<String>,
    /// The invoices, about a settlement.
    pub invoices: Vec<OfferSetInvoiceView>,
    /// What was open on them when it was made.
    pub open: Option<Money>,
    /// The day it was made.
    pub made_on: NaiveDate,
    /// The last day on which the customer may choose.
    pub valid_to: NaiveDate,
    /// The three, in the order the customer reads them.
    pub options: Vec<OfferOptionView>,
    /// What the customer chose; the last choice where one came to nothing.
    pub choice: Option<OfferChoiceView>,
    /// The letter that puts the three to the customer, which never tells what they are for us; `null` once there is nothing to choose.
    pub letter: Option<Bilingual>,
    /// The day it was agreed, refused or withdrawn.
    pub ended_on: Option<NaiveDate>,
    /// Why it was withdrawn.
    pub reason: Option<String>,
    /// Who made it.
    pub author: String,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl OfferOptionView {
    fn of(label: &str, option: &OfferOption, open: Option<Money>) -> Self {
        let option = option.clone();
        Self {
            label: label.to_owned(),
            kind: option.kind,
            total: open.and_then(|open| option.total(open.currency())),
            concession: open.and_then(|open| concession(&option, open).ok()),
            terms: option.terms,
            mode: option.mode,
            tail: option.tail,
            lag: option.lag,
            settlement_day: option.settlement_day,
            pay: option.pay,
            text: option.text,
        }
    }
}

/// The proposals with their letters, in the order the customer reads them.
fn in_letter_order(options: &[OfferOption]) -> impl Iterator<Item = (&'static str, &OfferOption)> {
    LETTER_ORDER.iter().filter_map(|(label, kind)| options.iter().find(|option| option.kind == *kind).map(|option| (*label, option)))
}

impl OfferSetView {
    /// The set as it stands on a day.
    pub(super) fn on(row: &offer_set::Model, invoices: &[offer_set_invoice::Model], account: &str, today: NaiveDate) -> Self {
        let currency = row.currency;
        let open = row.open_minor.zip(currency).map(|(minor, currency)| Money::new(minor, currency));
        let state = state_on(row.state, row.valid_to, row.answer_by, today);
        let invoices: Vec<OfferSetInvoiceView> = invoices
            .iter()
            .zip(currency.into_iter().cycle())
            .map(|(invoice, currency)| OfferSetInvoiceView {
                invoice_id: invoice.invoice_id,
                external_id: invoice.invoice_external_id.clone(),
                open: Money::new(invoice.open_minor, currency),
            })
            .collect();
        let options = in_letter_order(&row.options.0).map(|(label, option)| OfferOptionView::of(label, option, open)).collect();
        let mut view = Self {
            id: row.id,
            external_id: row.external_id.clone(),
            account_id: row.account_id,
            purpose: row.purpose,
            state,
            contract_id: row.contract_id,
            contract_external_id: row.contract_external_id.clone(),
            invoices,
            open,
            made_on: row.made_on,
            valid_to: row.valid_to,
            options,
            choice: chosen(row),
            letter: None,
            ended_on: row.ended_on,
            reason: row.reason.clone(),
            author: row.author.clone(),
            version: row.version,
            created_at: row.created_at,
        };
        view.letter = (state == OfferSetState::Open).then(|| Told { set: &view, account, entity: &row.entity }.letter());
        view
    }
}

fn chosen(row: &offer_set::Model) -> Option<OfferChoiceView> {
    Some(OfferChoiceView {
        option: row.chosen?,
        chosen_on: row.chosen_on?,
        by: row.chosen_by.clone()?,
        evidence: row.evidence.clone(),
        approval_id: row.approval_id,
        answer_by: row.answer_by,
    })
}

pub(super) async fn row(read: &Read, id: OfferSetId) -> Result<offer_set::Model> {
    let row = offer_set::find(read.tenant()).filter(offer_set::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such offer set"))
}

/// The invoices of these sets, by set, in the order they were named.
pub(super) async fn invoices_of(read: &Read, sets: &[OfferSetId]) -> Result<HashMap<OfferSetId, Vec<offer_set_invoice::Model>>> {
    use offer_set_invoice::Column as C;
    let query = offer_set_invoice::find(read.tenant()).filter(read.among(C::OfferSetId, sets.iter().copied())).order_by_asc(C::No);
    let mut by_set: HashMap<OfferSetId, Vec<offer_set_invoice::Model>> = HashMap::new();
    for invoice in query.all(read.db()).await.map_err(failed)? {
        by_set.entry(invoice.offer_set_id).or_default().push(invoice);
    }
    Ok(by_set)
}

/// The account a set is for and what it is about; `not_found` when there is no such set.
pub async fn offer_set_subject(read: &Read, id: OfferSetId) -> Result<(AccountId, OfferPurpose)> {
    row(read, id).await.map(|row| (row.account_id, row.purpose))
}

/// A set as it stands on a day; `not_found` when there is none.
pub async fn offer_set(read: &Read, id: OfferSetId, today: NaiveDate) -> Result<OfferSetView> {
    let row = row(read, id).await?;
    let account = row.account_id;
    let shown = views(read, account, vec![row], today).await?.into_iter().next();
    shown.ok_or_else(|| Error::internal("a set that was read is shown"))
}

async fn views(read: &Read, account: AccountId, rows: Vec<offer_set::Model>, today: NaiveDate) -> Result<Vec<OfferSetView>> {
    let ids: Vec<OfferSetId> = rows.iter().map(|row| row.id).collect();
    let invoices = if ids.is_empty() { HashMap::new() } else { invoices_of(read, &ids).await? };
    let name = account_name(read, account).await?;
    let none = Vec::new();
    Ok(rows.iter().map(|row| OfferSetView::on(row, invoices.get(&row.id).unwrap_or(&none), &name, today)).collect())
}

async fn account_name(read: &Read, account: AccountId) -> Result<String> {
    let query = account::find(read.tenant()).select_only().column(account::Column::Name).filter(account::Column::Id.eq(account));
    let name: Option<String> = query.into_tuple().one(read.db()).await.map_err(failed)?;
    name.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
}

/// Which sets of an account are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct OfferSetFilter {
    /// In this state today.
    pub state: Option<OfferSetState>,
}

/// In this state on a day: the same as [`state_on`], for the database.
fn is_in(state: OfferSetState, today: NaiveDate) -> Condition {
    use offer_set::Column as C;
    let is = |state: OfferSetState| Condition::all().add(C::State.eq(state));
    let unchosen = || {
        let unanswered = is(OfferSetState::Chosen).add(C::AnswerBy.lt(today));
        Condition::any().add(is(OfferSetState::Open)).add(unanswered)
    };
    match state {
        OfferSetState::Open => Condition::all().add(unchosen()).add(C::ValidTo.gte(today)),
        OfferSetState::Expired => Condition::all().add(unchosen()).add(C::ValidTo.lt(today)),
        OfferSetState::Chosen => is(state).add(C::AnswerBy.gte(today)),
        OfferSetState::Agreed | OfferSetState::Refused | OfferSetState::Withdrawn => is(state),
    }
}

/// Sets of an account in the order they were made; `not_found` when there is no such account.
pub async fn list_offer_sets(
    read: &Read,
    account: AccountId,
    filter: &OfferSetFilter,
    page: &PageOf,
    today: NaiveDate,
) -> Result<Page<OfferSetView>> {
    use offer_set::Column as C;
    let query = offer_set::find(read.tenant()).filter(C::AccountId.eq(account));
    let query = filter.state.into_iter().fold(query, |query, state| query.filter(is_in(state, today)));
    let Page { data, next, total } = read.page(query, C::Id, Order::OldestFirst, page).await?;
    Ok(Page { data: views(read, account, data, today).await?, next, total })
}

/// Sets the customer may still choose from, those whose choice waits, and those that are agreed: at most so many, the latest first.
pub async fn live_offer_sets(read: &Read, account: AccountId, today: NaiveDate, most: u64) -> Result<Vec<OfferSetView>> {
    use offer_set::Column as C;
    let states = [OfferSetState::Open, OfferSetState::Chosen, OfferSetState::Agreed];
    let is_live = states.into_iter().fold(Condition::any(), |any, state| any.add(is_in(state, today)));
    let query = offer_set::find(read.tenant()).filter(C::AccountId.eq(account)).filter(is_live).order_by_desc(C::Id).limit(most);
    views(read, account, query.all(read.db()).await.map_err(failed)?, today).await
}
