//! Moves test clocks: every day on the way is run, exactly as real days would be (api.md §10).

use super::{Stop, pause};
use crate::server::Server;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use recoup_engine::Engine;
use recoup_engine::tenant::MoveTestClock;
use recoup_engine::words::caller::Caller;
use recoup_engine::words::error::Result;
use recoup_engine::words::id::TenantId;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The clocks that are on their way, and where to.
#[derive(Default)]
pub struct ClockMoves {
    targets: Mutex<HashMap<TenantId, (Caller, DateTime<Utc>)>>,
    sent: Notify,
}

impl ClockMoves {
    /// Where the clock of this tenant is on its way to.
    pub(crate) fn target(&self, tenant: TenantId) -> Option<DateTime<Utc>> {
        self.lock().get(&tenant).map(|(_, target)| *target)
    }

    /// Sends a clock on its way; false when it is on its way already.
    pub(crate) fn send(&self, who: Caller, target: DateTime<Utc>) -> bool {
        let mut targets = self.lock();
        if targets.contains_key(&who.tenant) {
            return false;
        }
        targets.insert(who.tenant, (who, target));
        self.sent.notify_one();
        true
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, (Caller, DateTime<Utc>)>> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moves clocks until told to stop.
pub(super) async fn work(server: Data<Server>, mut stop: Stop) {
    while !stop.has_come() {
        move_all(&server, &stop).await;
        tokio::select! {
            () = stop.come() => {}
            () = server.clock_moves.sent.notified() => {}
        }
    }
}

async fn move_all(server: &Server, stop: &Stop) {
    let waiting: Vec<(Caller, DateTime<Utc>)> = server.clock_moves.lock().values().cloned().collect();
    for (who, target) in waiting {
        if let Err(error) = move_one(&server.engine, &who, target, stop).await {
            tracing::error!("a test clock stopped on its way to {target}: {error:?}");
            pause(Duration::from_millis(100)).await;
        }
        server.clock_moves.lock().remove(&who.tenant);
    }
}

async fn move_one(engine: &Engine, who: &Caller, target: DateTime<Utc>, stop: &Stop) -> Result<()> {
    let ground = engine.refresh_ground(who.tenant).await?;
    let last = target.with_timezone(&ground.tenant.zone).date_naive();
    let mut day = ground.stamp(engine.clock()).today;
    while let Some(next) = day.succ_opt().filter(|next| *next < last) {
        if stop.has_come() {
            return Ok(());
        }
        run_day(engine, who, next, stop).await?;
        day = next;
    }
    engine.execute(who, MoveTestClock { to: target }).await?;
    run_day(engine, who, last, stop).await
}

async fn run_day(engine: &Engine, who: &Caller, day: NaiveDate, stop: &Stop) -> Result<()> {
    let run = engine.start_run(who, day).await?.done;
    let go_on = |_: &_| if stop.has_come() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    engine.work_run(who, run.id, go_on).await?;
    engine.work_off_queue(who).await.map(drop)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Moves every clock that was sent on its way.
    pub(crate) async fn move_clocks(server: &Server) {
        let (_tell, stop) = Stop::new();
        move_all(server, &stop).await;
    }
}
