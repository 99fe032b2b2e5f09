//! When a hold ends by itself: a reason is lifted once its items are settled, once that much was allocated to them since, or when its
//! last day has passed (plugins.md §3). What a person must answer for is never lifted here.

use super::WayOut;
use crate::words::id::InstalmentId;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// What has happened since the hold was placed. Minor units of the hold's currency; bounces and reversals already taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// What is still open and undisputed of each item that is not settled. An item that is missing here is settled.
    pub open: BTreeMap<InstalmentId, i64>,
    /// Allocated to each item since.
    pub allocated: BTreeMap<InstalmentId, i64>,
    /// Money that came in for the account since, allocated or not.
    pub received: i64,
}

crate::words! {
    /// Why a reason ended by itself.
    pub enum Lifted {
        /// Its items are settled.
        Settled = "settled",
        /// That much was paid.
        Paid = "paid",
        /// Its last day has passed.
        Expired = "expired",
    }
}

/// Has this reason ended by `today`, and why? The last day still holds (numbers.md §9 row 13).
pub fn lifted(way_out: &WayOut, since: &Since, today: NaiveDate) -> Option<Lifted> {
    let items = &way_out.items;
    let is_settled = |item| since.open.get(item).is_none_or(|open| *open <= 0);
    if !items.is_empty() && items.iter().all(is_settled) {
        return Some(Lifted::Settled);
    }
    let paid = if items.is_empty() {
        since.received
    } else {
        items.iter().fold(0_i64, |sum, item| sum.saturating_add(since.allocated.get(item).copied().unwrap_or(0)))
    };
    if way_out.pay.is_some_and(|pay| pay.is_positive() && paid >= pay.minor()) {
        return Some(Lifted::Paid);
    }
    way_out.expires_on.filter(|last| *last < today).map(|_| Lifted::Expired)
}

/// Is the whole hold over? Only when every one of its reasons is; a hold without reasons is nobody's to lift.
pub fn is_over(reasons: &[WayOut], since: &Since, today: NaiveDate) -> bool {
    !reasons.is_empty() && reasons.iter().all(|way_out| lifted(way_out, since, today).is_some())
}

/// The last day of a hold that ends by time alone: that of its longest reason, if every reason has one.
pub fn holds_until(reasons: &[WayOut]) -> Option<NaiveDate> {
    let last_days: Option<Vec<NaiveDate>> = reasons.iter().map(|way_out| way_out.expires_on).collect();
    last_days?.into_iter().max()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cny, day, item_id};
    use super::*;

    fn way_out(pay: Option<i64>, items: &[u128], expires_on: Option<&str>) -> WayOut {
        WayOut {
            pay: pay.map(cny),
            items: items.iter().copied().map(item_id).collect(),
            expires_on: expires_on.map(day),
            is_deposit: false,
        }
    }

    fn since(open: &[(u128, i64)], allocated: &[(u128, i64)], received: i64) -> Since {
        let map = |pairs: &[(u128, i64)]| pairs.iter().map(|(item, units)| (item_id(*item), units * 100)).collect();
        Since { open: map(open), allocated: map(allocated), received: received * 100 }
    }

    #[test]
    fn a_reason_ends_when_settled_paid_or_expired() {
        let nothing = since(&[(1, 100), (2, 50)], &[], 0);
        for (way_out, since, today, expected) in [
            (way_out(None, &[1, 2], None), &nothing, "2025-03-14", None),
            (way_out(None, &[1, 2], None), &since(&[(2, 50)], &[(1, 100)], 100), "2025-03-14", None),
            (way_out(None, &[1, 2], None), &since(&[(2, 0)], &[(1, 100)], 100), "2025-03-14", Some(Lifted::Settled)),
            (way_out(Some(80), &[1, 2], None), &since(&[(1, 30), (2, 41)], &[(1, 70), (2, 9)], 500), "2025-03-14", None),
            (way_out(Some(80), &[1, 2], None), &since(&[(1, 30), (2, 40)], &[(1, 70), (2, 10)], 80), "2025-03-14", Some(Lifted::Paid)),
            (way_out(Some(80), &[], None), &since(&[(1, 100)], &[], 79), "2025-03-14", None),
            (way_out(Some(80), &[], None), &since(&[(1, 100)], &[], 80), "2025-03-14", Some(Lifted::Paid)),
            (way_out(Some(80), &[1], Some("2025-03-14")), &nothing, "2025-03-14", None),
            (way_out(Some(80), &[1], Some("2025-03-14")), &nothing, "2025-03-15", Some(Lifted::Expired)),
            (WayOut::person(), &since(&[], &[], 999), "2025-03-14", None),
        ] {
            assert_eq!(lifted(&way_out, since, day(today)), expected, "{way_out:?} {since:?} {today}");
        }
    }

    #[test]
    fn a_hold_is_over_when_its_last_reason_is() {
        let paid = since(&[], &[(1, 100)], 100);
        let (settled, person) = (way_out(None, &[1], None), WayOut::person());
        for (reasons, expected) in [(vec![], false), (vec![settled.clone()], true), (vec![settled, person], false)] {
            assert_eq!(is_over(&reasons, &paid, day("2025-03-14")), expected, "{reasons:?}");
        }
    }

    #[test]
    fn a_hold_ends_by_time_with_its_longest_reason() {
        let (short, long, open) = (way_out(None, &[], Some("2025-03-20")), way_out(None, &[1], Some("2025-03-24")), WayOut::person());
        for (reasons, expected) in
            [(vec![short.clone(), long.clone()], Some("2025-03-24")), (vec![short, long, open], None), (vec![], None)]
        {
            assert_eq!(holds_until(&reasons), expected.map(day), "{reasons:?}");
        }
    }
}
