//! The numbers of accounts this process has met. A number names one account for ever, so each is asked for once.

use super::find::resolve;
use crate::engine::Engine;
use crate::words::caller::Caller;
use crate::words::error::Result;
use crate::words::id::{AccountId, TenantId};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Numbers kept of a tenant; at most a dozen megabytes.
const KEPT_MAX: usize = 100_000;

/// Numbers in the ERP and whom they name, by tenant.
#[derive(Default)]
pub(crate) struct Numbers(RwLock<HashMap<TenantId, HashMap<String, AccountId>>>);

impl Numbers {
    fn of(&self, tenant: TenantId, number: &str) -> Option<AccountId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&tenant)?.get(number).copied()
    }

    fn keep(&self, tenant: TenantId, number: &str, account: AccountId) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(tenant).or_default();
        if known.len() >= KEPT_MAX {
            known.clear();
        }
        known.insert(number.to_owned(), account);
    }
}

impl Engine {
    /// The account a body names, by id, by its number in the ERP, or by both when they agree.
    ///
    /// # Errors
    /// As [`resolve`]: `unknown_reference`, `id_conflict`, `missing_field`.
    pub async fn account_named(&self, who: &Caller, id: Option<AccountId>, number: Option<&str>) -> Result<AccountId> {
        let by_number_alone = number.filter(|_| id.is_none());
        if let Some(known) = by_number_alone.and_then(|number| self.numbers.of(who.tenant, number)) {
            return Ok(known);
        }
        let account = resolve(&self.read(who), id, number).await?;
        if let Some(number) = by_number_alone {
            self.numbers.keep(who.tenant, number, account);
        }
        Ok(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn numbers_are_kept_apart_by_tenant_and_never_pile_up() {
        let (numbers, ours, theirs) = (Numbers::default(), TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        numbers.keep(ours, "A1", AccountId(Uuid::from_u128(3)));
        assert_eq!((numbers.of(ours, "A1"), numbers.of(theirs, "A1")), (Some(AccountId(Uuid::from_u128(3))), None));
        for no in 0..KEPT_MAX {
            numbers.keep(theirs, &no.to_string(), AccountId(Uuid::from_u128(4)));
        }
        numbers.keep(theirs, "one more", AccountId(Uuid::from_u128(5)));
        assert_eq!(numbers.0.read().unwrap()[&theirs].len(), 1);
        assert!(numbers.of(ours, "A1").is_some());
    }
}
