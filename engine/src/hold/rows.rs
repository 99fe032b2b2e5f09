//! Tables of holds.

use super::basis::{BasisKind, SupplyLevel};
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::{AccountId, DecisionId, ExclusionId, HoldId, InstalmentId, NoticeId, OrderId, RowId, SupplyStopId, TaskId};
use crate::words::money::Currency;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The law a stop stood on when it was placed: later versions of a law change no stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopLaw {
    /// What the basis asks for.
    pub kind: BasisKind,
    /// What it is cited as.
    pub article: Bilingual,
    /// The ground, where the basis knows some.
    pub ground: Option<Bilingual>,
    /// The clause of the contract.
    pub clause: Option<String>,
}

/// What a stop of key items keeps back; where it names nothing, what orders mark as key items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopScope {
    /// Items, as the ERP calls them.
    pub items: Vec<String>,
    /// Groups of items, as the ERP calls them.
    pub groups: Vec<String>,
}

/// A paper or a fact that proves the ground of a stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopEvidence {
    /// What it is: `court_record`, `letter`, `photograph`.
    #[schema(min_length = 1, max_length = 60)]
    pub kind: String,
    /// Where it is found: a file number, a link.
    #[schema(min_length = 1, max_length = 500)]
    pub reference: String,
    /// Its date.
    #[serde(deserialize_with = "crate::words::day::strict_date::deserialize")]
    pub dated_on: NaiveDate,
}

tenant_rows! {
    /// Holds; on the whole account when no order is named. States: `active lifted expired`.
    "hold" hold {
        id: HoldId,
        account_id: AccountId,
        order_id: Option<OrderId>,
        source: String,
        code: String,
        text_en: String,
        text_zh: String,
        currency: Option<Currency>,
        pay_to_release_minor: Option<i64>,
        paid_before_minor: i64,
        placed_on: NaiveDate,
        expires_on: Option<NaiveDate>,
        state: String,
        lifted_on: Option<NaiveDate>,
        lifted_by: Option<String>,
        lift_reason: Option<String>,
        decision_id: Option<DecisionId>,
        version: i64,
        created_at: DateTimeUtc,
    }
    /// Hold rules of the policy that an account is let off.
    "hold_exclusion" hold_exclusion {
        id: ExclusionId,
        account_id: AccountId,
        rule: String,
        is_release_and_stop: bool,
        valid_from: NaiveDate,
        valid_to: Option<NaiveDate>,
        reason: String,
        author: String,
        cancelled_on: Option<NaiveDate>,
        cancelled_by: Option<String>,
        created_at: DateTimeUtc,
    }
    /// Instalments whose settlement lifts a hold.
    "hold_item" hold_item {
        id: RowId,
        hold_id: HoldId,
        instalment_id: InstalmentId,
    }
    /// Stops of supply, never changed: each with the hold it placed, whose state is its own, the law it stands on and the notice that
    /// told the customer.
    "supply_stop" supply_stop {
        id: SupplyStopId,
        account_id: AccountId,
        order_id: Option<OrderId>,
        hold_id: HoldId,
        level: SupplyLevel,
        basis: String,
        law: Payload<StopLaw>,
        scope: Payload<StopScope>,
        evidence: Payload<Vec<StopEvidence>>,
        reason: String,
        notice_id: NoticeId,
        task_id: TaskId,
        answer_by: NaiveDate,
        author: String,
        second_person: Option<String>,
        stopped_on: NaiveDate,
        created_at: DateTimeUtc,
    }
}
