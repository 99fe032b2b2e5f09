//! The moment of an attempt, its business day, and the source of its ids: taken once, so that a decision is reproducible.

use chrono::{DateTime, NaiveDate, Utc};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::{ContextV7, Timestamp, Uuid};

/// Where UUIDv7 of one moment get their order from. Stamps that share it sort in the order they were asked, even while a clock stands still.
#[derive(Debug, Default)]
pub struct Ids(Mutex<ContextV7>);

/// The moment, the business day and a source of ids, taken once per attempt.
#[derive(Debug)]
pub struct Stamp {
    /// The instant, in UTC.
    pub at: DateTime<Utc>,
    /// The tenant's business day at that instant.
    pub today: NaiveDate,
    ids: Arc<Ids>,
}

impl Stamp {
    /// A stamp for this instant and business day, with ids of its own.
    pub fn new(at: DateTime<Utc>, today: NaiveDate) -> Self {
        Self::with(at, today, Arc::default())
    }

    /// A stamp whose ids come after those of every earlier stamp of the same source and moment.
    pub fn with(at: DateTime<Utc>, today: NaiveDate, ids: Arc<Ids>) -> Self {
        Self { at, today, ids }
    }

    /// A new UUIDv7 of this moment; later ones of the same source sort after it.
    pub fn id(&self) -> Uuid {
        let context = self.ids.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = u64::try_from(self.at.timestamp()).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, self.at.timestamp_subsec_nanos()))
    }
}

/// The least UUIDv7 of a moment: what was made then or later has this id or one above it.
pub fn least_id(at: DateTime<Utc>) -> Uuid {
    let millis = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_id_of_a_moment_lies_below_those_made_then_and_above_those_made_before() {
        let at = DateTime::from_timestamp_millis(1_772_409_600_123).unwrap();
        let made = |at| Stamp::new(at, NaiveDate::default()).id();
        assert!(least_id(at) < made(at) && made(at - chrono::TimeDelta::milliseconds(1)) < least_id(at));
    }

    #[test]
    fn ids_of_one_stamp_differ_and_sort_in_the_order_they_were_made() {
        let stamp = Stamp::new(DateTime::UNIX_EPOCH, NaiveDate::default());
        let made: Vec<Uuid> = (0..10_000).map(|_| stamp.id()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn while_a_clock_stands_still_later_stamps_have_later_ids() {
        let ids = Arc::new(Ids::default());
        let made: Vec<Uuid> = (0..1_000).map(|_| Stamp::with(DateTime::UNIX_EPOCH, NaiveDate::default(), ids.clone()).id()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
