//! When the rules have changed, everybody who owes something is looked at again.

use crate::approval::Acted;
use crate::command::Outcome;
use crate::engine::Engine;
use crate::ground;
use crate::policy::{ActivatePolicy, CalendarView, PolicyView, PutCalendar};
use crate::words::caller::Caller;
use crate::words::error::Result;
use crate::words::id::{PolicyId, TenantId};
use chrono::NaiveDate;

/// Before every business date there is.
const BEFORE_ALL: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a date that exists");

impl Engine {
    /// Puts a version of the policy in force and plans everybody anew; or has it wait for a second person.
    pub async fn activate_policy(&self, who: &Caller, policy: PolicyId) -> Result<Outcome<Acted<PolicyView>>> {
        let outcome = self.execute(who, ActivatePolicy { policy }).await?;
        self.replan_after(who, &outcome.done).await?;
        Ok(outcome)
    }

    /// Makes or replaces a calendar and plans everybody anew; or has it wait for a second person.
    pub async fn put_calendar(&self, who: &Caller, put: PutCalendar) -> Result<Outcome<Acted<CalendarView>>> {
        let outcome = self.execute(who, put).await?;
        self.replan_after(who, &outcome.done).await?;
        Ok(outcome)
    }

    /// Also after a repetition: whoever died between the two steps is made good by sending it again.
    async fn replan_after<D>(&self, who: &Caller, acted: &Acted<D>) -> Result<()> {
        match acted {
            Acted::Done(_) => self.replan(who.tenant).await.map(drop),
            Acted::Waits(_) => Ok(()),
        }
    }

    /// Plans every account that owes something, or is being worked, anew: as of the collections day, or at the first run when there was
    /// none yet. To be called after a policy, a calendar or a plugin has been put in force. Gives how many accounts it concerned.
    pub async fn replan(&self, tenant: TenantId) -> Result<u64> {
        self.refresh_ground(tenant).await?;
        let day = ground::state(&self.store.read(tenant)).await?.collections_day;
        self.store.bring_reviews_forward(tenant, day.unwrap_or(BEFORE_ALL)).await
    }
}
