//! Works the queue of held orders: those on whose account something moved are checked again (decision 52), and plugins that listen hear
//! of holds that were placed or have ended.

use super::{Stop, pause};
use crate::server::Server;
use actix_web::web::Data;
use recoup_engine::Engine;
use recoup_engine::credit::Rechecked;
use recoup_engine::tenant;
use recoup_engine::words::caller::Caller;
use recoup_engine::words::error::Result;
use std::time::Duration;

/// How often the queue is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Accounts of one tenant worked before the next tenant has its turn.
const ACCOUNTS_AT_ONCE: u64 = 100;

/// Works the queue until told to stop.
pub(super) async fn work(server: Data<Server>, mut stop: Stop) {
    while !stop.has_come() {
        let has_more = match round(&server.engine, &stop).await {
            Ok(has_more) => has_more,
            Err(error) => {
                tracing::warn!("the queue of held orders could not be worked: {error}");
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
        match engine.work_queue(&Caller::engine(tenant.id), ACCOUNTS_AT_ONCE).await {
            Ok(done) => {
                has_more |= done.rechecked.accounts > 0 || done.asked > 0;
                if let Rechecked { orders, freed: freed @ 1.., .. } = done.rechecked {
                    tracing::info!(tenant = tenant.slug, orders, freed, "held orders were checked again");
                }
            }
            Err(error) => tracing::warn!(tenant = tenant.slug, "the queue of held orders could not be worked: {error}"),
        }
    }
    Ok(has_more)
}
