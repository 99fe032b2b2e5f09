//! Does an order fit under every limit there is? The account's own, and those of the groups it belongs to: each is tested, so the
//! tighter one decides (numbers.md §3; C-17).

use super::check::CheckBasis;
use super::{Cause, WayOut};
use super::{exposure, pays_first};
use crate::grade::rules::open_account::PaysFirst;
use crate::limit::group::GroupLimit;
use crate::limit::rules::InForce;
use crate::words::error::Result;
use crate::words::facts::{OrderFacts, Reason};
use crate::words::id::CreditGroupId;
use crate::words::money::{Currency, Money};
use crate::words::text::Bilingual;
use serde::{Deserialize, Serialize};

/// A group whose limit the account shares, as it stands without the order in question.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupStand {
    /// The group.
    pub id: CreditGroupId,
    /// Its number in the ERP.
    pub external_id: String,
    /// Its limit on the day, in the account's currency.
    pub limit: GroupLimit,
    /// What its members stand at together, disputed money left out.
    pub used: Money,
    /// Does a member stand in a currency for which there is no rate? Then nothing can be compared.
    pub is_short_of_rates: bool,
    /// The highest warning line it was above so far, 0 when none.
    pub level: i64,
}

crate::words! {
    /// Whose limit it is.
    pub enum LimitOf {
        /// The account's own, its securities counted in.
        Account = "account",
        /// A group's, shared by its members.
        Group = "group",
    }
}

/// A limit that an order was tested against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TestedLimit {
    /// Whose it is.
    pub of: LimitOf,
    /// The group's number in the ERP; `null` for the account's own.
    pub group_external_id: Option<String>,
    /// The limit.
    pub limit: Money,
    /// What it leaves without this order: limit less what stands against it, disputed money left out. May be below zero.
    pub available: Money,
}

/// What testing the limits came to.
pub(super) struct Tested {
    pub(super) limits: Vec<TestedLimit>,
    pub(super) causes: Vec<Cause>,
}

impl Tested {
    /// The tightest limit by its amount: `effective = min(own, group)`.
    pub(super) fn limit(&self) -> Option<Money> {
        self.limits.iter().map(|tested| tested.limit).min_by_key(|limit| limit.minor())
    }

    /// What the tightest one leaves.
    pub(super) fn available(&self) -> Option<Money> {
        self.limits.iter().map(|tested| tested.available).min_by_key(|available| available.minor())
    }
}

/// Tests all limits. `exposure` is what the account stands at without this order, `left_out` the disputed share that does not count.
/// An own limit of "no check" means no check inside a group too; without an own one the group's takes its place.
pub(super) fn test(order: &OrderFacts, basis: &CheckBasis, currency: Currency, exposure: Money, left_out: Money) -> Result<Tested> {
    let mut tested = Tested { limits: Vec::new(), causes: Vec::new() };
    if basis.limit == InForce::NoCheck {
        return Ok(tested);
    }
    match basis.limit {
        InForce::Expired { ended_on } => tested.causes.push(limit_expired(ended_on)),
        InForce::Unset if !has_amount(&basis.groups) => tested.causes.push(no_limit_yet()),
        InForce::NoCheck | InForce::NoRow | InForce::Amount { .. } | InForce::Prepay | InForce::Unset => {}
    }
    if own_figure(basis.limit, &basis.groups, currency).is_none() && basis.groups.is_empty() {
        return Ok(tested);
    }
    let is_short_of_rates = !basis.foreign.missing.is_empty() || basis.groups.iter().any(|group| group.is_short_of_rates);
    if is_short_of_rates || basis.value.is_none() {
        tested.causes.push(no_rate(order, basis, currency));
    }
    if is_short_of_rates {
        return Ok(tested);
    }
    tested.limits = standing_limits(basis.limit, &basis.groups, currency, exposure, left_out)?;
    for limit in &tested.limits {
        let over = |on_credit| over(on_credit, limit, basis.pays_first.as_ref());
        tested.causes.extend(basis.on_credit().map(over).transpose()?.flatten());
    }
    let over = basis.groups.iter().filter_map(|group| match group.limit {
        GroupLimit::Expired { ended_on } => Some(group_expired(group, ended_on)),
        GroupLimit::Amount { .. } => None,
    });
    tested.causes.extend(over);
    Ok(tested)
}

fn has_amount(groups: &[GroupStand]) -> bool {
    groups.iter().any(|group| matches!(group.limit, GroupLimit::Amount { .. }))
}

