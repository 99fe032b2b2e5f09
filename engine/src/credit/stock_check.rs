//! Counting the stock of distributors: who is counted and how often, the task that falls due by itself, and what was counted (OR-15).

use super::order::{blank_task, task_created};
use crate::account::claimed;
use crate::account::rows::account;
use crate::case::rows::task;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Claim, Entry, Read, failed, uuid_at};
use crate::engine::Engine;
use crate::stock::rows::{stock_check, stock_duty};
use crate::stock::rules::{STOCK_CHECK_DAYS, StockLine, age_days, check_every, check_lines, lasts_days};
use crate::words::asked::Asked;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::day::{add_days, days_between, strict_date};
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, RowId, StockCheckId};
use crate::words::text::line_fault;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The work of counting.
const STOCK_CHECK: &str = "stock_check";
/// Who sees to it.
const ROLE: &str = "collector";
/// Counts that are listed.
const CHECKS_MAX: u64 = 100;
/// Accounts asked in one transaction, and rounds over accounts that somebody faster changed; what is left is found by the next run.
const ACCOUNTS_AT_ONCE: i64 = 500;
const ROUNDS_MAX: u32 = 200;

/// How often the stock of an account is counted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"every_days": 15}))]
pub struct StockDutyIn {
    /// Every so many days; 15 when absent, and `null` when it is counted no more.
    #[serde(default = "shipped")]
    #[schema(minimum = 1, maximum = 366)]
    pub every_days: Option<i64>,
}

#[expect(clippy::unnecessary_wraps, reason = "the default of a member that may be null")]
fn shipped() -> Option<i64> {
    Some(STOCK_CHECK_DAYS)
}

/// How often the stock of an account is counted, and when next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StockDutyView {
    /// The account.
    pub account_id: AccountId,
    /// Every so many days; `null` when it is not counted.
    pub every_days: Option<i64>,
    /// The day from which a run asks for the next count.
    pub next_on: Option<NaiveDate>,
    /// Counts its changes, 0 before the first; also the ETag.
    pub version: i64,
}

impl StockDutyView {
    fn of(account_id: AccountId, row: Option<&stock_duty::Model>) -> Self {
        let next_on = row.and_then(|row| row.next_on);
        let every_days = row.filter(|row| row.next_on.is_some()).map(|row| row.every_days);
        Self { account_id, every_days, next_on, version: row.map_or(0, |row| row.version) }
    }
}

async fn duty_of(read: &Read, account: AccountId) -> Result<Option<stock_duty::Model>> {
    stock_duty::find(read.tenant()).filter(stock_duty::Column::AccountId.eq(account)).one(read.db()).await.map_err(failed)
}

async fn newest(read: &Read, account: AccountId, most: u64) -> Result<Vec<stock_check::Model>> {
    use stock_check::Column as C;
    let query = stock_check::find(read.tenant()).filter(C::AccountId.eq(account)).order_by_desc(C::CountedOn).order_by_desc(C::Id);
    query.limit(most).all(read.db()).await.map_err(failed)
}

async fn account_now(read: &Read, id: AccountId) -> Result<account::Model> {
    let row = account::find(read.tenant()).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
}

/// How often the stock of an account is counted.
pub async fn stock_duty(read: &Read, account: AccountId) -> Result<StockDutyView> {
    Ok(StockDutyView::of(account, duty_of(read, account).await?.as_ref()))
}

/// Says how often the stock of an account is counted. The first count falls due at once, or so many days after the last one.
pub struct PutStockDuty {
    /// The account, already found.
    pub account: AccountId,
    /// The version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// How often.
    pub duty: StockDutyIn,
}

impl Command for PutStockDuty {
    /// The account, what was said before, and the last count.
    type Facts = (account::Model, Option<stock_duty::Model>, Option<stock_check::Model>);
    type Done = StockDutyView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let account = account_now(read, self.account).await?;
        Ok((account, duty_of(read, self.account).await?, newest(read, self.account, 1).await?.pop()))
    }

    fn decide(&self, (account, before, last): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<StockDutyView>> {
        let was = StockDutyView::of(account.id, before.as_ref());
        if self.version.is_some_and(|version| version != was.version) {
            let error = Error::new(Code::StaleVersion, format!("it is at version {}", was.version)).at("@If-Match");
            return Err(error.with(serde_json::json!({ "current_version": was.version })));
        }
        let every_days = self.duty.every_days.map(check_every).transpose()?;
        if was.every_days == every_days {
            return Ok(Decided::before(was));
        }
        let today = attempt.stamp.today;
        let next_on = every_days.map(|days| last.as_ref().map_or(today, |last| add_days(last.counted_on, days)));
        let row = stock_duty::Model {
            tenant_id: attempt.who.tenant,
            id: before.as_ref().map_or_else(|| RowId(attempt.stamp.id()), |row| row.id),
            account_id: account.id,
            every_days: every_days.unwrap_or(STOCK_CHECK_DAYS),
            next_on,
            version: was.version + 1,
            created_at: before.as_ref().map_or(attempt.stamp.at, |row| row.created_at),
        };
        let entry = Entry {
            kind: "stock_duty.set",
            subject: "account",
            subject_id: account.id.0,
            effective_on: today,
            decision: None,
            body: serde_json::json!({ "before": was.every_days, "every_days": every_days, "next_on": next_on }),
        };
        let changes = Changes::on(Claim::Account(claimed(account)));
        let changes = if before.is_some() { changes.save(&row) } else { changes.add(&row) };
        Ok(Decided::new(StockDutyView::of(account.id, Some(&row)), changes.tell(entry)))
    }
}

