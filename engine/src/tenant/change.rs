//! Changing what a tenant's decisions stand on: its settings, and the test clock of a sandbox.

use super::queue::check_escalation;
use super::rows::tenant_state;
use super::{TenantKind, TenantSettings};
use crate::command::{Attempt, Command, Decided};
use crate::doors::clock::Clock;
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload};
use crate::ground;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::AccountId;
use chrono::{DateTime, Days, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most days a test clock moves at once: two years.
const TEST_CLOCK_DAYS_MAX: u64 = 731;

/// The fewest days a record of a decision is kept: what was decided this quarter can always be explained.
const DECISION_DAYS_LEAST: i64 = 90;

/// The settings, and the revision of the rules they belong to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SettingsNow {
    /// The settings.
    pub settings: TenantSettings,
    /// Moves with every change of settings, policy or plugins; the ETag.
    pub revision: i64,
}

/// The settings as committed.
pub async fn settings(read: &Read) -> Result<SettingsNow> {
    let state = ground::state(read).await?;
    Ok(SettingsNow { settings: state.settings.0, revision: state.revision })
}

/// Replaces the settings whole.
pub struct ChangeSettings {
    /// The revision in `If-Match`; any when absent.
    pub revision: Option<i64>,
    /// The settings from now on.
    pub settings: TenantSettings,
}

impl Command for ChangeSettings {
    type Facts = tenant_state::Model;
    type Done = SettingsNow;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<tenant_state::Model> {
        ground::calendar(read, &self.settings).await.map_err(|error| error.at("#/calendar"))?;
        ground::state(read).await
    }

    fn decide(&self, state: &tenant_state::Model, _: &Asked, attempt: &Attempt) -> Result<Decided<SettingsNow>> {
        if self.revision.is_some_and(|revision| revision != state.revision) {
            let error = Error::new(Code::StaleVersion, format!("the settings are at version {}", state.revision)).at("@If-Match");
            return Err(error.with(serde_json::json!({"current_version": state.revision})));
        }
        if self.settings.run_at.as_ref().is_some_and(|at| !is_hour(at)) {
            return Err(Error::new(Code::ValidationFailed, "run_at is an hour of the day like 02:30").at("#/run_at"));
        }
        self.settings.authority.check(&attempt.ground.tenant)?;
        self.settings.credit.check()?;
        if self.settings.approval_days.is_some_and(|days| !(1..=3_650).contains(&days)) {
            return Err(Error::new(Code::ValidationFailed, "an approval holds for 1 to 3650 days").at("#/approval_days"));
        }
        if !(DECISION_DAYS_LEAST..=36_500).contains(&self.settings.decision_days) {
            let detail = format!("decisions are kept for {DECISION_DAYS_LEAST} to 36,500 days");
            return Err(Error::new(Code::ValidationFailed, detail).at("#/decision_days"));
        }
        let lines = &self.settings.warning_lines;
        if lines.len() > 10 || lines.iter().any(|line| !(1..=1_000).contains(line)) || !lines.is_sorted_by(|a, b| a < b) {
            let detail = "at most ten warning lines, each a percent from 1 to 1,000, the smallest first";
            return Err(Error::new(Code::ValidationFailed, detail).at("#/warning_lines"));
        }
        check_escalation(&self.settings.hold_escalation)?;
        super::kpi::check_owners(&self.settings.kpi_owners)?;
        if self.settings == state.settings.0 {
            return Ok(Decided::before(SettingsNow { settings: self.settings.clone(), revision: state.revision }));
        }
        if self.settings.four_eyes != state.settings.0.four_eyes && !attempt.who.is_operator {
            let detail = "only the operator switches the second person on or off";
            return Err(Error::new(Code::SecondPersonRequired, detail).at("#/four_eyes"));
        }
        if self.settings.authority != state.settings.0.authority && attempt.ground.settings.four_eyes && !attempt.who.is_operator {
            let detail = "nobody widens his own authority: the operator changes it";
            return Err(Error::new(Code::SecondPersonRequired, detail).at("#/authority"));
        }
        let row = tenant_state::Model { revision: attempt.ground.revision + 1, settings: Payload(self.settings.clone()), ..state.clone() };
        let entry = Entry {
            kind: "settings.changed",
            subject: "tenant",
            subject_id: attempt.who.tenant.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({"before": state.settings.0, "after": self.settings}),
        };
        let done = SettingsNow { settings: self.settings.clone(), revision: row.revision };
        let changes = Changes::on(Claim::Rules).save(&row).tell(entry);
        let changes = if self.settings.calendar == state.settings.0.calendar {
            changes
        } else {
            changes.keep_calendar(attempt.who.tenant, &attempt.stamp, attempt.ground.revision, &attempt.ground.calendar)
        };
        Ok(Decided::new(done, changes))
    }
}

