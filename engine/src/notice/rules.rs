//! When a notice may go: the hours of the person it goes to (`G-QUIET`, CF-16).

use crate::words::contact_hours::ContactHours;
use chrono::{DateTime, Utc};

/// The moment for which a notice waits; none where it may go now. Paper waits on a desk by itself, so hours are for what rings or blinks.
pub fn quiet_until(channel: &str, hours: Option<&ContactHours>, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let is_paper = matches!(channel, "letter" | "registered");
    hours.filter(|_| !is_paper).and_then(|hours| hours.may_go_at(at)).filter(|moment| *moment > at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::contact_hours::Hours;

    #[test]
    fn cf_16_what_rings_waits_for_the_hours_and_paper_does_not() {
        let window = Hours { from: "09:00".to_owned(), to: "18:00".to_owned() };
        let hours = ContactHours { time_zone: "Asia/Shanghai".to_owned(), weekdays: Vec::new(), window: Some(window), quiet: Vec::new() };
        let (night, day): (DateTime<Utc>, DateTime<Utc>) =
            ("2026-03-01T20:00:00Z".parse().unwrap(), "2026-03-02T03:00:00Z".parse().unwrap());
        let opens = Some("2026-03-02T01:00:00Z".parse().unwrap());
        for (channel, hours, at, expected) in [
            ("email", Some(&hours), night, opens),
            ("sms", Some(&hours), night, opens),
            ("letter", Some(&hours), night, None),
            ("registered", Some(&hours), night, None),
            ("email", Some(&hours), day, None),
            ("email", None, night, None),
        ] {
            assert_eq!(quiet_until(channel, hours, at), expected, "{channel} {at}");
        }
    }
}
