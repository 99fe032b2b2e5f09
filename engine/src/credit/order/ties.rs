//! What an account is tied to beside its own figures: securities behind it, groups whose limits it shares, rates for what is in other
//! money. Each is read only where the account has it.

use crate::account::rows::account;
use crate::command::Attempt;
use crate::credit::group::{Tree, tree};
use crate::credit::rules::check::CheckBasis;
use crate::credit::rules::exposure::{KeptSums, foreign, needs_rates, parts};
use crate::credit::rules::hold_rule::RuleBasis;
use crate::credit::rules::part_limit::Ceilings;
use crate::doors::store::{GroupClaim, Read, failed};
use crate::exchange::rates_on;
use crate::exchange::rules::Rates;
use crate::facts::Gathered;
use crate::limit::rows::security;
use crate::limit::security::{SecurityRow, run_out, secured};
use crate::words::error::Result;
use crate::words::facts::OrderFacts;
use crate::words::id::AccountId;
use crate::words::money::{Currency, Money};
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::{BTreeSet, HashMap};

/// What was read.
pub(super) struct Ties {
    securities: Vec<SecurityRow>,
    tree: Option<Tree>,
    rates: Rates,
}

/// Securities of these accounts that are not withdrawn, by account; nothing is asked for none.
pub(in crate::credit) async fn securities_of(read: &Read, accounts: &[AccountId]) -> Result<HashMap<AccountId, Vec<SecurityRow>>> {
    let mut by: HashMap<AccountId, Vec<SecurityRow>> = HashMap::new();
    if accounts.is_empty() {
        return Ok(by);
    }
    let of_these = read.among(security::Column::AccountId, accounts.iter().copied());
    let query = security::find(read.tenant()).filter(of_these).filter(security::Column::WithdrawnOn.is_null());
    for row in query.all(read.db()).await.map_err(failed)? {
        by.entry(row.account_id).or_default().push(SecurityRow::from(&row));
    }
    Ok(by)
}

/// Securities of one account; not asked for where it has none.
pub(in crate::credit) async fn securities(read: &Read, row: &account::Model) -> Result<Vec<SecurityRow>> {
    let ids = if row.security_count > 0 { vec![row.id] } else { Vec::new() };
    Ok(securities_of(read, &ids).await?.remove(&row.id).unwrap_or_default())
}

/// Reads what this account and order need of them.
pub(super) async fn ties(read: &Read, attempt: &Attempt, gathered: &Gathered, order: &OrderFacts) -> Result<Ties> {
    let row = &gathered.account;
    let securities = securities(read, row).await?;
    let tree = match row.credit_group_id {
        Some(group) => Some(tree(read, group, None).await?),
        None => None,
    };
    let in_other_money = |currency: &Currency| *currency != row.currency;
    let currencies = gathered.balances.iter().map(|kept| kept.currency).chain([order.amount.currency()]).filter(in_other_money);
    let mut pairs: BTreeSet<(Currency, Currency)> = currencies.map(|other| (other, row.currency)).collect();
    pairs.extend(tree.iter().flat_map(Tree::pairs));
    let rates = rates_on(read, attempt.stamp.today, &pairs).await?;
    Ok(Ties { securities, tree, rates })
}

impl Ties {
    /// The claim on the groups, where the account is in one.
    pub(super) fn claim(&self) -> Option<GroupClaim> {
        self.tree.as_ref().and_then(Tree::claim)
    }

    /// What the order is checked against. `own` is what of the kept sums is its own doing, to be added to them, in its currency; `paid`
    /// is cash on the order that is left for what is checked.
    pub(super) fn basis(
        &self,
        gathered: &Gathered,
        order: &OrderFacts,
        own: &KeptSums,
        paid: Money,
        attempt: &Attempt,
    ) -> Result<CheckBasis> {
        let (row, today) = (&gathered.account, attempt.stamp.today);
        let settings = &attempt.ground.settings;
        let includes = &settings.exposure_includes;
        // What the order itself does to the sums is taken off before anything is converted or added up.
        let kept = gathered.balances.iter().map(KeptSums::of).chain([own.clone()]);
        let all: Vec<KeptSums> = kept.collect();
        let counted: Vec<KeptSums> = all.iter().map(|sums| sums.clone().counted(includes)).collect();
        let is_own_money = order.amount.currency() == row.currency;
        let working = if is_own_money { None } else { self.rates.convert(order.amount, row.currency)? };
        let value = if is_own_money { Some(order.amount) } else { working.as_ref().map(|working| working.converted) };
        let paid = Money::new(paid.minor().clamp(0, order.amount.minor().max(0)), paid.currency());
        let in_own = if is_own_money { Some(paid) } else { self.rates.convert(paid, row.currency)?.map(|working| working.converted) };
        let of_order = if is_own_money { parts(row.id, row.currency, &[own.clone().counted(includes)])?.exposure()?.minor() } else { 0 };
        let of_account = parts(row.id, row.currency, &all)?;
        let groups = match (&self.tree, row.credit_group_id) {
            (Some(tree), Some(group)) => tree.stands(group, today, includes, &self.rates, own)?,
            (Some(_), None) | (None, _) => Vec::new(),
        };
        let money = |minor: Option<i64>| minor.map(|minor| Money::new(minor, row.currency));
        let own_ceilings = Ceilings {
            open: money(row.open_limit_minor),
            overdue: money(row.overdue_limit_minor),
            orders: money(row.orders_limit_minor),
            margin_days: 0,
        };
        let others =
            if needs_rates(row.currency, &all) { foreign(row.currency, &all, &self.rates)?.orders } else { Money::zero(row.currency) };
        Ok(CheckBasis {
            limit: secured(gathered.limit, &self.securities, today, settings.security)?,
            groups,
            value,
            paid: in_own.unwrap_or_else(|| Money::zero(row.currency)),
            own_reservation: Money::new(-of_order, row.currency),
            deposit: paid,
            parts: of_account,
            disputed_late: Money::zero(row.currency),
            orders: of_account.orders.checked_add(others)?,
            foreign: foreign(row.currency, &counted, &self.rates)?,
            run_out: run_out(&self.securities, today),
            ceilings: Ceilings::of(&attempt.ground.policy.part_limits, row.currency)?.with(own_ceilings, row.overdue_margin_days),
            rates: self.rates.clone(),
            working,
            hold_rules: RuleBasis::default(),
            plan: None,
            pays_first: gathered.pays_first.clone(),
            stops: Vec::new(),
            capped: None,
        })
    }
}
