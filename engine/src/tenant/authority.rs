//! How much one person answers for alone. Above it, an act waits for a second person.

use super::Tenant;
use crate::command::Attempt;
use crate::words::code::Code;
use crate::words::error::{Error, Fault, Result};
use crate::words::money::{Currency, Money};
use crate::words::role::Role;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The amount up to which each role does something alone, as decimal text in the tenant's own currency. `null` is any amount; a role
/// that is not named does it for no amount.
pub type Tiers = BTreeMap<Role, Option<String>>;

/// The acts that are measured by an amount, and who does each alone up to which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Authority {
    /// Raising a credit limit, measured by the new limit. Lowering one needs nobody else, no credit check at all always does.
    #[schema(value_type = HashMap<String, Option<String>>)]
    pub set_limit: Tiers,
    /// Letting a held order ship, measured by what is let go.
    #[schema(value_type = HashMap<String, Option<String>>)]
    pub release_order: Tiers,
    /// Lifting a hold on a whole account, measured by what it owes and has on approved orders: that much ships on again.
    #[schema(value_type = HashMap<String, Option<String>>)]
    pub release_hold: Tiers,
    /// An account that was let ship against its answer within so many days needs two persons for the next time, whatever the amount
    /// (api.md §11); 0 switches this off.
    #[schema(minimum = 0, maximum = 366)]
    pub override_days: i64,
}

/// The most days an override is remembered.
const OVERRIDE_DAYS_MAX: i64 = 366;

/// What is shipped (api.md §11): an officer up to 100,000, a manager up to 1,000,000, of whatever the tenant's currency is.
fn shipped() -> Tiers {
    let tier = |role, units: &str| (role, Some(units.to_owned()));
    BTreeMap::from([tier(Role::CreditOfficer, "100000"), tier(Role::CreditManager, "1000000")])
}

impl Default for Authority {
    fn default() -> Self {
        Self { set_limit: shipped(), release_order: shipped(), release_hold: shipped(), override_days: 30 }
    }
}

impl Authority {
    /// Refuses tiers that are no amounts of the tenant's currency, or are below zero.
    pub fn check(&self, tenant: &Tenant) -> Result<()> {
        let acts = [("set_limit", &self.set_limit), ("release_order", &self.release_order), ("release_hold", &self.release_hold)];
        let mut faults = Vec::new();
        for (act, tiers) in acts {
            for (role, tier) in tiers {
                let Some(tier) = tier else { continue };
                let read = Money::parse(tier, tenant.currency).and_then(|tier| match tier.minor() {
                    0.. => Ok(tier),
                    _ => Err(Error::new(Code::AmountOutOfRange, "nobody answers for less than nothing")),
                });
                if let Err(error) = read {
                    let pointer = format!("#/authority/{act}/{role}");
                    faults.push(Fault { pointer, code: error.code(), detail: error.detail().to_owned() });
                }
            }
        }
        if !(0..=OVERRIDE_DAYS_MAX).contains(&self.override_days) {
            let detail = format!("an override is remembered for 0 to {OVERRIDE_DAYS_MAX} days");
            faults.push(Fault { pointer: "#/authority/override_days".to_owned(), code: Code::ValidationFailed, detail });
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

/// Does one of these roles do this alone? No amount at all (`None`) is more than any tier but an unlimited one, and so is an amount in
/// another currency than the tenant's: whoever asks converts it first, because nothing converts silently.
pub fn covers(tiers: &Tiers, roles: &[Role], amount: Option<Money>, own: Currency) -> bool {
    roles.iter().filter_map(|role| tiers.get(role)).any(|tier| match (tier, amount) {
        (None, _) => true,
        (Some(tier), Some(amount)) => amount.currency() == own && Money::parse(tier, own).is_ok_and(|tier| amount.minor() <= tier.minor()),
        (Some(_), None) => false,
    })
}

/// The role with the smallest tier that does this alone; none where it takes two persons.
pub fn least(tiers: &Tiers, amount: Money, own: Currency) -> Option<Role> {
    let height = |tier: &Option<String>| tier.as_ref().and_then(|tier| Money::parse(tier, own).ok()).map_or(i64::MAX, Money::minor);
    let may = tiers.iter().filter(|(role, _)| covers(tiers, &[**role], Some(amount), own));
    may.min_by_key(|(_, tier)| height(tier)).map(|(role, _)| *role)
}

/// Is this, in the tenant's currency, more than the caller answers for alone? Never where the tenant does without a second person. The settings are those of the ground
/// the attempt stands on, which the claim verifies.
pub fn is_beyond(attempt: &Attempt, tiers: &Tiers, amount: Option<Money>) -> bool {
    attempt.ground.settings.four_eyes && !covers(tiers, &attempt.who.roles, amount, attempt.ground.tenant.currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_answers_alone_up_to_the_highest_tier_of_his_roles() {
        let cny: Currency = "CNY".parse().unwrap();
        let mut tiers = shipped();
        tiers.insert(Role::Admin, None);
        let money = |text: &str| {
            let (currency, amount) = text.split_once(' ').unwrap();
            Money::parse(amount, currency.parse().unwrap()).unwrap()
        };
        use Role::{Admin, Cashier, CreditManager, CreditOfficer};
        for (roles, amount, expected) in [
            (&[CreditOfficer][..], Some("CNY 100000.00"), true),
            (&[CreditOfficer], Some("CNY 100000.01"), false),
            (&[CreditOfficer, CreditManager], Some("CNY 100000.01"), true),
            (&[CreditManager], Some("CNY 1000000.01"), false),
            (&[CreditManager], None, false),
            (&[CreditOfficer], Some("USD 1.00"), false),
            (&[Cashier], Some("CNY 0.00"), false),
            (&[], Some("CNY 0.00"), false),
            (&[Admin], Some("USD 1.00"), true),
            (&[Admin], None, true),
        ] {
            assert_eq!(covers(&tiers, roles, amount.map(money), cny), expected, "{roles:?} {amount:?}");
        }
        for (amount, expected) in [
            ("CNY 100000.00", Some(CreditOfficer)),
            ("CNY 100000.01", Some(CreditManager)),
            ("CNY 1000000.01", Some(Admin)),
            ("USD 1.00", Some(Admin)),
        ] {
            assert_eq!(least(&tiers, money(amount), cny), expected, "{amount}");
        }
        assert_eq!(least(&shipped(), money("USD 1.00"), cny), None);
    }
}
