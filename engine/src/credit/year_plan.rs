//! The plan of an account for a year: shipment and collection targets by period, and what came of them (OR-19).

use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, RowId, YearPlanId};
use crate::words::money::{Currency, Money};
use crate::words::text::check_line;
use crate::year_plan::rows::{year_plan, year_plan_period};
use crate::year_plan::rules::{check_periods, reached_bps};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One period of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanPeriodIn {
    /// Its first day.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub from: NaiveDate,
    /// Its last day.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub to: NaiveDate,
    /// What is to ship, gross of tax, in the account's currency.
    pub shipment: Money,
    /// What is to be collected.
    pub collection: Money,
}

/// The plan of an account for a year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"periods": [
    {"from": "2026-01-01", "to": "2026-06-30", "shipment": {"amount": "500000.00", "currency": "CNY"},
     "collection": {"amount": "450000.00", "currency": "CNY"}},
    {"from": "2026-07-01", "to": "2026-12-31", "shipment": {"amount": "600000.00", "currency": "CNY"},
     "collection": {"amount": "650000.00", "currency": "CNY"}}], "clear_on": "2026-12-31"}))]
pub struct YearPlanIn {
    /// Its periods, in order: parts of the year that do not cross.
    #[schema(min_items = 1, max_items = 53)]
    pub periods: Vec<PlanPeriodIn>,
    /// The day of that year on which the account is to owe nothing (年终两清).
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub clear_on: Option<NaiveDate>,
    /// Why it need not, where it is an exception.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    pub exempt_reason: Option<String>,
}

impl YearPlanIn {
    fn check(&self, year: i32, currency: Currency) -> Result<()> {
        let days: Vec<(NaiveDate, NaiveDate)> = self.periods.iter().map(|period| (period.from, period.to)).collect();
        check_periods(year, &days)?;
        for (at, period) in self.periods.iter().enumerate() {
            for (member, target) in [("shipment", period.shipment), ("collection", period.collection)] {
                let pointer = format!("#/periods/{at}/{member}");
                if target.currency() != currency {
                    return Err(Error::new(Code::CurrencyMismatch, format!("the account is in {currency}")).at(pointer));
                }
                if target.minor() < 0 {
                    return Err(Error::new(Code::AmountOutOfRange, "a target is not below zero").at(pointer));
                }
            }
        }
        if self.clear_on.is_some_and(|on| on.year() != year) {
            return Err(Error::new(Code::ValidationFailed, format!("a day of {year}")).at("#/clear_on"));
        }
        match &self.exempt_reason {
            Some(_) if self.clear_on.is_none() => {
                Err(Error::new(Code::ValidationFailed, "there is no day from which it is let off").at("#/exempt_reason"))
            }
            Some(why) => check_line("#/exempt_reason", why, 500),
            None => Ok(()),
        }
    }
}

/// A target and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TargetView {
    /// What was planned.
    pub target: Money,
    /// What came of it so far.
    pub actual: Money,
    /// The share that was reached, in basis points; `null` where nothing was planned.
    pub reached_bps: Option<i64>,
}

impl TargetView {
    fn of(target: i64, actual: i64, currency: Currency) -> Self {
        Self { target: Money::new(target, currency), actual: Money::new(actual, currency), reached_bps: reached_bps(target, actual) }
    }
}

/// One period of a plan, against what happened in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanPeriodView {
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// Goods that left, by the day they did.
    pub shipment: TargetView,
    /// Money received and not taken back, by the day it came. Set-off, rebates, goods and withheld tax settle and are not collected.
    pub collection: TargetView,
    /// What was invoiced and not cancelled, for comparison: where shipments are not reported here, it tells of them.
    pub invoiced: Money,
}

/// The plan of an account for a year, against what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct YearPlanView {
    /// Its id.
    pub id: YearPlanId,
    /// The account.
    pub account_id: AccountId,
    /// The year.
    pub year: i64,
    /// Only what is dated up to this day counts.
    pub as_of: NaiveDate,
    /// Its periods.
    #[schema(max_items = 53)]
    pub periods: Vec<PlanPeriodView>,
    /// The day on which the account is to owe nothing.
    pub clear_on: Option<NaiveDate>,
    /// Why it need not.
    pub exempt_reason: Option<String>,
    /// Who planned it so.
    pub author: String,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was first planned.
    pub created_at: DateTime<Utc>,
}

