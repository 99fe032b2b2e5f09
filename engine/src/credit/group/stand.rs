//! What a group stands at: the sums of its members, against the limits of the group and of those above it.

use crate::credit::on_day::{group_sums, groups_on_day};
use crate::credit::rules::exposure::{Foreign, KeptSums, Parts, foreign, parts};
use crate::credit::rules::limits::GroupStand;
use crate::doors::store::{GroupClaim, Read, failed};
use crate::exchange::rules::Rates;
use crate::limit::group::{GroupLimit, GroupLimitRow, GroupNode, below, chain, group_limit};
use crate::limit::rows::{credit_group, group_limit as limits, group_warning};
use crate::tenant::ExposureIncludes;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CreditGroupId};
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, QueryTrait};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A tree of groups with what its members stand at, as it was read: the groups and their turn first, then the sums, so that what
/// changes in between is caught by the claim.
#[derive(Clone, Debug)]
pub(in crate::credit) struct Tree {
    groups: Vec<credit_group::Model>,
    nodes: Vec<GroupNode>,
    sums: Vec<(CreditGroupId, KeptSums)>,
    limits: Vec<limits::Model>,
    warnings: Vec<group_warning::Model>,
}

/// A group, what its members stand at, and what they are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::credit) struct GroupLevel {
    pub(in crate::credit) id: CreditGroupId,
    /// Its limit; none where none is in force.
    pub(in crate::credit) limit: Option<Money>,
    /// What its members stand at together, disputed money left out.
    pub(in crate::credit) used: Money,
    /// The highest warning line it was above so far, 0 when none.
    pub(in crate::credit) level: i64,
}

/// What the members of one group, of all under it, stand at together in its currency.
pub(in crate::credit) struct Standing {
    pub(in crate::credit) parts: Parts,
    pub(in crate::credit) foreign: Foreign,
}

impl Standing {
    /// Out of sums that belong to no account.
    pub(super) fn of(currency: Currency, sums: Vec<KeptSums>, includes: &ExposureIncludes, rates: &Rates) -> Result<Self> {
        let counted: Vec<KeptSums> = sums.into_iter().map(|sums| sums.counted(includes)).collect();
        Ok(Self { parts: parts(AccountId(Uuid::nil()), currency, &counted)?, foreign: foreign(currency, &counted, rates)? })
    }

    /// What stands against a limit: disputed money left out.
    pub(in crate::credit) fn used(&self) -> Result<Money> {
        self.exposure()?.checked_sub(self.parts.disputed)?.checked_sub(self.foreign.disputed)
    }

    /// All of it.
    pub(in crate::credit) fn exposure(&self) -> Result<Money> {
        self.parts.exposure()?.checked_add(self.foreign.exposure)
    }
}

/// All groups of the tree a group belongs to; `not_found` when there is no such group.
pub(super) async fn groups_around(read: &Read, group: CreditGroupId) -> Result<Vec<credit_group::Model>> {
    let root = credit_group::find(read.tenant())
        .select_only()
        .column(credit_group::Column::RootId)
        .filter(credit_group::Column::Id.eq(group))
        .into_query();
    let query = credit_group::find(read.tenant()).filter(credit_group::Column::RootId.in_subquery(root));
    let rows = query.all(read.db()).await.map_err(failed)?;
    if rows.is_empty() {
        return Err(Error::new(Code::NotFound, "there is no such group"));
    }
    Ok(rows)
}

const SUMS: &str = "
SELECT a.credit_group_id AS group_id, b.currency, CAST(SUM(b.open_minor) AS BIGINT) AS open_minor,
       CAST(SUM(b.disputed_minor) AS BIGINT) AS disputed_minor, CAST(SUM(b.orders_minor) AS BIGINT) AS orders_minor,
       CAST(SUM(b.shipped_minor) AS BIGINT) AS shipped_minor, CAST(SUM(b.deposits_minor) AS BIGINT) AS deposits_minor,
       CAST(SUM(b.unallocated_minor) AS BIGINT) AS unallocated_minor, CAST(SUM(b.credit_notes_minor) AS BIGINT) AS credit_notes_minor
  FROM credit_group g
  JOIN account a ON a.tenant_id = g.tenant_id AND a.credit_group_id = g.id
  JOIN balance b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
 WHERE g.tenant_id = $1{only} GROUP BY a.credit_group_id, b.currency";

/// Reads the tree around a group; as of a past day with what those stood at who belonged to its groups then.
pub(in crate::credit) async fn tree(read: &Read, group: CreditGroupId, as_of: Option<NaiveDate>) -> Result<Tree> {
    let groups = groups_around(read, group).await?;
    let nodes: Vec<GroupNode> = groups.iter().map(GroupNode::from).collect();
    let root = groups.iter().map(|row| row.root_id).next().unwrap_or(group);
    let sums = match as_of {
        None => sums(read, Some(root)).await?,
        Some(day) => groups_on_day(read, root, day).await?,
    };
    let above = chain(&nodes, group);
    let limits = limits::find(read.tenant()).filter(read.among(limits::Column::GroupId, above.iter().copied()));
    let limits = limits.all(read.db()).await.map_err(failed)?;
    let warnings = group_warning::find(read.tenant()).filter(read.among(group_warning::Column::GroupId, above));
    Ok(Tree { groups, nodes, sums, limits, warnings: warnings.all(read.db()).await.map_err(failed)? })
}

