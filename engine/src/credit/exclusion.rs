//! Letting an account off a hold rule for a while, with a reason: exclusions (numbers.md §2).

use super::rules::hold_rule::Exclusion;
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::hold::rows::hold_exclusion;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ExclusionId};
use crate::words::text::check_reason;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A hold rule that an account is let off.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rule": "days_overdue", "valid_to": "2026-12-31", "reason": "settles by quarterly bill"}))]
pub struct ExclusionIn {
    /// The rule's name in the policy: its key, else the word of its kind.
    #[schema(min_length = 1, max_length = 40)]
    pub rule: String,
    /// Where the rule would have held, is no other rule of the policy looked at either? The limit, the contract and holds on the account
    /// are, all the same.
    #[serde(default)]
    pub release_and_stop: bool,
    /// The first day; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub valid_from: Option<NaiveDate>,
    /// The last day; until it is taken back when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub valid_to: Option<NaiveDate>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A hold rule that an account is or was let off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExclusionView {
    /// Its id.
    pub id: ExclusionId,
    /// The account.
    pub account_id: AccountId,
    /// The rule's name in the policy.
    pub rule: String,
    /// Where the rule would have held, is no other rule looked at either?
    pub release_and_stop: bool,
    /// The first day.
    pub valid_from: NaiveDate,
    /// The last day; `null` until it is taken back.
    pub valid_to: Option<NaiveDate>,
    /// Why.
    pub reason: String,
    /// Who let the account off.
    pub author: String,
    /// The day it was taken back.
    pub cancelled_on: Option<NaiveDate>,
    /// Who took it back.
    pub cancelled_by: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<&hold_exclusion::Model> for ExclusionView {
    fn from(row: &hold_exclusion::Model) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            rule: row.rule.clone(),
            release_and_stop: row.is_release_and_stop,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            reason: row.reason.clone(),
            author: row.author.clone(),
            cancelled_on: row.cancelled_on,
            cancelled_by: row.cancelled_by.clone(),
            created_at: row.created_at,
        }
    }
}

/// What an account is let off today.
pub(super) async fn exclusions_in_force(read: &Read, account: AccountId, today: NaiveDate) -> Result<Vec<Exclusion>> {
    let query = hold_exclusion::find(read.tenant())
        .filter(hold_exclusion::Column::AccountId.eq(account))
        .filter(hold_exclusion::Column::CancelledOn.is_null())
        .filter(hold_exclusion::Column::ValidFrom.lte(today));
    let rows = query.all(read.db()).await.map_err(failed)?;
    let in_force = rows.into_iter().filter(|row| row.valid_to.is_none_or(|last| today <= last));
    Ok(in_force.map(|row| Exclusion { rule: row.rule, is_release_and_stop: row.is_release_and_stop }).collect())
}

async fn account_row(read: &Read, id: AccountId) -> Result<account::Model> {
    let row = account::find(read.tenant()).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
}

async fn exclusion_row(read: &Read, id: ExclusionId) -> Result<hold_exclusion::Model> {
    let row = hold_exclusion::find(read.tenant()).filter(hold_exclusion::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such exclusion"))
}

/// The account an exclusion is for; `not_found` when there is none.
pub async fn exclusion_account(read: &Read, id: ExclusionId) -> Result<AccountId> {
    exclusion_row(read, id).await.map(|row| row.account_id)
}

/// Every exclusion the account ever had, the newest first.
pub async fn list_exclusions(read: &Read, account: AccountId) -> Result<Vec<ExclusionView>> {
    let query =
        hold_exclusion::find(read.tenant()).filter(hold_exclusion::Column::AccountId.eq(account)).order_by_desc(hold_exclusion::Column::Id);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(ExclusionView::from).collect())
}

/// The account with one exclusion more or less in force, written whole after its claim has moved the version.
fn counted(account: &account::Model, by: i64) -> account::Model {
    account::Model { exclusion_count: account.exclusion_count + by, version: account.version + 1, ..account.clone() }
}