/// A plan as it was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct YearPlanSet {
    /// Its id.
    pub id: YearPlanId,
    /// The account.
    pub account_id: AccountId,
    /// The year.
    pub year: i64,
    /// What was planned.
    pub plan: YearPlanIn,
    /// Counts its changes; also the ETag.
    pub version: i64,
}

/// Sets the plan of an account for a year, whole. What was planned before stays in the journal.
pub struct PutYearPlan {
    /// The account, already found.
    pub account: AccountId,
    /// The year.
    pub year: i32,
    /// The version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// The plan.
    pub plan: YearPlanIn,
}

impl Command for PutYearPlan {
    /// The account, and its plan for the year with its periods.
    type Facts = (account::Model, Option<(year_plan::Model, Vec<year_plan_period::Model>)>);
    type Done = YearPlanSet;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let row = account::find(read.tenant()).filter(account::Column::Id.eq(self.account)).one(read.db()).await.map_err(failed)?;
        let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        Ok((row, find(read, self.account, i64::from(self.year)).await?))
    }

    fn decide(&self, (account, before): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<YearPlanSet>> {
        let known = before.as_ref().map_or(0, |(row, _)| row.version);
        if self.version.is_some_and(|version| version != known) {
            let error = Error::new(Code::StaleVersion, format!("the plan is at version {known}")).at("@If-Match");
            return Err(error.with(serde_json::json!({ "current_version": known })));
        }
        self.plan.check(self.year, account.currency)?;
        let was = before.as_ref().map(|(row, periods)| asked(row, periods));
        if let (Some((row, _)), Some(was)) = (before, &was)
            && *was == self.plan
        {
            return Ok(Decided::before(set(row, was.clone())));
        }
        let row = year_plan::Model {
            tenant_id: attempt.who.tenant,
            id: before.as_ref().map_or_else(|| YearPlanId(attempt.stamp.id()), |(row, _)| row.id),
            account_id: account.id,
            year: i64::from(self.year),
            currency: account.currency,
            clear_on: self.plan.clear_on,
            exempt_reason: self.plan.exempt_reason.clone(),
            author: attempt.who.actor.to_string(),
            version: known + 1,
            created_at: before.as_ref().map_or(attempt.stamp.at, |(row, _)| row.created_at),
        };
        let periods = (1..).zip(&self.plan.periods).map(|(no, period)| year_plan_period::Model {
            tenant_id: attempt.who.tenant,
            id: RowId(attempt.stamp.id()),
            plan_id: row.id,
            plan_version: row.version,
            no,
            from_on: period.from,
            to_on: period.to,
            shipment_minor: period.shipment.minor(),
            collection_minor: period.collection.minor(),
        });
        let periods: Vec<year_plan_period::Model> = periods.collect();
        let entry = Entry {
            kind: "year_plan.set",
            subject: "year_plan",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "year": row.year, "before": was, "after": self.plan }),
        };
        let changes = Changes::on(Claim::Account(claimed(account)));
        let changes = if before.is_some() { changes.save(&row) } else { changes.add(&row) };
        Ok(Decided::new(set(&row, self.plan.clone()), changes.add_all(&periods).tell(entry)))
    }
}

fn set(row: &year_plan::Model, plan: YearPlanIn) -> YearPlanSet {
    YearPlanSet { id: row.id, account_id: row.account_id, year: row.year, plan, version: row.version }
}

/// The plan as it was asked for.
fn asked(row: &year_plan::Model, periods: &[year_plan_period::Model]) -> YearPlanIn {
    let money = |minor| Money::new(minor, row.currency);
    let period = |period: &year_plan_period::Model| PlanPeriodIn {
        from: period.from_on,
        to: period.to_on,
        shipment: money(period.shipment_minor),
        collection: money(period.collection_minor),
    };
    YearPlanIn { periods: periods.iter().map(period).collect(), clear_on: row.clear_on, exempt_reason: row.exempt_reason.clone() }
}

