//! What acts of people on an order share: its rows as they are read, and the writing of what became of it.

use super::checked::withdrawn;
use super::deposit::Deposits;
use super::hold_rows::lifted;
use super::reserve::Moving;
use super::view::row;
use crate::account::claimed;
use crate::account::rows::{account, balance};
use crate::approval::pending_about;
use crate::approval::rows::approval;
use crate::command::Attempt;
use crate::credit::claim::with_cash;
use crate::credit::gauge::{gauges, warned};
use crate::credit::rules::warning::Gauge;
use crate::doors::store::{AccountClaim, Changes, Claim, Entry, Read, failed};
use crate::hold::rows::hold;
use crate::order::rows::sales_order;
use crate::order::rules::Progress;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, OrderId};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};

/// An order with everything an act on it may end.
pub struct ActFacts {
    pub(in crate::credit) account: account::Model,
    pub(super) balances: Vec<balance::Model>,
    pub(in crate::credit) row: sales_order::Model,
    pub(super) holds: Vec<hold::Model>,
    pub(super) approvals: Vec<approval::Model>,
    pub(super) deposits: Deposits,
    /// What the account's warning lines are measured by, where it has a limit.
    gauge: Option<Gauge>,
}

/// Reads it. The account with its version comes first: what changes while the rest is read is caught by the claim.
pub(in crate::credit) async fn read_order(read: &Read, attempt: &Attempt, account_id: AccountId, order: OrderId) -> Result<ActFacts> {
    let tenant = read.tenant();
    let account = account::find(tenant).filter(account::Column::Id.eq(account_id)).one(read.db()).await.map_err(failed)?;
    let account = account.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
    let row = row(read, order).await?;
    let active = hold::find(tenant).filter(hold::Column::OrderId.eq(order)).filter(hold::Column::State.eq("active"));
    let balances = balance::find(tenant).filter(balance::Column::AccountId.eq(account_id)).all(read.db()).await.map_err(failed)?;
    let gauge = gauges(read, attempt, &[&account], &balances.iter().collect::<Vec<_>>()).await?.remove(&account_id);
    Ok(ActFacts {
        balances,
        gauge,
        holds: active.all(read.db()).await.map_err(failed)?,
        approvals: pending_about(read, order.0).await?,
        deposits: Deposits::of(read, &row).await?,
        account,
        row,
    })
}

impl ActFacts {
    /// Writes the order as it has become, on this business day; an order that ends gives its deposit back. Where `ending` says why its
    /// holds end, they and what was asked about it end with it.
    pub(super) fn write(&self, row: &mut sales_order::Model, on: NaiveDate, ending: Option<&str>, attempt: &Attempt) -> Result<Changes> {
        row.version += 1;
        let has_task = row.keep_waiting(attempt.stamp.today);
        let gives_back = row.deposit_minor > 0 && Progress::from(&*row).is_closed();
        let today = attempt.stamp.today;
        let claim = if gives_back { with_cash(claimed(&self.account), today) } else { claimed(&self.account) };
        let mut changes = Changes::on(Claim::Nothing);
        if gives_back {
            changes = self.deposits.give_back(changes, row, attempt);
        }
        let moving = Moving::from(&self.row, &self.balances);
        let (warning_level, warnings) = match &self.gauge {
            Some(gauge) => warned(gauge, moving.sums_after(row, attempt).iter(), attempt)?,
            None => (self.account.warning_level, Vec::new()),
        };
        changes = changes.standing_on(Claim::Account(AccountClaim { warning_level, ..claim }));
        changes = warnings.into_iter().fold(changes, Changes::tell);
        changes = if has_task { changes.frees_room() } else { changes };
        changes = moving.write(changes, row, on, attempt);
        if let Some(reason) = ending {
            let holds: Vec<hold::Model> =
                self.holds.iter().map(|hold| lifted(hold, "lifted", &attempt.who.actor, reason, attempt)).collect();
            // The request this act was approved by is written by whoever runs it.
            let own = attempt.who.second.as_ref().map(|second| second.approval);
            let others = self.approvals.iter().filter(|row| Some(row.id) != own);
            let approvals: Vec<approval::Model> = others.map(|row| withdrawn(row, "the order has moved on")).collect();
            changes = changes.save_all(&holds).save_all(&approvals);
        }
        Ok(changes.save(row))
    }
}

/// A line of the journal about an order.
pub(super) fn entry(kind: &'static str, order: OrderId, on: NaiveDate, body: serde_json::Value) -> Entry {
    Entry { kind, subject: "order", subject_id: order.0, effective_on: on, decision: None, body }
}