fn is_hour(text: &str) -> bool {
    text.len() == 5 && NaiveTime::parse_from_str(text, "%H:%M").is_ok()
}

crate::words! {
    /// Is a test clock where it was sent?
    pub enum TestClockState {
        /// It stands still.
        Ready = "ready",
        /// The days on its way are being run.
        Advancing = "advancing",
    }
}

/// What the test clock of a sandbox shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestClockView {
    /// The moment the tenant lives in.
    pub now: DateTime<Utc>,
    /// Is it where it was sent?
    pub state: TestClockState,
    /// Where it was sent, while it is on its way.
    pub target: Option<DateTime<Utc>>,
}

/// What the test clock shows, and where it is on its way to; `sandbox_only` in a live tenant.
pub fn test_clock(ground: &ground::Ground, clock: &dyn Clock, target: Option<DateTime<Utc>>) -> Result<TestClockView> {
    refuse_live(ground.tenant.kind)?;
    let state = if target.is_some() { TestClockState::Advancing } else { TestClockState::Ready };
    Ok(TestClockView { now: ground.stamp(clock).at, state, target })
}

/// May a test clock that shows `now` be sent there? Forward only, at most two years (api.md §10).
pub fn may_move_test_clock(kind: TenantKind, now: DateTime<Utc>, to: DateTime<Utc>) -> Result<()> {
    refuse_live(kind)?;
    let refused = |why: &str| Err(Error::new(Code::ValidationFailed, why).at("#/now"));
    if to < now {
        return refused(&format!("a test clock only moves forward; it shows {now}"));
    }
    if now.checked_add_days(Days::new(TEST_CLOCK_DAYS_MAX)).is_some_and(|most| to > most) {
        return refused("a test clock moves at most two years at once");
    }
    Ok(())
}

fn refuse_live(kind: TenantKind) -> Result<()> {
    match kind {
        TenantKind::Sandbox => Ok(()),
        TenantKind::Live => Err(Error::new(Code::SandboxOnly, "only a sandbox has a test clock")),
    }
}

/// Sets the test clock of a sandbox forward.
pub struct MoveTestClock {
    /// The moment it shows from now on.
    pub to: DateTime<Utc>,
}

impl Command for MoveTestClock {
    type Facts = tenant_state::Model;
    type Done = TestClockView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<tenant_state::Model> {
        ground::state(read).await
    }

    fn decide(&self, state: &tenant_state::Model, _: &Asked, attempt: &Attempt) -> Result<Decided<TestClockView>> {
        // The stamp already shows the test clock where one was set.
        let now = attempt.stamp.at;
        may_move_test_clock(attempt.ground.tenant.kind, now, self.to)?;
        let row = tenant_state::Model { revision: attempt.ground.revision + 1, test_now: Some(self.to), ..state.clone() };
        let entry = Entry {
            kind: "test_clock.moved",
            subject: "tenant",
            subject_id: attempt.who.tenant.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({"from": now, "to": self.to}),
        };
        let done = TestClockView { now: self.to, state: TestClockState::Ready, target: None };
        Ok(Decided::new(done, Changes::on(Claim::Rules).save(&row).tell(entry)))
    }
}
