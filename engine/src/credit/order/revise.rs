//! An order changes after it was placed: it is checked again where it asks more credit, and its old reservation stands until then.

use super::act::{ActFacts, entry, read_order};
use super::again::with_release_of;
use super::line::{OrderLineIn, check_lines, check_terms, line_rows};
use super::load::{Asking, Check, load};
use super::view::{OrderView, answer, row, view};
use crate::command::{Attempt, Command, Decided};
use crate::credit::rules::OrderDecision;
use crate::credit::rules::order::{OrderAct, after};
use crate::credit::rules::revision::Revised;
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Read, failed};
use crate::facts::glance;
use crate::order::OrderState;
use crate::order::rows::{order_revision, sales_order};
use crate::order::rules::{Progress, approve_lines};
use crate::words::asked::{Asked, Hook, PluginSet};
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::facts::OrderLine;
use crate::words::id::{AccountId, CreditGroupId, OrderId, RevisionId};
use crate::words::money::Money;
use crate::words::text::check_reason;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an order becomes; members that are absent stay as they are.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevisionIn {
    /// Its value. An order with lines gets new lines with it.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Its lines, all of them, in the order they had: those that have shipped stay as they are.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub lines: Option<Vec<OrderLineIn>>,
    /// The day it wants to ship.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub ship_on: Option<NaiveDate>,
    /// Days to pay after the invoice.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 3650)]
    pub terms_days: Option<i64>,
    /// May part of it be released?
    #[serde(default)]
    pub partial_ok: Option<bool>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What of an order a revision can change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderTerms {
    /// Its value.
    pub amount: Money,
    /// The day it wants to ship.
    pub ship_on: Option<NaiveDate>,
    /// Days to pay after the invoice.
    pub terms_days: Option<i64>,
    /// May part of it be released?
    pub partial_ok: bool,
    /// Its lines.
    pub lines: Vec<OrderLineIn>,
}

impl From<&sales_order::Model> for OrderTerms {
    fn from(row: &sales_order::Model) -> Self {
        let line = |line: &OrderLine| OrderLineIn {
            sku: line.sku.clone(),
            quantity: line.quantity,
            amount: line.amount,
            group: line.group.clone(),
            is_key_item: line.is_key_item,
        };
        Self {
            amount: Money::new(row.amount_minor, row.currency),
            ship_on: row.ship_on,
            terms_days: row.terms_days,
            partial_ok: row.is_partial_ok,
            lines: row.lines.0.iter().map(line).collect(),
        }
    }
}

/// A revision as it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RevisionView {
    /// Its id.
    pub id: RevisionId,
    /// Its place among the revisions of the order, from 1.
    pub no: i64,
    /// What the order was.
    pub was: OrderTerms,
    /// What it became.
    pub becomes: OrderTerms,
    /// Was it checked again? Less credit keeps the approval.
    pub is_checked: bool,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub author: String,
    /// The business day.
    pub revised_on: NaiveDate,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Changes an order. It is checked again where it asks more credit or still waits; a lower value keeps the approval.
pub struct ReviseOrder {
    /// The account, already found.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
    /// What it becomes.
    pub revision: RevisionIn,
}

/// What revising looks at.
pub enum ReviseFacts {
    /// The approval stands: nobody is asked.
    Kept(Box<(ActFacts, sales_order::Model)>, i64),
    /// Checked again.
    Checked(Box<Check>, i64),
}

impl Command for ReviseOrder {
    type Facts = ReviseFacts;
    type Done = OrderView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<ReviseFacts> {
        check_reason(&self.revision.reason)?;
        let known = row(read, self.order).await?;
        let seen = glance(read, self.account, &known.external_id).await?;
        let seen = seen.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let was = row(read, self.order).await?;
        after(was.state, OrderAct::Revised(OrderDecision::Hold))?;
        let becomes = self.revision.apply(&was)?;
        let last = order_revision::find(read.tenant())
            .filter(order_revision::Column::OrderId.eq(self.order))
            .order_by_desc(order_revision::Column::No);
        let no = last.one(read.db()).await.map_err(failed)?.map_or(1, |last| last.no + 1);
        let revised = Revised::of(&was, &becomes);
        if !revised.needs_check(Progress::from(&was)) {
            return Ok(ReviseFacts::Kept(Box::new((read_order(read, attempt, self.account, self.order).await?, becomes)), no));
        }
        let keeps = revised.keeps(Progress::from(&was));
        let becomes = with_release_of(becomes, attempt.stamp.today);
        let checkpoint = answer(&was)?.checkpoint;
        let check = load(read, attempt, seen, becomes, Asking::Revised { was, keeps }, checkpoint).await?;
        Ok(ReviseFacts::Checked(Box::new(check), no))
    }

    fn shares(&self, facts: &ReviseFacts) -> Option<CreditGroupId> {
        match facts {
            ReviseFacts::Kept(..) => None,
            ReviseFacts::Checked(check, _) => check.group.map(|group| group.root),
        }
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::OrderCheck)
    }

    fn ask(&self, facts: &ReviseFacts, attempt: &Attempt) -> Asked {
        match facts {
            ReviseFacts::Kept(..) => Asked::nobody(),
            ReviseFacts::Checked(check, _) => check.ask(attempt),
        }
    }

    fn decide(&self, facts: &ReviseFacts, asked: &Asked, attempt: &Attempt) -> Result<Decided<OrderView>> {
        match facts {
            ReviseFacts::Kept(kept, no) => {
                let (act, becomes) = &**kept;
                if act.row.version != becomes.version {
                    return Err(Error::lost_race());
                }
                let mut now = becomes.clone();
                let is_over = now.invoiced_minor > 0 && now.invoiced_minor >= now.amount_minor;
                let state = if is_over { OrderState::Invoiced } else { now.state };
                now.put(Progress { state, ..Progress::from(&now) });
                let ending = is_over.then_some(&*self.revision.reason);
                let changes = act.write(&mut now, attempt.stamp.today, ending, attempt)?;
                Ok(Decided::new(view(&now)?, self.tell(changes, &act.row, becomes, (*no, false), attempt)?))
            }
            ReviseFacts::Checked(check, no) => {
                let Decided { done, changes } = check.decided(asked, attempt)?;
                let was = check.before.as_ref().map(|before| &before.row);
                let (was, changes) = was.zip(changes).ok_or_else(|| Error::internal("a revision is of an order that was read"))?;
                Ok(Decided::new(done?, self.tell(changes, was, &check.row, (*no, true), attempt)?))
            }
        }
    }
}

