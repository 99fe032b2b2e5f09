//! Telling of a signal, and taking one back. Either is judged at once: a grave signal moves the plan level in the same commit.

use super::now::{AccountNow, Work};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Read, failed};
use crate::signal::rows::signal;
use crate::signal::{SignalIn, SignalView, entry, recorded, signal_row, view_of};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::effect::Values;
use crate::words::error::{Error, Result};
use crate::words::facts::Facts;
use crate::words::id::{AccountId, SignalId};
use crate::words::signal::SignalFacts;
use crate::words::text::check_reason;
use sea_orm::{ColumnTrait, QueryFilter};

/// Tells of a signal.
pub struct RecordSignal {
    /// The account, already found.
    pub account: AccountId,
    /// The signal.
    pub signal: SignalIn,
}

/// What telling of a signal looks at.
pub struct RecordFacts {
    now: AccountNow,
    before: Option<signal::Model>,
}

impl Command for RecordSignal {
    type Facts = RecordFacts;
    type Done = SignalView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<RecordFacts> {
        let now = AccountNow::read(read, attempt, self.account).await?;
        let before = match &self.signal.external_id {
            Some(number) => {
                signal::find(read.tenant()).filter(signal::Column::ExternalId.eq(number)).one(read.db()).await.map_err(failed)?
            }
            None => None,
        };
        Ok(RecordFacts { now, before })
    }

    fn decide(&self, RecordFacts { now, before }: &RecordFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<SignalView>> {
        let today = attempt.stamp.today;
        self.signal.check(today)?;
        let number = Some(now.account().external_id.clone());
        if let Some(before) = before {
            if before.content_hash == self.signal.hash(self.account)? {
                return Ok(Decided::before(view_of(before, number, today)));
            }
            let detail = format!("this external_id already names {}, with other content", before.id);
            let error = Error::new(Code::ExternalIdConflict, detail).at("#/external_id");
            return Err(error.with(serde_json::json!({ "conflicting_id": before.id })));
        }
        let row = self.signal.row(self.account, &attempt.ground.policy.risk.signal_days, attempt)?;
        let mut facts = Facts::clone(&now.gathered.facts);
        facts.risk.signals.push(SignalFacts::from(&row));
        let mut profile = now.profile(attempt);
        profile.has_signals = true;
        let changes = now.judged(&facts, &profile, work(&row, &facts), attempt)?;
        Ok(Decided::new(view_of(&row, number, today), changes.add(&row).tell(recorded(&row))))
    }
}

/// The task of its kind; there is nothing to collect or to confirm where nothing is open.
fn work(row: &signal::Model, facts: &Facts) -> Vec<Work> {
    let is_owing = facts.account.open_total.is_positive();
    let task = entry(row.kind).task.filter(|_| is_owing);
    task.into_iter().map(|(key, role)| Work { key: key.to_owned(), role: role.to_owned(), within_days: 0, values: Values::new() }).collect()
}

/// Takes a signal back: from today on it counts for nothing. What it led to before stays told.
pub struct WithdrawSignal {
    /// The account, already found.
    pub account: AccountId,
    /// The signal.
    pub signal: SignalId,
    /// Why.
    pub reason: String,
}

/// What taking a signal back looks at.
pub struct WithdrawFacts {
    now: AccountNow,
    row: signal::Model,
}

impl Command for WithdrawSignal {
    type Facts = WithdrawFacts;
    type Done = SignalView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<WithdrawFacts> {
        let now = AccountNow::read(read, attempt, self.account).await?;
        Ok(WithdrawFacts { now, row: signal_row(read, self.signal).await? })
    }

    fn decide(&self, WithdrawFacts { now, row }: &WithdrawFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<SignalView>> {
        check_reason(&self.reason)?;
        if row.withdrawn_on.is_some() {
            return Err(Error::new(Code::IllegalState, "the signal was withdrawn already"));
        }
        let row = signal::Model {
            withdrawn_on: Some(attempt.stamp.today),
            withdrawn_by: Some(attempt.who.actor.to_string()),
            withdraw_reason: Some(self.reason.clone()),
            version: row.version + 1,
            ..row.clone()
        };
        let mut facts = Facts::clone(&now.gathered.facts);
        facts.risk.signals.retain(|known| known.id != row.id);
        let body = serde_json::json!({ "type": row.kind, "severity": row.severity, "reason": self.reason });
        let entry = now.entry("signal.withdrawn", "signal", row.id.0, body, attempt);
        let changes = now.judged(&facts, &now.profile(attempt), Vec::new(), attempt)?;
        let view = view_of(&row, Some(now.account().external_id.clone()), attempt.stamp.today);
        Ok(Decided::new(view, changes.save(&row).tell(entry)))
    }
}
