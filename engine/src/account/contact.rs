//! People at the customer, and what we wrote down about the account.

use super::ContactRole;
use super::rows::{account_note, contact};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::tenant::CreditSettings;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::contact_hours::ContactHours;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, ContactId, RowId};
use crate::words::page::{Order, Page, PageOf};
use crate::words::text::line_fault;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// A new contact.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactIn {
    /// Its number in the ERP, if it has one.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub external_id: Option<String>,
    /// Name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What the person does in the customer's payments.
    pub role: ContactRole,
    /// Work e-mail.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub email: Option<String>,
    /// Work phone.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub phone: Option<String>,
    /// BCP 47 language.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub language: Option<String>,
    /// How much the person's word counts in whether and when we are paid (CF-11): 0 not at all, 100 alone; unknown when absent. The map of
    /// these over an account's contacts shows whom to win.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    pub influence: Option<i64>,
    /// What kind of person it is (CF-18): a name of the settings' `personas`.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub persona: Option<String>,
    /// The contact of the same account for whom this one stands in while that one is away (CF-12).
    #[serde(default)]
    pub delegate_of: Option<ContactId>,
    /// The first day the person is away.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub absent_from: Option<NaiveDate>,
    /// The last day the person is away; until somebody says otherwise when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub absent_to: Option<NaiveDate>,
    /// When the person may be turned to (CF-16): a notice by e-mail or text waits for it; at any time when absent.
    #[serde(default)]
    pub hours: Option<ContactHours>,
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContactView {
    /// Its id.
    pub id: ContactId,
    /// The account.
    pub account_id: AccountId,
    /// Its number in the ERP.
    pub external_id: Option<String>,
    /// Name.
    pub name: String,
    /// What the person does in the customer's payments.
    pub role: String,
    /// Work e-mail; masked without `contacts:read`.
    pub email: Option<String>,
    /// Work phone; masked without `contacts:read`.
    pub phone: Option<String>,
    /// BCP 47 language.
    pub language: Option<String>,
    /// How much the person's word counts in whether and when we are paid, 0 to 100.
    pub influence: Option<i64>,
    /// What kind of person it is: a name of the settings' `personas`.
    pub persona: Option<String>,
    /// The contact for whom this one stands in.
    pub delegate_of: Option<ContactId>,
    /// The first day the person is away.
    pub absent_from: Option<NaiveDate>,
    /// The last day the person is away.
    pub absent_to: Option<NaiveDate>,
    /// When the person may be turned to; at any time when absent.
    pub hours: Option<ContactHours>,
    /// Counts its changes; also the ETag.
    pub version: i64,
}

impl From<contact::Model> for ContactView {
    fn from(row: contact::Model) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            external_id: row.external_id,
            name: row.name,
            role: row.role,
            email: row.email,
            phone: row.phone,
            language: row.language,
            influence: row.influence,
            persona: row.persona,
            delegate_of: row.delegate_of_id,
            absent_from: row.absent_from,
            absent_to: row.absent_to,
            hours: row.hours.map(|hours| hours.0),
            version: row.version,
        }
    }
}

impl ContactView {
    /// Is the person away on this day?
    pub fn is_absent_on(&self, day: NaiveDate) -> bool {
        self.absent_from.is_some_and(|first| first <= day) && self.absent_to.is_none_or(|last| day <= last)
    }
}

impl ContactIn {
    /// Checks the contact by itself; all faults at once.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        faults.extend(line_fault("#/name", &self.name, 100));
        faults.extend(self.external_id.iter().filter_map(|text| line_fault("#/external_id", text, 100)));
        faults.extend(self.phone.iter().filter_map(|text| line_fault("#/phone", text, 40)));
        if self
            .email
            .as_ref()
            .is_some_and(|mail| mail.len() > 200 || !mail.contains('@') || mail.chars().any(|c| c.is_control() || c == ' '))
        {
            let detail = "an address like name@example.com".to_owned();
            faults.push(Fault { pointer: "#/email".to_owned(), code: Code::ValidationFailed, detail });
        }
        let mut wrong = |pointer: &str, detail: &str| {
            faults.push(Fault { pointer: pointer.to_owned(), code: Code::ValidationFailed, detail: detail.to_owned() })
        };
        if self.influence.is_some_and(|influence| !(0..=100).contains(&influence)) {
            wrong("#/influence", "influence is 0 to 100");
        }
        if self.absent_to.is_some_and(|last| self.absent_from.is_none_or(|first| last < first)) {
            wrong("#/absent_to", "an absence begins on a day, and does not end before it");
        }
        self.hours.iter().for_each(|hours| faults.extend(hours.faults("#/hours")));
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }

    /// Does it name what is there: a persona of the settings, and a contact of the same account to stand in for, which does not stand in
    /// for this one itself, over others neither?
    pub(super) fn check_names(&self, own: Option<ContactId>, others: &[contact::Model], settings: &CreditSettings) -> Result<()> {
        if self.persona.as_ref().is_some_and(|name| settings.personas.iter().all(|known| known.key != *name)) {
            return Err(Error::new(Code::UnknownReference, "the settings know no persona of this name").at("#/persona"));
        }
        let mut at = self.delegate_of;
        for _ in 0..=others.len() {
            let Some(id) = at else { return Ok(()) };
            if own == Some(id) {
                return Err(Error::new(Code::ValidationFailed, "nobody stands in for himself, over others neither").at("#/delegate_of"));
            }
            let known = others.iter().find(|other| other.id == id);
            let known = known.ok_or_else(|| Error::new(Code::UnknownReference, "the account has no such contact").at("#/delegate_of"))?;
            at = known.delegate_of_id;
        }
        Ok(())
    }

    /// Is this what a contact already says, as far as a file of contacts can say it?
    pub fn is_same(&self, account: AccountId, known: &contact::Model) -> bool {
        known.account_id == account
            && known.name == self.name
            && known.role == self.role.as_str()
            && known.email == self.email
            && known.phone == self.phone
            && known.language == self.language
    }

    /// The row of a new contact.
    pub fn row(&self, account: AccountId, attempt: &Attempt) -> contact::Model {
        let new = self.clone();
        contact::Model {
            tenant_id: attempt.who.tenant,
            id: ContactId(attempt.stamp.id()),
            account_id: account,
            external_id: new.external_id,
            name: new.name,
            role: new.role.as_str().to_owned(),
            email: new.email,
            phone: new.phone,
            language: new.language,
            version: 1,
            created_at: attempt.stamp.at,
            influence: new.influence,
            persona: new.persona,
            delegate_of_id: new.delegate_of,
            absent_from: new.absent_from,
            absent_to: new.absent_to,
            hours: new.hours.map(Payload),
        }
    }
}

