//! Checklists: what is looked at before a customer is taken on (CF-10), and what protects our claim in its contract (CT-04).

use super::rows::checklist_answer;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::tenant::{ChecklistItem, ChecklistKind, CreditSettings};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, RowId};
use crate::words::text::{Bilingual, is_prose};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// The answer to one item of a checklist.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistAnswerIn {
    /// The item's name.
    #[schema(min_length = 1, max_length = 40)]
    pub item: String,
    /// Is it so?
    pub met: bool,
    /// What shows it: a paper, a number.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// Anything to add.
    #[serde(default)]
    #[schema(max_length = 1_000)]
    pub note: Option<String>,
}

/// One item of a checklist, and how it stands for an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChecklistItemView {
    /// The item's name.
    pub item: String,
    /// Which checklist it stands on.
    pub list: ChecklistKind,
    /// What is asked.
    pub text: Bilingual,
    /// Is it so? `null` until somebody answered.
    pub met: Option<bool>,
    /// What shows it.
    pub reference: Option<String>,
    /// Anything to add.
    pub note: Option<String>,
    /// The day it was answered.
    pub answered_on: Option<NaiveDate>,
    /// Who answered.
    pub author: Option<String>,
    /// When.
    pub created_at: Option<DateTime<Utc>>,
}

/// The checklists of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChecklistView {
    /// The account.
    pub account_id: AccountId,
    /// Items that were answered with yes.
    pub met: i64,
    /// All items.
    pub total: i64,
    /// Every item, in the order of the settings.
    #[schema(max_items = 100)]
    pub items: Vec<ChecklistItemView>,
}

fn item_view(item: &ChecklistItem, answer: Option<&checklist_answer::Model>) -> ChecklistItemView {
    ChecklistItemView {
        item: item.key.clone(),
        list: item.list,
        text: item.text.clone(),
        met: answer.map(|answer| answer.is_met),
        reference: answer.and_then(|answer| answer.reference.clone()),
        note: answer.and_then(|answer| answer.note.clone()),
        answered_on: answer.map(|answer| answer.answered_on),
        author: answer.map(|answer| answer.author.clone()),
        created_at: answer.map(|answer| answer.created_at),
    }
}

/// The checklists of an account: what the settings ask, and what was answered last.
pub async fn checklist(read: &Read, settings: &CreditSettings, account: AccountId) -> Result<ChecklistView> {
    let query = checklist_answer::find(read.tenant()).filter(checklist_answer::Column::AccountId.eq(account));
    let answers = query.order_by_asc(checklist_answer::Column::Id).all(read.db()).await.map_err(failed)?;
    // Later answers stand in the place of earlier ones.
    let last: HashMap<&str, &checklist_answer::Model> = answers.iter().map(|answer| (answer.item.as_str(), answer)).collect();
    let items: Vec<ChecklistItemView> =
        settings.checklist.iter().map(|item| item_view(item, last.get(item.key.as_str()).copied())).collect();
    let count =
        |wanted: fn(&ChecklistItemView) -> bool| i64::try_from(items.iter().filter(|item| wanted(item)).count()).unwrap_or(i64::MAX);
    Ok(ChecklistView { account_id: account, met: count(|item| item.met == Some(true)), total: count(|_| true), items })
}

/// Contract protections found missing by a day, by account: those whose last answer is no. One query, however many accounts.
pub async fn missing_protections(
    read: &Read,
    settings: &CreditSettings,
    accounts: &[AccountId],
    day: NaiveDate,
) -> Result<HashMap<AccountId, Vec<String>>> {
    let asked: Vec<String> =
        settings.checklist.iter().filter(|item| item.list == ChecklistKind::Contract).map(|item| item.key.clone()).collect();
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let answers = checklist_answer::find(read.tenant())
        .filter(read.among(checklist_answer::Column::AccountId, accounts.iter().copied()))
        .filter(read.among_texts(checklist_answer::Column::Item, &asked))
        .filter(checklist_answer::Column::AnsweredOn.lte(day))
        .order_by_asc(checklist_answer::Column::Id)
        .all(read.db())
        .await
        .map_err(failed)?;
    let last: HashMap<(AccountId, &str), bool> =
        answers.iter().map(|answer| ((answer.account_id, answer.item.as_str()), answer.is_met)).collect();
    let mut missing: HashMap<AccountId, Vec<String>> = HashMap::new();
    for ((account, item), _) in last.into_iter().filter(|(_, is_met)| !is_met) {
        missing.entry(account).or_default().push(item.to_owned());
    }
    missing.values_mut().for_each(|items| items.sort_unstable());
    Ok(missing)
}

/// Answers an item of an account's checklist; a later answer stands in the place of an earlier one, which is kept.
pub struct AnswerChecklist {
    /// The account, already found.
    pub account: AccountId,
    /// The answer.
    pub answer: ChecklistAnswerIn,
}

impl Command for AnswerChecklist {
    type Facts = ();
    type Done = ChecklistItemView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, _: &Read, _: &Attempt) -> Result<()> {
        Ok(())
    }

    fn decide(&self, (): &(), _: &Asked, attempt: &Attempt) -> Result<Decided<ChecklistItemView>> {
        let settings = &attempt.ground.settings.credit;
        let item = settings.item(&self.answer.item);
        let item = item.ok_or_else(|| Error::new(Code::UnknownReference, "no checklist has an item of this name").at("#/item"))?;
        for (pointer, text, most) in [("#/reference", &self.answer.reference, 200), ("#/note", &self.answer.note, 1_000)] {
            if text.as_ref().is_some_and(|text| !is_prose(text, most)) {
                return Err(Error::new(Code::ValidationFailed, format!("1 to {most} characters")).at(pointer));
            }
        }
        let row = checklist_answer::Model {
            tenant_id: attempt.who.tenant,
            id: RowId(attempt.stamp.id()),
            account_id: self.account,
            item: item.key.clone(),
            is_met: self.answer.met,
            reference: self.answer.reference.clone(),
            note: self.answer.note.clone(),
            answered_on: attempt.stamp.today,
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "checklist.answered",
            subject: "account",
            subject_id: self.account.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "item": row.item, "met": row.is_met, "reference": row.reference }),
        };
        Ok(Decided::new(item_view(item, Some(&row)), Changes::on(Claim::Nothing).add(&row).tell(entry)))
    }
}
