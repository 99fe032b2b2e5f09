//! What may be asked for: what is open, less disputed shares, less the customer's own credit, by legal entity and currency.

use crate::policy::Policy;
use crate::words::day::{add_days, days_between};
use crate::words::facts::{Facts, ItemFacts};
use crate::words::money::Currency;
use chrono::NaiveDate;

/// Every open item as the day finds it. Places in `items` are places in the facts' rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    pub(super) groups: Vec<Group>,
    pub(super) items: Vec<Standing>,
}

/// What is asked for together: one legal entity, one currency. Amounts in minor units.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// A row that names the entity.
    pub(super) row: usize,
    pub(super) currency: Currency,
    credit: i64,
    /// May overdue items be chased, or is all of it below the tolerance?
    is_overdue_enough: bool,
    /// May items not yet due be spoken of?
    is_near_enough: bool,
    overdue: i64,
    near: i64,
}

/// How one open item stands. Amounts in minor units of its group's currency.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) group: usize,
    /// Its due date, moved by the days a pause protected it (decision 10).
    pub(super) due_on: NaiveDate,
    /// Days past due less paused days; negative before the due date.
    pub(super) late: i64,
    /// Open and not disputed.
    pub(super) owed: i64,
    /// The same, less the credit that covers it.
    pub(super) left: i64,
    /// The first day it is work: the first step of its ladder, or the first day past due (decision 42).
    pub(super) opens_on: NaiveDate,
    /// Place in the policy of the last step taken.
    pub(super) last: Option<usize>,
    /// The day that step was done.
    pub(super) last_on: Option<NaiveDate>,
    /// Does a draft hold it where it is?
    pub(super) is_draft: bool,
    /// The smallest lead `before_due` was asked for.
    pub(super) asked_lead: Option<i64>,
}

impl Standing {
    pub(super) fn is_overdue(&self) -> bool {
        self.late > 0
    }

    /// Is it due, or nearly?
    pub(super) fn is_near(&self, today: NaiveDate) -> bool {
        today >= self.opens_on
    }
}

impl Book {
    /// Reads the open items of an account. The customer's credit covers the oldest undisputed debts first (decision 6,
    /// contract choice 5), so what it does not reach is chased and what it reaches is not.
    pub(super) fn of(facts: &Facts, policy: &Policy) -> Self {
        let mut book = Self { groups: Vec::new(), items: Vec::with_capacity(facts.open_items.rows.len()) };
        for (row, item) in facts.open_items.rows.iter().enumerate() {
            let group = book.group_of(facts, row, item);
            let standing = stand(facts, policy, item, group);
            book.groups[group].cover(standing, facts.today, &mut book.items);
        }
        for group in &mut book.groups {
            let least = policy.tolerance_minor(group.currency).max(1);
            group.is_overdue_enough = group.overdue >= least;
            group.is_near_enough = group.near >= least;
        }
        book
    }

    fn group_of(&mut self, facts: &Facts, row: usize, item: &ItemFacts) -> usize {
        let currency = item.open.currency();
        let rows = &facts.open_items.rows;
        let known = self.groups.iter().position(|group| group.currency == currency && rows[group.row].entity == item.entity);
        known.unwrap_or_else(|| {
            let credits = facts.credits.iter().filter(|credit| credit.amount.currency() == currency && credit.entity == item.entity);
            let credit = credits.map(|credit| credit.amount.minor()).fold(0, i64::saturating_add);
            self.groups.push(Group { row, currency, credit, is_overdue_enough: false, is_near_enough: false, overdue: 0, near: 0 });
            self.groups.len() - 1
        })
    }

    /// What may be asked for on this item today, in minor units: nothing when its group is below the tolerance.
    pub(super) fn chase(&self, at: usize) -> i64 {
        let item = &self.items[at];
        let group = &self.groups[item.group];
        let is_enough = if item.is_overdue() { group.is_overdue_enough } else { group.is_near_enough };
        if is_enough { item.left } else { 0 }
    }

    /// Is anything overdue and chased?
    pub(super) fn has_overdue(&self) -> bool {
        self.overdue().next().is_some()
    }

    /// The places of items that are overdue and chased.
    pub(super) fn overdue(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.items.len()).filter(|at| self.items[*at].is_overdue() && self.chase(*at) > 0)
    }

    /// Days past due of the oldest item that is chased; 0 when none is overdue (numbers §1.1).
    pub(super) fn days_past_due(&self) -> i64 {
        self.overdue().map(|at| self.items[at].late).max().unwrap_or(0)
    }

    /// Is there something due or nearly due to ask for?
    pub(super) fn is_called_for(&self, today: NaiveDate) -> bool {
        (0..self.items.len()).any(|at| self.items[at].is_near(today) && self.chase(at) > 0)
    }

    /// Is something due or nearly due still owed, be it in dispute?
    pub(super) fn is_owed(&self, facts: &Facts) -> bool {
        let near = (0..self.items.len()).filter(|at| self.items[*at].is_near(facts.today));
        near.into_iter().any(|at| self.chase(at) > 0 || facts.open_items.rows[at].disputed.is_positive())
    }
}

impl Group {
    fn cover(&mut self, mut item: Standing, today: NaiveDate, items: &mut Vec<Standing>) {
        let covered = item.owed.min(self.credit);
        self.credit -= covered;
        item.left = item.owed - covered;
        if item.is_overdue() {
            self.overdue = self.overdue.saturating_add(item.left);
        }
        if item.is_near(today) {
            self.near = self.near.saturating_add(item.left);
        }
        items.push(item);
    }
}

fn stand(facts: &Facts, policy: &Policy, item: &ItemFacts, group: usize) -> Standing {
    let calendar_days = days_between(item.due_on, facts.today);
    let late = if calendar_days > 0 { item.days_past_due.min(calendar_days) } else { calendar_days };
    let owed = item.open.minor().saturating_sub(item.disputed.minor().max(0)).max(0);
    let mut standing = Standing {
        group,
        due_on: add_days(facts.today, -late),
        late,
        owed,
        left: owed,
        opens_on: add_days(facts.today, 1 - late),
        last: None,
        last_on: item.last_step_on,
        is_draft: item.draft_step.is_some(),
        asked_lead: item.asked_lead_days,
    };
    if let Some((_, first)) = policy.ladder(&item.part).next() {
        standing.opens_on = standing.opens_on.min(super::steps::scheduled(first, item, &standing));
    }
    standing.last = super::steps::last_taken(policy, item, &standing);
    standing
}
