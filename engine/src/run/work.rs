//! Working a run off: pages of due accounts until none is due. The commit is the progress, so there is no cursor to lose.

use super::rows::run;
use super::view::{self, DryRunView, RunView};
use super::{due, lease};
use crate::collection::Tally;
use crate::doors::store::{Moved, Read};
use crate::engine::Engine;
use crate::ground;
use crate::tenant;
use crate::words::caller::Caller;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, EventId, RunId};
use crate::words::stamp::Stamp;
use chrono::NaiveDate;
use futures::StreamExt as _;
use sea_orm::Value;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Pages in hand at once: while one waits for the database, another is decided.
const PAGES_AT_ONCE: usize = 3;
/// How often the row of the run is written while it runs.
const SAVE_EVERY: Duration = Duration::from_millis(500);
/// How often a worker looks whether the lease of another has run out.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How a stretch of work ended.
enum Ended {
    Done,
    Stopped,
    TakenOver,
}

impl Engine {
    /// Works a run off and answers when it is done, be it by another worker. `progress` is told after every page and may stop the work:
    /// the pages in hand are finished, and whoever comes next goes on.
    ///
    /// # Errors
    /// When the database does not serve. The run stays as far as it came and can be worked on again.
    pub async fn work_run(&self, who: &Caller, id: RunId, mut progress: impl FnMut(&RunView) -> ControlFlow<()> + Send) -> Result<RunView> {
        let read = self.store.read(who.tenant);
        let owner = Stamp::new(self.clock.now(), NaiveDate::default()).id().to_string();
        loop {
            let Some(epoch) = lease::take(&self.store, who.tenant, id, &owner, self.clock.now()).await? else {
                let known = view::find(&read, id).await?;
                if known.state != "running" || progress(&known).is_break() {
                    return Ok(known);
                }
                tokio::time::sleep(LOOK_EVERY).await;
                continue;
            };
            let mut row = view::row(&read, id).await?;
            row.epoch = epoch;
            match self.work_leased(who, &read, &mut row, &mut progress).await {
                Ok(Ended::Done) => return Ok(RunView::from(&row)),
                Ok(Ended::Stopped) => {
                    lease::give_back(&self.store, &row).await?;
                    return Ok(RunView::from(&row));
                }
                Ok(Ended::TakenOver) => {}
                Err(error) => {
                    // The failure is what the caller must hear; a lease that cannot be given back runs out by itself.
                    let _ = lease::give_back(&self.store, &row).await;
                    return Err(error);
                }
            }
        }
    }

    async fn work_leased(
        &self,
        who: &Caller,
        read: &Read,
        row: &mut run::Model,
        progress: &mut (impl FnMut(&RunView) -> ControlFlow<()> + Send),
    ) -> Result<Ended> {
        self.refresh_ground(who.tenant).await?;
        let last = ground::state(read).await?.collections_day;
        if last.is_none_or(|last| last <= row.day) {
            // Before anybody is looked at: what ran out frees its room for the orders of the day.
            self.expire_orders(&engine_for(who), row.day).await?;
            self.notice_behaviour(&engine_for(who), last, row.day).await?;
            match self.work_pages(who, read, row, progress).await? {
                Ended::Done => {}
                ended @ (Ended::Stopped | Ended::TakenOver) => return Ok(ended),
            }
            self.note_overdue(&engine_for(who), last, row.day).await?;
            row.tasks += self.ask_stock_checks(&engine_for(who), row.day).await?;
            tenant::move_collections_day(&self.store, who.tenant, row.day).await?;
            self.expire_approvals(&Caller { request_id: who.request_id.clone(), ..Caller::engine(who.tenant) }, row.day).await?;
            self.read_turned_limits(&engine_for(who), last, row.day).await?;
            self.read_group_levels(&engine_for(who), row.day).await?;
            self.begin_day_of_orders(who, row).await?;
        }
        if row.epoch > 1 {
            recount(read, row).await?;
        }
        row.accounts_due = row.accounts_due.max(row.accounts_done + row.failed);
        row.state = "done".to_owned();
        row.finished_at = Some(self.ground(who.tenant).await?.stamp(&*self.clock).at);
        if !lease::give_back(&self.store, row).await? {
            return Ok(Ended::TakenOver);
        }
        // A run that is done does not care whether somebody wants it stopped.
        let _ = progress(&RunView::from(&*row));
        Ok(Ended::Done)
    }

    /// What has waited too long is brought before somebody; and because a day may end a hold or begin a limit, what waits is checked again.
    async fn begin_day_of_orders(&self, who: &Caller, row: &mut run::Model) -> Result<()> {
        self.end_dated_holds(who, row.day).await?;
        row.tasks += i64::try_from(self.escalate_held(who, row.day).await?).map_err(Error::internal)?;
        let begun = Moved { event: EventId(row.id.0), kind: "day.begun".to_owned(), on: row.day, at: self.clock.now() };
        self.store.mark_held(who.tenant, &begun).await
    }

    async fn work_pages(
        &self,
        who: &Caller,
        read: &Read,
        row: &mut run::Model,
        progress: &mut (impl FnMut(&RunView) -> ControlFlow<()> + Send),
    ) -> Result<Ended> {
        let engine = engine_for(who);
        let (mut place, mut has_moved) = (None, false);
        loop {
            let batch = due::batch(read, row.day, place, None).await?;
            let Some(last) = batch.last().copied() else {
                // Another look from the start finds who became due behind the place, until a whole round finds nobody.
                if place.is_none() || !has_moved {
                    return Ok(Ended::Done);
                }
                (place, has_moved) = (None, false);
                continue;
            };
            place = Some(last);
            let before = row.accounts_done + row.failed;
            match self.work_batch(&engine, due::pages(&batch), row, progress).await? {
                Ended::Done => has_moved |= row.accounts_done + row.failed > before,
                ended @ (Ended::Stopped | Ended::TakenOver) => return Ok(ended),
            }
        }
    }

