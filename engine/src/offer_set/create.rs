//! Making a set of three proposals.

use super::rows::{offer_set, offer_set_invoice};
use super::rules::{Owed, check_one_debt, check_options, check_valid_to, state_on};
use super::view::{OfferSetView, invoices_of};
use super::{OfferOption, OfferPurpose, OfferSetState};
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::contract::rows::contract;
use crate::contract::{ChangeContract, ContractPatch};
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::invoice::rows::{instalment, invoice};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::contract::ContractState;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, ContractId, InvoiceId, OfferSetId, RowId};
use crate::words::money::Money;
use crate::words::text::check_line;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use utoipa::ToSchema;

/// The most invoices one settlement is about.
const INVOICES_MAX: usize = 100;

/// Three proposals for a negotiation: about the terms of one contract, or about settling invoices.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferSetIn {
    /// Its number in the system that makes it: unique for ever.
    #[schema(min_length = 1, max_length = 100)]
    pub external_id: String,
    /// What it is about.
    pub purpose: OfferPurpose,
    /// The contract, about terms: by id or external id.
    #[serde(default)]
    pub contract_id: Option<ContractId>,
    /// The contract's number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub contract_external_id: Option<String>,
    /// The invoices, about a settlement: each open, in one currency, of one legal entity of ours.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub invoice_external_ids: Vec<String>,
    /// The last day on which the customer may choose: today to 90 days ahead.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub valid_to: NaiveDate,
    /// Exactly three: one base, one best, one reference.
    #[schema(min_items = 3, max_items = 3)]
    pub options: Vec<OfferOption>,
}

/// Makes a set. The same one again is answered as before; other content under its number is a conflict.
pub struct CreateOfferSet {
    /// The account.
    pub account: AccountId,
    /// The set.
    pub set: OfferSetIn,
}

/// What making a set looks at.
pub struct OfferSetFacts {
    account: account::Model,
    /// What has this number already, with its invoices.
    before: Option<(offer_set::Model, Vec<offer_set_invoice::Model>)>,
    /// Sets of the account that were never ended.
    unended: Vec<offer_set::Model>,
    contract: Option<<ChangeContract as Command>::Facts>,
    /// The invoices with these numbers, and what is open on each.
    invoices: HashMap<String, (invoice::Model, i64)>,
}

/// What a set is about, once that is known to be sound.
struct About<'a> {
    contract: Option<&'a contract::Model>,
    /// In the order they were named, with what is open on each.
    invoices: Vec<&'a (invoice::Model, i64)>,
    open: Option<Money>,
    entity: &'a str,
}

/// What is open on these invoices.
pub(super) async fn open_on(read: &Read, invoices: impl IntoIterator<Item = InvoiceId>) -> Result<HashMap<InvoiceId, i64>> {
    use instalment::Column as C;
    let query = instalment::find(read.tenant()).select_only().columns([C::InvoiceId, C::OpenMinor]);
    let query = query.filter(read.among(C::InvoiceId, invoices)).filter(C::CancelledOn.is_null());
    let rows: Vec<(InvoiceId, i64)> = query.into_tuple().all(read.db()).await.map_err(failed)?;
    let mut open = HashMap::new();
    for (invoice, minor) in rows {
        *open.entry(invoice).or_insert(0) += minor;
    }
    Ok(open)
}

impl CreateOfferSet {
    async fn contract(&self, read: &Read) -> Result<Option<ContractId>> {
        use contract::Column as C;
        let (id, number) = (self.set.contract_id, self.set.contract_external_id.as_ref());
        if id.is_none() && number.is_none() {
            return Ok(None);
        }
        let query = contract::find(read.tenant()).filter(C::AccountId.eq(self.account));
        let query = id.into_iter().fold(query, |query, id| query.filter(C::Id.eq(id)));
        let query = number.into_iter().fold(query, |query, number| query.filter(C::ExternalId.eq(number)));
        Ok(query.one(read.db()).await.map_err(failed)?.map(|row| row.id))
    }

