//! Approvals and releases that run out: what has not shipped gives back what it reserves, and the order waits for another check.

use super::reserve::movement;
use super::view::Answer;
use crate::account::claimed;
use crate::account::rows::{account, balance};
use crate::command::{Attempt, RACES_MAX, pause_after};
use crate::credit::gauge::{gauges, warned};
use crate::credit::rules::OrderDecision;
use crate::credit::rules::warning::Gauge;
use crate::doors::store::columns::Payload;
use crate::doors::store::{AccountClaim, Changes, Claim, Entry, Read, failed};
use crate::engine::Engine;
use crate::hold::rows::hold;
use crate::order::OrderState;
use crate::order::rows::sales_order;
use crate::order::rules::{Progress, approve_lines, lapse};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::facts::Reason;
use crate::words::id::{AccountId, HoldId};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Why an order waits whose approval or release ran out: for somebody to ask for it again, not for something to move.
pub(super) const APPROVAL_EXPIRED: &str = "approval_expired";

/// Orders that are ended in one transaction.
const PAGE: u64 = 500;

impl Engine {
    /// Ends every approval and release whose last day lies before `day`, as of that day; answers how many. The last day still holds.
    /// Done twice it does nothing more. Orders are found by index, so a day on which nothing runs out costs one look.
    ///
    /// # Errors
    /// `try_again` when others were faster too many times in a row on one account; what was ended until then stays.
    pub async fn expire_orders(&self, who: &Caller, day: NaiveDate) -> Result<u64> {
        let mut ended = 0;
        while let Some((count, losers)) = self.expire_page(who, day, 0, None).await? {
            ended += count;
            for account in losers {
                ended += self.expire_alone(who, day, account).await?;
            }
        }
        Ok(ended)
    }

    /// A busy account: it is ended in its own lane, behind the requests that wait there.
    async fn expire_alone(&self, who: &Caller, day: NaiveDate, account: AccountId) -> Result<u64> {
        let _lane = self.lanes.enter(who.tenant, account).await;
        for lost in 1..=RACES_MAX {
            match self.expire_page(who, day, lost, Some(account)).await? {
                None => return Ok(0),
                Some((count, losers)) if losers.is_empty() => return Ok(count),
                Some(_) => {}
            }
        }
        Err(Error::new(Code::TryAgain, "others were faster ten times in a row; approvals that ran out still stand"))
    }

    /// Ends what is over on a page of accounts, or on one; nothing when nothing is. Answers how many, and who lost a race.
    async fn expire_page(&self, who: &Caller, day: NaiveDate, lost: u32, only: Option<AccountId>) -> Result<Option<(u64, Vec<AccountId>)>> {
        pause_after(lost).await;
        let ground = if lost == 0 { self.ground(who.tenant).await? } else { self.refresh_ground(who.tenant).await? };
        let stamp = Arc::new(ground.stamp_on(&*self.clock, day));
        let attempt = Attempt { who: who.clone(), stamp, ground, lost };
        let page = due(&self.store.read(who.tenant), &attempt, day, only).await?;
        if page.is_empty() {
            return Ok(None);
        }
        let orders: HashMap<AccountId, u64> = page.iter().map(|one| (one.account.id, one.count())).collect();
        let changes = page.into_iter().map(|one| one.end(&attempt)).collect::<Result<_>>()?;
        let losers = self.store.write_page(who, &attempt.stamp, attempt.ground.revision, changes).await?;
        let won = orders.iter().filter(|(account, _)| !losers.contains(account));
        Ok(Some((won.fold(0, |sum, (_, count)| sum + count), losers)))
    }
}

/// An account with its orders that are over.
struct Due {
    account: account::Model,
    balances: Vec<balance::Model>,
    orders: Vec<sales_order::Model>,
    /// What the account's warning lines are measured by, where it has a limit.
    gauge: Option<Gauge>,
}

async fn due(read: &Read, attempt: &Attempt, day: NaiveDate, only: Option<AccountId>) -> Result<Vec<Due>> {
    let mut over = sales_order::find(read.tenant()).select_only().column(sales_order::Column::AccountId);
    over = over.filter(sales_order::Column::ValidUntil.lt(day));
    over = only.into_iter().fold(over, |over, account| over.filter(sales_order::Column::AccountId.eq(account)));
    over = over.order_by_asc(sales_order::Column::ValidUntil).limit(PAGE);
    let named: Vec<AccountId> = over.into_tuple().all(read.db()).await.map_err(failed)?;
    if named.is_empty() {
        return Ok(Vec::new());
    }
    // The account with its version comes before everything that is decided on: its orders are read again after it.
    let ids = || named.iter().copied();
    let accounts = account::find(read.tenant()).filter(read.among(account::Column::Id, ids()));
    let accounts = accounts.all(read.db()).await.map_err(failed)?;
    let of_accounts = balance::find(read.tenant()).filter(read.among(balance::Column::AccountId, ids()));
    let of_accounts = of_accounts.all(read.db()).await.map_err(failed)?;
    let kept: Vec<&balance::Model> = of_accounts.iter().collect();
    let mut gauge = gauges(read, attempt, &accounts.iter().collect::<Vec<_>>(), &kept).await?;
    let mut balances: BTreeMap<AccountId, Vec<balance::Model>> = BTreeMap::new();
    for row in of_accounts {
        balances.entry(row.account_id).or_default().push(row);
    }
    let over = sales_order::find(read.tenant())
        .filter(read.among(sales_order::Column::AccountId, ids()))
        .filter(sales_order::Column::ValidUntil.lt(day));
    let mut orders: BTreeMap<AccountId, Vec<sales_order::Model>> = BTreeMap::new();
    for row in over.all(read.db()).await.map_err(failed)? {
        orders.entry(row.account_id).or_default().push(row);
    }
    let due = accounts.into_iter().map(|account| Due {
        gauge: gauge.remove(&account.id),
        balances: balances.remove(&account.id).unwrap_or_default(),
        orders: orders.remove(&account.id).unwrap_or_default(),
        account,
    });
    Ok(due.filter(|one| !one.orders.is_empty()).collect())
}

