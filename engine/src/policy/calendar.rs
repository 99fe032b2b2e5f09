//! Calendars of working days, by name.

use super::manage::{persons, proposal};
use super::rows::calendar;
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Persons, Proposal, pending_about, propose};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::Calendar;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CalendarId};
use crate::words::text::Bilingual;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

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
#[derive(Clone, Debug, Serialize, Deserialize)]
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

/// What putting a calendar looks at.
pub struct CalendarFacts {
    known: Option<calendar::Model>,
    /// What is asked about the calendar and not answered.
    pending: Vec<approval::Model>,
}

impl CalendarFacts {
    /// The calendar a request is about; of one that is not there yet, none.
    fn subject(known: Option<&calendar::Model>) -> Uuid {
        known.map_or(Uuid::nil(), |row| row.id.0)
    }
}

impl Command for PutCalendar {
    type Facts = CalendarFacts;
    type Done = Acted<CalendarView>;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<CalendarFacts> {
        let known = row(read, &self.name).await?;
        Ok(CalendarFacts { pending: pending_about(read, CalendarFacts::subject(known.as_ref())).await?, known })
    }

    fn decide(&self, facts: &CalendarFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<CalendarView>>> {
        self.check()?;
        let known = facts.known.as_ref();
        let version = known.map_or(0, |row| row.version);
        if self.version.is_some_and(|wanted| wanted != version) {
            let error = Error::new(Code::StaleVersion, format!("the calendar is at version {version}")).at("@If-Match");
            return Err(error.with(serde_json::json!({ "current_version": version })));
        }
        let CalendarIn { weekend, holidays, workdays } = self.days.clone();
        let document = Payload(Calendar { name: self.name.clone(), weekend, holidays, workdays });
        let row = match known {
            Some(known) if known.document == document => return Ok(Decided::before(Acted::Done(view(known)))),
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
        let persons = persons(attempt);
        if persons == Persons::Waits {
            let exact = Self { version: Some(version), ..self.clone() };
            return propose(exact.proposal(known, attempt)?, &facts.pending, Claim::Nothing, attempt);
        }
        let entry = Entry {
            kind: "calendar.changed",
            subject: "calendar",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: persons.told(serde_json::json!({ "name": row.name, "version": row.version })),
        };
        let changes = Changes::on(Claim::Rules).save(&row).tell(entry);
        let is_in_force = attempt.ground.settings.calendar.as_deref() == Some(&self.name);
        let changes = if is_in_force {
            changes.keep_calendar(attempt.who.tenant, &attempt.stamp, attempt.ground.revision, &attempt.ground.calendar)
        } else {
            changes
        };
        Ok(Decided::new(Acted::Done(view(&row)), changes))
    }
}

impl PutCalendar {
    fn proposal(&self, known: Option<&calendar::Model>, attempt: &Attempt) -> Result<Proposal> {
        let (name, off, worked) = (&self.name, self.days.holidays.len(), self.days.workdays.len());
        let text = Bilingual::new(
            format!("Put the calendar {name} in force: {off} days off, {worked} worked weekend days."),
            format!("申请启用工作日历 {name}：{off} 个假日，{worked} 个调休工作日。"),
        );
        proposal(ApprovalKind::PutCalendar, ("calendar", CalendarFacts::subject(known)), text, self, attempt)
    }
}
