//! A milestone that is reached makes what waited for it fall due (CT-05), and what the customer signs about one is evidence (CT-06).

use super::books::Books;
use super::invoice::{InstalmentIn, InvoiceIn};
use super::load::{Looking, load_books};
use crate::command::{Attempt, Command, Decided};
use crate::contract::milestone::{milestone_row, milestones_by_number};
use crate::contract::rows::{acceptance_record, contract, contract_milestone};
use crate::contract::rules::due_by_milestone;
use crate::contract::{AcceptanceIn, AcceptanceView, MilestoneView, SignedPaper};
use crate::doors::store::{Entry, Read, failed};
use crate::handoff::rows::evidence;
use crate::invoice::rows::instalment;
use crate::invoice::rules::{AskedInstalment, Awaits};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::{add_days, strict_date};
use crate::words::error::{Error, Result};
use crate::words::id::{AcceptanceRecordId, AccountId, InstalmentId, MilestoneId, RowId};
use crate::words::stamp::Stamp;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The milestones that an invoice's instalments may name: those of its contract, each with the day it was reached.
#[derive(Clone, Debug, Default)]
pub struct Milestones {
    reached: BTreeMap<String, Option<NaiveDate>>,
    due_days: i64,
}

impl Milestones {
    /// Those of the contract the invoice names; nothing is asked where no instalment names one.
    pub(super) async fn of(read: &Read, account: AccountId, invoice: &InvoiceIn) -> Result<Self> {
        let names_one = invoice.instalments.iter().any(|one| one.milestone.is_some());
        let Some(number) = invoice.contract_external_id.as_deref().filter(|_| names_one) else { return Ok(Self::default()) };
        let Some((contract, rows)) = milestones_by_number(read, account, number).await? else { return Ok(Self::default()) };
        let due_days = contract.paper.0.terms.due_days.unwrap_or(0);
        Ok(Self { reached: rows.into_iter().map(|row| (row.name, row.completed_on)).collect(), due_days })
    }

    /// The instalments with their due dates. Refuses a milestone the contract does not have (`unknown_reference`), and an instalment with
    /// neither a day nor a milestone, or both.
    pub(super) fn asked(&self, instalments: &[InstalmentIn]) -> Result<Vec<AskedInstalment>> {
        instalments.iter().enumerate().map(|(at, one)| self.asked_one(at, one)).collect()
    }

    fn asked_one(&self, at: usize, one: &InstalmentIn) -> Result<AskedInstalment> {
        let refused = |member: &str, code: Code, detail: &str| Err(Error::new(code, detail).at(format!("#/instalments/{at}/{member}")));
        if one.due_days.is_some_and(|days| one.milestone.is_none() || !(0..=730).contains(&days)) {
            return refused("due_days", Code::ValidationFailed, "0 to 730 days to pay, counted from a milestone");
        }
        let of = |due_on, awaits| Ok(AskedInstalment { due_on, amount: one.amount, part: one.part, awaits });
        match (one.due_on, &one.milestone) {
            (Some(due_on), None) => of(due_on, None),
            (None, None) => refused("due_on", Code::MissingField, "an instalment has either due_on or a milestone"),
            (Some(_), Some(_)) => refused("milestone", Code::ValidationFailed, "an instalment has either due_on or a milestone, not both"),
            (None, Some(name)) => match self.reached.get(name) {
                None => refused("milestone", Code::UnknownReference, "the invoice's contract has no such milestone"),
                Some(reached_on) => {
                    let due_days = one.due_days.unwrap_or(self.due_days);
                    of(due_by_milestone(*reached_on, due_days), Some(Awaits { milestone: name.clone(), due_days }))
                }
            },
        }
    }
}

/// A milestone that was reached.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"completed_on": "2026-03-01", "evidence": {"reference": "DMS-2026-31",
    "signed_by": "Chen Wei, plant manager", "signed_on": "2026-03-01"}}))]
pub struct CompletionIn {
    /// The day it was reached; it has come.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub completed_on: NaiveDate,
    /// What the customer signed.
    pub evidence: SignedPaper,
}

