//! Calendars of working days, by name.

use super::manage::refuse_alone;
use super::rows::calendar;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::Calendar;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CalendarId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Days a calendar may name.
const DAYS_MAX: usize = 4_000;

/// A calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalendarView {
    /// Its id.
    pub id: CalendarId,
    /// Its name.
    pub name: String,
    /// Free weekdays, 1 is Monday and 7 is Sunday.
    pub weekend: BTreeSet<u8>,
    /// Days off that would be working days.
    pub holidays: BTreeSet<NaiveDate>,
    /// Working days that would be weekend.
    pub workdays: BTreeSet<NaiveDate>,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What a calendar says.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarIn {
    /// Free weekdays, 1 is Monday and 7 is Sunday.
    #[serde(default = "shipped_weekend")]
    pub weekend: BTreeSet<u8>,
    /// Days off that would be working days.
    #[serde(default)]
    pub holidays: BTreeSet<NaiveDate>,
    /// Working days that would be weekend (China's make-up days).
    #[serde(default)]
    pub workdays: BTreeSet<NaiveDate>,
}

fn shipped_weekend() -> BTreeSet<u8> {
    Calendar::default().weekend
}

fn view(row: &calendar::Model) -> CalendarView {
    let Calendar { weekend, holidays, workdays, .. } = row.document.0.clone();
    CalendarView { id: row.id, name: row.name.clone(), weekend, holidays, workdays, version: row.version, created_at: row.created_at }
}

async fn row(read: &Read, name: &str) -> Result<Option<calendar::Model>> {
    calendar::find(read.tenant()).filter(calendar::Column::Name.eq(name)).one(read.db()).await.map_err(failed)
}

/// A calendar; `not_found` when there is none of this name.
pub async fn calendar_view(read: &Read, name: &str) -> Result<CalendarView> {
    row(read, name).await?.map(|row| view(&row)).ok_or_else(|| Error::new(Code::NotFound, "there is no such calendar"))
}

/// All calendars, by name.
pub async fn list_calendars(read: &Read) -> Result<Vec<CalendarView>> {
    let rows = calendar::find(read.tenant()).order_by_asc(calendar::Column::Name).all(read.db()).await.map_err(failed)?;
    Ok(rows.iter().map(view).collect())
}

/// Makes a calendar, or replaces it whole. Whoever calls it has everybody planned anew afterwards.
pub struct PutCalendar {
    /// Its name.
    pub name: String,
    /// The version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// What it says.
    pub days: CalendarIn,
}

impl PutCalendar {
    fn check(&self) -> Result<()> {
        let wrong = |pointer: &str, detail: &str| Err(Error::new(Code::ValidationFailed, detail).at(pointer));
        if self.name.is_empty() || self.name.len() > 40 || !self.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
            return wrong("#/name", "a calendar's name has 1 to 40 of a-z, A-Z, 0-9, _ and -");
        }
        if self.days.weekend.iter().any(|day| !(1..=7).contains(day)) || self.days.weekend.len() > 6 {
            return wrong("#/weekend", "free weekdays are 1 to 7, and one of them is worked");
        }
        if self.days.holidays.len() > DAYS_MAX || self.days.workdays.len() > DAYS_MAX {
            return wrong("#/holidays", "a calendar names at most 4,000 days of a kind");
        }
        if self.days.holidays.intersection(&self.days.workdays).next().is_some() {
            return wrong("#/workdays", "a day is either off or worked");
        }
        Ok(())
    }
}

impl Command for PutCalendar {
    type Facts = Option<calendar::Model>;
    type Done = CalendarView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        row(read, &self.name).await
    }

    fn decide(&self, known: &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<CalendarView>> {
        refuse_alone(attempt)?;
        self.check()?;
        let version = known.as_ref().map_or(0, |row| row.version);
        if self.version.is_some_and(|wanted| wanted != version) {
            let error = Error::new(Code::StaleVersion, format!("the calendar is at version {version}")).at("@If-Match");
            return Err(error.with(serde_json::json!({ "current_version": version })));
        }
        let CalendarIn { weekend, holidays, workdays } = self.days.clone();
        let document = Payload(Calendar { name: self.name.clone(), weekend, holidays, workdays });
        let row = match known {
            Some(known) if known.document == document => return Ok(Decided::before(view(known))),
            Some(known) => calendar::Model { document, version: version + 1, ..known.clone() },
            None => calendar::Model {
                tenant_id: attempt.who.tenant,
                id: CalendarId(attempt.stamp.id()),
                name: self.name.clone(),
                document,
                version: 1,
                created_at: attempt.stamp.at,
            },
        };
        let entry = Entry {
            kind: "calendar.changed",
            subject: "calendar",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "name": row.name, "version": row.version }),
        };
        Ok(Decided::new(view(&row), Changes::on(Claim::Rules).save(&row).tell(entry)))
    }
}
