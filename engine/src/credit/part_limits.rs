//! An account's own ceilings of single parts of its exposure, in the place of the policy's.

use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::AccountId;
use crate::words::money::{Currency, Money};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Ceilings of one account, in its currency; where there is none the policy's counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountPartLimits {
    /// Of open items that do not count as overdue.
    pub open: Option<Money>,
    /// Of overdue items.
    pub overdue: Option<Money>,
    /// Of approved orders not invoiced yet, the one in question counted in.
    pub orders: Option<Money>,
    /// Days after its due date in which an item still counts as open.
    #[schema(minimum = 0, maximum = 365)]
    pub overdue_margin_days: Option<i64>,
}

/// The ceilings of an account, and the version of the account they belong to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartLimitsNow {
    /// The ceilings.
    pub limits: AccountPartLimits,
    /// The account's version: the ETag.
    pub version: i64,
}

impl PartLimitsNow {
    fn of(row: &account::Model) -> Self {
        let money = |minor: Option<i64>| minor.map(|minor| Money::new(minor, row.currency));
        let limits = AccountPartLimits {
            open: money(row.open_limit_minor),
            overdue: money(row.overdue_limit_minor),
            orders: money(row.orders_limit_minor),
            overdue_margin_days: row.overdue_margin_days,
        };
        Self { limits, version: row.version }
    }
}

impl AccountPartLimits {
    fn check(&self, currency: Currency) -> Result<()> {
        let mut faults = Vec::new();
        let mut fault = |member: &str, code, detail: String| faults.push(Fault { pointer: format!("#/{member}"), code, detail });
        for (member, ceiling) in [("open", self.open), ("overdue", self.overdue), ("orders", self.orders)] {
            let Some(ceiling) = ceiling else { continue };
            if ceiling.currency() != currency {
                fault(member, Code::CurrencyMismatch, format!("the account's limits are in {currency}"));
            } else if ceiling.minor() < 0 {
                fault(member, Code::AmountOutOfRange, "a ceiling is not below zero".to_owned());
            }
        }
        if self.overdue_margin_days.is_some_and(|days| !(0..=365).contains(&days)) {
            fault("overdue_margin_days", Code::ValidationFailed, "0 to 365 days".to_owned());
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

async fn account_row(read: &Read, id: AccountId) -> Result<account::Model> {
    let row = account::find(read.tenant()).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
}

/// The ceilings of an account; `not_found` when there is no such account.
pub async fn part_limits(read: &Read, id: AccountId) -> Result<PartLimitsNow> {
    Ok(PartLimitsNow::of(&account_row(read, id).await?))
}

/// Replaces an account's ceilings whole.
pub struct PutPartLimits {
    /// The account, already found.
    pub account: AccountId,
    /// The account's version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// The ceilings from now on.
    pub limits: AccountPartLimits,
}

impl Command for PutPartLimits {
    type Facts = account::Model;
    type Done = PartLimitsNow;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<account::Model> {
        account_row(read, self.account).await
    }

    fn decide(&self, row: &account::Model, _: &Asked, attempt: &Attempt) -> Result<Decided<PartLimitsNow>> {
        if self.version.is_some_and(|version| version != row.version) {
            let error = Error::new(Code::StaleVersion, format!("the account is at version {}", row.version)).at("@If-Match");
            return Err(error.with(serde_json::json!({ "current_version": row.version })));
        }
        self.limits.check(row.currency)?;
        let before = PartLimitsNow::of(row);
        if before.limits == self.limits {
            return Ok(Decided::before(before));
        }
        let changed = account::Model {
            open_limit_minor: self.limits.open.map(Money::minor),
            overdue_limit_minor: self.limits.overdue.map(Money::minor),
            orders_limit_minor: self.limits.orders.map(Money::minor),
            overdue_margin_days: self.limits.overdue_margin_days,
            version: row.version + 1,
            ..row.clone()
        };
        let entry = Entry {
            kind: "part_limits.set",
            subject: "account",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "before": before.limits, "after": self.limits }),
        };
        let changes = Changes::on(Claim::Account(claimed(row))).save(&changed).tell(entry);
        Ok(Decided::new(PartLimitsNow::of(&changed), changes))
    }
}
