//! Changing a contract: a draft is filled in, one in force changes by a second person (CT-02).

use super::create::{account_now, check_clauses};
use super::paper::{Clauses, PaymentTerms, ScheduledInstalment, Tail};
use super::rows::contract;
use super::rules::comes_to;
use super::view::{ContractView, row, written};
use crate::account::claimed;
use crate::account::rows::account;
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, pending_about, propose};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::contract::{ContractState, ReleaseMode};
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ContractId};
use crate::words::money::Money;
use crate::words::patch::{kept, present};
use crate::words::role::Role;
use crate::words::text::{Bilingual, line_fault};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A merge patch of a contract: absent members stay, `null` makes a blank.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContractPatch {
    /// `active` puts it in force, `ended` ends it.
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub state: Option<ContractState>,
    /// All it is worth.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Money>)]
    pub amount: Option<Option<Money>>,
    /// How goods go against money.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ReleaseMode>)]
    pub mode: Option<Option<ReleaseMode>>,
    /// The last money, replaced whole.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Tail>)]
    pub tail: Option<Option<Tail>>,
    /// Batches a delivery is ahead of its money.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    pub lag: Option<Option<i64>>,
    /// Day of the month on which is settled.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 31)]
    pub settlement_day: Option<Option<i64>>,
    /// The number of the template it was written on.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub template: Option<Option<String>>,
    /// The instalments agreed, replaced whole.
    #[schema(max_items = 100)]
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Vec<ScheduledInstalment>>,
    /// Terms of payment, replaced whole.
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub terms: Option<PaymentTerms>,
    /// Clauses, replaced whole.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub clauses: Option<Clauses>,
}

impl ContractPatch {
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        faults.extend(self.template.as_ref().and_then(Option::as_ref).and_then(|text| line_fault("#/template", text, 100)));
        faults.extend(self.terms.as_ref().and_then(|terms| terms.method.as_ref()).and_then(|text| line_fault("#/terms/method", text, 40)));
        self.clauses.iter().for_each(|clauses| check_clauses(clauses, &mut faults));
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }

    /// The contract with these changes, before its state is judged.
    fn applied(&self, row: &contract::Model) -> contract::Model {
        let patch = self.clone();
        let mut changed = row.clone();
        if let Some(amount) = patch.amount {
            changed.amount_minor = amount.map(Money::minor);
            changed.currency = amount.map_or(row.currency, Money::currency);
        }
        changed.mode = patch.mode.unwrap_or(row.mode);
        changed.lag = patch.lag.unwrap_or(row.lag);
        changed.settlement_day = patch.settlement_day.unwrap_or(row.settlement_day);
        let paper = &mut changed.paper.0;
        paper.tail = patch.tail.unwrap_or(paper.tail);
        paper.template = patch.template.unwrap_or_else(|| paper.template.clone());
        paper.schedule = patch.schedule.unwrap_or_else(|| paper.schedule.clone());
        paper.terms = patch.terms.unwrap_or_else(|| paper.terms.clone());
        paper.clauses = patch.clauses.unwrap_or_else(|| paper.clauses.clone());
        changed
    }
}

/// Changes a contract that is still at the version the caller read. What an order was answered stands until it is checked again. A contract
/// in force is changed by two persons (CT-02).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeContract {
    /// The account, already found.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// The version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// What to change.
    pub patch: ContractPatch,
}

impl Command for ChangeContract {
    /// The account, the contract, and what is asked about it and not answered.
    type Facts = (account::Model, contract::Model, Vec<approval::Model>);
    type Done = Acted<ContractView>;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let account = account_now(read, self.account).await?;
        Ok((account, row(read, self.contract).await?, pending_about(read, self.contract.0).await?))
    }

    fn decide(&self, (account, before, pending): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<ContractView>>> {
        if self.version.is_some_and(|version| version != before.version) {
            let error = Error::new(Code::StaleVersion, format!("the contract is at version {}", before.version)).at("@If-Match");
            return Err(error.with(serde_json::json!({"current_version": before.version})));
        }
        self.patch.check()?;
        let mut changed = self.patch.applied(before);
        let now = written(&changed);
        now.check(account.currency)?;
        changed.tail_minor = now.tail_amount()?.map(Money::minor);
        changed.state = comes_to(Some(before.state), self.patch.state, &now.blanks())?;
        if changed == *before {
            return Ok(Decided::before(Acted::Done(ContractView::of(before))));
        }
        let is_in_force = before.state == ContractState::Active;
        let persons = Persons::of(&attempt.who, is_in_force && attempt.ground.settings.four_eyes);
        if persons == Persons::Waits {
            return propose(self.proposal(account, before)?, pending, Claim::Account(claimed(account)), attempt);
        }
        changed.version += 1;
        let entry = Entry {
            kind: "contract.changed",
            subject: "contract",
            subject_id: changed.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: persons.told(serde_json::json!({ "external_id": changed.external_id, "state": changed.state, "version": changed.version,
                "before": ContractView::of(before), "change": self.patch })),
        };
        let changes = Changes::on(Claim::Account(claimed(account))).save(&changed).tell(entry);
        Ok(Decided::new(Acted::Done(ContractView::of(&changed)), changes))
    }
}

impl ChangeContract {
    /// The change as it waits, of the contract as it is now: one that moves on in the meantime is another.
    fn proposal(&self, account: &account::Model, before: &contract::Model) -> Result<Proposal> {
        let (name, contract) = (&account.name, &before.external_id);
        let exact = Self { version: Some(before.version), ..self.clone() };
        Ok(Proposal {
            kind: ApprovalKind::ChangeContract,
            account: Some(account.id),
            subject: ("contract", before.id.0),
            ask: Ask::always(Role::CreditManager),
            text: Bilingual::new(
                format!("Change the contract {contract} of {name}, which is in force."),
                format!("申请变更{name}正在执行的合同 {contract}。"),
            ),
            amount: before.amount_minor.map(|minor| Money::new(minor, before.currency)),
            body: serde_json::to_value(exact).map_err(Error::internal)?,
        })
    }
}
