//! Lanes: one process does not race itself for an account. Good manners only; the version is the law.

use crate::words::id::{AccountId, TenantId};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use tokio::sync::{Mutex, MutexGuard};

const LANES: usize = 1_024;

/// Mutexes that many accounts share; two accounts in one lane only wait for each other.
pub struct Lanes(Vec<Mutex<()>>);

impl Default for Lanes {
    fn default() -> Self {
        Self((0..LANES).map(|_| Mutex::new(())).collect())
    }
}

impl Lanes {
    /// Waits until no other command of this process works on the account.
    pub async fn enter(&self, tenant: TenantId, account: AccountId) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((tenant, account));
        let lane = usize::try_from(hash % 1_024).unwrap_or(0);
        self.0[lane].lock().await
    }
}
