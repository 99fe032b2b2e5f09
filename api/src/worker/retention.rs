//! Lets go of records whose time is over, a little at a time.

use super::turns::Turns;
use futures::future::BoxFuture;
use recoup_engine::Engine;
use recoup_engine::tenant::Tenant;
use recoup_engine::words::error::Result;
use std::time::Duration;

/// Records of one tenant let go before the next tenant has its turn.
const AT_ONCE: i64 = 1_000;

/// Decisions that are older than their tenant keeps them, and processes that have ended.
pub(super) const RETENTION: Turns = Turns { failure: "old decisions could not be let go", look_again: Duration::from_secs(3_600), turn };

fn turn<'a>(engine: &'a Engine, tenant: &'a Tenant) -> BoxFuture<'a, Result<bool>> {
    Box::pin(async move {
        engine.forget_nodes(tenant.id).await?;
        let gone = engine.forget_decisions(tenant.id, AT_ONCE).await?;
        Ok(i64::try_from(gone).is_ok_and(|gone| gone >= AT_ONCE))
    })
}
