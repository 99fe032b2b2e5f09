//! A signal that the engine finds by itself.

use super::rows::signal;
use super::rules::behaviour::Oddity;
use super::{SignalSource, SourceBasis};
use crate::command::Attempt;
use crate::doors::store::Entry;
use crate::policy::SignalDays;
use crate::words::error::Result;
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, SignalId};
use crate::words::signal::Fading;

/// The row of something odd that was found in an account's own payments and orders.
pub fn found_row(account: AccountId, odd: &Oddity, days: &SignalDays, attempt: &Attempt) -> Result<signal::Model> {
    let fading = Fading { severity: odd.severity, observed_on: odd.on, step_days: days.of(odd.severity) };
    Ok(signal::Model {
        tenant_id: attempt.who.tenant,
        id: SignalId(attempt.stamp.id()),
        account_id: account,
        external_id: None,
        kind: odd.kind,
        severity: odd.severity,
        source: SignalSource::Behaviour,
        source_basis: SourceBasis::OwnRecord,
        // Both languages, since nobody knows who will read it.
        evidence: format!("{}\n{}", odd.evidence.en, odd.evidence.zh),
        observed_on: odd.on,
        step_days: fading.step_days,
        ends_on: fading.ends_on(),
        cause: Some(odd.cause.clone()),
        author: "engine".to_owned(),
        withdrawn_on: None,
        withdrawn_by: None,
        withdraw_reason: None,
        content_hash: content_hash(&(account, odd.kind, &odd.cause))?,
        version: 1,
        created_at: attempt.stamp.at,
    })
}

/// What the journal tells of a new signal.
pub fn recorded(row: &signal::Model) -> Entry {
    Entry {
        kind: "signal.recorded",
        subject: "signal",
        subject_id: row.id.0,
        effective_on: row.observed_on,
        decision: None,
        body: serde_json::json!({
            "type": row.kind, "severity": row.severity, "source": row.source, "observed_on": row.observed_on, "ends_on": row.ends_on,
        }),
    }
}
