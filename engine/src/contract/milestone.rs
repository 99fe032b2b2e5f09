//! Milestones of a contract: design, delivery, commissioning, acceptance, or whatever the parties call theirs. When one is reached, what
//! waited for it falls due (CT-05); that is the ledger's business. What the customer signs about one is kept with it (CT-06).

use super::create::account_now;
use super::rows::{acceptance_record, contract, contract_milestone};
use super::view::row;
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::contract::ContractState;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AcceptanceRecordId, AccountId, ContractId, MilestoneId};
use crate::words::text::is_line;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most milestones a contract has, and records a milestone has.
const MILESTONES_MAX: usize = 100;
const RECORDS_MAX: u64 = 1_000;

crate::words! {
    /// What a signed record says.
    pub enum AcceptanceKind {
        /// The customer accepts the work.
        Acceptance = "acceptance",
        /// The customer says how satisfied it is.
        Satisfaction = "satisfaction",
    }
}

/// A paper that somebody at the customer signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedPaper {
    /// Where it lies: a number in the document store.
    #[schema(min_length = 1, max_length = 200)]
    pub reference: String,
    /// Its SHA-256 in lower-case hexadecimal, so that nobody exchanges it.
    #[serde(default)]
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: Option<String>,
    /// Who signed.
    #[schema(min_length = 1, max_length = 200)]
    pub signed_by: String,
    /// On which day; it has come.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub signed_on: NaiveDate,
}

/// Is this a SHA-256 in lower-case hexadecimal?
fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// What is wrong with who signed what and when; all of it, under this pointer.
pub(super) fn signature_faults(
    at: &str,
    reference: Option<&str>,
    sha256: Option<&str>,
    by: &str,
    on: NaiveDate,
    today: NaiveDate,
) -> Vec<Fault> {
    let checks = [
        ("reference", reference.is_none_or(|text| is_line(text, 200)), "1 to 200 characters, none of them a control character"),
        ("sha256", sha256.is_none_or(is_sha256), "a SHA-256 is 64 characters of 0-9 and a-f"),
        ("signed_by", is_line(by, 200), "1 to 200 characters, none of them a control character"),
        ("signed_on", on <= today, "what is signed on a day to come is not signed yet"),
    ];
    let wrong = checks.into_iter().filter(|(_, is_good, _)| !is_good);
    wrong
        .map(|(member, _, why)| Fault { pointer: format!("{at}/{member}"), code: Code::ValidationFailed, detail: why.to_owned() })
        .collect()
}