    async fn invoices(&self, read: &Read) -> Result<HashMap<String, (invoice::Model, i64)>> {
        use invoice::Column as C;
        let numbers = &self.set.invoice_external_ids;
        if numbers.is_empty() || numbers.len() > INVOICES_MAX {
            return Ok(HashMap::new());
        }
        let query = invoice::find(read.tenant()).filter(C::AccountId.eq(self.account)).filter(read.among_texts(C::ExternalId, numbers));
        let rows = query.all(read.db()).await.map_err(failed)?;
        let open = open_on(read, rows.iter().map(|row| row.id)).await?;
        let with_open = |row: invoice::Model| (row.external_id.clone(), (open.get(&row.id).copied().unwrap_or(0), row));
        Ok(rows.into_iter().map(with_open).map(|(number, (open, row))| (number, (row, open))).collect())
    }

    /// Hash of the content, with the contract resolved (decision 47).
    fn hash(&self, contract: Option<ContractId>) -> Result<String> {
        content_hash(&(self.account, OfferSetIn { contract_id: contract, contract_external_id: None, ..self.set.clone() }))
    }

    /// What it is about; refuses what cannot be negotiated about.
    fn about<'a>(&self, facts: &'a OfferSetFacts) -> Result<About<'a>> {
        let new = &self.set;
        let is_of_contract = new.contract_id.is_some() || new.contract_external_id.is_some();
        let fault = |pointer: &str, code, detail: &str| Err(Error::new(code, detail).at(pointer));
        match new.purpose {
            OfferPurpose::Terms if !new.invoice_external_ids.is_empty() => {
                fault("#/invoice_external_ids", Code::ValidationFailed, "a set about terms names no invoices")
            }
            OfferPurpose::Terms if !is_of_contract => fault("#/contract_external_id", Code::MissingField, "name the contract it is about"),
            OfferPurpose::Terms => match &facts.contract {
                Some((_, contract, _)) if contract.state == ContractState::Ended => {
                    fault(self.contract_pointer(), Code::IllegalState, "the contract has ended")
                }
                Some((_, contract, _)) => {
                    Ok(About { contract: Some(contract), invoices: Vec::new(), open: None, entity: &contract.entity })
                }
                None => fault(self.contract_pointer(), Code::UnknownReference, "the account has no such contract"),
            },
            OfferPurpose::Settlement if is_of_contract => {
                fault(self.contract_pointer(), Code::ValidationFailed, "a settlement names invoices and no contract")
            }
            OfferPurpose::Settlement => self.debt(facts),
        }
    }

    /// Where the body names the contract.
    fn contract_pointer(&self) -> &'static str {
        if self.set.contract_external_id.is_some() { "#/contract_external_id" } else { "#/contract_id" }
    }

    /// The invoices of a settlement and what is open on them.
    fn debt<'a>(&self, facts: &'a OfferSetFacts) -> Result<About<'a>> {
        let numbers = &self.set.invoice_external_ids;
        if numbers.is_empty() {
            return Err(Error::new(Code::MissingField, "name the invoices it is about").at("#/invoice_external_ids"));
        }
        if numbers.len() > INVOICES_MAX || numbers.iter().collect::<BTreeSet<_>>().len() < numbers.len() {
            let detail = format!("at most {INVOICES_MAX} invoices, none of them twice");
            return Err(Error::new(Code::ValidationFailed, detail).at("#/invoice_external_ids"));
        }
        let mut named = Vec::with_capacity(numbers.len());
        for (at, number) in numbers.iter().enumerate() {
            let pointer = format!("#/invoice_external_ids/{at}");
            match facts.invoices.get(number) {
                None => return Err(Error::new(Code::UnknownReference, "the account has no such invoice").at(pointer)),
                Some((_, open)) if *open <= 0 => {
                    return Err(Error::new(Code::ValidationFailed, "nothing is open on this invoice").at(pointer));
                }
                Some(invoice) => named.push(invoice),
            }
        }
        check_one_debt(named.iter().map(|(row, _)| (row.currency, row.entity.as_str())))?;
        let sum = named.iter().fold(0_i128, |sum, (_, open)| sum + i128::from(*open));
        let Some((first, _)) = named.first() else { return Err(Error::internal("a settlement names invoices")) };
        let open = Money::from_sum(sum, first.currency)?;
        let entity = &first.entity;
        Ok(About { contract: None, open: Some(open), entity, invoices: named })
    }

    /// Refuses terms that the contract would refuse: its own rules judge each proposal, as they will judge the one that is chosen.
    fn check_terms(&self, facts: &OfferSetFacts, attempt: &Attempt) -> Result<()> {
        let Some(now) = &facts.contract else { return Ok(()) };
        for (at, option) in self.set.options.iter().enumerate() {
            let change = change_of(self.account, &now.1, option, None);
            let refused = |error: Error| under(&error, &format!("#/options/{at}"));
            change.decide(now, &Asked::nobody(), attempt).map_err(refused)?;
        }
        Ok(())
    }

    /// One set at a time about one thing: two would let the customer take the better half of each.
    fn check_alone(&self, facts: &OfferSetFacts, contract: Option<ContractId>, today: NaiveDate) -> Result<()> {
        let is_live = |row: &&offer_set::Model| {
            let state = state_on(row.state, row.valid_to, row.answer_by, today);
            matches!(state, OfferSetState::Open | OfferSetState::Chosen)
        };
        let of_this = |row: &&offer_set::Model| row.purpose == self.set.purpose && row.contract_id == contract;
        match facts.unended.iter().filter(is_live).find(of_this) {
            Some(other) => {
                let error = Error::new(Code::IllegalState, format!("{} is about the same and stands until {}", other.id, other.valid_to));
                Err(error.with(serde_json::json!({ "conflicting_id": other.id })))
            }
            None => Ok(()),
        }
    }
}