/// The own figure to compare with. Without a row of its own the account takes the group's, where there is one.
fn own_figure(limit: InForce, groups: &[GroupStand], currency: Currency) -> Option<Money> {
    if limit == InForce::Prepay && has_amount(groups) { None } else { limit.amount(currency) }
}

/// Every limit with what it leaves: the account's own first, then its groups' upwards. None where "no check" is said.
pub fn standing_limits(
    own: InForce,
    groups: &[GroupStand],
    currency: Currency,
    exposure: Money,
    left_out: Money,
) -> Result<Vec<TestedLimit>> {
    if own == InForce::NoCheck {
        return Ok(Vec::new());
    }
    let mut limits = Vec::new();
    if let Some(limit) = own_figure(own, groups, currency) {
        let available = exposure::available(limit, exposure, left_out)?;
        limits.push(TestedLimit { of: LimitOf::Account, group_external_id: None, limit, available });
    }
    for group in groups.iter().filter(|group| !group.is_short_of_rates) {
        if let GroupLimit::Amount { amount } = group.limit {
            let (available, group_external_id) = (amount.checked_sub(group.used)?, Some(group.external_id.clone()));
            limits.push(TestedLimit { of: LimitOf::Group, group_external_id, limit: amount, available });
        }
    }
    Ok(limits)
}

fn cause(code: &str, way_out: WayOut, en: String, zh: String) -> Cause {
    Cause { reason: Reason::core(code, Bilingual::new(en, zh)), way_out }
}

fn limit_expired(ended_on: chrono::NaiveDate) -> Cause {
    let en = format!("The credit limit ran out on {ended_on} and has not been renewed.");
    cause("limit_expired", WayOut::person(), en, format!("信用额度已于 {ended_on} 到期，尚未续批。"))
}

fn no_limit_yet() -> Cause {
    let en = "No credit limit has been set for this account yet; a credit decision is needed.".to_owned();
    cause("no_credit", WayOut::person(), en, "该客户尚未核定信用额度，须先完成授信审批。".to_owned())
}

/// The reason a limit gives, if it gives one. A payment ends it.
fn over(on_credit: Money, tested: &TestedLimit, why_none: Option<&PaysFirst>) -> Result<Option<Cause>> {
    let TestedLimit { limit, available, .. } = tested;
    if on_credit.minor() <= available.minor() {
        return Ok(None);
    }
    let missing = on_credit.checked_sub(*available)?;
    if let (Some(why), None) = (why_none, &tested.group_external_id) {
        return Ok(Some(pays_first::cause(why, missing)));
    }
    let stands = limit.checked_add(missing)?;
    let (code, en, zh) = match (&tested.group_external_id, limit.minor()) {
        (None, 0) => (
            "no_credit",
            format!("This account has no credit: goods ship against payment, and {missing} is not paid yet."),
            format!("该客户无授信额度，须先款后货，尚差 {missing} 未到账。"),
        ),
        (None, _) => (
            "over_limit",
            format!("With this order the account would stand at {stands}, {missing} above its credit limit of {limit}."),
            format!("加上本单，该客户占用额度将达 {stands}，超出信用额度 {limit} 共 {missing}。"),
        ),
        (Some(name), _) => (
            "over_group_limit",
            format!("With this order the group {name} would stand at {stands}, {missing} above its limit of {limit}."),
            format!("加上本单，集团 {name} 占用额度合计将达 {stands}，超出集团额度 {limit} 共 {missing}。"),
        ),
    };
    Ok(Some(cause(code, WayOut::pay(missing), en, zh)))
}

fn group_expired(group: &GroupStand, ended_on: chrono::NaiveDate) -> Cause {
    let name = &group.external_id;
    let en = format!("The limit of the group {name} ran out on {ended_on} and has not been renewed.");
    cause("group_limit_expired", WayOut::person(), en, format!("集团 {name} 的额度已于 {ended_on} 到期，尚未续批。"))
}

fn no_rate(order: &OrderFacts, basis: &CheckBasis, currency: Currency) -> Cause {
    let mut strange: Vec<&str> = basis.foreign.missing.iter().map(Currency::as_str).collect();
    let of_order = order.amount.currency();
    strange.extend(basis.value.is_none().then_some(of_order.as_str()));
    strange.sort_unstable();
    strange.dedup();
    let strange = if strange.is_empty() { "another currency".to_owned() } else { strange.join(", ") };
    let en = format!("The credit limit is in {currency}, but this order or what is owed is in {strange}, and there is no exchange rate.");
    let zh = format!("信用额度币种为 {currency}，本单或应收涉及 {strange}，缺少可用汇率，无法核对额度。");
    cause("no_rate", WayOut::person(), en, zh)
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
