//! Writing a contract down.

use super::paper::{Clauses, Paper, PaymentTerms, ScheduledInstalment, Tail};
use super::rows::contract;
use super::rules::{Written, comes_to};
use super::view::ContractView;
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::contract::{ContractState, ReleaseMode};
use crate::words::error::{Error, Fault, Result};
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, ContractId};
use crate::words::money::Money;
use crate::words::text::line_fault;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The legal entity of ours that contracts belong to when none is named (decision 1).
const MAIN_ENTITY: &str = "main";
/// The most clauses a contract has here.
const CLAUSES_MAX: usize = 50;

/// A new contract. Members left out are blanks: with any of them it stays a draft, and nothing ships under it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "external_id": "K-2026-7", "account_external_id": "C-1", "amount": {"amount": "100000.00", "currency": "CNY"}, "mode": "tail_hold",
    "tail": {"share_bps": 2000},
    "terms": {"cycle": "milestone", "method": "transfer", "due_basis": "acceptance", "due_days": 30, "grace_days": 0},
    "clauses": {"withholding": "§ 7.2"}
}))]
pub struct ContractIn {
    /// Its number in the ERP: unique for ever. Orders, invoices and payments name it.
    #[schema(min_length = 1, max_length = 100)]
    pub external_id: String,
    /// The account, by id or external id.
    #[serde(default)]
    pub account_id: Option<AccountId>,
    /// The account's number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub account_external_id: Option<String>,
    /// The legal entity of ours; `main` when absent.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40)]
    pub entity: Option<String>,
    /// In force as soon as nothing is blank, when absent.
    #[serde(default)]
    pub state: Option<ContractState>,
    /// All it is worth, gross of tax.
    #[serde(default)]
    pub amount: Option<Money>,
    /// How goods go against money.
    #[serde(default)]
    pub mode: Option<ReleaseMode>,
    /// The last money; `tail_hold` needs it.
    #[serde(default)]
    pub tail: Option<Tail>,
    /// A delivery is so many batches ahead of its money; `batch_lag` needs it.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub lag: Option<i64>,
    /// Day of the month on which is settled, 31 for its last day; `monthly_settlement` needs it.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 31)]
    pub settlement_day: Option<i64>,
    /// The number of the template it was written on.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub template: Option<String>,
    /// The instalments agreed; they add up to the amount.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub schedule: Vec<ScheduledInstalment>,
    /// Terms of payment.
    #[serde(default)]
    pub terms: PaymentTerms,
    /// Clauses: what they are called, and what they say or where they stand.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub clauses: Clauses,
}

/// At most [`CLAUSES_MAX`] clauses, named by at most 40 characters and told in at most 500.
pub(super) fn check_clauses(clauses: &Clauses, faults: &mut Vec<Fault>) {
    let is_wrong = |(name, text): (&String, &String)| !(1..=40).contains(&name.chars().count()) || text.chars().count() > 500;
    if clauses.len() > CLAUSES_MAX || clauses.iter().any(is_wrong) {
        let detail = format!("at most {CLAUSES_MAX} clauses, named by 1 to 40 characters and told in at most 500");
        faults.push(Fault { pointer: "#/clauses".to_owned(), code: Code::ValidationFailed, detail });
    }
}

impl ContractIn {
    fn written(&self) -> Written {
        Written {
            amount: self.amount,
            mode: self.mode,
            tail: self.tail,
            lag: self.lag,
            settlement_day: self.settlement_day,
            schedule: self.schedule.clone(),
            terms: self.terms.clone(),
        }
    }

    fn entity(&self) -> &str {
        self.entity.as_deref().unwrap_or(MAIN_ENTITY)
    }

    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        faults.extend(line_fault("#/external_id", &self.external_id, 100));
        faults.extend(self.entity.as_ref().and_then(|text| line_fault("#/entity", text, 40)));
        faults.extend(self.template.as_ref().and_then(|text| line_fault("#/template", text, 100)));
        faults.extend(self.terms.method.as_ref().and_then(|text| line_fault("#/terms/method", text, 40)));
        check_clauses(&self.clauses, &mut faults);
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }

    /// Hash of the content, with defaults filled in and the account resolved (decision 47).
    fn hash(&self, account: AccountId) -> Result<String> {
        let entity = Some(self.entity().to_owned());
        content_hash(&Self { account_id: Some(account), account_external_id: None, entity, ..self.clone() })
    }
}

/// The account of a contract as it is now.
pub(super) async fn account_now(read: &Read, id: AccountId) -> Result<account::Model> {
    let row = account::find(read.tenant()).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
}

/// Writes a contract down. The same one again is answered as before; other content under its number is a conflict.
pub struct CreateContract {
    /// The account, already found.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractIn,
}

impl Command for CreateContract {
    type Facts = (account::Model, Option<contract::Model>);
    type Done = ContractView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let account = account_now(read, self.account).await?;
        let number = contract::Column::ExternalId.eq(&self.contract.external_id);
        Ok((account, contract::find(read.tenant()).filter(number).one(read.db()).await.map_err(failed)?))
    }

    fn decide(&self, (account, before): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<ContractView>> {
        let (new, hash) = (&self.contract, self.contract.hash(account.id)?);
        if let Some(before) = before {
            if before.content_hash == hash {
                return Ok(Decided::before(ContractView::of(before)));
            }
            let error = Error::new(Code::ExternalIdConflict, format!("this external_id already names {}, with other content", before.id));
            return Err(error.at("#/external_id").with(serde_json::json!({ "conflicting_id": before.id })));
        }
        new.check()?;
        let written = new.written();
        written.check(account.currency)?;
        let row = contract::Model {
            tenant_id: attempt.who.tenant,
            id: ContractId(attempt.stamp.id()),
            account_id: account.id,
            external_id: new.external_id.clone(),
            entity: new.entity().to_owned(),
            state: comes_to(None, new.state, &written.blanks())?,
            currency: new.amount.map_or(account.currency, Money::currency),
            amount_minor: new.amount.map(Money::minor),
            mode: new.mode,
            tail_minor: written.tail_amount()?.map(Money::minor),
            lag: new.lag,
            settlement_day: new.settlement_day,
            paper: Payload(Paper {
                template: new.template.clone(),
                tail: new.tail,
                schedule: new.schedule.clone(),
                terms: new.terms.clone(),
                clauses: new.clauses.clone(),
                acknowledgement: None,
            }),
            content_hash: hash,
            version: 1,
            created_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "contract.created",
            subject: "contract",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "external_id": row.external_id, "state": row.state, "mode": row.mode, "amount": new.amount }),
        };
        let changes = Changes::on(Claim::Account(claimed(account))).add(&row).tell(entry);
        Ok(Decided::new(ContractView::of(&row), changes))
    }
}
