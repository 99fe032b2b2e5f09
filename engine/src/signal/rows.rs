//! Tables of signals.

use super::{SignalSource, SourceBasis};
use crate::tenant_rows;
use crate::words::id::{AccountId, SignalId};
use crate::words::signal::{Fading, Severity, SignalFacts, SignalType};
use chrono::NaiveDate;

tenant_rows! {
    /// Signals. What one was noticed with never changes; it fades by its dates, and may be withdrawn. `cause` is what the engine
    /// found it in, so that the same thing is noticed once; `ends_on` is kept for lists and follows from the fading.
    "signal" signal {
        id: SignalId,
        account_id: AccountId,
        external_id: Option<String>,
        kind: SignalType,
        severity: Severity,
        source: SignalSource,
        source_basis: SourceBasis,
        evidence: String,
        observed_on: NaiveDate,
        step_days: i64,
        ends_on: NaiveDate,
        cause: Option<String>,
        author: String,
        withdrawn_on: Option<NaiveDate>,
        withdrawn_by: Option<String>,
        withdraw_reason: Option<String>,
        content_hash: String,
        version: i64,
        created_at: DateTimeUtc,
    }
}

impl signal::Model {
    /// How it fades.
    pub fn fading(&self) -> Fading {
        Fading { severity: self.severity, observed_on: self.observed_on, step_days: self.step_days }
    }

    /// Was it still standing on this day?
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        self.withdrawn_on.is_none_or(|on| day < on)
    }

    /// How grave it is on this day; nothing when it has faded, was withdrawn, or was not noticed yet.
    pub fn live_on(&self, day: NaiveDate) -> Option<Severity> {
        self.fading().live_on(day).filter(|_| self.stands_on(day))
    }
}

impl From<&signal::Model> for SignalFacts {
    fn from(row: &signal::Model) -> Self {
        Self { id: row.id, kind: row.kind, fading: row.fading() }
    }
}
