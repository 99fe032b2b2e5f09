//! Lanes: one process does not race itself for an account, nor for a limit that several accounts share. Good manners only; the version is
//! the law.

use crate::words::id::{AccountId, CreditGroupId, TenantId};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use tokio::sync::{Mutex, MutexGuard};

const LANES: usize = 1_024;

/// Mutexes that many accounts share; two accounts in one lane only wait for each other. Groups have mutexes of their own, and whoever
/// takes both takes the account's first: nobody waits in a circle.
pub struct Lanes {
    accounts: Vec<Mutex<()>>,
    groups: Vec<Mutex<()>>,
}

impl Default for Lanes {
    fn default() -> Self {
        let lanes = || (0..LANES).map(|_| Mutex::new(())).collect();
        Self { accounts: lanes(), groups: lanes() }
    }
}

impl Lanes {
    /// Waits until no other command of this process works on the account.
    pub async fn enter(&self, tenant: TenantId, account: AccountId) -> MutexGuard<'_, ()> {
        self.accounts[lane((tenant, account))].lock().await
    }

    /// Waits until no other command of this process uses up limits of this tree of groups, and says whether it had to wait: what was
    /// read before may then be old.
    pub async fn enter_group(&self, tenant: TenantId, root: CreditGroupId) -> (MutexGuard<'_, ()>, bool) {
        let lane = &self.groups[lane((tenant, root))];
        match lane.try_lock() {
            Ok(guard) => (guard, false),
            Err(_) => (lane.lock().await, true),
        }
    }
}

fn lane(of: impl Hash) -> usize {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(of);
    usize::try_from(hash % 1_024).unwrap_or(0)
}
