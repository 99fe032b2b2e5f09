//! Reviews accounts for which something happened since the last run, as of the collections day and never past it (decision 37).

use super::{Stop, pause};
use crate::server::Server;
use actix_web::web::Data;
use recoup_engine::Engine;
use recoup_engine::tenant;
use recoup_engine::words::caller::Caller;
use recoup_engine::words::error::Result;
use std::time::Duration;

/// How often the work list is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Accounts of one tenant reviewed before the next tenant has its turn.
const ACCOUNTS_AT_ONCE: u64 = 500;

/// Reviews what is due until told to stop.
pub(super) async fn work(server: Data<Server>, mut stop: Stop) {
    while !stop.has_come() {
        let has_more = match round(&server.engine, &stop).await {
            Ok(has_more) => has_more,
            Err(error) => {
                tracing::warn!("accounts could not be reviewed: {error}");
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
        match engine.review_due(&Caller::engine(tenant.id), ACCOUNTS_AT_ONCE).await {
            Ok(tally) => has_more |= u64::try_from(tally.done).is_ok_and(|done| done >= ACCOUNTS_AT_ONCE),
            Err(error) => tracing::warn!(tenant = tenant.slug, "accounts could not be reviewed: {error}"),
        }
    }
    Ok(has_more)
}
