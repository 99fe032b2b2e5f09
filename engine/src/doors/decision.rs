//! Decision records: what was decided and why, with the facts it was decided on.

use crate::doors::store::Changes;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::asked::{About, Advice};
use crate::words::day::Calendar;
use crate::words::error::{Error, Result};
use crate::words::facts::{FACTS_SCHEMA, Facts, Reason, Verdict};
use crate::words::id::{AccountId, DecisionId, EventId, PolicyId, RowId, TenantId};
use crate::words::money::Money;
use crate::words::question_facts::{DayFacts, QuestionFacts};
use crate::words::stamp::Stamp;
use chrono::NaiveDate;
use sea_orm::sea_query::LikeExpr;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use uuid::Uuid;

tenant_rows! {
    /// The head and outcome of each decision.
    "decision" decision {
        id: DecisionId,
        account_id: Option<AccountId>,
        cause: String,
        cause_id: Uuid,
        effective_on: NaiveDate,
        at: DateTimeUtc,
        actor: String,
        request_id: String,
        attempts: i64,
        revision: i64,
        policy_id: PolicyId,
        outcome: String,
        record: Payload<Record>,
        facts_id: RowId,
        facts_slot: i64,
    }
    /// Facts, compressed: one row holds those of a whole page of accounts, or of one decision about none.
    "decision_facts" decision_facts {
        id: RowId,
        schema_version: i64,
        body: Vec<u8>,
    }
    /// Working days that are no longer in force, each with the last revision of the rules that stood on them. With these, what was decided
    /// can be decided again.
    "calendar_past" calendar_past {
        id: RowId,
        last_revision: i64,
        document: Payload<Calendar>,
    }
}

/// What was asked and answered, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What the core rule said on its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub core: Option<Verdict>,
    /// Every reason of the outcome, each naming its source.
    pub reasons: Vec<Reason>,
    /// Each call of each plugin.
    pub calls: Vec<Call>,
    /// What was applied, in words: `notice call_t1`, `offer 2 %`.
    pub applied: Vec<String>,
    /// What was proposed and not applied, and why: `outbid`, `conflict`, `gate:G-STOP`.
    pub dropped: Vec<String>,
    /// Who said what, in one line: `core approve; order_hold@7 hold -> hold`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub merge: Option<String>,
    /// What ends the hold, where the outcome is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to_release: Option<ToRelease>,
    /// What had moved, where nobody asked for this decision.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub moved_by: Option<MovedBy>,
    /// The common facts when it was asked how much of a limit may be used, where the decision was made on others: that answer is among them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usable_facts: Option<Arc<Facts>>,
}

/// What moved something that an earlier answer stood on, so that the question was asked again by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MovedBy {
    /// What happened: `payment.received`, `policy.activated`, `day.begun`.
    pub kind: String,
    /// The line of the journal that tells of it; of a day, its run.
    pub event_id: EventId,
    /// The business day it took effect on.
    pub on: NaiveDate,
}

/// What ends a hold: money, a person, or time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToRelease {
    /// Paying so much.
    pub pay: Option<Money>,
    /// A person of this role.
    pub role: Option<String>,
    /// Its last day.
    pub expires_on: Option<NaiveDate>,
}

/// One call of one plugin, and the question it answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The question, without the common facts.
    pub about: About,
    /// The answer.
    pub advice: Advice,
}

/// Facts of one decision or of a page of them, as they are stored: LZ4 frames of JSON, by slot.
pub fn pack<F: Serialize>(facts: &[&F]) -> Result<Vec<u8>> {
    let mut frame = lz4_flex::frame::FrameEncoder::new(Vec::with_capacity(1_024 * facts.len()));
    let json = serde_json::to_vec(facts).map_err(Error::internal)?;
    frame.write_all(&json).map_err(Error::internal)?;
    frame.finish().map_err(Error::internal)
}

/// The facts of a stored page, by slot: those of accounts, or where its decisions are about none, those of the day.
pub fn unpack_page(body: &[u8], is_about_accounts: bool) -> Result<Vec<QuestionFacts>> {
    if is_about_accounts {
        let page = unpacked::<Facts>(body)?;
        return Ok(page.into_iter().map(|facts| QuestionFacts::Account(Arc::new(facts))).collect());
    }
    Ok(unpacked::<DayFacts>(body)?.into_iter().map(|facts| QuestionFacts::Day(Arc::new(facts))).collect())
}

fn unpacked<F: DeserializeOwned>(body: &[u8]) -> Result<Vec<F>> {
    let mut json = Vec::new();
    lz4_flex::frame::FrameDecoder::new(body).read_to_end(&mut json).map_err(Error::internal)?;
    serde_json::from_slice(&json).map_err(Error::internal)
}

/// The facts a decision was made on, from the stored page they lie on.
pub fn unpack(head: &decision::Model, body: &[u8]) -> Result<QuestionFacts> {
    let mut page = unpack_page(body, head.account_id.is_some())?;
    let slot = usize::try_from(head.facts_slot).unwrap_or(usize::MAX);
    if slot < page.len() { Ok(page.swap_remove(slot)) } else { Err(Error::internal("no facts in this slot")) }
}

/// A record that has this member with this value somewhere: records are compact JSON, so the text stands in them as it is.
pub fn holds_member(member: &str, value: &str) -> Result<LikeExpr> {
    let value = serde_json::to_string(value).map_err(Error::internal)?;
    let wanted = format!("\"{member}\":{value}");
    let escaped: String = wanted.chars().flat_map(|c| if matches!(c, '%' | '_' | '!') { vec!['!', c] } else { vec![c] }).collect();
    Ok(LikeExpr::new(format!("%{escaped}%")).escape('!'))
}

impl Changes {
    /// Keeps the working days that this change takes out of force, for those who ask later what was decided on them.
    pub fn keep_calendar(self, tenant: TenantId, stamp: &Stamp, last_revision: i64, calendar: &Calendar) -> Self {
        let document = Payload(calendar.clone());
        self.add(&calendar_past::Model { tenant_id: tenant, id: RowId(stamp.id()), last_revision, document })
    }

    /// Keeps the facts of one decision with it.
    pub fn because<F: Serialize>(self, decision: &decision::Model, facts: &Arc<F>) -> Result<Self> {
        let page = decision_facts::Model {
            tenant_id: decision.tenant_id,
            id: decision.facts_id,
            schema_version: FACTS_SCHEMA,
            body: pack(&[&**facts])?,
        };
        Ok(self.add(decision).add(&page))
    }
}
