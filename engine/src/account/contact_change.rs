//! Changing a contact: what it does, how much its word counts, for whom it stands in, and when it is away (CF-11, CF-12, CF-18).

use super::ContactRole;
use super::claim::claimed;
use super::contact::{ContactIn, ContactView, rows_of};
use super::rows::{account, contact};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::contact_hours::ContactHours;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ContactId};
use crate::words::patch::{kept, present};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A merge patch of a contact: absent members stay, `null` removes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContactPatch {
    /// Name.
    #[schema(min_length = 1, max_length = 100)]
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the person does in the customer's payments.
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub role: Option<ContactRole>,
    /// Work e-mail.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub email: Option<Option<String>>,
    /// Work phone.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 40)]
    pub phone: Option<Option<String>>,
    /// BCP 47 language.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 20)]
    pub language: Option<Option<String>>,
    /// How much the person's word counts in whether and when we are paid, 0 to 100.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100)]
    pub influence: Option<Option<i64>>,
    /// What kind of person it is: a name of the settings' `personas`.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 40)]
    pub persona: Option<Option<String>>,
    /// The contact of the same account for whom this one stands in.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ContactId>)]
    pub delegate_of: Option<Option<ContactId>>,
    /// The first day the person is away.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NaiveDate>)]
    pub absent_from: Option<Option<NaiveDate>>,
    /// The last day the person is away.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NaiveDate>)]
    pub absent_to: Option<Option<NaiveDate>>,
    /// When the person may be turned to, replaced whole.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<ContactHours>)]
    pub hours: Option<Option<ContactHours>>,
}

impl ContactPatch {
    /// The contact as it is to be.
    fn applied(&self, row: &contact::Model) -> Result<ContactIn> {
        let patch = self.clone();
        let role = match patch.role {
            Some(role) => role,
            None => row.role.parse().map_err(|_| Error::internal("a contact has a role nobody knows"))?,
        };
        Ok(ContactIn {
            external_id: row.external_id.clone(),
            name: patch.name.unwrap_or_else(|| row.name.clone()),
            role,
            email: patch.email.unwrap_or_else(|| row.email.clone()),
            phone: patch.phone.unwrap_or_else(|| row.phone.clone()),
            language: patch.language.unwrap_or_else(|| row.language.clone()),
            influence: patch.influence.unwrap_or(row.influence),
            persona: patch.persona.unwrap_or_else(|| row.persona.clone()),
            delegate_of: patch.delegate_of.unwrap_or(row.delegate_of_id),
            absent_from: patch.absent_from.unwrap_or(row.absent_from),
            absent_to: patch.absent_to.unwrap_or(row.absent_to),
            hours: patch.hours.unwrap_or_else(|| row.hours.as_ref().map(|hours| hours.0.clone())),
        })
    }
}

/// Patches a contact that is still at the version the caller read.
pub struct PatchContact {
    /// Its account, already found.
    pub account: AccountId,
    /// The contact.
    pub contact: ContactId,
    /// The version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// What to change.
    pub patch: ContactPatch,
}

impl Command for PatchContact {
    type Facts = (account::Model, Vec<contact::Model>);
    type Done = ContactView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let row = account::find(read.tenant()).filter(account::Column::Id.eq(self.account)).one(read.db()).await.map_err(failed)?;
        let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        Ok((row, rows_of(read, self.account).await?))
    }

    fn decide(&self, (account, contacts): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<ContactView>> {
        let row = contacts.iter().find(|row| row.id == self.contact);
        let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such contact"))?;
        if self.version.is_some_and(|version| version != row.version) {
            let error = Error::new(Code::StaleVersion, format!("the contact is at version {}", row.version)).at("@If-Match");
            return Err(error.with(serde_json::json!({"current_version": row.version})));
        }
        let wanted = self.patch.applied(row)?;
        wanted.check()?;
        wanted.check_names(Some(row.id), contacts, &attempt.ground.settings.credit)?;
        let changed =
            contact::Model { id: row.id, created_at: row.created_at, version: row.version, ..wanted.row(row.account_id, attempt) };
        if changed == *row {
            return Ok(Decided::before(ContactView::from(changed)));
        }
        let changed = contact::Model { version: row.version + 1, ..changed };
        // The names of what changed, not the person's data: the journal is kept longer than a contact.
        let told = serde_json::to_value(&self.patch).map_err(Error::internal)?;
        let members: Vec<&String> = told.as_object().into_iter().flatten().filter(|(_, v)| !v.is_null()).map(|(k, _)| k).collect();
        let entry = Entry {
            kind: "contact.changed",
            subject: "contact",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "account_id": row.account_id, "members": members }),
        };
        let claim = claimed(account);
        let changes = Changes::on(Claim::Account(claim)).save(&changed).tell(entry);
        Ok(Decided::new(ContactView::from(changed), changes))
    }
}

async fn row(read: &Read, id: ContactId) -> Result<contact::Model> {
    let row = contact::find(read.tenant()).filter(contact::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such contact"))
}

/// A contact; `not_found` when there is none.
pub async fn contact(read: &Read, id: ContactId) -> Result<ContactView> {
    row(read, id).await.map(ContactView::from)
}

/// The account of a contact; `not_found` when there is none.
pub async fn contact_account(read: &Read, id: ContactId) -> Result<AccountId> {
    row(read, id).await.map(|row| row.account_id)
}
