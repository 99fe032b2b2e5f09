//! Works runs that were started over REST, by the hour of the tenant, or left behind by a process that ended.

use super::{Stop, pause};
use crate::server::Server;
use actix_web::web::Data;
use chrono::NaiveTime;
use recoup_engine::Engine;
use recoup_engine::run::{self, RunView};
use recoup_engine::tenant::{self, Tenant};
use recoup_engine::words::caller::Caller;
use recoup_engine::words::error::Result;
use recoup_engine::words::id::TenantId;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::task::{Id, JoinSet};

/// How often the database is looked at without being told of a run.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Works runs until told to stop, one at a time for each tenant.
pub(super) async fn work(server: Data<Server>, mut stop: Stop) {
    let mut at_work: HashMap<Id, TenantId> = HashMap::new();
    let mut tasks = JoinSet::new();
    while !stop.has_come() {
        match waiting(&server.engine, |tenant| at_work.values().any(|busy| *busy == tenant)).await {
            Ok(found) => {
                for (tenant, run) in found {
                    let task = tasks.spawn(one(server.engine.clone(), tenant, run, stop.clone()));
                    at_work.insert(task.id(), tenant);
                }
            }
            Err(error) => tracing::warn!("runs cannot be looked for: {error}"),
        }
        tokio::select! {
            () = stop.come() => {}
            () = server.runs.notified() => {}
            () = pause(LOOK_AGAIN) => {}
            Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                let id = ended.map_or_else(|failed| failed.id(), |(id, ())| id);
                at_work.remove(&id);
            }
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// The earliest unfinished run of every tenant that is not busy; runs whose hour has come are started on the way.
async fn waiting(engine: &Engine, is_busy: impl Fn(TenantId) -> bool) -> Result<Vec<(TenantId, RunView)>> {
    let mut found = Vec::new();
    for tenant in tenant::list(engine.store()).await?.iter().filter(|tenant| !is_busy(tenant.id)) {
        match first_of(engine, tenant).await {
            Ok(first) => found.extend(first.map(|run| (tenant.id, run))),
            // One tenant's trouble keeps no other waiting.
            Err(error) => tracing::warn!(tenant = tenant.slug, "runs cannot be looked for: {error}"),
        }
    }
    Ok(found)
}

async fn first_of(engine: &Engine, tenant: &Tenant) -> Result<Option<RunView>> {
    start_by_hour(engine, tenant).await?;
    Ok(run::unfinished(&engine.store().read(tenant.id)).await?.into_iter().next())
}

/// Starts the run of today where the tenant set an hour and it has come (decision 39).
async fn start_by_hour(engine: &Engine, tenant: &Tenant) -> Result<()> {
    let ground = engine.refresh_ground(tenant.id).await?;
    let hour = ground.settings.run_at.as_deref().and_then(|text| NaiveTime::parse_from_str(text, "%H:%M").ok());
    let stamp = ground.stamp(engine.clock());
    let has_come = hour.is_some_and(|hour| stamp.at.with_timezone(&tenant.zone).time() >= hour);
    if has_come && run::find_of_day(&engine.store().read(tenant.id), stamp.today).await?.is_none() {
        match engine.start_run(&Caller::engine(tenant.id), stamp.today).await {
            Ok(started) => tracing::info!("started {} of {} by its hour", started.done.id, stamp.today),
            // A later day may be finished already; then there is nothing to start.
            Err(error) => tracing::info!("the run of {} was not started: {error}", stamp.today),
        }
    }
    Ok(())
}

async fn one(engine: Engine, tenant: TenantId, run: RunView, stop: Stop) {
    let go_on = move |_: &RunView| if stop.has_come() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    match engine.work_run(&Caller::engine(tenant), run.id, go_on).await {
        Ok(run) => tracing::info!("{} of {} is {}: {} accounts, {} notices", run.id, run.day, run.state, run.accounts_done, run.notices),
        Err(error) => {
            tracing::error!("{} was interrupted: {error:?}", run.id);
            pause(LOOK_AGAIN).await;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Works every run that waits now.
    pub(crate) async fn work_runs(server: &Server) {
        loop {
            let found = waiting(&server.engine, |_| false).await.unwrap();
            if found.is_empty() {
                return;
            }
            for (tenant, run) in found {
                let (_tell, stop) = Stop::new();
                one(server.engine.clone(), tenant, run, stop).await;
            }
        }
    }
}
