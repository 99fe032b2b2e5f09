//! The hours in which a person at a customer may be turned to (CF-16): a window and quiet hours, in that person's own time zone.

use crate::words::code::Code;
use crate::words::day::weekday_no;
use crate::words::error::Fault;
use chrono::{DateTime, Days, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most spans of quiet hours.
const QUIET_MAX: usize = 5;
/// Days looked through for a moment: any week has one, if there is one at all.
const DAYS: u64 = 8;

/// A span of the day, told on its clock: `12:00` to `13:30`, the end not counted in. One that ends before it begins goes over midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Where it begins: `09:00`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length = 5)]
    pub from: String,
    /// Where it ends: `18:00`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length = 5)]
    pub to: String,
}

/// When a person may be turned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"time_zone": "Asia/Shanghai", "weekdays": [1, 2, 3, 4, 5], "window": {"from": "09:00", "to": "18:00"},
    "quiet": [{"from": "12:00", "to": "13:30"}]}))]
pub struct ContactHours {
    /// IANA time zone in which the hours are told.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// Days of the week, 1 Monday to 7 Sunday; every day when empty.
    #[serde(default)]
    #[schema(max_items = 7)]
    pub weekdays: Vec<i64>,
    /// The hours in which the person may be turned to; all day when absent.
    #[serde(default)]
    pub window: Option<Hours>,
    /// Hours in which the person is left alone.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub quiet: Vec<Hours>,
}

fn time(text: &str) -> Option<NaiveTime> {
    if text.len() == 5 { NaiveTime::parse_from_str(text, "%H:%M").ok() } else { None }
}

impl Hours {
    fn span(&self) -> Option<(NaiveTime, NaiveTime)> {
        time(&self.from).zip(time(&self.to)).filter(|(from, to)| from != to)
    }

    fn has(&self, at: NaiveTime) -> bool {
        self.span().is_some_and(|(from, to)| if from < to { from <= at && at < to } else { from <= at || at < to })
    }
}

impl ContactHours {
    /// What is wrong with it, at this pointer.
    pub fn faults(&self, pointer: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut wrong = |member: String, detail: &str| {
            faults.push(Fault { pointer: format!("{pointer}/{member}"), code: Code::ValidationFailed, detail: detail.to_owned() })
        };
        if self.zone().is_none() {
            wrong("time_zone".to_owned(), "an IANA time zone like Asia/Shanghai");
        }
        if self.weekdays.len() > 7 || self.weekdays.iter().any(|day| !(1..=7).contains(day)) {
            wrong("weekdays".to_owned(), "days of the week, 1 Monday to 7 Sunday");
        }
        if self.quiet.len() > QUIET_MAX {
            wrong("quiet".to_owned(), "at most 5 spans of quiet hours");
        }
        let spans = self.window.iter().map(|hours| ("window".to_owned(), hours));
        for (member, hours) in spans.chain(self.quiet.iter().enumerate().map(|(at, hours)| (format!("quiet/{at}"), hours))) {
            if hours.span().is_none() {
                wrong(member, "a span begins and ends at two different times like 09:00");
            }
        }
        if faults.is_empty() && self.may_go_at(DateTime::UNIX_EPOCH).is_none() {
            faults.push(Fault {
                pointer: pointer.to_owned(),
                code: Code::ValidationFailed,
                detail: "these hours leave no moment at all".to_owned(),
            });
        }
        faults
    }

    fn zone(&self) -> Option<Tz> {
        self.time_zone.parse().ok()
    }

    fn is_open(&self, at: NaiveDateTime) -> bool {
        (self.weekdays.is_empty() || self.weekdays.contains(&weekday_no(at.date())))
            && self.window.as_ref().is_none_or(|window| window.has(at.time()))
            && !self.quiet.iter().any(|quiet| quiet.has(at.time()))
    }

    /// The first moment from `at` on at which the person may be turned to: `at` itself inside the hours; none where there is no such
    /// moment. Hours open at the beginning of a day, of the window, or at the end of quiet hours, so only those moments are looked at.
    pub fn may_go_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let zone = self.zone()?;
        if self.is_open(at.with_timezone(&zone).naive_local()) {
            return Some(at);
        }
        let edges = self.window.iter().filter_map(Hours::span).map(|(from, _)| from);
        let mut edges: Vec<NaiveTime> = edges.chain(self.quiet.iter().filter_map(Hours::span).map(|(_, to)| to)).collect();
        edges.push(NaiveTime::MIN);
        let today = at.with_timezone(&zone).date_naive();
        let days = (0..=DAYS).filter_map(|days| today.checked_add_days(Days::new(days)));
        let moments = days.flat_map(|day| edges.iter().map(move |edge| day.and_time(*edge))).filter(|moment| self.is_open(*moment));
        moments.filter_map(|moment| instant(zone, moment)).filter(|moment| *moment > at).min()
    }
}

