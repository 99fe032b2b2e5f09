//! Changing an account's master data, blocking it included.

use super::AccountState;
use super::claim::claimed;
use super::create::check_metadata;
use super::grade::{GradeSource, graded};
use super::rows::account;
use super::view::AccountView;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{AccountClaim, Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::AccountId;
use crate::words::patch::{kept, present};
use crate::words::text::line_fault;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A merge patch of an account: absent members stay, `null` removes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountPatch {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Sales segment.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 60)]
    pub segment: Option<Option<String>>,
    /// Credit grade.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 10)]
    pub grade: Option<Option<String>>,
    /// Who drives its collection.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub owner: Option<Option<String>>,
    /// BCP 47 language of its letters.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 20)]
    pub language: Option<Option<String>>,
    /// Agreed days to pay.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 730)]
    pub terms_days: Option<Option<i64>>,
    /// `under_review` to have it looked at: it buys nothing on credit until a credit review approves it. Back to `prospect` when nobody
    /// looks any more. A credit review says `approved` and `declined`.
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub state: Option<AccountState>,
    /// Block everything, or let go again.
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
    /// Why it is blocked.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub block_reason: Option<Option<String>>,
    /// The integrator's own words, replaced whole.
    #[serde(deserialize_with = "kept", skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
}

impl AccountPatch {
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        faults.extend(self.name.iter().filter_map(|text| line_fault("#/name", text, 200)));
        for (pointer, text, most) in [
            ("#/segment", &self.segment, 60),
            ("#/grade", &self.grade, 10),
            ("#/owner", &self.owner, 100),
            ("#/language", &self.language, 20),
            ("#/block_reason", &self.block_reason, 200),
        ] {
            faults.extend(text.iter().flatten().filter_map(|text| line_fault(pointer, text, most)));
        }
        self.metadata.iter().for_each(|metadata| check_metadata(metadata, &mut faults));
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }

    fn check_state(&self, row: &account::Model) -> Result<()> {
        let Some(to) = self.state else { return Ok(()) };
        let from = row.state.parse().unwrap_or(AccountState::UnderReview);
        if from.may_be_set(to) {
            return Ok(());
        }
        let detail = format!("an account that is {from} becomes {to} by a credit review alone");
        Err(Error::new(Code::IllegalState, detail).at("#/state"))
    }

    fn apply(&self, row: &mut account::Model) {
        let patch = self.clone();
        row.name = patch.name.unwrap_or_else(|| row.name.clone());
        row.segment = patch.segment.unwrap_or_else(|| row.segment.clone());
        row.grade = patch.grade.unwrap_or_else(|| row.grade.clone());
        row.owner = patch.owner.unwrap_or_else(|| row.owner.clone());
        row.language = patch.language.unwrap_or_else(|| row.language.clone());
        row.terms_days = patch.terms_days.unwrap_or(row.terms_days);
        row.state = patch.state.map_or_else(|| row.state.clone(), |state| state.as_str().to_owned());
        row.is_blocked = patch.blocked.unwrap_or(row.is_blocked);
        row.block_reason = patch.block_reason.unwrap_or_else(|| row.block_reason.clone());
        row.metadata = patch.metadata.map_or_else(|| row.metadata.clone(), Payload);
        if !row.is_blocked {
            row.block_reason = None;
        }
    }
}

/// Patches an account that is still at the version the caller read.
pub struct PatchAccount {
    /// The account.
    pub account: AccountId,
    /// The version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// What to change.
    pub patch: AccountPatch,
}

impl Command for PatchAccount {
    type Facts = account::Model;
    type Done = AccountView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<account::Model> {
        let row = account::find(read.tenant()).filter(account::Column::Id.eq(self.account)).one(read.db()).await.map_err(failed)?;
        row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
    }

    fn decide(&self, row: &account::Model, _: &Asked, attempt: &Attempt) -> Result<Decided<AccountView>> {
        if self.version.is_some_and(|version| version != row.version) {
            let error = Error::new(Code::StaleVersion, format!("the account is at version {}", row.version)).at("@If-Match");
            return Err(error.with(serde_json::json!({"current_version": row.version})));
        }
        self.patch.check()?;
        self.patch.check_state(row)?;
        let mut changed = row.clone();
        self.patch.apply(&mut changed);
        if changed == *row {
            return Ok(Decided::before(AccountView::from(row)));
        }
        changed.version += 1;
        // Blocks and grades change what is due: look again on the day of the change.
        changed.next_review_on = Some(row.next_review_on.map_or(attempt.stamp.today, |known| known.min(attempt.stamp.today)));
        let claim = AccountClaim { next_review_on: changed.next_review_on, ..claimed(row) };
        let entry = Entry {
            kind: "account.changed",
            subject: "account",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::to_value(&self.patch).map_err(Error::internal)?,
        };
        let regraded = changed.grade != row.grade;
        let person = (GradeSource::Person, None);
        let history = regraded.then(|| graded(row, changed.grade.as_deref(), person, (None, &[]), attempt));
        let changes = Changes::on(Claim::Account(claim)).save(&changed).add_all(&history).tell(entry);
        Ok(Decided::new(AccountView::from(&changed), changes))
    }
}