/// Writes down that a milestone was reached. Every instalment that waited for it falls due so many days after; the paper becomes evidence.
pub struct CompleteMilestone {
    /// The account, already found.
    pub account: AccountId,
    /// The milestone.
    pub milestone: MilestoneId,
    /// How it was reached.
    pub completion: CompletionIn,
}

/// What completing a milestone looks at.
pub struct CompletionFacts {
    milestone: contract_milestone::Model,
    contract: contract::Model,
    items: Vec<InstalmentId>,
    books: Books,
}

async fn books_of(read: &Read, attempt: &Attempt, account: AccountId) -> Result<Books> {
    let books = load_books(read, attempt, &[account], &[], Looking::default()).await?.remove(&account);
    books.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
}

impl Command for CompleteMilestone {
    type Facts = CompletionFacts;
    type Done = MilestoneView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<CompletionFacts> {
        let books = books_of(read, attempt, self.account).await?;
        let milestone = milestone_row(read, self.milestone).await?;
        let contract = contract::find(read.tenant()).filter(contract::Column::Id.eq(milestone.contract_id));
        let contract = contract.one(read.db()).await.map_err(failed)?.ok_or_else(|| Error::internal("a milestone without its contract"))?;
        let waiting = instalment::find(read.tenant())
            .filter(instalment::Column::AccountId.eq(self.account))
            .filter(instalment::Column::ContractExternalId.eq(&contract.external_id))
            .filter(instalment::Column::Milestone.eq(&milestone.name));
        let items: Vec<InstalmentId> = waiting.all(read.db()).await.map_err(failed)?.into_iter().map(|row| row.id).collect();
        let books = books.with_items(read, &items).await?;
        Ok(CompletionFacts { milestone, contract, items, books })
    }

    fn decide(&self, facts: &CompletionFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<MilestoneView>> {
        let (CompletionIn { completed_on, evidence: paper }, today) = (&self.completion, attempt.stamp.today);
        if *completed_on > today {
            return Err(Error::new(Code::ValidationFailed, format!("a day to come; today is {today}")).at("#/completed_on"));
        }
        paper.check("#/evidence", today)?;
        let before = MilestoneView::from(&facts.milestone);
        if before.completed_on == Some(*completed_on) && before.evidence.as_ref() == Some(paper) {
            return Ok(Decided::before(before));
        }
        if before.completed_on.is_some() {
            return Err(Error::new(Code::IllegalState, "the milestone is reached already"));
        }
        let row = contract_milestone::Model {
            completed_on: Some(*completed_on),
            document: Some(paper.reference.clone()),
            document_sha256: paper.sha256.clone(),
            signed_by: Some(paper.signed_by.clone()),
            signed_on: Some(paper.signed_on),
            completed_by: Some(attempt.who.actor.to_string()),
            version: facts.milestone.version + 1,
            ..facts.milestone.clone()
        };
        let mut books = facts.books.clone();
        books.tell(Entry {
            kind: "milestone.completed",
            subject: "milestone",
            subject_id: row.id.0,
            effective_on: *completed_on,
            decision: None,
            body: serde_json::json!({ "contract": facts.contract.external_id, "name": row.name, "completed_on": completed_on,
                "evidence": paper, "instalments": facts.items.len() }),
        });
        for item in &facts.items {
            books.fall_due(*item, &row, attempt)?;
        }
        let kind = match row.name.as_str() {
            "delivery" => "delivery_note",
            "acceptance" => "acceptance",
            _ => "milestone",
        };
        let proof = proof(&books, kind, paper, attempt);
        Ok(Decided::new(MilestoneView::from(&row), books.into_changes(attempt)?.save(&row).add(&proof)))
    }
}

/// The paper as evidence of the account: what a packet for legal is put together from.
fn proof(books: &Books, kind: &str, paper: &SignedPaper, attempt: &Attempt) -> evidence::Model {
    evidence::Model {
        tenant_id: attempt.who.tenant,
        id: RowId(attempt.stamp.id()),
        account_id: books.account.id,
        kind: kind.to_owned(),
        reference: paper.reference.clone(),
        dated_on: paper.signed_on,
        created_at: attempt.stamp.at,
    }
}

impl Books {
    /// Revises the due date of an instalment whose milestone was reached, with a line in the journal.
    fn fall_due(&mut self, item: InstalmentId, milestone: &contract_milestone::Model, attempt: &Attempt) -> Result<()> {
        let held = self.items.get(&item).ok_or_else(|| Error::internal("an instalment that was not read falls due"))?;
        let due_on = due_by_milestone(milestone.completed_on, held.row.milestone_due_days.unwrap_or(0));
        let (number, no) = (held.row.invoice_external_id.clone(), held.row.no);
        let Some(was) = self.move_due(item, due_on, &attempt.stamp)? else { return Ok(()) };
        let booked_on = milestone.completed_on.unwrap_or(attempt.stamp.today);
        self.matters_on(booked_on, add_days(due_on, -attempt.ground.longest_lead()).max(booked_on));
        self.tell(Entry {
            kind: "instalment.due_date_revised",
            subject: "instalment",
            subject_id: item.0,
            effective_on: booked_on,
            decision: None,
            body: serde_json::json!({ "invoice": number, "instalment_no": no, "was_due_on": was, "due_on": due_on,
                "milestone": milestone.name }),
        });
        Ok(())
    }

