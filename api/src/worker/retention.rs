//! Lets go of records whose time is over, a little at a time.

use super::{Stop, pause};
use crate::server::Server;
use actix_web::web::Data;
use recoup_engine::Engine;
use recoup_engine::tenant;
use recoup_engine::words::error::Result;
use std::time::Duration;

/// How often it is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(3_600);
/// Records of one tenant let go before the next tenant has its turn.
const AT_ONCE: i64 = 1_000;

/// Lets go of what is old until told to stop.
pub(super) async fn work(server: Data<Server>, mut stop: Stop) {
    while !stop.has_come() {
        let has_more = match round(&server.engine, &stop).await {
            Ok(has_more) => has_more,
            Err(error) => {
                tracing::warn!("old decisions could not be let go: {error}");
                false
            }
        };
        if !has_more {
            tokio::select! {
                () = stop.come() => {}
                () = pause(LOOK_AGAIN) => {}
            }
        }
    }
}

/// One turn of every tenant. Is there a tenant with more than one turn of work?
async fn round(engine: &Engine, stop: &Stop) -> Result<bool> {
    let mut has_more = false;
    for tenant in tenant::list(engine.store()).await? {
        if stop.has_come() {
            return Ok(false);
        }
        // One tenant's trouble keeps no other waiting.
        match engine.forget_decisions(tenant.id, AT_ONCE).await {
            Ok(gone) => has_more |= i64::try_from(gone).is_ok_and(|gone| gone >= AT_ONCE),
            Err(error) => tracing::warn!(tenant = tenant.slug, "old decisions could not be let go: {error}"),
        }
    }
    Ok(has_more)
}