    /// Works some pages off, several at once, each a task of its own: what is in hand goes on and ends well, whoever stops listening.
    async fn work_batch(
        &self,
        caller: &Caller,
        pages: Vec<Vec<AccountId>>,
        row: &mut run::Model,
        progress: &mut (impl FnMut(&RunView) -> ControlFlow<()> + Send),
    ) -> Result<Ended> {
        let is_stopped = Arc::new(AtomicBool::new(false));
        let day = row.day;
        let review = |page| {
            let (engine, caller, is_stopped) = (self.clone(), caller.clone(), is_stopped.clone());
            tokio::spawn(async move {
                let is_over = is_stopped.load(Ordering::Relaxed);
                if is_over { Ok(Tally::default()) } else { engine.review_accounts(&caller, page, day).await }
            })
        };
        let mut pages = futures::stream::iter(pages).map(review).buffer_unordered(PAGES_AT_ONCE);
        let (mut ended, mut refused, mut saved) = (Ended::Done, None, Instant::now());
        while let Some(tally) = pages.next().await {
            match tally.map_err(Error::internal).flatten() {
                Ok(tally) => add(row, tally),
                Err(error) => {
                    refused.get_or_insert(error);
                }
            }
            if progress(&RunView::from(&*row)).is_break() {
                ended = Ended::Stopped;
            }
            if saved.elapsed() >= SAVE_EVERY {
                saved = Instant::now();
                if !lease::keep(&self.store, row, self.clock.now()).await? {
                    ended = Ended::TakenOver;
                }
            }
            is_stopped.store(refused.is_some() || !matches!(ended, Ended::Done), Ordering::Relaxed);
        }
        refused.map_or(Ok(ended), Err)
    }

    /// What a run of this day would come to. Writes nothing (decision 20).
    ///
    /// # Errors
    /// `run_out_of_order` for a day before the last finished run.
    pub async fn dry_run(&self, who: &Caller, day: NaiveDate) -> Result<DryRunView> {
        self.refresh_ground(who.tenant).await?;
        let read = self.store.read(who.tenant);
        super::start::in_order(day, ground::state(&read).await?.collections_day)?;
        let (mut total, mut place) = (Tally::default(), None);
        loop {
            let batch = due::batch(&read, day, place, None).await?;
            let Some(last) = batch.last().copied() else { return Ok(DryRunView::of(day, total)) };
            place = Some(last);
            for page in due::pages(&batch) {
                total += self.foresee_accounts(who, &page, day).await?;
            }
        }
    }

    /// Reviews accounts that became due since the last run, as of the collections day and never past it: what a nudge does.
    /// Before the first run there is nothing to do (decision 37).
    pub async fn review_due(&self, who: &Caller, limit: u64) -> Result<Tally> {
        let read = self.store.read(who.tenant);
        let Some(day) = ground::state(&read).await?.collections_day else { return Ok(Tally::default()) };
        let batch = due::batch(&read, day, None, Some(limit)).await?;
        let engine = engine_for(who);
        let mut total = Tally::default();
        for page in due::pages(&batch) {
            total += self.review_accounts(&engine, page, day).await?;
        }
        Ok(total)
    }
}

/// The engine, acting within this request.
fn engine_for(who: &Caller) -> Caller {
    Caller { request_id: who.request_id.clone(), ..Caller::engine(who.tenant) }
}

fn add(row: &mut run::Model, tally: Tally) {
    row.accounts_done += tally.done;
    row.failed += tally.failed;
    row.notices += tally.notices;
    row.tasks += tally.tasks;
    row.cases_opened += tally.cases_opened;
    row.cases_closed += tally.cases_closed;
    row.offers += tally.offers;
    row.holds += tally.holds;
    row.handoffs += tally.handoffs;
}

/// A run that was taken over is counted from what it left behind: the first worker may have died between a page and its count.
async fn recount(read: &Read, row: &mut run::Model) -> Result<()> {
    let sql = "SELECT (SELECT COUNT(*) FROM notice WHERE tenant_id = $1 AND created_on = $2 AND step <> 'supply_stop') AS notices, \
               (SELECT COUNT(*) FROM task WHERE tenant_id = $1 AND created_on = $2 AND kind NOT IN ('collect_now', 'supply_stop_deadline')) AS tasks, \
               (SELECT COUNT(*) FROM collection_case WHERE tenant_id = $1 AND opened_on = $2) AS opened, \
               (SELECT COUNT(*) FROM collection_case WHERE tenant_id = $1 AND closed_on = $2) AS closed, \
               (SELECT COUNT(*) FROM offer WHERE tenant_id = $1 AND made_on = $2) AS offers, \
               (SELECT COUNT(*) FROM hold WHERE tenant_id = $1 AND placed_on = $2 AND order_id IS NULL AND decision_id IS NOT NULL) AS holds, \
               (SELECT COUNT(*) FROM handoff WHERE tenant_id = $1 AND made_on = $2) AS handoffs";
    let counted = read.rows(sql, [Value::from(row.day)]).await?;
    let Some(counted) = counted.first() else { return Ok(()) };
    let count = |name: &str| counted.try_get::<i64>("", name).map_err(crate::doors::store::failed);
    row.notices = count("notices")?;
    row.tasks = count("tasks")?;
    row.cases_opened = count("opened")?;
    row.cases_closed = count("closed")?;
    row.offers = count("offers")?;
    row.holds = count("holds")?;
    row.handoffs = count("handoffs")?;
    row.accounts_done = row.accounts_done.max(row.accounts_due - row.failed);
    Ok(())
}
