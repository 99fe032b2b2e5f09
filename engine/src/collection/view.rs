//! What outsiders see of a case: its row, and the figures of its account as of the collections day.

use super::rules::{self, Standing};
use crate::case::NonPaymentReason;
use crate::case::rows::collection_case;
use crate::command::Attempt;
use crate::doors::store::Read;
use crate::facts::{Gathered, Wanted, gather};
use crate::ground;
use crate::words::asked::Needs;
use crate::words::error::Result;
use crate::words::id::{AccountId, CaseId};
use crate::words::money::Money;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;

/// The step a case comes to next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NextStep {
    /// The policy's key.
    pub key: String,
    /// Its day.
    pub on: NaiveDate,
}

/// Why the customer says it does not pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClaimedReason {
    /// What it says.
    pub reason: NonPaymentReason,
    /// In its words.
    pub note: Option<String>,
    /// The day it was written down.
    pub on: NaiveDate,
    /// By whom.
    pub by: String,
}

/// Why the customer does not pay, of which there is proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VerifiedReason {
    /// What was found.
    pub reason: NonPaymentReason,
    /// The document that proves it.
    pub evidence: String,
    /// The day it was written down.
    pub on: NaiveDate,
    /// By whom.
    pub by: String,
}

/// The work on one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CaseView {
    /// Its id.
    pub id: CaseId,
    /// Its number, for people.
    pub number: i64,
    /// The account.
    pub account_id: AccountId,
    /// The account's number in the ERP.
    pub account_external_id: String,
    /// The account's name.
    pub account_name: String,
    /// `active`, `paused`, `handed_off` or `closed`.
    pub state: String,
    /// How late: `M0` to `M6`, or what the policy calls them.
    pub stage: String,
    /// The day the stage began.
    pub stage_since: NaiveDate,
    /// Days past due of the oldest item that is chased; 0 when nothing is overdue.
    pub days_past_due: i64,
    /// Overdue and chased, in the account's currency.
    pub overdue: Money,
    /// Overdue and chased, in every currency that has any.
    pub overdue_by_currency: Vec<Money>,
    /// Who works on it.
    pub owner: Option<String>,
    /// Order in the worklist, 0 to 100.
    pub priority: i64,
    /// The step it comes to next.
    pub next_step: Option<NextStep>,
    /// The day it was opened.
    pub opened_on: NaiveDate,
    /// The day the account became overdue.
    pub overdue_since: Option<NaiveDate>,
    /// The last protected day of its pause.
    pub paused_until: Option<NaiveDate>,
    /// For each clock, the day it was last done.
    pub clocks: BTreeMap<String, NaiveDate>,
    /// The day of its last notice.
    pub last_notice_on: Option<NaiveDate>,
    /// The day it ended.
    pub closed_on: Option<NaiveDate>,
    /// Why it ended.
    pub closed_reason: Option<String>,
    /// Why the customer says it does not pay.
    pub claimed_reason: Option<ClaimedReason>,
    /// Why it does not pay, of which there is proof.
    pub verified_reason: Option<VerifiedReason>,
    /// Promises to pay; none are kept yet.
    #[schema(value_type = Vec<Object>)]
    pub promises: Vec<serde_json::Value>,
    /// Disputes; none are kept yet.
    #[schema(value_type = Vec<Object>)]
    pub disputes: Vec<serde_json::Value>,
    /// Pauses beside the present one; none are kept yet.
    #[schema(value_type = Vec<Object>)]
    pub pauses: Vec<serde_json::Value>,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

/// The day cases are looked at: that of the last finished run; today before the first one.
pub(super) async fn seen_on(read: &Read, attempt: &Attempt) -> Result<NaiveDate> {
    Ok(ground::state(read).await?.collections_day.unwrap_or(attempt.stamp.today))
}

/// The accounts of cases, as of the day.
pub(super) async fn gathered(
    read: &Read,
    attempt: &Attempt,
    accounts: &[AccountId],
    day: NaiveDate,
) -> Result<HashMap<AccountId, Gathered>> {
    let needs = Needs { open_items: true, case: true, ..Needs::default() };
    let wanted = Wanted { day, items_max: None, needs, is_as_of: true };
    let all = gather(read, attempt, accounts, wanted).await?;
    Ok(all.into_iter().map(|one| (one.account.id, one)).collect())
}

/// A case with the figures of its account.
pub(super) fn view(row: &collection_case::Model, of: &Gathered, attempt: &Attempt) -> CaseView {
    let is_over = row.state == "closed";
    let standing = if is_over { Standing::default() } else { rules::standing(&of.facts, &attempt.ground.policy) };
    let currency = of.account.currency;
    let own = standing.overdue.iter().find(|sum| sum.currency() == currency).copied();
    CaseView {
        id: row.id,
        number: row.number,
        account_id: row.account_id,
        account_external_id: of.account.external_id.clone(),
        account_name: of.account.name.clone(),
        state: row.state.clone(),
        stage: row.stage.clone(),
        stage_since: row.stage_since,
        days_past_due: standing.days_past_due,
        overdue: own.unwrap_or_else(|| Money::zero(currency)),
        overdue_by_currency: standing.overdue,
        owner: row.owner.clone(),
        priority: row.priority,
        next_step: row.next_step.clone().zip(row.next_step_on).filter(|_| !is_over).map(|(key, on)| NextStep { key, on }),
        opened_on: row.opened_on,
        overdue_since: row.overdue_since,
        paused_until: row.paused_until,
        clocks: row.clocks.0.clone(),
        last_notice_on: row.last_notice_on,
        closed_on: row.closed_on,
        closed_reason: row.closed_reason.clone(),
        claimed_reason: claimed(row),
        verified_reason: verified(row),
        promises: Vec::new(),
        disputes: Vec::new(),
        pauses: Vec::new(),
        version: row.version,
        created_at: row.created_at,
    }
}

fn claimed(row: &collection_case::Model) -> Option<ClaimedReason> {
    let (reason, on) = row.claimed_reason.zip(row.claimed_on)?;
    Some(ClaimedReason { reason, note: row.claimed_note.clone(), on, by: row.claimed_by.clone().unwrap_or_default() })
}

fn verified(row: &collection_case::Model) -> Option<VerifiedReason> {
    let (reason, on) = row.verified_reason.zip(row.verified_on)?;
    let (evidence, by) = (row.verified_evidence.clone().unwrap_or_default(), row.verified_by.clone().unwrap_or_default());
    Some(VerifiedReason { reason, evidence, on, by })
}
