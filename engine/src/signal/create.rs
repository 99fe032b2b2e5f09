//! A signal that somebody tells us of.

use super::rows::signal;
use super::rules::names_bank_account;
use super::{SignalSource, SourceBasis, entry};
use crate::command::Attempt;
use crate::policy::SignalDays;
use crate::words::code::Code;
use crate::words::day::{days_between, strict_date};
use crate::words::error::{Error, Fault, Result};
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, SignalId};
use crate::words::signal::{Fading, Severity, SignalType};
use crate::words::text::{is_line, is_prose};
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// The longest time between two steps of a fading signal.
const STEP_DAYS_MAX: i64 = 3_650;

/// A basis we may not have is refused by its own name, not as a misspelt word.
fn lawful<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<SourceBasis, D::Error> {
    let word = String::deserialize(from)?;
    word.parse().map_err(|_| {
        let known: Vec<&str> = SourceBasis::ALL.iter().map(|basis| basis.as_str()).collect();
        let detail = format!("{word:?} is no basis on which we may know this (G-PRIV); there are {}", known.join(", "));
        serde::de::Error::custom(Error::new(Code::SourceRefused, detail))
    })
}

/// A new signal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalIn {
    /// Its number at the service that found it: unique for ever.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub external_id: Option<String>,
    /// What was noticed.
    #[serde(rename = "type")]
    pub kind: SignalType,
    /// How grave it is; as the catalogue says when absent.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// `person` or `feed`; a person when absent. What behaviour shows is found by the engine alone.
    #[serde(default)]
    pub source: Option<SignalSource>,
    /// On what basis we may know it. Without one of these it is refused: nothing from insiders is written down.
    #[serde(deserialize_with = "lawful")]
    pub source_basis: SourceBasis,
    /// What was seen or heard, and where.
    #[schema(min_length = 1, max_length = 2000)]
    pub evidence: String,
    /// The day it was noticed; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub observed_on: Option<NaiveDate>,
    /// The first day it is one step milder; as the policy says when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub decays_on: Option<NaiveDate>,
}

impl SignalIn {
    /// Checks the signal by itself on a day; all faults at once.
    ///
    /// # Errors
    /// `source_refused` for bank data in the evidence of good news, `validation_failed` for the rest.
    pub fn check(&self, today: NaiveDate) -> Result<()> {
        let mut faults = Vec::new();
        let mut wrong = |pointer: &str, detail: String| {
            faults.push(Fault { pointer: pointer.to_owned(), code: Code::ValidationFailed, detail });
        };
        if !is_prose(&self.evidence, 2_000) {
            wrong("#/evidence", "what was seen or heard has 1 to 2,000 characters".to_owned());
        }
        if self.external_id.as_ref().is_some_and(|text| !is_line(text, 100)) {
            wrong("#/external_id", "1 to 100 characters, none of them a control character".to_owned());
        }
        if self.source == Some(SignalSource::Behaviour) {
            wrong("#/source", "what behaviour shows is found by the engine; a signal comes from a person or a feed".to_owned());
        }
        let observed_on = self.observed_on.unwrap_or(today);
        if observed_on > today {
            wrong("#/observed_on", format!("nothing is noticed before it happens; today is {today}"));
        }
        if self.decays_on.is_some_and(|on| !(1..=STEP_DAYS_MAX).contains(&days_between(observed_on, on))) {
            wrong("#/decays_on", format!("a signal becomes milder 1 to {STEP_DAYS_MAX} days after it was noticed"));
        }
        if self.kind == SignalType::CashIn && names_bank_account(&self.evidence) {
            let detail = "that money came in may be written down, the number of a bank account may not (G-PRIV)".to_owned();
            faults.push(Fault { pointer: "#/evidence".to_owned(), code: Code::SourceRefused, detail });
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }

    /// The row of a checked signal.
    pub fn row(&self, account: AccountId, days: &SignalDays, attempt: &Attempt) -> Result<signal::Model> {
        let severity = self.severity.unwrap_or_else(|| entry(self.kind).severity);
        let observed_on = self.observed_on.unwrap_or(attempt.stamp.today);
        let step_days = self.decays_on.map_or_else(|| days.of(severity), |on| days_between(observed_on, on));
        let fading = Fading { severity, observed_on, step_days };
        Ok(signal::Model {
            tenant_id: attempt.who.tenant,
            id: SignalId(attempt.stamp.id()),
            account_id: account,
            external_id: self.external_id.clone(),
            kind: self.kind,
            severity,
            source: self.source.unwrap_or(SignalSource::Person),
            source_basis: self.source_basis,
            evidence: self.evidence.clone(),
            observed_on,
            step_days,
            ends_on: fading.ends_on(),
            cause: None,
            author: attempt.who.actor.to_string(),
            withdrawn_on: None,
            withdrawn_by: None,
            withdraw_reason: None,
            content_hash: self.hash(account)?,
            version: 1,
            created_at: attempt.stamp.at,
        })
    }

    /// Hash of the content, with the account resolved and what the catalogue says filled in.
    pub fn hash(&self, account: AccountId) -> Result<String> {
        let normal = Self {
            severity: Some(self.severity.unwrap_or_else(|| entry(self.kind).severity)),
            source: Some(self.source.unwrap_or(SignalSource::Person)),
            ..self.clone()
        };
        content_hash(&(account, normal))
    }
}