/// A count of the stock.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"counted_on": "2026-03-01", "source": "counted with the warehouse keeper", "lines": [
    {"sku": "BEER-24", "on_hand": "120", "sold_since": "300", "oldest_on": "2026-01-15"}]}))]
pub struct StockCheckIn {
    /// The day it was counted; it has come.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub counted_on: NaiveDate,
    /// How: counted there, the distributor's own report.
    #[schema(min_length = 1, max_length = 200)]
    pub source: String,
    /// What was counted.
    #[schema(min_items = 1, max_items = 500)]
    pub lines: Vec<StockLine>,
}

/// What was counted of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StockLineView {
    /// What was counted.
    #[serde(flatten)]
    pub line: StockLine,
    /// How old the oldest of it is, in days.
    pub age_days: Option<i64>,
    /// For how many days it lasts at the pace since the count before.
    pub lasts_days: Option<i64>,
}

/// A count of the stock, with how old it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StockCheckView {
    /// Its id.
    pub id: StockCheckId,
    /// The account.
    pub account_id: AccountId,
    /// The day it was counted.
    pub counted_on: NaiveDate,
    /// Days since the count before.
    pub days_since: Option<i64>,
    /// How old the oldest goods in the channel are, in days.
    pub age_days: Option<i64>,
    /// What was counted.
    #[schema(max_items = 500)]
    pub lines: Vec<StockLineView>,
    /// How.
    pub source: String,
    /// Who wrote it down.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<&stock_check::Model> for StockCheckView {
    fn from(row: &stock_check::Model) -> Self {
        let view = |line: &StockLine| StockLineView {
            age_days: age_days(line, row.counted_on),
            lasts_days: lasts_days(line, row.days_since),
            line: line.clone(),
        };
        let lines: Vec<StockLineView> = row.lines.0.iter().map(view).collect();
        Self {
            id: row.id,
            account_id: row.account_id,
            counted_on: row.counted_on,
            days_since: row.days_since,
            age_days: lines.iter().filter_map(|line| line.age_days).max(),
            lines,
            source: row.source.clone(),
            author: row.author.clone(),
            created_at: row.created_at,
        }
    }
}

/// Writes a count down. It ends the task that asked for it, and the next one falls due so many days later.
pub struct RecordStockCheck {
    /// The account, already found.
    pub account: AccountId,
    /// The count.
    pub check: StockCheckIn,
}

/// What writing a count down looks at.
pub struct StockFacts {
    account: account::Model,
    duty: Option<stock_duty::Model>,
    last: Option<stock_check::Model>,
    asked: Vec<task::Model>,
}

impl Command for RecordStockCheck {
    type Facts = StockFacts;
    type Done = StockCheckView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<StockFacts> {
        use task::Column as T;
        let account = account_now(read, self.account).await?;
        let asked =
            task::find(read.tenant()).filter(T::AccountId.eq(self.account)).filter(T::State.eq("open")).filter(T::Kind.eq(STOCK_CHECK));
        let asked = asked.all(read.db()).await.map_err(failed)?;
        Ok(StockFacts { account, duty: duty_of(read, self.account).await?, last: newest(read, self.account, 1).await?.pop(), asked })
    }