/// Lets an account off a rule. Orders that are held feel it in their next check.
pub struct ExcludeFromRule {
    /// The account, already found.
    pub account: AccountId,
    /// What it is let off.
    pub exclusion: ExclusionIn,
}

impl Command for ExcludeFromRule {
    type Facts = account::Model;
    type Done = ExclusionView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<account::Model> {
        account_row(read, self.account).await
    }

    fn decide(&self, account: &account::Model, _: &Asked, attempt: &Attempt) -> Result<Decided<ExclusionView>> {
        let (new, today) = (&self.exclusion, attempt.stamp.today);
        check_reason(&new.reason)?;
        let rules = &attempt.ground.policy.hold_rules;
        if !rules.iter().any(|rule| rule.name() == new.rule) {
            let known: Vec<&str> = rules.iter().map(|rule| rule.name()).collect();
            let detail = format!("the policy has no hold rule {:?}; it has {}", new.rule, known.join(", "));
            return Err(Error::new(Code::UnknownPolicyKey, detail).at("#/rule"));
        }
        let valid_from = new.valid_from.unwrap_or(today);
        if new.valid_to.is_some_and(|last| last < valid_from || last < today) {
            return Err(Error::new(Code::ValidationFailed, "its last day has not passed, and is not before its first").at("#/valid_to"));
        }
        let row = hold_exclusion::Model {
            tenant_id: attempt.who.tenant,
            id: ExclusionId(attempt.stamp.id()),
            account_id: account.id,
            rule: new.rule.clone(),
            is_release_and_stop: new.release_and_stop,
            valid_from,
            valid_to: new.valid_to,
            reason: new.reason.clone(),
            author: attempt.who.actor.to_string(),
            cancelled_on: None,
            cancelled_by: None,
            created_at: attempt.stamp.at,
        };
        let body = serde_json::json!({ "rule": row.rule, "release_and_stop": row.is_release_and_stop, "valid_from": row.valid_from,
            "valid_to": row.valid_to, "reason": row.reason });
        let changes = Changes::on(Claim::Account(claimed(account))).save(&counted(account, 1)).add(&row);
        Ok(Decided::new(ExclusionView::from(&row), changes.tell(entry("hold_exclusion.made", row.id, body, attempt))))
    }
}

/// Takes an exclusion back.
pub struct CancelExclusion {
    /// The account, already found.
    pub account: AccountId,
    /// The exclusion.
    pub exclusion: ExclusionId,
    /// Why.
    pub reason: String,
}

impl Command for CancelExclusion {
    type Facts = (account::Model, hold_exclusion::Model);
    type Done = ExclusionView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        Ok((account_row(read, self.account).await?, exclusion_row(read, self.exclusion).await?))
    }

    fn decide(&self, (account, row): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<ExclusionView>> {
        check_reason(&self.reason)?;
        if row.cancelled_on.is_some() {
            return Err(Error::new(Code::IllegalState, "the exclusion was taken back already"));
        }
        let (cancelled_on, cancelled_by) = (Some(attempt.stamp.today), Some(attempt.who.actor.to_string()));
        let row = hold_exclusion::Model { cancelled_on, cancelled_by, ..row.clone() };
        let body = serde_json::json!({ "rule": row.rule, "reason": self.reason });
        let changes = Changes::on(Claim::Account(claimed(account))).save(&counted(account, -1)).save(&row);
        Ok(Decided::new(ExclusionView::from(&row), changes.tell(entry("hold_exclusion.cancelled", row.id, body, attempt))))
    }
}

fn entry(kind: &'static str, exclusion: ExclusionId, body: serde_json::Value, attempt: &Attempt) -> Entry {
    Entry { kind, subject: "hold_exclusion", subject_id: exclusion.0, effective_on: attempt.stamp.today, decision: None, body }
}
