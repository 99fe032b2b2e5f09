//! Telling what a distributor has sold on: what the quantity cap is measured by.

use super::rules::quantity_cap::Capped;
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::exchange::rules::Rates;
use crate::policy::QuantityCap;
use crate::sell_out::rows::sell_out;
use crate::sell_out::rules::{Period, average};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::{add_days, days_between, strict_date};
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, OrderId, SellOutId};
use crate::words::money::Money;
use crate::words::text::check_line;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Periods that an average looks at, and the longest period.
const PERIODS_MAX: u64 = 400;
const PERIOD_DAYS_MAX: i64 = 366;

/// What an account has sold on in a period.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SellOutIn {
    /// The first day of the period.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub from: NaiveDate,
    /// Its last day; it has passed or is today.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub to: NaiveDate,
    /// How much was sold on, at what we sell it for, in the account's currency.
    pub amount: Money,
    /// Where the figure is from: a stock check, the distributor's own report.
    #[schema(min_length = 1, max_length = 200)]
    pub source: String,
}

/// What an account has sold on, as it was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SellOutView {
    /// Its id.
    pub id: SellOutId,
    /// The account.
    pub account_id: AccountId,
    /// The first day of the period.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// How much was sold on.
    pub amount: Money,
    /// Where the figure is from.
    pub source: String,
    /// Who told it.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<&sell_out::Model> for SellOutView {
    fn from(row: &sell_out::Model) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            from: row.from_on,
            to: row.to_on,
            amount: Money::new(row.amount_minor, row.currency),
            source: row.source.clone(),
            author: row.author.clone(),
            created_at: row.created_at,
        }
    }
}

impl From<&sell_out::Model> for Period {
    fn from(row: &sell_out::Model) -> Self {
        Self { from: row.from_on, to: row.to_on, amount: Money::new(row.amount_minor, row.currency) }
    }
}

/// Tells what an account has sold on. The same period again takes the place of what was told before; one that crosses another is refused.
pub struct RecordSellOut {
    /// The account, already found.
    pub account: AccountId,
    /// What it sold on.
    pub told: SellOutIn,
}

impl Command for RecordSellOut {
    type Facts = (account::Model, Vec<sell_out::Model>);
    type Done = SellOutView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let row = account::find(read.tenant()).filter(account::Column::Id.eq(self.account)).one(read.db()).await.map_err(failed)?;
        let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let crossing = sell_out::find(read.tenant())
            .filter(sell_out::Column::AccountId.eq(self.account))
            .filter(sell_out::Column::FromOn.lte(self.told.to))
            .filter(sell_out::Column::ToOn.gte(self.told.from));
        Ok((row, crossing.limit(PERIODS_MAX).all(read.db()).await.map_err(failed)?))
    }

    fn decide(&self, (account, crossing): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<SellOutView>> {
        let (told, today) = (&self.told, attempt.stamp.today);
        let wrong = |pointer: &str, detail: String| Err(Error::new(Code::ValidationFailed, detail).at(pointer));
        let length = days_between(told.from, told.to) + 1;
        if !(1..=PERIOD_DAYS_MAX).contains(&length) {
            return wrong("#/to", format!("a period has 1 to {PERIOD_DAYS_MAX} days"));
        }
        if told.to > today {
            return wrong("#/to", format!("a period that is not over is not told; today is {today}"));
        }
        if told.amount.currency() != account.currency {
            return Err(Error::new(Code::CurrencyMismatch, format!("the account is in {}", account.currency)).at("#/amount"));
        }
        if told.amount.minor() < 0 {
            return Err(Error::new(Code::AmountOutOfRange, "nobody sells on less than nothing").at("#/amount"));
        }
        check_line("#/source", &told.source, 200)?;
        if let Some(other) = crossing.iter().find(|row| (row.from_on, row.to_on) != (told.from, told.to)) {
            return wrong("#/from", format!("{} to {} was told already and crosses it", other.from_on, other.to_on));
        }
        let row = sell_out::Model {
            tenant_id: attempt.who.tenant,
            id: SellOutId(attempt.stamp.id()),
            account_id: account.id,
            from_on: told.from,
            to_on: told.to,
            currency: account.currency,
            amount_minor: told.amount.minor(),
            source: told.source.clone(),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "sell_out.recorded",
            subject: "sell_out",
            subject_id: row.id.0,
            effective_on: today,
            decision: None,
            body: serde_json::json!({ "from": row.from_on, "to": row.to_on, "amount": told.amount, "source": row.source }),
        };
        let changes = Changes::on(Claim::Account(claimed(account))).add(&row).tell(entry);
        Ok(Decided::new(SellOutView::from(&row), changes))
    }
}

/// What was told of an account, the latest period first and the latest word on it; as much as an average may look at.
async fn rows(read: &Read, account: AccountId) -> Result<Vec<sell_out::Model>> {
    use sell_out::Column as C;
    let query = sell_out::find(read.tenant()).filter(C::AccountId.eq(account)).order_by_desc(C::ToOn).order_by_desc(C::Id);
    query.limit(PERIODS_MAX).all(read.db()).await.map_err(failed)
}

/// What an account has sold on, as it was told.
pub async fn list_sell_outs(read: &Read, account: AccountId) -> Result<Vec<SellOutView>> {
    Ok(rows(read, account).await?.iter().map(SellOutView::from).collect())
}

/// What orders of an account were let go for, by currency: those placed after `$4` and up to `$5`. Of the order `$3` itself, and of one that
/// came to nothing, only what is gone counts.
const ACCEPTED: &str = "
SELECT currency, CAST(COALESCE(SUM(CASE WHEN is_over OR gone >= approved_minor THEN gone ELSE approved_minor END), 0) AS BIGINT) AS minor
  FROM (SELECT currency, approved_minor, CASE WHEN shipped_minor > invoiced_minor THEN shipped_minor ELSE invoiced_minor END AS gone,
               (id = $3 OR state IN ('cancelled', 'rejected')) AS is_over
          FROM sales_order WHERE tenant_id = $1 AND account_id = $2 AND placed_on > $4 AND placed_on <= $5) placed
 GROUP BY currency";

/// The cap of an account for this order, where the policy has one and its sell-out is known. Nothing is asked for where there is none. Orders
/// in other money count at the rates; one that cannot be converted holds the order by itself (decision 44).
pub(super) async fn capped(
    read: &Read,
    account: AccountId,
    order: OrderId,
    today: NaiveDate,
    cap: Option<QuantityCap>,
    rates: &Rates,
) -> Result<Option<Capped>> {
    let Some(cap) = cap else { return Ok(None) };
    let told: Vec<Period> = rows(read, account).await?.iter().map(Period::from).collect();
    let Some(average) = average(&told, cap.days, cap.look_back_days)? else { return Ok(None) };
    let values = [account.into(), order.into(), add_days(today, -cap.days).into(), today.into()];
    let mut accepted_minor = 0_i64;
    for row in read.rows(ACCEPTED, values).await? {
        let let_go = Money::new(row.try_get("", "minor").map_err(failed)?, row.try_get("", "currency").map_err(failed)?);
        let is_own_money = let_go.currency() == average.currency();
        let counted = if is_own_money { Some(let_go) } else { rates.convert(let_go, average.currency())?.map(|working| working.converted) };
        accepted_minor = accepted_minor.saturating_add(counted.map_or(0, Money::minor));
    }
    Ok(Some(Capped { cap, average, accepted_minor }))
}