impl ReviseOrder {
    fn tell(
        &self,
        changes: Changes,
        was: &sales_order::Model,
        becomes: &sales_order::Model,
        (no, is_checked): (i64, bool),
        attempt: &Attempt,
    ) -> Result<Changes> {
        let terms = |row: &sales_order::Model| serde_json::to_value(OrderTerms::from(row)).map_err(Error::internal);
        let row = order_revision::Model {
            tenant_id: was.tenant_id,
            id: RevisionId(attempt.stamp.id()),
            account_id: was.account_id,
            order_id: was.id,
            no,
            was: Payload(terms(was)?),
            becomes: Payload(terms(becomes)?),
            reason: self.revision.reason.clone(),
            author: attempt.who.actor.to_string(),
            is_checked,
            revised_on: attempt.stamp.today,
            created_at: attempt.stamp.at,
        };
        let body = serde_json::json!({
            "external_id": was.external_id, "was": Money::new(was.amount_minor, was.currency),
            "becomes": Money::new(becomes.amount_minor, becomes.currency), "is_checked": is_checked, "reason": self.revision.reason,
        });
        Ok(changes.add(&row).tell(entry("order.revised", was.id, attempt.stamp.today, body)))
    }
}

impl Revised {
    fn of(was: &sales_order::Model, becomes: &sales_order::Model) -> Self {
        Self { amount: Money::new(becomes.amount_minor, becomes.currency), terms: (was.terms_days, becomes.terms_days) }
    }
}

