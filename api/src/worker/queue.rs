//! Works the queue of held orders: those on whose account something moved are checked again (decision 52), and plugins that listen hear
//! of holds that were placed or have ended.

use super::turns::Turns;
use futures::future::BoxFuture;
use recoup_engine::Engine;
use recoup_engine::credit::Rechecked;
use recoup_engine::tenant::Tenant;
use recoup_engine::words::caller::Caller;
use recoup_engine::words::error::Result;
use std::time::Duration;

/// Accounts of one tenant worked before the next tenant has its turn.
const ACCOUNTS_AT_ONCE: u64 = 100;

/// The queue of held orders.
pub(super) const QUEUE: Turns =
    Turns { failure: "the queue of held orders could not be worked", look_again: Duration::from_millis(500), turn };

fn turn<'a>(engine: &'a Engine, tenant: &'a Tenant) -> BoxFuture<'a, Result<bool>> {
    Box::pin(async move {
        let done = engine.work_queue(&Caller::engine(tenant.id), ACCOUNTS_AT_ONCE).await?;
        if let Rechecked { orders, freed: freed @ 1.., .. } = done.rechecked {
            tracing::info!(tenant = tenant.slug, orders, freed, "held orders were checked again");
        }
        Ok(done.rechecked.accounts > 0 || done.asked > 0)
    })
}
