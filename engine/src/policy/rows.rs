//! Tables of policies and calendars.

use super::Policy;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::day::Calendar;
use crate::words::id::{CalendarId, PolicyId};

tenant_rows! {
    /// Versions of the policy; the tenant's state names the one in force.
    "policy_version" policy_version {
        id: PolicyId,
        number: i64,
        name: String,
        document: Payload<Policy>,
        author: String,
        created_at: DateTimeUtc,
    }
    /// Calendars by name.
    "calendar" calendar {
        id: CalendarId,
        name: String,
        document: Payload<Calendar>,
        version: i64,
        created_at: DateTimeUtc,
    }
}
