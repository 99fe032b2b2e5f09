//! What a review comes to: plain data, ready to become rows.

use crate::plugin::Remembered;
use crate::policy::Channel;
use crate::words::effect::{Effect, Values};
use crate::words::facts::{CaseFacts, Reason, StepFacts};
use crate::words::id::{ContactId, HoldId, InstalmentId, OfferId};
use crate::words::money::{Currency, Money};
use crate::words::rate::Rate;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use uuid::Uuid;

crate::words! {
    /// Who drives a case.
    pub enum CaseState {
        /// The policy, day by day.
        Active = "active",
        /// Nobody: a pause or a block.
        Paused = "paused",
        /// Legal or an agency.
        HandedOff = "handed_off",
        /// It is over.
        Closed = "closed",
    }
}

crate::words! {
    /// Why a case is over.
    pub enum ClosedReason {
        /// Nothing is due or nearly due any more.
        Paid = "paid",
    }
}

crate::words! {
    /// How far a notice has come.
    pub enum NoticeState {
        /// A person must let it go first.
        Draft = "draft",
        /// It may be sent.
        Ready = "ready",
        /// Nobody can be reached by its channel.
        Undeliverable = "undeliverable",
    }
}

/// Everything that follows from the review of one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Review {
    /// What becomes of the case.
    pub case: CaseMove,
    /// The case as it stands afterwards, if there is one (a closed one for the last time).
    pub after: Option<CaseAfter>,
    /// Notices, core ones first.
    pub notices: Vec<PlannedNotice>,
    /// Work for people.
    pub tasks: Vec<PlannedTask>,
    /// Early-payment offers.
    pub offers: Vec<PlannedOffer>,
    /// Holds on the whole account.
    pub holds: Vec<PlannedHold>,
    /// Holds that their plugin lifts.
    pub released_holds: Vec<HoldId>,
    /// Offers whose last day is over.
    pub ended_offers: Vec<OfferId>,
    /// Holds whose last day is over.
    pub ended_holds: Vec<HoldId>,
    /// Cases given to legal.
    pub handoffs: Vec<PlannedHandoff>,
    /// A yes that somebody is asked for.
    pub approvals: Vec<PlannedApproval>,
    /// Custom steps that began, moved or ended.
    pub steps: Vec<StepChange>,
    /// Items that climbed.
    pub progress: Vec<ItemProgress>,
    /// Items whose notice is a draft, with the step: they wait for it.
    pub drafts: Vec<(InstalmentId, String)>,
    /// Items for which `before_due` was asked, with the lead.
    pub asked_leads: Vec<(InstalmentId, i64)>,
    /// Was `daily_account` asked?
    pub is_daily_asked: bool,
    /// The due day of the credit review that somebody is asked for.
    pub credit_review_asked_on: Option<NaiveDate>,
    /// Case clocks that struck.
    pub clocks: Vec<ClockDone>,
    /// Labels put on (`true`) and taken off.
    pub tags: Vec<(String, bool)>,
    /// Sentences for the record: source and text.
    pub notes: Vec<(String, String)>,
    /// Things counted: source, name, by how much.
    pub metrics: Vec<(String, String, i64)>,
    /// What plugins remember and forget.
    pub remembered: Vec<Remembered>,
    /// Why, core and plugins.
    pub reasons: Vec<Reason>,
    /// What has happened and was asked about, where this is no review of a day: the kind of thing, and which.
    pub event: Option<(&'static str, Uuid)>,
    /// The thing a custom action was called about, where this is no review of a day.
    pub action: Option<Uuid>,
    /// Effects that were applied.
    pub applied: Vec<Fate>,
    /// Effects that were not, and why.
    pub dropped: Vec<Fate>,
    /// The first day anything can change if no new fact comes; none when only a new fact can.
    pub next_review_on: Option<NaiveDate>,
}

impl Review {
    /// Does anything follow from it, beside the day of the next one?
    pub fn is_empty(&self) -> bool {
        let rest = Self { next_review_on: self.next_review_on, after: self.after.clone(), ..Self::default() };
        *self == rest
    }
}

/// What becomes of the case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseMove {
    /// Nothing, or there is none.
    #[default]
    Rest,
    /// A case begins.
    Open,
    /// Something about it changes.
    Update,
    /// It ends.
    Close(ClosedReason),
}

/// The whole of what a case keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseAfter {
    /// Who drives it.
    pub state: CaseState,
    /// Its stage by name.
    pub stage: String,
    /// Place of the stage in the policy.
    pub stage_no: usize,
    /// Day the stage began.
    pub stage_since: NaiveDate,
    /// Day it was opened.
    pub opened_on: NaiveDate,
    /// The plugin that had it opened.
    pub opened_by: Option<String>,
    /// Day the account became overdue.
    pub overdue_since: Option<NaiveDate>,
    /// Last protected day of a pause.
    pub paused_until: Option<NaiveDate>,
    /// 0 to 100.
    pub priority: i64,
    /// Who works on it.
    pub owner: Option<String>,
    /// Day of the last strike of each clock.
    pub clocks: BTreeMap<String, NaiveDate>,
    /// Steps brought to a day.
    pub scheduled: BTreeMap<String, NaiveDate>,
    /// Day of the last notice.
    pub last_notice_on: Option<NaiveDate>,
    /// Day of the last formal notice.
    pub last_formal_on: Option<NaiveDate>,
    /// The next step expected.
    pub next_step: Option<String>,
    /// Its day.
    pub next_step_on: Option<NaiveDate>,
}