impl SignedPaper {
    /// Refuses one that cannot be, each fault at its place under `at`.
    pub fn check(&self, at: &str, today: NaiveDate) -> Result<()> {
        let faults = signature_faults(at, Some(&self.reference), self.sha256.as_deref(), &self.signed_by, self.signed_on, today);
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

/// A milestone as it is planned.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "commissioning", "planned_on": "2026-09-30"}))]
pub struct MilestoneIn {
    /// What it is called: `design`, `delivery`, `commissioning`, `acceptance`, or a name of the parties' own. Instalments name it.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The day it is planned for.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub planned_on: Option<NaiveDate>,
}

/// A milestone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MilestoneView {
    /// Its id.
    pub id: MilestoneId,
    /// The contract.
    pub contract_id: ContractId,
    /// The account.
    pub account_id: AccountId,
    /// What it is called.
    pub name: String,
    /// The day it is planned for.
    pub planned_on: Option<NaiveDate>,
    /// The day it was reached; `null` while it is not.
    pub completed_on: Option<NaiveDate>,
    /// What was signed when it was reached.
    pub evidence: Option<SignedPaper>,
    /// Who wrote down that it was reached.
    pub completed_by: Option<String>,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was first planned.
    pub created_at: DateTime<Utc>,
}

impl From<&contract_milestone::Model> for MilestoneView {
    fn from(row: &contract_milestone::Model) -> Self {
        let paper = row.document.clone().zip(row.signed_by.clone()).zip(row.signed_on);
        Self {
            id: row.id,
            contract_id: row.contract_id,
            account_id: row.account_id,
            name: row.name.clone(),
            planned_on: row.planned_on,
            completed_on: row.completed_on,
            evidence: paper.map(|((reference, signed_by), signed_on)| SignedPaper {
                reference,
                sha256: row.document_sha256.clone(),
                signed_by,
                signed_on,
            }),
            completed_by: row.completed_by.clone(),
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// Plans a milestone, or plans it anew: the same name again moves its planned day, until it is reached.
pub struct PlanMilestone {
    /// The account, already found.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// The milestone.
    pub milestone: MilestoneIn,
}

impl Command for PlanMilestone {
    /// The account, the contract and its milestones.
    type Facts = (account::Model, contract::Model, Vec<contract_milestone::Model>);
    type Done = MilestoneView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let account = account_now(read, self.account).await?;
        Ok((account, row(read, self.contract).await?, of_contract(read, self.contract).await?))
    }

    fn decide(&self, (account, contract, all): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<MilestoneView>> {
        let MilestoneIn { name, planned_on } = &self.milestone;
        if !is_line(name, 100) {
            let detail = "a milestone has 1 to 100 characters, none of them a control character";
            return Err(Error::new(Code::ValidationFailed, detail).at("#/name"));
        }
        if contract.state == ContractState::Ended {
            return Err(Error::new(Code::IllegalState, "the contract has ended"));
        }
        let before = all.iter().find(|row| row.name == *name);
        let row = match before {
            Some(row) if row.planned_on == *planned_on => return Ok(Decided::before(MilestoneView::from(row))),
            Some(row) if row.completed_on.is_some() => return Err(Error::new(Code::IllegalState, "the milestone is reached already")),
            Some(row) => contract_milestone::Model { planned_on: *planned_on, version: row.version + 1, ..row.clone() },
            None if all.len() >= MILESTONES_MAX => {
                return Err(Error::new(Code::ValidationFailed, format!("a contract has at most {MILESTONES_MAX} milestones")).at("#/name"));
            }
            None => contract_milestone::Model {
                tenant_id: attempt.who.tenant,
                id: MilestoneId(attempt.stamp.id()),
                contract_id: contract.id,
                account_id: account.id,
                name: name.clone(),
                planned_on: *planned_on,
                completed_on: None,
                document: None,
                document_sha256: None,
                signed_by: None,
                signed_on: None,
                completed_by: None,
                version: 1,
                created_at: attempt.stamp.at,
            },
        };
        let was = before.and_then(|row| row.planned_on);
        let entry = Entry {
            kind: "milestone.planned",
            subject: "milestone",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "contract": contract.external_id, "name": name, "planned_on": planned_on, "was_planned_on": was }),
        };
        let changes = Changes::on(Claim::Account(claimed(account)));
        let changes = if before.is_some() { changes.save(&row) } else { changes.add(&row) };
        Ok(Decided::new(MilestoneView::from(&row), changes.tell(entry)))
    }
}

async fn of_contract(read: &Read, contract: ContractId) -> Result<Vec<contract_milestone::Model>> {
    use contract_milestone::Column as C;
    let query = contract_milestone::find(read.tenant()).filter(C::ContractId.eq(contract)).order_by_asc(C::Id);
    query.limit(RECORDS_MAX).all(read.db()).await.map_err(failed)
}

/// The row of a milestone; `not_found` when there is none.
pub async fn milestone_row(read: &Read, id: MilestoneId) -> Result<contract_milestone::Model> {
    let row = contract_milestone::find(read.tenant()).filter(contract_milestone::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such milestone"))
}

/// A milestone; `not_found` when there is none.
pub async fn milestone(read: &Read, id: MilestoneId) -> Result<MilestoneView> {
    Ok(MilestoneView::from(&milestone_row(read, id).await?))
}

/// The account of a milestone's contract; `not_found` when there is no such milestone.
pub async fn milestone_account(read: &Read, id: MilestoneId) -> Result<AccountId> {
    milestone_row(read, id).await.map(|row| row.account_id)
}

/// The milestones of a contract, in the order they were planned.
pub async fn list_milestones(read: &Read, contract: ContractId) -> Result<Vec<MilestoneView>> {
    Ok(of_contract(read, contract).await?.iter().map(MilestoneView::from).collect())
}

/// The contract with this number and the account, and its milestones; `None` where there is no such contract.
pub async fn milestones_by_number(
    read: &Read,
    account: AccountId,
    number: &str,
) -> Result<Option<(contract::Model, Vec<contract_milestone::Model>)>> {
    use contract::Column as C;
    let query = contract::find(read.tenant()).filter(C::ExternalId.eq(number)).filter(C::AccountId.eq(account));
    match query.one(read.db()).await.map_err(failed)? {
        Some(row) => Ok(Some((row.clone(), of_contract(read, row.id).await?))),
        None => Ok(None),
    }
}

/// A signed record about a milestone.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "satisfaction", "paper": {"reference": "DMS-2026-77", "signed_by": "Chen Wei, plant manager",
    "signed_on": "2026-03-01"}, "note": "runs without a stop since the first day"}))]
pub struct AcceptanceIn {
    /// What it says.
    pub kind: AcceptanceKind,
    /// What was signed.
    pub paper: SignedPaper,
    /// What matters of it, for people.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// A signed record about a milestone, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AcceptanceView {
    /// Its id.
    pub id: AcceptanceRecordId,
    /// The milestone.
    pub milestone_id: MilestoneId,
    /// The account.
    pub account_id: AccountId,
    /// What it says.
    pub kind: AcceptanceKind,
    /// What was signed.
    pub paper: SignedPaper,
    /// What matters of it.
    pub note: Option<String>,
    /// Who wrote it down.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<&acceptance_record::Model> for AcceptanceView {
    fn from(row: &acceptance_record::Model) -> Self {
        Self {
            id: row.id,
            milestone_id: row.milestone_id,
            account_id: row.account_id,
            kind: row.kind,
            paper: SignedPaper {
                reference: row.document.clone(),
                sha256: row.document_sha256.clone(),
                signed_by: row.signed_by.clone(),
                signed_on: row.signed_on,
            },
            note: row.note.clone(),
            author: row.author.clone(),
            created_at: row.created_at,
        }
    }
}

/// The signed records about a milestone, the newest first; at most 1,000.
pub async fn list_acceptances(read: &Read, milestone: MilestoneId) -> Result<Vec<AcceptanceView>> {
    use acceptance_record::Column as C;
    let query = acceptance_record::find(read.tenant()).filter(C::MilestoneId.eq(milestone)).order_by_desc(C::Id);
    Ok(query.limit(RECORDS_MAX).all(read.db()).await.map_err(failed)?.iter().map(AcceptanceView::from).collect())
}
