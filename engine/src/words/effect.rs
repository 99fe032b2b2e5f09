//! The closed list of what a plugin may propose. Every effect was checked by the plugin host; the engine merges and applies.

use crate::words::id::{HoldId, InstalmentId};
use crate::words::money::Money;
use crate::words::rate::Rate;
use crate::words::score::Score;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Figures and words that fill a text: money, dates, numbers.
pub type Values = BTreeMap<String, FactValue>;

/// One value of a reason, a note or a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FactValue {
    /// An amount.
    Money(Money),
    /// A number of days or things.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// Text, a date as `2026-12-31`, or a decimal number.
    Text(String),
    /// Several words.
    List(Vec<String>),
}

/// What a plugin proposes, with the script line that made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// What is to happen.
    #[serde(flatten)]
    pub kind: EffectKind,
    /// The reason's name, where the effect has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// Figures for the text of the reason.
    #[serde(skip_serializing_if = "Values::is_empty", default)]
    pub values: Values,
    /// Line of the script.
    pub line: i64,
}

/// The closed list of effects. A new one is a variant here and the `match` arm the compiler then misses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EffectKind {
    /// Work for a person.
    Task {
        /// Who: `collector`, `credit_manager`, …
        role: String,
        /// What, as the manifest names it.
        task: String,
        /// `call`, `visit`, `message` or `internal`, as the manifest says.
        activity: String,
        /// By when.
        due_on: NaiveDate,
    },
    /// Tell a role at once.
    Alert {
        /// Whom.
        role: String,
    },
    /// A letter: what it says about money is the engine's.
    Notice {
        /// Contact role.
        to: String,
        /// Template key, `plugin/KEY`.
        template: String,
        /// Items it is about.
        items: Vec<InstalmentId>,
        /// Place of the offer effect it is about, in the same plan.
        offer: Option<usize>,
        /// Channel, or the policy's choice.
        channel: Option<String>,
        /// Not before this day.
        send_on: Option<NaiveDate>,
    },
    /// Hold the whole account.
    PlaceHold {
        /// Paying this lifts it.
        pay_to_release: Option<Money>,
        /// Settling these lifts it.
        items: Vec<InstalmentId>,
        /// The last day it holds.
        expires_on: NaiveDate,
    },
    /// Lift a hold this plugin placed.
    ReleaseHold {
        /// Which.
        hold: HoldId,
    },
    /// Stop chasing until a day has passed.
    Pause {
        /// The last protected day.
        last_day: NaiveDate,
    },
    /// Open a case although nothing calls for one.
    OpenCase,
    /// Give the case to a role.
    Assign {
        /// Which.
        role: String,
    },
    /// Order in the worklist, 0 to 100.
    SetPriority {
        /// 0 to 100.
        priority: i64,
    },
    /// Call in a higher role.
    Escalate {
        /// Which.
        role: String,
    },
    /// Bring a policy step to a day, never before its gap.
    ScheduleStep {
        /// The policy's key.
        key: String,
        /// The day.
        on: NaiveDate,
    },
    /// Offer a discount for early payment of the item in question.
    Offer {
        /// The instalment.
        item: InstalmentId,
        /// Discount as a fraction.
        rate: Rate,
        /// Last day to pay.
        pay_by: NaiveDate,
    },
    /// Custom step: move on and wake then.
    StepTo {
        /// The next state.
        state: String,
        /// When to ask again.
        wake_on: NaiveDate,
    },
    /// Custom step: stay and wake then.
    StepWait {
        /// When to ask again.
        wake_on: NaiveDate,
    },
    /// Custom step: finished.
    StepDone,
    /// Custom step: remember something.
    StepData {
        /// Under this name.
        key: String,
        /// This text.
        value: String,
    },
    /// Ask a role for a yes.
    RequestApproval {
        /// Which.
        role: String,
    },
    /// Give the case to legal.
    Handoff {
        /// `legal`.
        to: String,
        /// Kinds of document the packet must hold.
        documents: Vec<String>,
    },
    /// Evidence packet: put these papers in.
    Include {
        /// Kind of document.
        document: String,
        /// What they are.
        references: Vec<String>,
    },
    /// Evidence packet: this kind is missing.
    Missing {
        /// Kind of document.
        document: String,
    },
    /// The answer to `credit_grade`.
    Grade {
        /// One of the grades there are.
        grade: String,
        /// The total score.
        score: Score,
    },
    /// Propose a credit limit to whoever does the credit review; nothing is set by a script.
    ProposeLimit {
        /// How much.
        amount: Money,
        /// From which day on.
        from: NaiveDate,
    },
    /// Propose a grade to whoever does the credit review; nothing is set by a script.
    ProposeGrade {
        /// One of the grades there are.
        grade: String,
    },
    /// Only so much of the limit may be used.
    Usable {
        /// How much; never more than the limit.
        amount: Money,
    },
    /// The answer to a custom action.
    Answer {
        /// What its result schema asks for.
        answer: serde_json::Value,
    },
    /// Remember something about the account until the next question.
    Remember {
        /// Under this name.
        key: String,
        /// This.
        value: FactValue,
    },
    /// Forget it again.
    Forget {
        /// Its name.
        key: String,
    },
    /// The answer to `message_compose`: words for the letter, by name. Never money and never a day: those are the engine's.
    Variables {
        /// Name and words.
        words: BTreeMap<String, String>,
    },
    /// The answer to `offer_check`: no more than this rate.
    CapRate {
        /// Discount as a fraction.
        rate: Rate,
    },
    /// Put a label on the account; the plugin's name stands in front.
    Tag {
        /// `plugin:name`.
        name: String,
    },
    /// Take a label off.
    Untag {
        /// `plugin:name`.
        name: String,
    },
    /// A sentence for the record.
    Note {
        /// The sentence.
        text: String,
    },
    /// Count something.
    Metric {
        /// Name.
        name: String,
        /// By how much.
        by: i64,
    },
}