impl Due {
    fn count(&self) -> u64 {
        self.orders.iter().filter(|row| lapse(Progress::from(*row)).is_some()).fold(0, |count, _| count + 1)
    }

    /// All of its orders that are over, in one change: the kept sums move once.
    fn end(self, attempt: &Attempt) -> Result<Changes> {
        let mut changes = Changes::on(Claim::Nothing);
        let mut balances = self.balances;
        for mut row in self.orders {
            let was = Progress::from(&row);
            let last = row.valid_until.take();
            row.version += 1;
            let Some(now) = lapse(was) else {
                // All of it has shipped: nothing is left that could run out.
                changes = changes.save(&row);
                continue;
            };
            row.put(now);
            // An order that was approved or released begins to wait: nobody was called to it yet.
            let _ = row.keep_waiting(attempt.stamp.today);
            approve_lines(&mut row.lines.0, now.approved);
            let (reserved, shipped) = (now.taken().reserved - was.taken().reserved, now.taken().shipped - was.taken().shipped);
            if let Some(kept) = balances.iter_mut().find(|kept| kept.entity == row.entity && kept.currency == row.currency) {
                kept.orders_minor += reserved;
                kept.shipped_minor += shipped;
            }
            if reserved != 0 || shipped != 0 {
                changes = changes.add(&movement(&row, reserved, shipped, attempt.stamp.today, attempt));
            }
            let reason = ran_out(last, was.state);
            row.decision = OrderDecision::Hold.as_str().to_owned();
            row.answer = Payload(Answer::ended(row.answer.0, reason.clone(), row.currency)?);
            let entry = Entry {
                kind: "order.expired",
                subject: "order",
                subject_id: row.id.0,
                effective_on: attempt.stamp.today,
                decision: None,
                body: serde_json::json!({
                    "external_id": row.external_id, "amount": Money::new(was.ready(), row.currency), "valid_until": last,
                }),
            };
            changes = changes.save(&row).add(&held(&row, &reason, attempt)).tell(entry);
        }
        // Less is used than before: a line that was passed may be passed again.
        let (warning_level, _) = match &self.gauge {
            Some(gauge) => warned(gauge, balances.iter(), attempt)?,
            None => (self.account.warning_level, Vec::new()),
        };
        let claim = Claim::Account(AccountClaim { warning_level, ..claimed(&self.account) });
        // What ran out may be what another order waits for.
        Ok(changes.standing_on(claim).frees_room().save_all(&balances))
    }
}

fn ran_out(last: Option<NaiveDate>, was: OrderState) -> Reason {
    let last = last.map(|last| last.to_string()).unwrap_or_default();
    let (en, zh) = match was {
        OrderState::Released => ("release", "放行"),
        OrderState::Approved
        | OrderState::Held
        | OrderState::PartiallyReleased
        | OrderState::Rejected
        | OrderState::Cancelled
        | OrderState::Invoiced => ("approval", "审批"),
    };
    let text = Bilingual::new(
        format!("The {en} of this order ran out on {last} before all of it had shipped; check it again."),
        format!("本单{zh}已于 {last} 到期，尚有货物未发，请重新检查。"),
    );
    Reason::core(APPROVAL_EXPIRED, text)
}

/// What keeps the order until it is checked again: it stands in the queue as any other.
fn held(row: &sales_order::Model, reason: &Reason, attempt: &Attempt) -> hold::Model {
    hold::Model {
        tenant_id: row.tenant_id,
        id: HoldId(attempt.stamp.id()),
        account_id: row.account_id,
        order_id: Some(row.id),
        source: reason.source.clone(),
        code: reason.code.clone(),
        text_en: reason.text.en.clone(),
        text_zh: reason.text.zh.clone(),
        currency: None,
        pay_to_release_minor: None,
        paid_before_minor: 0,
        placed_on: attempt.stamp.today,
        expires_on: None,
        state: "active".to_owned(),
        lifted_on: None,
        lifted_by: None,
        lift_reason: None,
        decision_id: None,
        version: 1,
        created_at: attempt.stamp.at,
    }
}
