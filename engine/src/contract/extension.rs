//! Extensions of a settlement day: each one is approved by whoever grants it, counts, and wears the terms away (OR-05, OR-06).

use super::create::account_now;
use super::rows::{contract, contract_extension};
use super::rules::{eroding_since, extended_until, last_settlement, lowers_grade, one_step_lower};
use super::view::row;
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::contract::ContractState;
use crate::words::day::{add_days, strict_date};
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ContractId, ExtensionId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// More days to settle.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"settlement_on": "2026-06-25", "days": 5, "reason": "bank holiday at the customer's"}))]
pub struct ExtensionIn {
    /// The settlement day that is extended; the newest one up to today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub settlement_on: Option<NaiveDate>,
    /// By how many calendar days.
    #[schema(minimum = 1, maximum = 5)]
    pub days: i64,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// An extension of a settlement day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExtensionView {
    /// Its id.
    pub id: ExtensionId,
    /// The contract.
    pub contract_id: ContractId,
    /// The account.
    pub account_id: AccountId,
    /// The settlement day that was extended.
    pub settlement_on: NaiveDate,
    /// By how many days.
    pub days: i64,
    /// The last day on which goods still ship.
    pub until_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approved_by: String,
    /// The business day it was granted.
    pub granted_on: NaiveDate,
    /// When it was granted.
    pub created_at: DateTime<Utc>,
}

impl From<&contract_extension::Model> for ExtensionView {
    fn from(row: &contract_extension::Model) -> Self {
        Self {
            id: row.id,
            contract_id: row.contract_id,
            account_id: row.account_id,
            settlement_on: row.settlement_on,
            days: row.days,
            until_on: row.until_on,
            reason: row.reason.clone(),
            approved_by: row.approved_by.clone(),
            granted_on: row.granted_on,
            created_at: row.created_at,
        }
    }
}

/// Grants an extension. Whoever grants it is its approver; every second one within six months lowers the customer's grade by one step.
pub struct ExtendSettlement {
    /// The account, already found.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// The extension.
    pub extension: ExtensionIn,
}

impl Command for ExtendSettlement {
    /// The account, the contract, and every extension of the account that still counts or may be of the same day.
    type Facts = (account::Model, contract::Model, Vec<contract_extension::Model>);
    type Done = ExtensionView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let account = account_now(read, self.account).await?;
        let earlier = contract_extension::find(read.tenant()).filter(contract_extension::Column::AccountId.eq(account.id));
        Ok((account, row(read, self.contract).await?, earlier.all(read.db()).await.map_err(failed)?))
    }

    fn decide(&self, (account, contract, earlier): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<ExtensionView>> {
        let today = attempt.stamp.today;
        let new = &self.extension;
        if new.reason.trim().is_empty() || new.reason.chars().count() > 500 {
            return Err(Error::new(Code::ValidationFailed, "a reason has 1 to 500 characters").at("#/reason"));
        }
        if contract.state != ContractState::Active {
            return Err(Error::new(Code::IllegalState, format!("the contract is {}", contract.state)));
        }
        let newest = contract.settlement_day.map(|day| last_settlement(day, add_days(today, 1)));
        let settlement_on = new.settlement_on.or(newest);
        let settlement_on = settlement_on.ok_or_else(|| Error::new(Code::IllegalState, "the contract has no settlement day"))?;
        let until_on = extended_until(contract.settlement_day, settlement_on, new.days, today)?;
        if earlier.iter().any(|row| row.contract_id == contract.id && row.settlement_on == settlement_on) {
            return Err(Error::new(Code::IllegalState, format!("{settlement_on} was extended already, and is once only")));
        }
        let row = contract_extension::Model {
            tenant_id: attempt.who.tenant,
            id: ExtensionId(attempt.stamp.id()),
            contract_id: contract.id,
            account_id: account.id,
            settlement_on,
            days: new.days,
            until_on,
            reason: new.reason.clone(),
            approved_by: attempt.who.actor.to_string(),
            granted_on: today,
            created_at: attempt.stamp.at,
        };
        let counted = earlier.iter().filter(|row| row.granted_on >= eroding_since(today)).count();
        let entry = entry(
            "contract.extended",
            "contract",
            contract.id.0,
            attempt,
            serde_json::json!({ "external_id": contract.external_id,
            "settlement_on": settlement_on, "until_on": until_on, "reason": row.reason, "extensions": counted + 1 }),
        );
        let changes = Changes::on(Claim::Account(claimed(account))).add(&row).tell(entry);
        Ok(Decided::new(ExtensionView::from(&row), eroded(changes, account, counted, attempt)))
    }
}

