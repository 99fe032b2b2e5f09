//! What the customer chose: carried out at once, or once a second person has said yes.

use super::create::{account_now, change_of, contract_now, open_on};
use super::rows::{offer_set, offer_set_invoice};
use super::rules::{check_first_payment, concession, state_on};
use super::view::{OfferSetView, invoices_of, row};
use super::{OfferOption, OfferPurpose, OfferSetState, OptionKind};
use crate::account::claimed;
use crate::account::rows::account;
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, WAITS_DAYS, Waiting, pending_about, propose};
use crate::command::{Attempt, Command, Decided};
use crate::contract::ChangeContract;
use crate::doors::store::{Changes, Claim, Entry, Read};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::{add_days, strict_date};
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, OfferSetId};
use crate::words::money::Money;
use crate::words::role::Role;
use crate::words::text::{Bilingual, check_line};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The customer's choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferChoiceIn {
    /// Which of the three.
    pub option: OptionKind,
    /// On which day; today when absent. Not before the set was made, and it has come.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub chosen_on: Option<NaiveDate>,
    /// Who at the customer chose.
    #[schema(min_length = 1, max_length = 200)]
    pub by: String,
    /// Where the customer's word lies: a number in the document store.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    pub evidence: Option<String>,
}

/// Writes down what the customer chose. Terms change the contract as a patch of it would; a settlement that waives something, and a change
/// of a contract in force, take a second person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChooseOption {
    /// The account, already found.
    pub account: AccountId,
    /// The set.
    pub offer_set: OfferSetId,
    /// The choice.
    pub choice: OfferChoiceIn,
}

/// What a choice looks at.
pub struct ChoiceFacts {
    account: account::Model,
    set: offer_set::Model,
    invoices: Vec<offer_set_invoice::Model>,
    /// What is open on those invoices now, in minor units.
    open_minor: i128,
    contract: Option<<ChangeContract as Command>::Facts>,
    /// What is asked about the set and not answered.
    pending: Vec<approval::Model>,
}

/// What a choice comes to before anything is written.
struct Judged {
    /// Does it wait for a second person?
    persons: Persons,
    /// What is waived; none about terms.
    concession: Option<Money>,
    /// What the contract's own change writes, where it is done.
    changes: Option<Changes>,
}

impl Command for ChooseOption {
    type Facts = ChoiceFacts;
    type Done = Acted<OfferSetView>;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<ChoiceFacts> {
        let account = account_now(read, self.account).await?;
        let set = row(read, self.offer_set).await?;
        let invoices = invoices_of(read, &[set.id]).await?.remove(&set.id).unwrap_or_default();
        let open = if invoices.is_empty() { Default::default() } else { open_on(read, invoices.iter().map(|of| of.invoice_id)).await? };
        let open_minor = open.values().fold(0, |sum, open| sum + i128::from(*open));
        let contract = contract_now(read, attempt, self.account, set.contract_id).await?;
        let pending = pending_about(read, set.id.0).await?;
        Ok(ChoiceFacts { account, set, invoices, open_minor, contract, pending })
    }

    fn decide(&self, facts: &ChoiceFacts, asked: &Asked, attempt: &Attempt) -> Result<Decided<Acted<OfferSetView>>> {
        let (set, today) = (&facts.set, attempt.stamp.today);
        let option = set.options.0.iter().find(|option| option.kind == self.choice.option);
        let option = option.ok_or_else(|| Error::internal("a set has one proposal of each kind"))?;
        match (state_on(set.state, set.valid_to, set.answer_by, today), attempt.who.second.is_some()) {
            (OfferSetState::Open, false) => self.check(set, option, today)?,
            (OfferSetState::Chosen, true) if self.is_told(set) => {}
            (OfferSetState::Chosen, false) if self.is_told(set) => return self.wait(facts, option, attempt),
            (state, _) => return Err(Error::new(Code::IllegalState, format!("the set is {state}"))),
        }
        let judged = self.judge(facts, option, asked, attempt)?;
        if judged.persons == Persons::Waits { self.wait(facts, option, attempt) } else { self.agree(facts, judged, attempt) }
    }
}