/// The change of its contract that a proposal comes to.
pub(super) fn change_of(account: AccountId, now: &contract::Model, option: &OfferOption, version: Option<i64>) -> ChangeContract {
    ChangeContract { account, contract: now.id, version, patch: option.patch(&now.paper.0.terms) }
}

/// What a command looks at that would change this contract.
pub(super) async fn contract_now(
    read: &Read,
    attempt: &Attempt,
    account: AccountId,
    contract: Option<ContractId>,
) -> Result<Option<<ChangeContract as Command>::Facts>> {
    let Some(contract) = contract else { return Ok(None) };
    let change = ChangeContract { account, contract, version: None, patch: ContractPatch::default() };
    change.facts(read, attempt).await.map(Some)
}

/// A refusal of a part, with the place of the part before its own.
fn under(error: &Error, place: &str) -> Error {
    let moved = |fault: &Fault| Fault { pointer: format!("{place}{}", fault.pointer.trim_start_matches('#')), ..fault.clone() };
    let error_there = Error::new(error.code(), error.detail());
    if error.faults().is_empty() { error_there.at(place) } else { error_there.with_faults(error.faults().iter().map(moved)) }
}

impl Command for CreateOfferSet {
    type Facts = OfferSetFacts;
    type Done = OfferSetView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<OfferSetFacts> {
        use offer_set::Column as C;
        let account = account_now(read, self.account).await?;
        let number = C::ExternalId.eq(&self.set.external_id);
        let before = match offer_set::find(read.tenant()).filter(number).one(read.db()).await.map_err(failed)? {
            Some(row) => {
                let invoices = invoices_of(read, &[row.id]).await?.remove(&row.id).unwrap_or_default();
                Some((row, invoices))
            }
            None => None,
        };
        let unended = offer_set::find(read.tenant()).filter(C::AccountId.eq(self.account));
        let unended = unended.filter(C::State.is_in([OfferSetState::Open, OfferSetState::Chosen]));
        let unended = unended.all(read.db()).await.map_err(failed)?;
        let contract = contract_now(read, attempt, self.account, self.contract(read).await?).await?;
        Ok(OfferSetFacts { account, before, unended, contract, invoices: self.invoices(read).await? })
    }

