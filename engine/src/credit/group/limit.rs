//! Limits of groups: dated, each with a last day (public Dynamics 365 rule).

use super::stand::groups_around;
use crate::command::{Attempt, Command, Decided};
use crate::credit::limit::check_reason;
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::limit::rows::{credit_group, group_limit};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, CreditGroupId, CreditLimitId};
use crate::words::money::Money;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new limit of a group.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupLimitIn {
    /// The limit of all members together, in the group's currency; zero is no credit at all.
    pub amount: Money,
    /// The first day it is in force.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub valid_from: NaiveDate,
    /// The last day it is in force: a group limit always has one.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub valid_to: NaiveDate,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A limit of a group as it was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupLimitView {
    /// Its id.
    pub id: CreditLimitId,
    /// The group.
    pub credit_group_id: CreditGroupId,
    /// The limit; zero is no credit at all.
    pub amount: Money,
    /// The first day it is in force.
    pub valid_from: NaiveDate,
    /// The last day it is in force.
    pub valid_to: NaiveDate,
    /// Why.
    pub reason: String,
    /// Who set it.
    pub author: String,
    /// When it was set.
    pub created_at: DateTime<Utc>,
}

impl From<&group_limit::Model> for GroupLimitView {
    fn from(row: &group_limit::Model) -> Self {
        Self {
            id: row.id,
            credit_group_id: row.group_id,
            amount: Money::new(row.amount_minor, row.currency),
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            reason: row.reason.clone(),
            author: row.author.clone(),
            created_at: row.created_at,
        }
    }
}

/// Sets a limit of a group beside those there are; the newest in force counts. It is a rule: what members' orders were decided by
/// before, and is not written yet, is decided again.
pub struct PutGroupLimit {
    /// The group.
    pub group: CreditGroupId,
    /// The limit.
    pub limit: GroupLimitIn,
}

impl PutGroupLimit {
    fn check(&self, group: &credit_group::Model) -> Result<()> {
        check_reason(&self.limit.reason)?;
        let mut faults = Vec::new();
        let mut fault = |member: &str, code, detail: String| faults.push(Fault { pointer: format!("#/{member}"), code, detail });
        if self.limit.amount.currency() != group.currency {
            fault("amount", Code::CurrencyMismatch, format!("the group's limit is in {}", group.currency));
        } else if self.limit.amount.minor() < 0 {
            fault("amount", Code::AmountOutOfRange, "a limit is not below zero".to_owned());
        }
        if self.limit.valid_to < self.limit.valid_from {
            fault("valid_to", Code::ValidationFailed, "a limit does not end before it begins".to_owned());
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

impl Command for PutGroupLimit {
    type Facts = (credit_group::Model, Vec<group_limit::Model>);
    type Done = GroupLimitView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let groups = groups_around(read, self.group).await?;
        let group =
            groups.into_iter().find(|row| row.id == self.group).ok_or_else(|| Error::new(Code::NotFound, "there is no such group"))?;
        let known = group_limit::find(read.tenant()).filter(group_limit::Column::GroupId.eq(self.group));
        Ok((group, known.all(read.db()).await.map_err(failed)?))
    }

    fn decide(&self, (group, known): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<GroupLimitView>> {
        self.check(group)?;
        if known.iter().any(|row| row.valid_from == self.limit.valid_from) {
            let detail = format!("a limit of this group already begins on {}", self.limit.valid_from);
            return Err(Error::new(Code::OverlappingLimit, detail).at("#/valid_from"));
        }
        let row = group_limit::Model {
            tenant_id: attempt.who.tenant,
            id: CreditLimitId(attempt.stamp.id()),
            group_id: group.id,
            currency: group.currency,
            amount_minor: self.limit.amount.minor(),
            valid_from: self.limit.valid_from,
            valid_to: self.limit.valid_to,
            reason: self.limit.reason.clone(),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "group_limit.set",
            subject: "credit_group",
            subject_id: group.id.0,
            effective_on: row.valid_from,
            decision: None,
            body: serde_json::json!({ "amount": self.limit.amount, "valid_to": row.valid_to, "reason": row.reason }),
        };
        Ok(Decided::new(GroupLimitView::from(&row), Changes::on(Claim::Rules).add(&row).tell(entry)))
    }
}

/// Every limit a group ever had, the newest first day first; with a day, those in force on it: the first of them counts.
pub async fn list_group_limits(read: &Read, group: CreditGroupId, as_of: Option<NaiveDate>) -> Result<Vec<GroupLimitView>> {
    groups_around(read, group).await?;
    let mut query = group_limit::find(read.tenant()).filter(group_limit::Column::GroupId.eq(group));
    if let Some(day) = as_of {
        query = query.filter(group_limit::Column::ValidFrom.lte(day)).filter(group_limit::Column::ValidTo.gte(day));
    }
    let query = query.order_by_desc(group_limit::Column::ValidFrom).order_by_desc(group_limit::Column::Id);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(GroupLimitView::from).collect())
}
