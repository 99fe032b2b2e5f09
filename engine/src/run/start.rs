//! Starting a run: one a tenant and day, never before the last finished one, and in live tenants never before the day has come.

use super::rows::run;
use super::view::RunView;
use crate::command::{Attempt, Command, Decided, Outcome};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::engine::Engine;
use crate::ground;
use crate::tenant::{self, TenantKind};
use crate::words::asked::Asked;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, RunId};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sea_orm::{ColumnTrait, QueryFilter};

/// Starts the run of a day, or joins the one there is.
pub struct StartRun {
    /// The day to work.
    pub day: NaiveDate,
}

/// What starting a run looks at.
pub struct StartFacts {
    known: Option<run::Model>,
    collections_day: Option<NaiveDate>,
    due: i64,
}

impl Command for StartRun {
    type Facts = StartFacts;
    type Done = RunView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<StartFacts> {
        let known = run::find(read.tenant()).filter(run::Column::Day.eq(self.day)).one(read.db()).await.map_err(failed)?;
        let collections_day = ground::state(read).await?.collections_day;
        let due = if known.is_none() { super::due::count(read, self.day).await? } else { 0 };
        Ok(StartFacts { known, collections_day, due })
    }

    fn decide(&self, facts: &StartFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<RunView>> {
        if let Some(known) = &facts.known {
            return Ok(Decided::before(RunView::from(known)));
        }
        in_order(self.day, facts.collections_day)?;
        if self.day > attempt.stamp.today {
            return Err(Error::new(Code::PostDated, "a day is run when it has come").at("#/day"));
        }
        let row = run::Model {
            tenant_id: attempt.who.tenant,
            id: RunId(attempt.stamp.id()),
            day: self.day,
            state: "running".to_owned(),
            accounts_due: facts.due,
            accounts_done: 0,
            failed: 0,
            notices: 0,
            tasks: 0,
            cases_opened: 0,
            cases_closed: 0,
            offers: 0,
            holds: 0,
            handoffs: 0,
            lease_owner: None,
            lease_until: None,
            epoch: 0,
            started_at: attempt.stamp.at,
            finished_at: None,
        };
        let entry = Entry {
            kind: "run.started",
            subject: "run",
            subject_id: row.id.0,
            effective_on: self.day,
            decision: None,
            body: serde_json::json!({ "day": self.day, "accounts_due": facts.due }),
        };
        Ok(Decided::new(RunView::from(&row), Changes::on(Claim::Nothing).add(&row).tell(entry)))
    }
}

/// A day before the last finished run is over for good (decision 39).
pub(super) fn in_order(day: NaiveDate, collections_day: Option<NaiveDate>) -> Result<()> {
    match collections_day.filter(|last| day < *last) {
        Some(last) => Err(Error::new(Code::RunOutOfOrder, format!("the run of {last} is finished; {day} lies before it")).at("#/day")),
        None => Ok(()),
    }
}

/// Noon of a day where the tenant is: what a test clock shows that was moved to a day.
pub fn local_noon(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let local = day.and_hms_opt(12, 0, 0).unwrap_or_default();
    local.and_local_timezone(zone).earliest().map_or_else(|| local.and_utc(), |noon| noon.with_timezone(&Utc))
}

impl Engine {
    /// Starts the run of a day; the same day again joins it, finished or not. In a sandbox a future day moves the test clock there.
    ///
    /// # Errors
    /// `run_out_of_order` for a day before the last finished run; `post_dated` for a future day in a live tenant.
    pub async fn start_run(&self, who: &Caller, day: NaiveDate) -> Result<Outcome<RunView>> {
        let ground = self.refresh_ground(who.tenant).await?;
        if ground.tenant.kind == TenantKind::Sandbox && day > ground.stamp(&*self.clock).today {
            in_order(day, ground::state(&self.store.read(who.tenant)).await?.collections_day)?;
            tenant::move_test_clock(&self.store, who.tenant, local_noon(day, ground.tenant.zone)).await?;
            self.refresh_ground(who.tenant).await?;
        }
        self.execute(who, StartRun { day }).await
    }
}