    /// Moves an instalment to another due date, and with it every sum that counts it by that date. Gives the date it had; `None` where
    /// nothing moves. How late it was settled is counted anew.
    fn move_due(&mut self, item: InstalmentId, due_on: NaiveDate, stamp: &Stamp) -> Result<Option<NaiveDate>> {
        let held = self.items.get_mut(&item).ok_or_else(|| Error::internal("an instalment that was not read is moved"))?;
        let was = held.row.due_on;
        if was == due_on || held.row.cancelled_on.is_some() {
            return Ok(None);
        }
        held.change().due_on = due_on;
        let row = held.row.clone();
        for (day, sign) in [(was, -1), (due_on, 1)] {
            if row.open_minor > 0 {
                let sum = self.due_sum(&row.entity, row.currency, day, stamp);
                sum.open_minor += sign * row.open_minor;
                sum.disputed_minor += sign * row.disputed_minor;
                sum.open_count += sign;
            }
            if let Some(settled_on) = row.settled_on {
                self.count_settled(&row, day, settled_on, sign, stamp);
            }
        }
        Ok(Some(was))
    }
}

/// Attaches a signed record to a milestone. It is evidence of the account from now on, under its kind.
pub struct RecordAcceptance {
    /// The account, already found.
    pub account: AccountId,
    /// The milestone.
    pub milestone: MilestoneId,
    /// The record.
    pub record: AcceptanceIn,
}

impl Command for RecordAcceptance {
    type Facts = (Books, contract_milestone::Model);
    type Done = AcceptanceView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        Ok((books_of(read, attempt, self.account).await?, milestone_row(read, self.milestone).await?))
    }

    fn decide(&self, (books, milestone): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<AcceptanceView>> {
        let AcceptanceIn { kind, paper, note } = &self.record;
        paper.check("#/paper", attempt.stamp.today)?;
        if note.as_ref().is_some_and(|note| note.chars().count() > 500 || note.contains(char::is_control)) {
            let detail = "a note has at most 500 characters, none of them a control character";
            return Err(Error::new(Code::ValidationFailed, detail).at("#/note"));
        }
        let row = acceptance_record::Model {
            tenant_id: attempt.who.tenant,
            id: AcceptanceRecordId(attempt.stamp.id()),
            milestone_id: milestone.id,
            account_id: books.account.id,
            kind: *kind,
            document: paper.reference.clone(),
            document_sha256: paper.sha256.clone(),
            signed_by: paper.signed_by.clone(),
            signed_on: paper.signed_on,
            note: note.clone(),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let mut books = books.clone();
        books.tell(Entry {
            kind: "milestone.acceptance_recorded",
            subject: "milestone",
            subject_id: milestone.id.0,
            effective_on: paper.signed_on,
            decision: None,
            body: serde_json::json!({ "name": milestone.name, "kind": kind, "paper": paper }),
        });
        let proof = proof(&books, kind.as_str(), paper, attempt);
        Ok(Decided::new(AcceptanceView::from(&row), books.into_changes(attempt)?.add(&row).add(&proof)))
    }
}