impl RevisionIn {
    /// The order as it would be, its approval cut to its new value and nothing decided.
    fn apply(&self, was: &sales_order::Model) -> Result<sales_order::Model> {
        let is_empty = self.amount.is_none() && self.lines.is_none() && self.ship_on.is_none() && self.terms_days.is_none();
        if is_empty && self.partial_ok.is_none() {
            return Err(Error::new(Code::MissingField, "a revision changes something").at("#/amount"));
        }
        let amount = self.amount.unwrap_or_else(|| Money::new(was.amount_minor, was.currency));
        if amount.currency() != was.currency {
            return Err(Error::new(Code::CurrencyMismatch, format!("the order is in {}", was.currency)).at("#/amount"));
        }
        if !amount.is_positive() {
            return Err(Error::new(Code::AmountOutOfRange, "an order is worth more than zero; cancel it instead").at("#/amount"));
        }
        let mut faults = check_terms(self.terms_days).into_iter().collect::<Vec<_>>();
        faults.extend(self.lines.iter().flat_map(|lines| check_lines(lines, amount)));
        if !faults.is_empty() {
            return Err(Error::all(faults));
        }
        let mut row = was.clone();
        row.lines = Payload(self.lines_after(was, amount)?);
        row.ship_on = self.ship_on.or(was.ship_on);
        row.terms_days = self.terms_days.or(was.terms_days);
        row.is_partial_ok = self.partial_ok.unwrap_or(was.is_partial_ok);
        let now =
            Revised::of(was, &sales_order::Model { amount_minor: amount.minor(), ..row.clone() }).at_new_value(Progress::from(was))?;
        row.amount_minor = now.amount;
        row.released_minor = row.released_minor.min(now.amount);
        row.put(now);
        approve_lines(&mut row.lines.0, now.approved);
        Ok(row)
    }

    /// The lines as they would be: what has shipped stands at its place with its value.
    fn lines_after(&self, was: &sales_order::Model, amount: Money) -> Result<Vec<OrderLine>> {
        let Some(lines) = &self.lines else {
            if !was.lines.0.is_empty() && amount.minor() != was.amount_minor {
                return Err(Error::new(Code::MissingField, "the order has lines: send what they become").at("#/lines"));
            }
            return Ok(was.lines.0.clone());
        };
        if was.lines.0.is_empty() && was.shipped_minor > 0 && !lines.is_empty() {
            return Err(Error::new(Code::AlreadyShipped, "goods of the order have shipped without lines").at("#/lines"));
        }
        let mut rows = line_rows(lines);
        for gone in was.lines.0.iter().filter(|line| line.is_shipped) {
            match rows.iter_mut().find(|row| row.no == gone.no && row.amount == gone.amount) {
                Some(row) => *row = gone.clone(),
                None => {
                    let detail = format!("line {} has shipped: it stays at its place with its value", gone.no);
                    return Err(Error::new(Code::AlreadyShipped, detail).at("#/lines"));
                }
            }
        }
        Ok(rows)
    }
}

/// The revisions of an order, in their order; the first thousand.
pub async fn list_revisions(read: &Read, order: OrderId) -> Result<Vec<RevisionView>> {
    let query = order_revision::find(read.tenant())
        .filter(order_revision::Column::OrderId.eq(order))
        .order_by_asc(order_revision::Column::No)
        .limit(1_000);
    let view = |row: order_revision::Model| {
        let terms = |json| serde_json::from_value::<OrderTerms>(json).map_err(Error::internal);
        Ok(RevisionView {
            id: row.id,
            no: row.no,
            was: terms(row.was.0)?,
            becomes: terms(row.becomes.0)?,
            is_checked: row.is_checked,
            reason: row.reason,
            author: row.author,
            revised_on: row.revised_on,
            created_at: row.created_at,
        })
    };
    query.all(read.db()).await.map_err(failed)?.into_iter().map(view).collect()
}
