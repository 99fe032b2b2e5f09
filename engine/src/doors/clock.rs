//! Time comes from here and nowhere else.

use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use std::sync::RwLock;

/// Where the moment comes from.
pub trait Clock: Send + Sync {
    /// The instant, in whole milliseconds.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(3)
    }
}

/// A clock that stands still until it is set: for tests and demonstrations.
#[derive(Debug)]
pub struct ManualClock(RwLock<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows this instant.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(RwLock::new(now))
    }

    /// A clock that shows noon, UTC, of this day.
    pub fn on(day: NaiveDate) -> Self {
        Self::at(noon(day))
    }

    /// Shows another instant from now on.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = now;
    }

    /// Shows noon, UTC, of this day from now on.
    pub fn set_day(&self, day: NaiveDate) {
        self.set(noon(day));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Noon of a day, in UTC.
pub fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc()
}

/// The first instant of a business day in a zone; where the clocks skip midnight, the hour after it.
pub fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    let first = zone.from_local_datetime(&midnight).earliest();
    let first = first.or_else(|| zone.from_local_datetime(&(midnight + TimeDelta::hours(1))).earliest());
    first.map_or_else(|| midnight.and_utc(), |at| at.to_utc())
}

/// The business day of an instant in a tenant's zone.
pub fn business_day(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}