/// Reads all groups of the tenant, as one tree with several roots.
pub(in crate::credit) async fn forest(read: &Read) -> Result<Tree> {
    let (of, db) = (read.tenant(), read.db());
    let groups = credit_group::find(of).all(db).await.map_err(failed)?;
    let nodes: Vec<GroupNode> = groups.iter().map(GroupNode::from).collect();
    if groups.is_empty() {
        return Ok(Tree { groups, nodes, sums: Vec::new(), limits: Vec::new(), warnings: Vec::new() });
    }
    let sums = sums(read, None).await?;
    let limits = limits::find(of).all(db).await.map_err(failed)?;
    Ok(Tree { groups, nodes, sums, limits, warnings: group_warning::find(of).all(db).await.map_err(failed)? })
}

/// What the members of the groups under a root stand at, by group and currency; of all groups without one.
async fn sums(read: &Read, root: Option<CreditGroupId>) -> Result<Vec<(CreditGroupId, KeptSums)>> {
    let text = SUMS.replace("{only}", if root.is_some() { " AND g.root_id = $2" } else { "" });
    let rows = read.rows(&text, root.map(Into::into)).await?;
    rows.iter().map(|row| group_sums(row).map_err(failed)).collect()
}

impl Tree {
    /// The claim that keeps two members' orders from passing a limit together: the turn of the root.
    pub(in crate::credit) fn claim(&self) -> Option<GroupClaim> {
        self.groups.iter().find(|row| row.id == row.root_id).map(|row| GroupClaim { root: row.id, turn: row.turn })
    }

    /// One of its groups.
    pub(in crate::credit) fn group(&self, id: CreditGroupId) -> Result<&credit_group::Model> {
        self.groups.iter().find(|row| row.id == id).ok_or_else(|| Error::new(Code::NotFound, "there is no such group"))
    }

    /// Pairs of currencies for which rates are needed.
    pub(in crate::credit) fn pairs(&self) -> BTreeSet<(Currency, Currency)> {
        let homes: BTreeSet<Currency> = self.groups.iter().map(|row| row.currency).collect();
        let others = |home: Currency| self.sums.iter().map(|(_, sums)| sums.currency).filter(move |other| *other != home);
        homes.iter().flat_map(|home| others(*home).map(|other| (other, *home))).collect()
    }

    /// The limit of one of its groups on a day.
    pub(in crate::credit) fn limit(&self, group: CreditGroupId, day: NaiveDate) -> Option<GroupLimit> {
        let rows: Vec<GroupLimitRow> = self.limits.iter().filter(|row| row.group_id == group).map(GroupLimitRow::from).collect();
        group_limit(&rows, day)
    }

    /// What a group's members, and those of all groups under it, stand at; `own` is what one order already reserves, taken off.
    pub(in crate::credit) fn standing(
        &self,
        group: CreditGroupId,
        includes: &ExposureIncludes,
        rates: &Rates,
        own: Option<&KeptSums>,
    ) -> Result<Standing> {
        let currency = self.group(group)?.currency;
        let inside = below(&self.nodes, group);
        let of_members = self.sums.iter().filter(|(of, _)| inside.contains(of)).map(|(_, sums)| sums.clone());
        let nobody = AccountId(Uuid::nil());
        let own = own.cloned().map(|own| KeptSums { account: nobody, ..own });
        Standing::of(currency, of_members.chain(own).collect(), includes, rates)
    }

    /// How the groups of a member stand that have or had a limit: its own first, then upwards.
    pub(in crate::credit) fn stands(
        &self,
        of: CreditGroupId,
        day: NaiveDate,
        includes: &ExposureIncludes,
        rates: &Rates,
        own: &KeptSums,
    ) -> Result<Vec<GroupStand>> {
        let limited = chain(&self.nodes, of).into_iter().filter_map(|id| self.limit(id, day).map(|limit| (id, limit)));
        let stand = |(id, limit): (CreditGroupId, GroupLimit)| {
            let standing = self.standing(id, includes, rates, Some(own))?;
            let is_short_of_rates = !standing.foreign.missing.is_empty();
            let (external_id, used) = (self.group(id)?.external_id.clone(), standing.used()?);
            Ok(GroupStand { id, external_id, limit, used, is_short_of_rates, level: self.level(id) })
        };
        limited.map(stand).collect()
    }

    fn level(&self, group: CreditGroupId) -> i64 {
        self.warnings.iter().find(|row| row.group_id == group).map_or(0, |row| row.level)
    }

    /// How the groups of each root stand that have a limit in force or were above a line of one, by root with its claim.
    pub(in crate::credit) fn levels(
        &self,
        day: NaiveDate,
        includes: &ExposureIncludes,
        rates: &Rates,
    ) -> Result<Vec<(GroupClaim, Vec<GroupLevel>)>> {
        let mut all = Vec::new();
        for root in self.groups.iter().filter(|row| row.id == row.root_id) {
            let mut of_root = Vec::new();
            for row in self.groups.iter().filter(|row| row.root_id == root.id) {
                let limit = match self.limit(row.id, day) {
                    Some(GroupLimit::Amount { amount }) => Some(amount),
                    Some(GroupLimit::Expired { .. }) | None => None,
                };
                let level = self.level(row.id);
                if limit.is_none() && level == 0 {
                    continue;
                }
                let standing = self.standing(row.id, includes, rates, None)?;
                if standing.foreign.missing.is_empty() {
                    of_root.push(GroupLevel { id: row.id, limit, used: standing.used()?, level });
                }
            }
            all.push((GroupClaim { root: root.id, turn: root.turn }, of_root));
        }
        Ok(all)
    }

    /// The groups under a root, itself included.
    pub(in crate::credit) fn under(&self, root: CreditGroupId) -> impl Iterator<Item = CreditGroupId> + '_ {
        self.groups.iter().filter(move |row| row.root_id == root).map(|row| row.id)
    }
}
