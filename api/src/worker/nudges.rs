//! Reviews accounts for which something happened since the last run, as of the collections day and never past it (decision 37).

use super::turns::Turns;
use futures::future::BoxFuture;
use recoup_engine::Engine;
use recoup_engine::tenant::Tenant;
use recoup_engine::words::caller::Caller;
use recoup_engine::words::error::Result;
use std::time::Duration;

/// Accounts of one tenant reviewed before the next tenant has its turn.
const ACCOUNTS_AT_ONCE: u64 = 500;

/// The work list of accounts.
pub(super) const NUDGES: Turns = Turns { failure: "accounts could not be reviewed", look_again: Duration::from_secs(1), turn };

fn turn<'a>(engine: &'a Engine, tenant: &'a Tenant) -> BoxFuture<'a, Result<bool>> {
    Box::pin(async move {
        let tally = engine.review_due(&Caller::engine(tenant.id), ACCOUNTS_AT_ONCE).await?;
        Ok(u64::try_from(tally.done).is_ok_and(|done| done >= ACCOUNTS_AT_ONCE))
    })
}
