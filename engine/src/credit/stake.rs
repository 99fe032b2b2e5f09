//! What an act of credit is measured by: its amount in the tenant's own currency, at the rate of the day. Nothing is converted silently, and
//! what cannot be converted is not judged: it is refused until there is a rate (`no_rate`).

use super::rules::authority::at_stake;
use crate::account::rows::balance;
use crate::command::Attempt;
use crate::doors::store::Read;
use crate::exchange::rates_on;
use crate::exchange::rules::Rates;
use crate::tenant::authority::{Tiers, covers};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::money::{Currency, Money};
use std::collections::BTreeSet;

/// Today's rates from these currencies into the tenant's own; nothing is asked where there is nothing to convert.
pub(super) async fn rates_to_own(read: &Read, attempt: &Attempt, of: impl IntoIterator<Item = Currency>) -> Result<Rates> {
    let own = attempt.ground.tenant.currency;
    if !attempt.ground.settings.four_eyes {
        return Ok(Rates::default());
    }
    let pairs: BTreeSet<(Currency, Currency)> = of.into_iter().filter(|other| *other != own).map(|other| (other, own)).collect();
    rates_on(read, attempt.stamp.today, &pairs).await
}

/// An amount as tiers measure it.
///
/// # Errors
/// `no_rate` where it is in other money, there is no rate, and whether one person is enough hangs on it.
pub(super) fn measured(amount: Money, rates: &Rates, tiers: &Tiers, attempt: &Attempt) -> Result<Money> {
    let own = attempt.ground.tenant.currency;
    if amount.currency() == own {
        return Ok(amount);
    }
    match rates.convert(amount, own)? {
        Some(working) => Ok(working.converted),
        None if hangs_on_it(tiers, attempt) => Err(no_rate(amount.currency(), own)),
        None => Ok(amount),
    }
}

/// What lifting a hold on an account is measured by: what it owes and has on orders. None where a rate is missing and nothing hangs on it.
///
/// # Errors
/// `no_rate`, as above.
pub(super) fn stake(balances: &[balance::Model], rates: &Rates, tiers: &Tiers, attempt: &Attempt) -> Result<Option<Money>> {
    let own = attempt.ground.tenant.currency;
    let sums = balances.iter().map(|sum| (Money::new(sum.open_minor, sum.currency), Money::new(sum.orders_minor, sum.currency)));
    let stake = at_stake(sums, own, rates)?;
    let other = balances.iter().map(|sum| sum.currency).find(|other| *other != own);
    match (stake, other) {
        (None, Some(other)) if hangs_on_it(tiers, attempt) => Err(no_rate(other, own)),
        (stake, _) => Ok(stake),
    }
}

/// Would a missing rate change who answers for the act? Not for the operator, nor where a second person has said yes or one is always
/// enough.
fn hangs_on_it(tiers: &Tiers, attempt: &Attempt) -> bool {
    let who = &attempt.who;
    let is_anyhow = who.is_operator || who.second.is_some() || covers(tiers, &who.roles, None, attempt.ground.tenant.currency);
    attempt.ground.settings.four_eyes && !is_anyhow
}

fn no_rate(from: Currency, own: Currency) -> Error {
    Error::new(Code::NoRate, format!("there is no rate from {from} to {own} today, so nobody can say whose authority this is within"))
}