/// Lowers the grade where this extension is one too many.
fn eroded(changes: Changes, account: &account::Model, earlier: usize, attempt: &Attempt) -> Changes {
    let lower = account.grade.as_deref().filter(|_| lowers_grade(earlier)).and_then(one_step_lower);
    let Some(grade) = lower else { return changes };
    let body = serde_json::json!({ "before": account.grade, "grade": grade, "extensions": earlier + 1 });
    // The claim has moved the version; the row is written whole after it.
    let row = account::Model { grade: Some(grade.to_owned()), version: account.version + 1, ..account.clone() };
    changes.save(&row).tell(entry("account.grade_lowered", "account", account.id.0, attempt, body))
}

fn entry(kind: &'static str, subject: &'static str, subject_id: uuid::Uuid, attempt: &Attempt, body: serde_json::Value) -> Entry {
    Entry { kind, subject, subject_id, effective_on: attempt.stamp.today, decision: None, body }
}

/// The extensions of a contract, the newest first.
pub async fn list_extensions(read: &Read, contract: ContractId) -> Result<Vec<ExtensionView>> {
    let query = contract_extension::find(read.tenant())
        .filter(contract_extension::Column::ContractId.eq(contract))
        .order_by_desc(contract_extension::Column::Id);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(ExtensionView::from).collect())
}

/// How far an account's terms have worn away.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ErosionRow {
    /// The account.
    pub account_id: AccountId,
    /// Its number in the ERP.
    pub account_external_id: String,
    /// Its grade now.
    pub grade: Option<String>,
    /// Extensions granted within six months.
    pub extensions: i64,
    /// Days they gave away.
    pub days: i64,
    /// The day the newest was granted.
    pub last_granted_on: NaiveDate,
}

/// The customers whose terms wear away.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ErosionView {
    /// The day looked at.
    pub as_of: NaiveDate,
    /// The first day on which extensions count.
    pub since: NaiveDate,
    /// Customers with extensions, those with the most first; at most 1,000.
    #[schema(max_items = 1000)]
    pub rows: Vec<ErosionRow>,
}

const EROSION: &str = "
SELECT a.id, a.external_id, a.grade, COUNT(*) AS extensions, CAST(SUM(e.days) AS BIGINT) AS days, MAX(e.granted_on) AS last_granted_on
  FROM contract_extension e JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
 WHERE e.tenant_id = $1 AND e.granted_on >= $2 AND e.granted_on <= $3
 GROUP BY a.id, a.external_id, a.grade
 ORDER BY extensions DESC, a.external_id LIMIT 1000";

/// Accounts whose settlement days were extended in the six months up to a day, those with the most extensions first; at most 1,000.
pub async fn erosion(read: &Read, as_of: NaiveDate) -> Result<ErosionView> {
    let since = eroding_since(as_of);
    let rows = read.rows(EROSION, [since.into(), as_of.into()]).await?;
    let row = |row: &sea_orm::QueryResult| -> std::result::Result<ErosionRow, sea_orm::DbErr> {
        Ok(ErosionRow {
            account_id: row.try_get("", "id")?,
            account_external_id: row.try_get("", "external_id")?,
            grade: row.try_get("", "grade")?,
            extensions: row.try_get("", "extensions")?,
            days: row.try_get("", "days")?,
            last_granted_on: row.try_get("", "last_granted_on")?,
        })
    };
    let rows: Result<Vec<ErosionRow>> = rows.iter().map(|found| row(found).map_err(failed)).collect();
    Ok(ErosionView { as_of, since, rows: rows? })
}