impl CaseAfter {
    /// The case as the facts know it. A state of its own invention counts as active: the policy drives it.
    pub(super) fn of(case: &CaseFacts) -> Self {
        Self {
            state: case.state.parse().unwrap_or(CaseState::Active),
            stage: case.stage.clone(),
            stage_no: usize::try_from(case.stage_no).unwrap_or(0),
            stage_since: case.stage_since,
            opened_on: case.opened_on,
            opened_by: case.opened_by.clone(),
            overdue_since: case.overdue_since,
            paused_until: case.paused_until,
            priority: case.priority,
            owner: case.owner.clone(),
            clocks: case.clocks.clone(),
            scheduled: case.scheduled.clone(),
            last_notice_on: case.last_notice_on,
            last_formal_on: case.last_formal_on,
            next_step: case.next_step.clone(),
            next_step_on: case.next_step_on,
        }
    }
}

/// A message to the customer.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedNotice {
    /// The legal entity of ours that writes.
    pub entity: String,
    /// The currency of its lines.
    pub currency: Currency,
    /// How it travels.
    pub channel: Channel,
    /// The letter's text: the highest step's.
    pub template: String,
    /// The highest step among its lines, or the question it came from.
    pub step: String,
    /// Who wrote it: `core`, or plugin, version and line.
    pub source: String,
    /// The earliest effective date of its lines.
    pub effective_on: NaiveDate,
    /// Is it a formal notice?
    pub is_formal: bool,
    /// How far it has come.
    pub state: NoticeState,
    /// To whom.
    pub contact: Option<ContactId>,
    /// What it asks for.
    pub lines: Vec<NoticeLine>,
    /// Other overdue items a formal notice shows, without a deadline.
    pub information: Vec<NoticeLine>,
    /// The customer's own credit that is set off against the lines.
    pub credit: Money,
    /// The lines less the credit.
    pub total: Money,
    /// The day the engine acts again on what it says.
    pub answer_by: NaiveDate,
    /// Not before this day.
    pub send_on: Option<NaiveDate>,
    /// Place among the review's offers of the one it is about.
    pub offer: Option<usize>,
    /// Words that plugins added: by plugin, then by name.
    pub variables: BTreeMap<String, BTreeMap<String, String>>,
}

/// One line of a notice.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeLine {
    /// The instalment.
    pub instalment: InstalmentId,
    /// The step it came to; for information, the last one it had.
    pub step: String,
    /// The day that step was scheduled for.
    pub effective_on: NaiveDate,
    /// Days past due; 0 before.
    pub days_past_due: i64,
    /// Open and undisputed.
    pub amount: Money,
}

/// Work for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedTask {
    /// Who: `collector`, `credit_manager`, …
    pub role: String,
    /// What: the policy step's key, or the plugin's word.
    pub task: String,
    /// `call`, `visit`, `message` or `internal`.
    pub activity: String,
    /// The policy step it came from. A new task of a step takes the place of one that is still open.
    pub step: Option<String>,
    /// The day it was scheduled for.
    pub effective_on: NaiveDate,
    /// By when.
    pub due_on: NaiveDate,
    /// Who asked for it.
    pub sources: Vec<String>,
    /// Items it is about.
    pub items: Vec<InstalmentId>,
    /// Figures for its text.
    pub values: Values,
}

/// An early-payment offer.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedOffer {
    /// The instalment.
    pub instalment: InstalmentId,
    /// Discount as a fraction.
    pub rate: Rate,
    /// What the discount is counted from: open and undisputed.
    pub open: Money,
    /// The discount, half-up.
    pub discount: Money,
    /// Last day to pay.
    pub pay_by: NaiveDate,
    /// The reason's name.
    pub code: Option<String>,
    /// Who offered it.
    pub sources: Vec<String>,
}

/// A hold on the whole account.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedHold {
    /// The plugin that places it and alone may lift it.
    pub plugin: String,
    /// Its reason.
    pub code: Option<String>,
    /// Paying this lifts it.
    pub pay_to_release: Option<Money>,
    /// Settling these lifts it.
    pub items: Vec<InstalmentId>,
    /// Its last day.
    pub expires_on: NaiveDate,
    /// Plugin, version and line.
    pub source: String,
    /// Figures for its text.
    pub values: Values,
}

/// A case given to legal.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedHandoff {
    /// `legal`.
    pub to: String,
    /// Kinds of document the packet must hold.
    pub documents: Vec<String>,
    /// The reason's name.
    pub code: Option<String>,
    /// The custom step it came from.
    pub step: Option<String>,
    /// Who asked for it.
    pub sources: Vec<String>,
}

/// A yes that somebody is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedApproval {
    /// Who is asked.
    pub role: String,
    /// The custom step that waits for it, by key.
    pub step: Option<String>,
    /// The reason's name.
    pub code: Option<String>,
    /// Who asks.
    pub source: String,
}

/// A custom step as it stands afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct StepChange {
    /// The instance; a new one has no id of its own yet.
    pub step: StepFacts,
    /// Did it begin today?
    pub is_new: bool,
    /// Is it over?
    pub is_done: bool,
}

/// An item that climbed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemProgress {
    /// The instalment.
    pub instalment: InstalmentId,
    /// The step it came to.
    pub step: String,
    /// The day the step was scheduled for.
    pub effective_on: NaiveDate,
    /// The day it was done.
    pub done_on: NaiveDate,
}

/// A clock that struck, or that a letter counted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockDone {
    /// The policy's key.
    pub key: String,
    /// The day it was to strike.
    pub effective_on: NaiveDate,
    /// The day it did.
    pub done_on: NaiveDate,
}

/// What became of an effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Fate {
    /// Place of the question.
    pub question: usize,
    /// Plugin, version and line.
    pub source: String,
    /// The effect.
    pub effect: Effect,
    /// `applied`, or why not: `outbid`, `capped`, `conflict`, `pause`, `gate:G-STOP`, …
    pub why: &'static str,
}