impl ChooseOption {
    fn check(&self, set: &offer_set::Model, option: &OfferOption, today: NaiveDate) -> Result<()> {
        let choice = &self.choice;
        check_line("#/by", &choice.by, 200)?;
        choice.evidence.iter().try_for_each(|text| check_line("#/evidence", text, 200))?;
        let chosen_on = choice.chosen_on.unwrap_or(today);
        if chosen_on < set.made_on || chosen_on > today {
            let detail = format!("a choice is made from {} to today", set.made_on);
            return Err(Error::new(Code::ValidationFailed, detail).at("#/chosen_on"));
        }
        check_first_payment(option, chosen_on)
    }

    /// Is this the very choice that waits already?
    fn is_told(&self, set: &offer_set::Model) -> bool {
        let OfferChoiceIn { option, chosen_on, by, evidence } = &self.choice;
        let is_same_day = chosen_on.is_none() || *chosen_on == set.chosen_on;
        set.chosen == Some(*option) && is_same_day && set.chosen_by.as_ref() == Some(by) && set.evidence == *evidence
    }

    /// What the proposal comes to by the facts of now: the contract's own rules say what becomes of terms, what is open what a settlement
    /// waives.
    fn judge(&self, facts: &ChoiceFacts, option: &OfferOption, asked: &Asked, attempt: &Attempt) -> Result<Judged> {
        let set = &facts.set;
        match set.purpose {
            OfferPurpose::Terms => {
                let now = facts.contract.as_ref().ok_or_else(|| Error::internal("a set about terms has a contract"))?;
                let version = attempt.who.second.as_ref().and(set.contract_version);
                let Decided { done, changes } = change_of(self.account, &now.1, option, version).decide(now, asked, attempt)?;
                match done? {
                    // The request of a change alone is not filed: the choice waits with it, in one request.
                    Acted::Waits(_) => Ok(Judged { persons: Persons::Waits, concession: None, changes: None }),
                    Acted::Done(_) => Ok(Judged { persons: Persons::of(&attempt.who, false), concession: None, changes }),
                }
            }
            OfferPurpose::Settlement => {
                let open = set.open_minor.zip(set.currency).map(|(minor, currency)| Money::new(minor, currency));
                let open = open.ok_or_else(|| Error::internal("a settlement has an amount"))?;
                if facts.open_minor != i128::from(open.minor()) {
                    let now = Money::from_sum(facts.open_minor, open.currency())?;
                    let detail = format!("it was made on {open} and {now} is open now: withdraw it and make it anew");
                    return Err(Error::new(Code::IllegalState, detail));
                }
                let waived = concession(option, open)?;
                let takes_two = waived.is_positive() && attempt.ground.settings.four_eyes;
                Ok(Judged { persons: Persons::of(&attempt.who, takes_two), concession: Some(waived), changes: None })
            }
        }
    }

    /// Files the request for a second person, or finds it filed, and marks the set.
    fn wait(&self, facts: &ChoiceFacts, option: &OfferOption, attempt: &Attempt) -> Result<Decided<Acted<OfferSetView>>> {
        let claim = Claim::Account(claimed(&facts.account));
        let Decided { done, changes } = propose::<OfferSetView>(self.proposal(facts, option)?, &facts.pending, claim, attempt)?;
        let done = done?;
        let (Acted::Waits(Waiting { id, .. }), Some(changes)) = (&done, changes) else { return Ok(Decided::before(done)) };
        let row = offer_set::Model {
            state: OfferSetState::Chosen,
            contract_version: facts.contract.as_ref().map(|(_, contract, _)| contract.version),
            approval_id: Some(*id),
            answer_by: Some(add_days(attempt.stamp.today, WAITS_DAYS)),
            ..self.chosen(&facts.set, attempt)
        };
        let body = serde_json::json!({ "external_id": row.external_id, "account_id": row.account_id, "option": row.chosen,
            "chosen_on": row.chosen_on, "approval_id": id });
        let changes = changes.save(&row).tell(entry("offer_set.chosen", &row, attempt, body));
        Ok(Decided::new(done, changes))
    }