/// Adds a contact to an account.
pub struct AddContact {
    /// The account, already found.
    pub account: AccountId,
    /// The contact.
    pub contact: ContactIn,
}

impl Command for AddContact {
    type Facts = Vec<contact::Model>;
    type Done = ContactView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Vec<contact::Model>> {
        let others = match self.contact.delegate_of {
            Some(_) => rows_of(read, self.account).await?,
            None => Vec::new(),
        };
        let Some(number) = &self.contact.external_id else { return Ok(others) };
        let before = contact::find(read.tenant()).filter(contact::Column::ExternalId.eq(number)).one(read.db()).await.map_err(failed)?;
        match before {
            Some(before) => {
                let error =
                    Error::new(Code::ExternalIdConflict, format!("this external_id already names {}", before.id)).at("#/external_id");
                Err(error.with(serde_json::json!({ "conflicting_id": before.id })))
            }
            None => Ok(others),
        }
    }

    fn decide(&self, others: &Vec<contact::Model>, _: &Asked, attempt: &Attempt) -> Result<Decided<ContactView>> {
        self.contact.check()?;
        self.contact.check_names(None, others, &attempt.ground.settings.credit)?;
        let row = self.contact.row(self.account, attempt);
        let entry = Entry {
            kind: "contact.added",
            subject: "contact",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "account_id": self.account }),
        };
        let changes = Changes::on(Claim::Nothing).add(&row).tell(entry);
        Ok(Decided::new(ContactView::from(row), changes))
    }
}

/// A new note.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteIn {
    /// What to remember.
    #[schema(min_length = 1, max_length = 4000)]
    pub text: String,
}

/// A note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoteView {
    /// What was written.
    pub text: String,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Adds a note to an account.
pub struct AddNote {
    /// The account, already found.
    pub account: AccountId,
    /// The note.
    pub note: NoteIn,
}

impl Command for AddNote {
    type Facts = ();
    type Done = NoteView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, _: &Read, _: &Attempt) -> Result<()> {
        Ok(())
    }

    fn decide(&self, (): &(), _: &Asked, attempt: &Attempt) -> Result<Decided<NoteView>> {
        let length = self.note.text.chars().count();
        if length == 0 || length > 4_000 {
            return Err(Error::new(Code::ValidationFailed, "a note has 1 to 4,000 characters").at("#/text"));
        }
        let row = account_note::Model {
            tenant_id: attempt.who.tenant,
            id: RowId(attempt.stamp.id()),
            account_id: self.account,
            text: self.note.text.clone(),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let view = NoteView { text: row.text.clone(), author: row.author.clone(), created_at: row.created_at };
        Ok(Decided::new(view, Changes::on(Claim::Nothing).add(&row)))
    }
}

/// The contacts of an account.
pub async fn contacts(read: &Read, account: AccountId, page: &PageOf) -> Result<Page<ContactView>> {
    let query = contact::find(read.tenant()).filter(contact::Column::AccountId.eq(account));
    Ok(read.page(query, contact::Column::Id, Order::OldestFirst, page).await?.map(ContactView::from))
}

/// The rows of an account's contacts, in the order they were made.
pub(super) async fn rows_of(read: &Read, account: AccountId) -> Result<Vec<contact::Model>> {
    let query = contact::find(read.tenant()).filter(contact::Column::AccountId.eq(account)).order_by_asc(contact::Column::Id);
    query.all(read.db()).await.map_err(failed)
}

/// The notes of an account, newest first.
pub async fn notes(read: &Read, account: AccountId, page: &PageOf) -> Result<Page<NoteView>> {
    let query = account_note::find(read.tenant()).filter(account_note::Column::AccountId.eq(account));
    let view = |row: account_note::Model| NoteView { text: row.text, author: row.author, created_at: row.created_at };
    Ok(read.page(query, account_note::Column::Id, Order::NewestFirst, page).await?.map(view))
}

/// The contacts with these numbers in the ERP, by number.
pub async fn contacts_by_number(read: &Read, numbers: &[String]) -> Result<HashMap<String, contact::Model>> {
    let query = contact::find(read.tenant()).filter(read.among_texts(contact::Column::ExternalId, numbers));
    let rows = query.all(read.db()).await.map_err(failed)?;
    Ok(rows.into_iter().filter_map(|row| Some((row.external_id.clone()?, row))).collect())
}
