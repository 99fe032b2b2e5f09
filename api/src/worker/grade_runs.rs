//! Works grade runs that were started over REST, or left behind by a process that ended.

use super::{Stop, pause};
use crate::server::Server;
use actix_web::web::Data;
use recoup_engine::Engine;
use recoup_engine::grading;
use recoup_engine::tenant;
use recoup_engine::words::caller::Caller;
use recoup_engine::words::error::Result;
use std::ops::ControlFlow;
use std::time::Duration;

/// How often the database is looked at without being told of a run.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Works grade runs until told to stop.
pub(super) async fn work(server: Data<Server>, mut stop: Stop) {
    while !stop.has_come() {
        if let Err(error) = round(&server.engine, &stop).await {
            tracing::warn!("grade runs cannot be looked for: {error}");
        }
        tokio::select! {
            () = stop.come() => {}
            () = server.grade_runs.notified() => {}
            () = pause(LOOK_AGAIN) => {}
        }
    }
}

/// Works off what waits, one run after the other.
async fn round(engine: &Engine, stop: &Stop) -> Result<()> {
    for tenant in tenant::list(engine.store()).await? {
        let who = Caller::engine(tenant.id);
        for run in grading::unfinished(&engine.read(&who)).await? {
            let go_on = |_: &grading::GradeRunView| if stop.has_come() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            match engine.work_grade_run(&who, run.id, go_on).await {
                Ok(run) => tracing::info!("{} is {}: {} accounts, {} changed", run.id, run.state, run.done, run.changed),
                // One tenant's trouble keeps no other waiting.
                Err(error) => tracing::warn!(tenant = tenant.slug, "{} was interrupted: {error}", run.id),
            }
        }
    }
    Ok(())
}
