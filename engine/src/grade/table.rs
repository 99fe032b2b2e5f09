//! Setting grade tables, and reading those there are.

use super::rows::grade_table;
use super::rules::table::{DatedTable, GradeTable, GradeTables};
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Persons, Proposal, pending_about, propose};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::policy::{persons, proposal};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, GradeTableId};
use crate::words::money::Currency;
use crate::words::text::Bilingual;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::QueryOrder;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Grade tables a tenant may have.
const TABLES_MAX: usize = 500;

/// A new grade table.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeTableIn {
    /// For accounts in this currency; for all that have no table of their own when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub currency: Option<Currency>,
    /// The first day it is in force; today or later.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub valid_from: NaiveDate,
    /// The grades, the best first; the last one begins at 0.
    pub grades: GradeTable,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A grade table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GradeTableView {
    /// Its id; `null` for the one that ships.
    pub id: Option<GradeTableId>,
    /// For accounts in this currency; for all others when `null`.
    #[schema(value_type = Option<String>)]
    pub currency: Option<Currency>,
    /// The first day it is in force; `null` for the one that ships, which lies beneath all others.
    pub valid_from: Option<NaiveDate>,
    /// The grades, the best first.
    pub grades: GradeTable,
    /// Why it was set.
    pub reason: Option<String>,
    /// Who set it.
    pub author: Option<String>,
    /// When it was set.
    pub created_at: Option<DateTime<Utc>>,
}

impl From<grade_table::Model> for GradeTableView {
    fn from(row: grade_table::Model) -> Self {
        Self {
            id: Some(row.id),
            currency: row.currency,
            valid_from: Some(row.valid_from),
            grades: row.grades.0,
            reason: Some(row.reason),
            author: Some(row.author),
            created_at: Some(row.created_at),
        }
    }
}

async fn rows(read: &Read) -> Result<Vec<grade_table::Model>> {
    grade_table::find(read.tenant()).order_by_desc(grade_table::Column::ValidFrom).all(read.db()).await.map_err(failed)
}

/// Every grade table of the tenant, the newest first day first; the shipped one comes last.
pub async fn list_grade_tables(read: &Read) -> Result<Vec<GradeTableView>> {
    let shipped = GradeTableView {
        id: None,
        currency: None,
        valid_from: None,
        grades: GradeTable::default(),
        reason: None,
        author: None,
        created_at: None,
    };
    Ok(rows(read).await?.into_iter().map(GradeTableView::from).chain([shipped]).collect())
}

/// The grade tables as decisions look at them.
pub async fn tables(read: &Read) -> Result<GradeTables> {
    let dated = |row: grade_table::Model| DatedTable { currency: row.currency, valid_from: row.valid_from, table: row.grades.0 };
    Ok(GradeTables::of(rows(read).await?.into_iter().map(dated).collect()))
}

/// Sets a grade table beside those there are. What is in force on a day follows from their dates. Who may buy on credit is changed by two
/// persons, or by the operator.
#[derive(Serialize, Deserialize)]
pub struct PutGradeTable {
    /// The table.
    pub new: GradeTableIn,
}

impl Command for PutGradeTable {
    /// The tables there are, and what is asked about them and not answered.
    type Facts = (Vec<grade_table::Model>, Vec<approval::Model>);
    type Done = Acted<GradeTableView>;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        Ok((rows(read).await?, pending_about(read, read.tenant().0).await?))
    }

    fn decide(&self, (known, pending): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<GradeTableView>>> {
        self.new.grades.check()?;
        let refused = |pointer: &str, detail: &str| Err(Error::new(Code::ValidationFailed, detail).at(pointer));
        if self.new.reason.is_empty() || self.new.reason.chars().count() > 500 {
            return refused("#/reason", "a reason has 1 to 500 characters");
        }
        if self.new.valid_from < attempt.stamp.today {
            return refused("#/valid_from", "the past stays as it was: a grade table begins today or later");
        }
        if known.len() >= TABLES_MAX {
            return refused("#/valid_from", "a tenant has at most 500 grade tables");
        }
        if known.iter().any(|row| row.currency == self.new.currency && row.valid_from == self.new.valid_from) {
            let detail = format!("a grade table of this currency already begins on {}", self.new.valid_from);
            return Err(Error::new(Code::IllegalState, detail).at("#/valid_from"));
        }
        let persons = persons(attempt);
        if persons == Persons::Waits {
            return propose(self.proposal(attempt)?, pending, Claim::Nothing, attempt);
        }
        let row = grade_table::Model {
            tenant_id: attempt.who.tenant,
            id: GradeTableId(attempt.stamp.id()),
            currency: self.new.currency,
            valid_from: self.new.valid_from,
            grades: Payload(self.new.grades.clone()),
            reason: self.new.reason.clone(),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "grade_table.set",
            subject: "grade_table",
            subject_id: row.id.0,
            effective_on: row.valid_from,
            decision: None,
            body: persons.told(serde_json::json!({ "currency": row.currency, "grades": row.grades.0, "reason": row.reason })),
        };
        Ok(Decided::new(Acted::Done(GradeTableView::from(row.clone())), Changes::on(Claim::Rules).add(&row).tell(entry)))
    }
}

impl PutGradeTable {
    fn proposal(&self, attempt: &Attempt) -> Result<Proposal> {
        let (from, grades) = (self.new.valid_from, self.new.grades.names().join(", "));
        let (en, zh) = match self.new.currency {
            Some(currency) => (format!("accounts in {currency}"), format!("{currency} 客户")),
            None => ("accounts without a table of their own".to_owned(), "没有单独等级表的客户".to_owned()),
        };
        let text = Bilingual::new(
            format!("Grade {en} as {grades} from {from}: {}", self.new.reason),
            format!("申请自 {from} 起对{zh}使用等级 {grades}：{}", self.new.reason),
        );
        // A table that is not set yet has no name: what is asked about tables is kept with the tenant.
        proposal(ApprovalKind::PutGradeTable, ("grade_table", attempt.who.tenant.0), text, self, attempt)
    }
}