async fn find(read: &Read, account: AccountId, year: i64) -> Result<Option<(year_plan::Model, Vec<year_plan_period::Model>)>> {
    use year_plan_period::Column as P;
    let query = year_plan::find(read.tenant()).filter(year_plan::Column::AccountId.eq(account)).filter(year_plan::Column::Year.eq(year));
    let Some(row) = query.one(read.db()).await.map_err(failed)? else { return Ok(None) };
    let periods = year_plan_period::find(read.tenant()).filter(P::PlanId.eq(row.id)).filter(P::PlanVersion.eq(row.version));
    let mut periods = periods.all(read.db()).await.map_err(failed)?;
    periods.sort_by_key(|period| period.no);
    Ok(Some((row, periods)))
}

/// What happened in each period of the plan `$2` at its version `$3`, for the account `$4` in its currency `$5`, up to the day `$6`.
const ACTUAL: &str = "
SELECT p.no, p.from_on, p.to_on, p.shipment_minor, p.collection_minor,
       (SELECT CAST(COALESCE(SUM(s.amount_minor), 0) AS BIGINT) FROM shipment s WHERE s.tenant_id = $1 AND s.account_id = $4
           AND s.currency = $5 AND s.shipped_on >= p.from_on AND s.shipped_on <= p.to_on AND s.shipped_on <= $6) AS shipped,
       (SELECT CAST(COALESCE(SUM(v.total_minor), 0) AS BIGINT) FROM invoice v WHERE v.tenant_id = $1 AND v.account_id = $4
           AND v.currency = $5 AND v.issued_on >= p.from_on AND v.issued_on <= p.to_on AND v.issued_on <= $6
           AND (v.cancelled_on IS NULL OR v.cancelled_on > $6)) AS invoiced,
       (SELECT CAST(COALESCE(SUM(m.amount_minor), 0) AS BIGINT) FROM payment m WHERE m.tenant_id = $1 AND m.account_id = $4
           AND m.currency = $5 AND m.received_on >= p.from_on AND m.received_on <= p.to_on AND m.received_on <= $6
           AND (m.voided_on IS NULL OR m.voided_on > $6) AND m.state <> 'announced'
           AND m.method NOT IN ('set_off', 'rebate', 'goods', 'tax_withheld')) AS collected
  FROM year_plan_period p WHERE p.tenant_id = $1 AND p.plan_id = $2 AND p.plan_version = $3 ORDER BY p.no";

fn period(row: &QueryResult, currency: Currency) -> std::result::Result<PlanPeriodView, sea_orm::DbErr> {
    let minor = |name: &str| row.try_get::<i64>("", name);
    Ok(PlanPeriodView {
        from: row.try_get("", "from_on")?,
        to: row.try_get("", "to_on")?,
        shipment: TargetView::of(minor("shipment_minor")?, minor("shipped")?, currency),
        collection: TargetView::of(minor("collection_minor")?, minor("collected")?, currency),
        invoiced: Money::new(minor("invoiced")?, currency),
    })
}

/// The plan of an account for a year against what is dated up to a day; `not_found` when there is none.
pub async fn year_plan(read: &Read, account: AccountId, year: i32, as_of: NaiveDate) -> Result<YearPlanView> {
    let found = find(read, account, i64::from(year)).await?;
    let (row, _) = found.ok_or_else(|| Error::new(Code::NotFound, "the account has no plan for this year"))?;
    let values = [row.id.into(), row.version.into(), account.into(), row.currency.into(), as_of.into()];
    let rows = read.rows(ACTUAL, values).await?;
    let periods: Result<Vec<PlanPeriodView>> = rows.iter().map(|found| period(found, row.currency).map_err(failed)).collect();
    Ok(YearPlanView {
        id: row.id,
        account_id: row.account_id,
        year: row.year,
        as_of,
        periods: periods?,
        clear_on: row.clear_on,
        exempt_reason: row.exempt_reason,
        author: row.author,
        version: row.version,
        created_at: row.created_at,
    })
}
