//! The reasons of an answer as holds: one row a reason, so that a queue can be worked and each reason can end by itself.

use super::lapse::{StandingHold, paid_of, received};
use super::load::Check;
use crate::command::Attempt;
use crate::credit::rules::Cause;
use crate::credit::rules::lift::Lifted;
use crate::credit::supply::without_deadline;
use crate::doors::store::Changes;
use crate::hold::rows::{hold, hold_item};
use crate::words::id::{DecisionId, HoldId, InstalmentId, OrderId, RowId};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Who lifts a hold that ended by itself.
const ENGINE: &str = "engine";
/// Why the engine lifts a hold whose reason a later check did not find again.
const CHECKED_AGAIN: &str = "checked_again";

/// Who placed a hold, by the source of its reason: `order_hold@7:14` is `order_hold`.
pub(super) fn voice(source: &str) -> &str {
    source.split('@').next().unwrap_or(source)
}

/// Was a hold lifted because it was paid or its last day had passed, not because a person or a later check said so?
pub(super) fn is_by_itself(lift_reason: &str) -> bool {
    Lifted::ALL.iter().any(|how| how.as_str() == lift_reason)
}

/// The row of a hold that somebody lifts, and why.
pub(in crate::credit) fn lifted(row: &hold::Model, state: &str, by: &str, reason: &str, attempt: &Attempt) -> hold::Model {
    hold::Model {
        state: state.to_owned(),
        lifted_on: Some(attempt.stamp.today),
        lifted_by: Some(by.to_owned()),
        lift_reason: Some(reason.to_owned()),
        version: row.version + 1,
        ..row.clone()
    }
}

/// The row of a hold that ended by itself.
fn ended(standing: &StandingHold, how: Lifted, attempt: &Attempt) -> hold::Model {
    let state = if how == Lifted::Expired { "expired" } else { "lifted" };
    lifted(&standing.row, state, ENGINE, how.as_str(), attempt)
}

/// A hold to be placed: on an order, or on the whole account.
pub(super) struct NewHold<'a> {
    pub(super) order: Option<OrderId>,
    pub(super) source: &'a str,
    pub(super) code: &'a str,
    pub(super) text: &'a Bilingual,
    pub(super) pay: Option<Money>,
    pub(super) items: &'a [InstalmentId],
    pub(super) expires_on: Option<NaiveDate>,
}

impl<'a> NewHold<'a> {
    fn of(cause: &'a Cause, order: OrderId) -> Self {
        Self {
            order: Some(order),
            source: &cause.reason.source,
            code: &cause.reason.code,
            text: &cause.reason.text,
            pay: cause.way_out.pay,
            items: &cause.way_out.items,
            expires_on: cause.way_out.expires_on,
        }
    }

    /// Its row, with the mark from which later payments are measured.
    pub(super) fn row(&self, check: &Check, decision: Option<DecisionId>, attempt: &Attempt) -> hold::Model {
        let is_payable = self.pay.is_some() || !self.items.is_empty();
        let currency = is_payable.then(|| self.pay.map_or(check.gathered.account.currency, Money::currency));
        hold::Model {
            tenant_id: attempt.who.tenant,
            id: HoldId(attempt.stamp.id()),
            account_id: check.gathered.account.id,
            order_id: self.order,
            source: self.source.to_owned(),
            code: self.code.to_owned(),
            text_en: self.text.en.clone(),
            text_zh: self.text.zh.clone(),
            currency,
            pay_to_release_minor: self.pay.map(Money::minor),
            paid_before_minor: self.paid_before(check),
            placed_on: attempt.stamp.today,
            expires_on: self.expires_on,
            state: "active".to_owned(),
            lifted_on: None,
            lifted_by: None,
            lift_reason: None,
            decision_id: decision,
            version: 1,
            created_at: attempt.stamp.at,
        }
    }

    fn paid_before(&self, check: &Check) -> i64 {
        if self.items.is_empty() {
            return self.pay.map_or(0, |pay| received(&check.gathered.balances, pay.currency()));
        }
        let rows = check.gathered.facts.open_items.rows.iter().filter(|row| self.items.contains(&row.id));
        paid_of(rows.map(|row| (&row.total, &row.open)))
    }

    /// The items it waits for.
    pub(super) fn items_of(&self, row: &hold::Model, attempt: &Attempt) -> Vec<hold_item::Model> {
        let item = |item: &InstalmentId| hold_item::Model {
            tenant_id: row.tenant_id,
            id: RowId(attempt.stamp.id()),
            hold_id: row.id,
            instalment_id: *item,
        };
        self.items.iter().map(item).collect()
    }
}

/// Writes the holds of an answer: those there were and still stand are kept with their age and their last day, new ones are placed,
/// the others are lifted. `causes` is empty where nothing is held.
pub(super) fn write(mut changes: Changes, check: &Check, causes: &[Cause], decision: DecisionId, attempt: &Attempt) -> Changes {
    if !check.over.is_empty() {
        changes = changes.frees_room();
    }
    for standing in &check.over {
        changes = standing.lifted.iter().fold(changes, |changes, how| changes.save(&ended(standing, *how, attempt)));
    }
    changes = check.deadlines.iter().fold(changes, |changes, task| changes.save(&without_deadline(task)));
    let standing: &[StandingHold] = check.before.as_ref().map_or(&[], |before| &before.holds);
    let mut kept: BTreeSet<HoldId> = BTreeSet::new();
    for cause in causes {
        let new = NewHold::of(cause, check.order.id);
        let row = new.row(check, Some(decision), attempt);
        let same = |hold: &&StandingHold| {
            voice(&hold.row.source) == voice(new.source) && hold.row.code == new.code && !kept.contains(&hold.row.id)
        };
        let Some(old) = standing.iter().filter(|hold| hold.lifted.is_none()).find(same) else {
            changes = changes.add(&row).add_all(&new.items_of(&row, attempt));
            continue;
        };
        // Asking again neither makes a hold younger nor lets it last longer.
        let expires_on = match (old.row.expires_on, row.expires_on) {
            (Some(before), Some(now)) => Some(before.min(now)),
            (before, now) => before.or(now),
        };
        let aged = hold::Model { placed_on: old.row.placed_on, expires_on, ..row };
        if old.is_for(new.items) {
            kept.insert(old.row.id);
            // What a plugin asked for stays asked: paying that much since then ends it, however often it is checked in between.
            let is_core = voice(new.source) == "core";
            let terms = if is_core { &aged } else { &old.row };
            let (pay_to_release_minor, paid_before_minor) = (terms.pay_to_release_minor, terms.paid_before_minor);
            let (id, version, created_at) = (old.row.id, old.row.version + 1, old.row.created_at);
            changes = changes.save(&hold::Model { id, version, created_at, pay_to_release_minor, paid_before_minor, ..aged });
        } else {
            changes = changes.add(&aged).add_all(&new.items_of(&aged, attempt));
        }
    }
    for hold in standing.iter().filter(|hold| !kept.contains(&hold.row.id)) {
        changes = changes.save(&match hold.lifted {
            Some(how) => ended(hold, how, attempt),
            None => lifted(&hold.row, "lifted", ENGINE, CHECKED_AGAIN, attempt),
        });
    }
    changes
}