    fn decide(&self, facts: &StockFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<StockCheckView>> {
        let (new, today) = (&self.check, attempt.stamp.today);
        let mut faults = check_lines(&new.lines, new.counted_on);
        let mut wrong = |pointer: &str, detail: String| {
            faults.push(Fault { pointer: pointer.to_owned(), code: Code::ValidationFailed, detail });
        };
        if new.counted_on > today {
            wrong("#/counted_on", format!("a day to come; today is {today}"));
        }
        if let Some(last) = facts.last.as_ref().filter(|last| last.counted_on > new.counted_on) {
            wrong("#/counted_on", format!("it was counted on {} already", last.counted_on));
        }
        faults.extend(line_fault("#/source", &new.source, 200));
        if !faults.is_empty() {
            return Err(Error::all(faults));
        }
        let row = stock_check::Model {
            tenant_id: attempt.who.tenant,
            id: StockCheckId(attempt.stamp.id()),
            account_id: facts.account.id,
            counted_on: new.counted_on,
            days_since: facts.last.as_ref().map(|last| days_between(last.counted_on, new.counted_on)),
            lines: Payload(new.lines.clone()),
            source: new.source.clone(),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let view = StockCheckView::from(&row);
        let entry =
            |kind, subject, subject_id, body| Entry { kind, subject, subject_id, effective_on: new.counted_on, decision: None, body };
        let body = serde_json::json!({ "counted_on": row.counted_on, "lines": new.lines.len(), "age_days": view.age_days });
        let mut changes = Changes::on(Claim::Account(claimed(&facts.account))).add(&row);
        changes = changes.tell(entry("stock_check.recorded", "stock_check", row.id.0, body));
        for asked in &facts.asked {
            let done = task::Model {
                state: "done".to_owned(),
                done_on: Some(today),
                done_by: Some(attempt.who.actor.to_string()),
                outcome: Some("counted".to_owned()),
                version: asked.version + 1,
                ..asked.clone()
            };
            let body = serde_json::json!({ "kind": asked.kind, "outcome": "counted", "stock_check": row.id });
            changes = changes.save(&done).tell(entry("task.completed", "task", asked.id.0, body));
        }
        if let Some(duty) = facts.duty.as_ref().filter(|duty| duty.next_on.is_some()) {
            let next_on = Some(add_days(new.counted_on, duty.every_days));
            changes = changes.save(&stock_duty::Model { next_on, ..duty.clone() });
        }
        Ok(Decided::new(view, changes))
    }
}

/// The counts of an account's stock, the newest first; at most 100.
pub async fn list_stock_checks(read: &Read, account: AccountId) -> Result<Vec<StockCheckView>> {
    Ok(newest(read, account, CHECKS_MAX).await?.iter().map(StockCheckView::from).collect())
}

/// Whose count has fallen due by the day `$2` and is not asked for yet.
const DUE: &str = "
SELECT d.account_id FROM stock_duty d WHERE d.tenant_id = $1 AND d.next_on <= $2
   AND NOT EXISTS (SELECT 1 FROM task t WHERE t.tenant_id = $1 AND t.account_id = d.account_id AND t.kind = 'stock_check' AND t.state = 'open')
 ORDER BY d.next_on, d.id LIMIT $3";

impl Engine {
    /// Asks for every count that has fallen due by the day: one task an account, and none while one is open. The same day again finds
    /// nothing. Gives how many.
    ///
    /// # Errors
    /// When the database does not serve.
    pub(crate) async fn ask_stock_checks(&self, who: &Caller, day: NaiveDate) -> Result<i64> {
        let mut asked = 0;
        for _ in 0..ROUNDS_MAX {
            let ground = self.refresh_ground(who.tenant).await?;
            let attempt = Attempt { who: who.clone(), stamp: Arc::new(ground.stamp_on(&*self.clock, day)), ground, lost: 0 };
            let Some(done) = self.ask_stock_page(&attempt, day).await? else { break };
            asked += done;
        }
        Ok(asked)
    }

    /// One page of it; none when nobody is left.
    async fn ask_stock_page(&self, attempt: &Attempt, day: NaiveDate) -> Result<Option<i64>> {
        let read = self.store.read(attempt.who.tenant);
        let due = read.rows(DUE, [day.into(), ACCOUNTS_AT_ONCE.into()]).await?;
        let due: Vec<AccountId> = due.iter().map(|row| uuid_at(row, "account_id").map(AccountId)).collect::<Result<_>>()?;
        if due.is_empty() {
            return Ok(None);
        }
        // The accounts with their versions come before what is due: what changes in between is caught by the claim.
        let accounts = account::find(read.tenant()).filter(read.among(account::Column::Id, due.iter().copied()));
        let accounts = accounts.all(read.db()).await.map_err(failed)?;
        let duties = stock_duty::find(read.tenant()).filter(read.among(stock_duty::Column::AccountId, due.iter().copied()));
        let duties = duties.all(read.db()).await.map_err(failed)?.into_iter().map(|duty| (duty.account_id, duty));
        let duties: HashMap<AccountId, stock_duty::Model> = duties.collect();
        let changes: Vec<Changes> =
            accounts.iter().filter_map(|row| duties.get(&row.id).map(|duty| asking(row, duty, day, attempt))).collect();
        let all = changes.len();
        let lost = self.store.write_page(&attempt.who, &attempt.stamp, attempt.ground.revision, changes).await?;
        i64::try_from(all - lost.len()).map(Some).map_err(Error::internal)
    }
}

/// The task of an account whose count is due. Should nobody count, the next one is asked for when this one is done or so many days are over.
fn asking(row: &account::Model, duty: &stock_duty::Model, day: NaiveDate, attempt: &Attempt) -> Changes {
    let since = duty.next_on.unwrap_or(day);
    let details = serde_json::json!({ "due_since": since, "every_days": duty.every_days });
    let asked =
        task::Model { activity: "visit".to_owned(), effective_on: since, ..blank_task(row.id, STOCK_CHECK, ROLE, details, attempt) };
    let next = stock_duty::Model { next_on: Some(add_days(day, duty.every_days)), ..duty.clone() };
    Changes::on(Claim::Account(claimed(row))).tell(task_created(&asked, attempt)).add(&asked).save(&next)
}