/// The instant of a time on the clock of a zone; where the clocks skip it, the hour after.
fn instant(zone: Tz, moment: NaiveDateTime) -> Option<DateTime<Utc>> {
    let found = zone.from_local_datetime(&moment).earliest();
    let found = found.or_else(|| zone.from_local_datetime(&(moment + TimeDelta::hours(1))).earliest());
    found.map(|found| found.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Hours {
        let (from, to) = text.split_once('-').unwrap();
        Hours { from: from.to_owned(), to: to.to_owned() }
    }

    fn hours(zone: &str, weekdays: &[i64], window: &str, quiet: &[&str]) -> ContactHours {
        let window = (!window.is_empty()).then(|| span(window));
        let quiet = quiet.iter().map(|text| span(text)).collect();
        ContactHours { time_zone: zone.to_owned(), weekdays: weekdays.to_vec(), window, quiet }
    }

    #[test]
    fn cf_16_a_person_is_left_alone_outside_its_hours_in_its_own_zone() {
        let week = &[1, 2, 3, 4, 5][..];
        for (hours, at, expected) in [
            (hours("Asia/Shanghai", &[], "09:00-18:00", &[]), "2026-03-02T01:00:00Z", "2026-03-02T01:00:00Z"),
            (hours("Asia/Shanghai", &[], "09:00-18:00", &[]), "2026-03-02T00:59:59Z", "2026-03-02T01:00:00Z"),
            (hours("Asia/Shanghai", &[], "09:00-18:00", &[]), "2026-03-02T10:00:00Z", "2026-03-03T01:00:00Z"),
            (hours("Asia/Shanghai", week, "09:00-18:00", &[]), "2026-03-06T10:00:00Z", "2026-03-09T01:00:00Z"),
            (hours("Asia/Shanghai", &[], "09:00-18:00", &["12:00-13:30"]), "2026-03-02T04:10:00Z", "2026-03-02T05:30:00Z"),
            // Quiet hours over midnight, and ones that begin where the window does.
            (hours("Asia/Shanghai", &[], "", &["21:00-08:00"]), "2026-03-02T15:00:00Z", "2026-03-03T00:00:00Z"),
            (hours("Asia/Shanghai", &[], "09:00-18:00", &["08:00-10:00"]), "2026-03-01T22:00:00Z", "2026-03-02T02:00:00Z"),
            (hours("UTC", &[7], "", &[]), "2026-03-02T15:00:00Z", "2026-03-08T00:00:00Z"),
            // The clocks of Berlin go forward on 29 March 2026: the window opens an hour earlier for the rest of the world, and an hour
            // that does not exist opens with the next one.
            (hours("Europe/Berlin", &[], "09:00-17:00", &[]), "2026-03-28T18:00:00Z", "2026-03-29T07:00:00Z"),
            (hours("Europe/Berlin", &[], "02:30-05:00", &[]), "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z"),
        ] {
            let at: DateTime<Utc> = at.parse().unwrap();
            assert_eq!(hours.may_go_at(at), Some(expected.parse().unwrap()), "{hours:?} at {at}");
            assert_eq!(hours.faults("#/hours"), []);
        }
    }

    #[test]
    fn cf_16_hours_that_cannot_be_kept_are_refused() {
        for (hours, pointer) in [
            (hours("Asia/Nowhere", &[], "", &[]), "#/hours/time_zone"),
            (hours("UTC", &[0], "", &[]), "#/hours/weekdays"),
            (hours("UTC", &[], "9:00-18:00", &[]), "#/hours/window"),
            (hours("UTC", &[], "09:00-09:00", &[]), "#/hours/window"),
            (hours("UTC", &[], "", &["12:00-13:00", "24:00-25:00"]), "#/hours/quiet/1"),
            (hours("UTC", &[], "09:00-10:00", &["08:00-11:00"]), "#/hours"),
        ] {
            let faults: Vec<String> = hours.faults("#/hours").into_iter().map(|fault| fault.pointer).collect();
            assert_eq!(faults, [pointer], "{hours:?}");
        }
    }
}
