//! Groups of accounts that share limits: trees of at most three levels, each group with a limit of its own (decision 26).

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::CreditGroupId;
use crate::words::money::Money;
use chrono::NaiveDate;

/// The most levels a tree of groups has.
pub const DEPTH_MAX: usize = 3;

/// A group and the one it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupNode {
    /// The group.
    pub id: CreditGroupId,
    /// The group above it.
    pub parent: Option<CreditGroupId>,
}

/// The group, the one above it, and so on to the root. Stops after [`DEPTH_MAX`], whatever the rows say.
pub fn chain(tree: &[GroupNode], of: CreditGroupId) -> Vec<CreditGroupId> {
    let parent = |id: &CreditGroupId| tree.iter().find(|node| node.id == *id).and_then(|node| node.parent);
    std::iter::successors(Some(of), parent).take(DEPTH_MAX).collect()
}

/// The group and every group under it.
pub fn below(tree: &[GroupNode], of: CreditGroupId) -> Vec<CreditGroupId> {
    tree.iter().map(|node| node.id).filter(|id| chain(tree, *id).contains(&of)).collect()
}

/// May the group be put under another? Refuses `group_cycle` for itself and what lies under it, `group_too_deep` beyond three levels.
pub fn may_move(tree: &[GroupNode], group: CreditGroupId, under: CreditGroupId) -> Result<()> {
    if below(tree, group).contains(&under) || group == under {
        return Err(Error::new(Code::GroupCycle, "a group cannot contain itself").at("#/parent_id"));
    }
    let above = chain(tree, under).len();
    let levels =
        below(tree, group).iter().filter_map(|id| chain(tree, *id).iter().position(|known| *known == group)).max().unwrap_or(0) + 1;
    if above + levels > DEPTH_MAX {
        let detail = format!("groups have at most {DEPTH_MAX} levels; this would be level {}", above + levels);
        return Err(Error::new(Code::GroupTooDeep, detail).at("#/parent_id"));
    }
    Ok(())
}

/// A group limit as it was set: always with a last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupLimitRow {
    /// The limit; zero is no credit at all.
    pub amount: Money,
    /// The first day it is in force.
    pub valid_from: NaiveDate,
    /// The last day it is in force.
    pub valid_to: NaiveDate,
}

/// What the limits of a group come to on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupLimit {
    /// So much for all members together.
    Amount {
        /// The limit, in the group's currency.
        amount: Money,
    },
    /// The last one ran out and nothing followed.
    Expired {
        /// Its last day.
        ended_on: NaiveDate,
    },
}

/// The limit of a group in force on a day: among those that hold, the newest `valid_from` wins. `None` when it never had one yet.
pub fn group_limit(rows: &[GroupLimitRow], day: NaiveDate) -> Option<GroupLimit> {
    let holding = rows.iter().filter(|row| row.valid_from <= day && day <= row.valid_to);
    if let Some(row) = holding.max_by_key(|row| row.valid_from) {
        return Some(GroupLimit::Amount { amount: row.amount });
    }
    rows.iter().map(|row| row.valid_to).filter(|last| *last < day).max().map(|ended_on| GroupLimit::Expired { ended_on })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;
    use uuid::Uuid;

    fn id(number: u128) -> CreditGroupId {
        CreditGroupId(Uuid::from_u128(number))
    }

    fn tree(links: &[(u128, u128)]) -> Vec<GroupNode> {
        links.iter().map(|(group, parent)| GroupNode { id: id(*group), parent: (*parent > 0).then(|| id(*parent)) }).collect()
    }

    #[test]
    fn a_group_never_contains_itself_and_trees_have_three_levels() {
        // 1 over 2 over 3; 4 over 5; 6 alone.
        let tree = tree(&[(1, 0), (2, 1), (3, 2), (4, 0), (5, 4), (6, 0)]);
        for (group, under, expected) in [
            (1, 1, "group_cycle"),
            (1, 2, "group_cycle"),
            (1, 3, "group_cycle"),
            (2, 1, "fine"),
            (3, 1, "fine"),
            (6, 2, "fine"),
            (6, 3, "group_too_deep"),
            (4, 1, "fine"),
            (4, 2, "group_too_deep"),
            (1, 6, "group_too_deep"),
        ] {
            let answer = may_move(&tree, id(group), id(under)).map_or_else(|error| error.code().name(), |()| "fine");
            assert_eq!(answer, expected, "{group} under {under}");
        }
        assert_eq!(chain(&tree, id(3)), [id(3), id(2), id(1)]);
        assert_eq!(below(&tree, id(2)), [id(2), id(3)]);
    }

    #[test]
    fn the_newest_group_limit_in_force_counts_and_one_that_ran_out_says_so() {
        let day = |text: &str| parse_date(text).unwrap();
        let row = |units: i64, from: &str, to: &str| GroupLimitRow {
            amount: Money::new(units, "CNY".parse().unwrap()),
            valid_from: day(from),
            valid_to: day(to),
        };
        let rows = [row(100, "2025-01-01", "2025-06-30"), row(50, "2025-03-01", "2025-03-31")];
        let told = |on: &str| match group_limit(&rows, day(on)) {
            None => "none".to_owned(),
            Some(GroupLimit::Amount { amount }) => amount.minor().to_string(),
            Some(GroupLimit::Expired { ended_on }) => format!("expired {ended_on}"),
        };
        let seen = ["2024-12-31", "2025-01-01", "2025-03-31", "2025-04-01", "2025-07-01"].map(told);
        assert_eq!(seen, ["none", "100", "50", "100", "expired 2025-06-30"]);
    }
}