    fn decide(&self, facts: &OfferSetFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<OfferSetView>> {
        let (new, today) = (&self.set, attempt.stamp.today);
        let contract = facts.contract.as_ref().map(|(_, contract, _)| contract.id);
        let hash = self.hash(contract)?;
        if let Some((before, invoices)) = &facts.before {
            if before.content_hash == hash {
                return Ok(Decided::before(OfferSetView::on(before, invoices, &facts.account.name, today)));
            }
            let error = Error::new(Code::ExternalIdConflict, format!("this external_id already names {}, with other content", before.id));
            return Err(error.at("#/external_id").with(serde_json::json!({ "conflicting_id": before.id })));
        }
        check_line("#/external_id", &new.external_id, 100)?;
        let about = self.about(facts)?;
        check_valid_to(new.valid_to, today)?;
        check_options(&new.options, new.purpose, about.open.map(|open| Owed { open, today }))?;
        self.check_terms(facts, attempt)?;
        self.check_alone(facts, contract, today)?;
        let row = self.row(&about, hash, attempt);
        let invoices: Vec<offer_set_invoice::Model> = (1..).zip(&about.invoices).map(|(no, of)| named(&row, no, of, attempt)).collect();
        let entry = Entry {
            kind: "offer_set.created",
            subject: "offer_set",
            subject_id: row.id.0,
            effective_on: today,
            decision: None,
            body: serde_json::json!({ "external_id": row.external_id, "account_id": row.account_id, "purpose": row.purpose,
                "contract_external_id": row.contract_external_id, "invoice_external_ids": new.invoice_external_ids, "open": about.open,
                "valid_to": row.valid_to }),
        };
        let view = OfferSetView::on(&row, &invoices, &facts.account.name, today);
        let changes = Changes::on(Claim::Account(claimed(&facts.account))).add(&row).add_all(&invoices).tell(entry);
        Ok(Decided::new(view, changes))
    }
}

impl CreateOfferSet {
    fn row(&self, about: &About<'_>, content_hash: String, attempt: &Attempt) -> offer_set::Model {
        offer_set::Model {
            tenant_id: attempt.who.tenant,
            id: OfferSetId(attempt.stamp.id()),
            account_id: self.account,
            external_id: self.set.external_id.clone(),
            purpose: self.set.purpose,
            state: OfferSetState::Open,
            contract_id: about.contract.map(|contract| contract.id),
            contract_external_id: about.contract.map(|contract| contract.external_id.clone()),
            contract_version: None,
            entity: about.entity.to_owned(),
            currency: about.open.map(Money::currency),
            open_minor: about.open.map(Money::minor),
            options: Payload(self.set.options.clone()),
            made_on: attempt.stamp.today,
            valid_to: self.set.valid_to,
            chosen: None,
            chosen_on: None,
            chosen_by: None,
            evidence: None,
            concession_minor: None,
            approval_id: None,
            answer_by: None,
            ended_on: None,
            reason: None,
            author: attempt.who.actor.to_string(),
            content_hash,
            version: 1,
            created_at: attempt.stamp.at,
        }
    }
}

fn named(set: &offer_set::Model, no: i64, (invoice, open): &(invoice::Model, i64), attempt: &Attempt) -> offer_set_invoice::Model {
    offer_set_invoice::Model {
        tenant_id: set.tenant_id,
        id: RowId(attempt.stamp.id()),
        offer_set_id: set.id,
        invoice_id: invoice.id,
        invoice_external_id: invoice.external_id.clone(),
        no,
        open_minor: *open,
    }
}

/// The account of a set as it is now.
pub(super) async fn account_now(read: &Read, id: AccountId) -> Result<account::Model> {
    let row = account::find(read.tenant()).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
}