    /// Both sides are bound: the contract changes with it, and what a settlement waives is the ERP's credit note to come.
    fn agree(&self, facts: &ChoiceFacts, judged: Judged, attempt: &Attempt) -> Result<Decided<Acted<OfferSetView>>> {
        let told = match attempt.who.second {
            Some(_) => facts.set.clone(),
            None => self.chosen(&facts.set, attempt),
        };
        let row = offer_set::Model {
            state: OfferSetState::Agreed,
            concession_minor: judged.concession.map(Money::minor),
            ended_on: Some(attempt.stamp.today),
            version: facts.set.version + 1,
            ..told
        };
        let body = serde_json::json!({ "external_id": row.external_id, "account_id": row.account_id, "option": row.chosen,
            "chosen_on": row.chosen_on, "concession": judged.concession });
        // The set was read before the contract: the claim is on the account as it was before both.
        let claim = Claim::Account(claimed(&facts.account));
        let changes = judged.changes.map_or_else(|| Changes::on(claim.clone()), |changes| changes.standing_on(claim.clone()));
        let changes = changes.save(&row).tell(entry("offer_set.agreed", &row, attempt, judged.persons.told(body)));
        let view = OfferSetView::on(&row, &facts.invoices, &facts.account.name, attempt.stamp.today);
        Ok(Decided::new(Acted::Done(view), changes))
    }

    /// The set with this choice on it.
    fn chosen(&self, set: &offer_set::Model, attempt: &Attempt) -> offer_set::Model {
        offer_set::Model {
            chosen: Some(self.choice.option),
            chosen_on: Some(self.choice.chosen_on.unwrap_or(attempt.stamp.today)),
            chosen_by: Some(self.choice.by.clone()),
            evidence: self.choice.evidence.clone(),
            approval_id: None,
            answer_by: None,
            version: set.version + 1,
            ..set.clone()
        }
    }

    /// The choice as it waits.
    fn proposal(&self, facts: &ChoiceFacts, option: &OfferOption) -> Result<Proposal> {
        let (set, name) = (&facts.set, &facts.account.name);
        let waived = match set.open_minor.zip(set.currency) {
            Some((minor, currency)) => Some(concession(option, Money::new(minor, currency))?),
            None => None,
        };
        let text = match (waived, &set.contract_external_id) {
            (Some(waived), _) => Bilingual::new(
                format!("Agree with {name} on the {} settlement of {}: {waived} is waived.", option.kind, set.external_id),
                format!("申请与{name}达成和解方案 {}（{}）：免除 {waived}。", set.external_id, in_chinese(option.kind)),
            ),
            (None, contract) => {
                let contract = contract.as_deref().unwrap_or_default();
                Bilingual::new(
                    format!("Agree with {name} on the {} terms of {}: they change the contract {contract}.", option.kind, set.external_id),
                    format!("申请与{name}就 {}（{}）达成一致：将变更合同 {contract}。", set.external_id, in_chinese(option.kind)),
                )
            }
        };
        Ok(Proposal {
            kind: ApprovalKind::ChooseOffer,
            account: Some(self.account),
            subject: ("offer_set", set.id.0),
            ask: Ask::always(Role::CreditManager),
            text,
            amount: waived,
            body: serde_json::to_value(self).map_err(Error::internal)?,
        })
    }
}

fn in_chinese(kind: OptionKind) -> &'static str {
    match kind {
        OptionKind::Base => "基础型",
        OptionKind::Best => "最优型",
        OptionKind::Reference => "参照型",
    }
}

/// A line of the journal about a set.
pub(super) fn entry(kind: &'static str, set: &offer_set::Model, attempt: &Attempt, body: serde_json::Value) -> Entry {
    Entry { kind, subject: "offer_set", subject_id: set.id.0, effective_on: attempt.stamp.today, decision: None, body }
}

/// The set whose choice a second person has refused, and the line of the journal about it; nothing where it waits for no answer.
pub(crate) fn refused(set: &offer_set::Model, attempt: &Attempt) -> Option<(offer_set::Model, Entry)> {
    if set.state != OfferSetState::Chosen {
        return None;
    }
    let row =
        offer_set::Model { state: OfferSetState::Refused, ended_on: Some(attempt.stamp.today), version: set.version + 1, ..set.clone() };
    let body = serde_json::json!({ "external_id": row.external_id, "account_id": row.account_id, "option": row.chosen });
    let told = entry("offer_set.refused", &row, attempt, body);
    Some((row, told))
}
