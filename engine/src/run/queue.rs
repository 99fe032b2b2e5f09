//! The work behind held orders, in the order of its causes: what moved has orders checked again, and who listens hears of their holds.

use crate::credit::Rechecked;
use crate::engine::Engine;
use crate::words::caller::Caller;
use crate::words::error::Result;

/// Accounts looked at in one turn where everything is worked off.
const ACCOUNTS_AT_ONCE: u64 = 200;

/// What one turn came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// Checks that nobody asked for.
    pub rechecked: Rechecked,
    /// Events that plugins were asked about.
    pub asked: u64,
}

impl Worked {
    /// Was nothing there to do?
    pub fn is_idle(&self) -> bool {
        self.rechecked.accounts + self.rechecked.failed + self.asked == 0
    }
}

impl Engine {
    /// One turn on at most so many accounts.
    ///
    /// # Errors
    /// When the database does not serve. What was done until then stays.
    pub async fn work_queue(&self, who: &Caller, accounts: u64) -> Result<Worked> {
        let rechecked = self.recheck_held(who, accounts).await?;
        let asked = self.ask_about_events(who, accounts).await?;
        Ok(Worked { rechecked, asked })
    }

    /// Everything there is to do: after a run where no server does it.
    pub async fn work_off_queue(&self, who: &Caller) -> Result<Worked> {
        let mut total = Worked::default();
        loop {
            let done = self.work_queue(who, ACCOUNTS_AT_ONCE).await?;
            if done.is_idle() {
                return Ok(total);
            }
            total.rechecked += done.rechecked;
            total.asked += done.asked;
        }
    }
}
